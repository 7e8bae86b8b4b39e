"""Response bodies: the value that a documented media type is answered with.

It decides between the document's own examples and a generated value, and says why there
is none. It must not know statuses or headers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cbmock.contract.bodies.media_type_object import MediaTypeObject
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description.references import Description, Node
from cbmock.errors import ReceiverError, UnresolvableReference
from cbmock.http import media_types
from cbmock.mock.examples import examples, unquoted
from cbmock.mock.generation import content_writer


class NotGenerated(ReceiverError):
    """No body could be made for a documented media type; `reason` says why.

    `unreadable` is True if the cause is a broken reference, which lint reports itself.
    """

    def __init__(self, key: str, cause: ReceiverError) -> None:
        """Keep the media type and the reason."""
        self.unreadable = isinstance(cause, UnresolvableReference)
        # The reason of a broken reference does not name the reference.
        reason = None if self.unreadable else getattr(cause, "reason", None)
        self.reason = str(reason or cause.message)
        super().__init__(f"no {key} body can be generated: {self.reason}")


def described_response(node: Node, description: Description) -> MediaTypeObject:
    """Return a Media Type Object of a response, where `readOnly` may be left out."""
    schema = node.get("schema")
    shape = None if schema is None else Shape(_schema(schema, description))
    return MediaTypeObject(node, description, shape)


def value_of(
    key: str,
    described: MediaTypeObject,
    *,
    example: str | None = None,
    dynamic: bool = False,
    seed: int = 0,
) -> Any:
    """Return an example of the media type, else of its schema, else a generated value.

    `example` is the name of the one to take; `dynamic` leaves all examples aside. Raises
    `NotGenerated`.
    """
    node, description = described.node, described.description
    schema = None if described.shape is None else described.shape.schema
    if not dynamic or (schema is None and described.items is None):
        for name, each in examples(node, description).items():
            if example in (None, name):
                return unquoted(each, schema)
    try:
        if not dynamic:
            for text in _schema_texts(key, described.shape):
                return text
        return _generated(key, described, schema, examples=not dynamic, seed=seed)
    except ReceiverError as error:
        raise NotGenerated(key, error) from None


def _schema(node: Node, description: Description) -> Schema:
    return Schema(node, description, waived="readOnly")


def _schema_texts(key: str, shape: Shape | None) -> Iterator[str]:
    """Yield the examples of a schema that are XML already."""
    found = media_types.parse(key)
    if shape is None or found is None or not content_writer.is_xml(found):
        return
    listed = [each for each in shape.says("examples") if isinstance(each, list)]
    for each in (*(item for items in listed for item in items), *shape.says("example")):
        if isinstance(each, str) and each.lstrip().startswith("<"):
            yield each


def _generated(
    key: str, described: MediaTypeObject, schema: Schema | None, **how: Any
) -> Any:
    found = media_types.parse(key)
    items = described.node.get("itemSchema")
    sequential = found is not None and content_writer.is_sequential(found)
    if schema is None and items is not None and (described.items or sequential):
        return [sampled(_schema(items, described.description), **how)]
    if schema is not None:
        value = sampled(schema, **how)
        if sequential and value == [] and described.shape is not None:
            return _one_item(described.shape, **how)
        return value
    # Without a schema: a plain value that suits the media type.
    if sequential:
        return [{}]
    is_written_as_object = found is not None and (
        found.is_json or content_writer.is_xml(found) or found.type == "multipart"
    )
    return {} if is_written_as_object else "string"


def _one_item(shape: Shape, **how: Any) -> list[Any]:
    """Return a sequence with one item if that is allowed, so that it is not empty."""
    item = shape.item(0)
    try:
        items = [{} if item is None else sampled(item.schema, **how)]
    except ReceiverError:
        return []
    return items if shape.is_valid(items) else []


def sampled(schema: Schema, **how: Any) -> Any:
    """Generate a value; alternatives that cannot be read are left out.

    Raises `NoSample`, or `UnresolvableReference` where nothing else is left.
    """
    from cbmock.mock.generation.schema_samples import NoSample, sample  # noqa: PLC0415 - 15 ms, many have examples

    try:
        return sample(schema, **how)
    except UnresolvableReference as unreadable:
        try:
            return sample(schema.readable_parts, **how)
        except (NoSample, UnresolvableReference):
            raise unreadable from None
