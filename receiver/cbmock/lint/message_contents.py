"""Contents: the Media Type Objects of the request and the responses of an operation.

It decides which of them are looked at. It must not know what can be wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference


@dataclass(frozen=True, slots=True)
class MessageContent:
    """A Media Type, Parameter or Header Object, and whether the API sends it.

    `key` is None for a Parameter or Header Object. Objects that cannot be resolved are left
    out, because another finding names the reference.
    """

    key: str | None
    node: Node
    sent: bool

    @property
    def is_optional(self) -> bool:
        """Whether it is a parameter or header that need not be sent."""
        return self.key is None and self.node.value.get("required") is not True


def operation_contents(
    operation: Operation, description: Description
) -> Iterator[MessageContent]:
    """Yield the contents of a served operation's request and responses."""
    if operation.node is None or not operation.served:
        return
    body = operation.node.get("requestBody")
    if body is not None:
        for each in _of_message(body, description, sent=True):
            yield each
            yield from _of_parts(each.node, description)
    yield from _of_parameters(operation, description)
    yield from response_contents(operation, description)


def response_contents(
    operation: Operation, description: Description
) -> Iterator[MessageContent]:
    """Yield the contents of the responses of an operation."""
    responses = None if operation.node is None else operation.node.get("responses")
    for code, response in () if responses is None else responses.members():
        if not code.startswith("x-"):
            yield from _of_message(response, description, sent=False)


def _of_parameters(
    operation: Operation, description: Description
) -> Iterator[MessageContent]:
    """Yield the parameters of an operation and of its Path Item, and their content."""
    lists = [None if operation.node is None else operation.node.get("parameters")]
    if operation.path_item is not None:
        lists.append(operation.path_item.fields.get("parameters"))
    for listed in lists:
        for each in () if listed is None else listed.items():
            node = _resolved(each, description)
            if node is not None:
                yield MessageContent(None, node, sent=True)
                yield from _of_message(node, description, sent=True)


def _of_parts(media_type: Node, description: Description) -> Iterator[MessageContent]:
    """Yield the headers that parts of a multipart body have."""
    encodings = media_type.get("encoding")
    for _, encoding in () if encodings is None else encodings.members():
        headers = encoding.get("headers")
        for _, each in () if headers is None else headers.members():
            node = _resolved(each, description)
            if node is not None:
                yield MessageContent(None, node, sent=True)


def _of_message(
    referenced: Node, description: Description, *, sent: bool
) -> Iterator[MessageContent]:
    message = _resolved(referenced, description)
    for name in ("content", "headers"):
        entries = None if message is None else message.get(name)
        for key, each in () if entries is None else entries.members():
            node = _resolved(each, description)
            if node is not None:
                yield MessageContent(key if name == "content" else None, node, sent)


def _resolved(node: Node, description: Description) -> Node | None:
    try:
        return description.resolve(node)
    except UnresolvableReference:
        return None
