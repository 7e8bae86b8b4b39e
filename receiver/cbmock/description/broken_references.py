"""Reach: which references an operation needs to be read, and the first that is broken.

It decides that a broken target fails only what needs it. It must not know what the things
that it walks over mean, beyond where a `$ref` is a reference and where it is a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import UnresolvableReference

# Below these, members are values or names, never references.
_VALUES = frozenset({"const", "default", "enum", "example", "examples", "value"})
_NAMES = frozenset({"properties", "patternProperties", "dependentSchemas", "content"})


def readable(
    operations: Iterable[Operation], description: Description
) -> tuple[Operation, ...]:
    """Give every served operation whose request cannot be read its `error`."""
    listed = tuple(operations)
    if _nothing_broken(description):
        return listed
    broken = _Broken(description)
    return tuple(
        replace(each, error=error.message)
        if each.served and (error := broken.of(each)) is not None
        else each
        for each in listed
    )


# A reference in a JSON text, or what looks like one.
_REFERENCE = re.compile(r'"\$ref"\s*:\s*("(?:[^"\\]|\\.)*")')


def _nothing_broken(description: Description) -> bool:
    """Tell, at the speed of a text search, that every reference has a target.

    That is the rule, and large documents would take long to walk over. What cannot be
    told from JSON texts alone is left to the walk.
    """
    checked: set[str] = set()
    while waiting := [d for d in description.documents if d.uri not in checked]:
        for document in waiting:
            checked.add(document.uri)
            if document.text is None or not document.is_json:
                return False
            for written in set(_REFERENCE.findall(document.text)):
                node = Node({"$ref": json.loads(written)}, document, (written,))
                try:
                    description.resolve(node)
                except UnresolvableReference:
                    return False
    return True


class _Broken:
    """Finds broken references; what several operations reach is walked over once."""

    def __init__(self, description: Description) -> None:
        self._description = description
        self._sound: set[NodePlace] = set()

    def of(self, operation: Operation) -> UnresolvableReference | None:
        """Return why an operation's request cannot be read, if so."""
        seen: set[NodePlace] = set()
        waiting = list(_roots(operation))
        while waiting:
            node = waiting.pop()
            if node.place in self._sound or node.place in seen:
                continue
            seen.add(node.place)
            for child in _nodes(node):
                try:
                    self._description.resolve(child)
                    target = self._description.follow(child, child.value["$ref"])
                except UnresolvableReference as error:
                    return error
                waiting.append(target)
        self._sound |= seen
        return None


def _roots(operation: Operation) -> Iterator[Node]:
    """Yield what must be read to check a request."""
    if operation.node is not None:
        for name in ("requestBody", "parameters"):
            found = operation.node.get(name)
            if found is not None:
                yield found
    if operation.path_item is not None:
        parameters = operation.path_item.fields.get("parameters")
        if parameters is not None:
            yield parameters


def _nodes(root: Node) -> Iterator[Node]:
    """Yield every Reference Object at or below a node, in the same document."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node.value, list):
            waiting += node.items()
            continue
        if not isinstance(node.value, dict):
            continue
        if isinstance(node.value.get("$ref"), str):
            yield node
        for name, child in node.members():
            if name in _NAMES:
                waiting += [each for _, each in child.members()]
            elif name not in _VALUES and isinstance(child.value, dict | list):
                waiting.append(child)
