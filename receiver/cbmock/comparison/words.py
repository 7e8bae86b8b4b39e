"""Differences that no validator sees: words, examples, links, and marks such as `xml`.

It decides which fields of an operation are compared as they stand, and where names end and
fields begin. It must not know severities.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cbmock.description import schema_resources
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference

_PROSE = frozenset(
    {"summary", "description", "title", "example", "examples", "$comment"}
)
"""Fields that are not compared inside of schemas."""

_WORDS = _PROSE | {"externalDocs", "tags", "default", "links", "servers", "deprecated"}
MARKS = frozenset(
    {
        *("xml", "discriminator", "readOnly", "writeOnly"),
        *("contentEncoding", "contentMediaType", "contentSchema"),
    }
)
"""Fields of a schema that change what a receiver reads, although every value stays valid."""

_REPORTED = frozenset({"callbacks", "operationId", "security", "x-webhook-signature"})
"""What other changes report."""

_NAMES = frozenset(
    {
        *("properties", "patternProperties", "dependentSchemas", "$defs"),
        *("responses", "headers", "content", "encoding"),
    }
)
"""Maps whose keys are names."""

_SCHEMAS = frozenset({"schema", "itemSchema"})
_MOST = 1000


def differences(
    one: Node, one_in: Description, other: Node, other_in: Description
) -> list[str]:
    """Return the places below two objects whose words or marks differ: `responses/200/links`."""
    return list(_Walk(one_in, other_in).below(one, other))


class _Walk:
    """Goes through two objects at once; what is compared already is not again."""

    def __init__(self, *descriptions: Description) -> None:
        self._descriptions = descriptions
        self._seen: set[Any] = set()

    def below(self, one: Node, other: Node) -> Iterator[str]:
        """Yield the places that differ, relative to both."""
        waiting = [("", one, other)]
        while waiting and len(self._seen) < _MOST:
            path, *both = waiting.pop()
            try:
                one, other = map(_target, both, self._descriptions)
            except UnresolvableReference:
                continue
            if (one.place, other.place) in self._seen:
                continue
            self._seen.add((one.place, other.place))
            had, has = dict(_members(one)), dict(_members(other))
            named = path.rpartition("/")[2] in _NAMES
            in_schema = not _SCHEMAS.isdisjoint(path.split("/"))
            inner: list[tuple[str, Node, Node]] = []
            for name in dict.fromkeys([*had, *has]):
                place = f"{path}/{name}"
                was, becomes = had.get(name), has.get(name)
                if not named and (name in _WORDS | MARKS or name.startswith("x-")):
                    is_silent = name in _REPORTED or (name in _PROSE and in_schema)
                    if not is_silent and not _same(was, becomes):
                        yield place.removeprefix("/")
                elif was is not None and becomes is not None and name not in _REPORTED:
                    inner.append((place, was, becomes))
            waiting += reversed(inner)


def _target(node: Node, description: Description) -> Node:
    return schema_resources.resolve(description, node)


def _members(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the fields of an object, or the items of an array: parameters by their names."""
    yield from node.members()
    for index, each in enumerate(node.items()):
        value = each.value if isinstance(each.value, dict) else {}
        yield f"{value.get('in', '')} {value.get('name', index)}".strip(), each


def _same(one: Node | None, other: Node | None) -> bool:
    """Compare two fields; `false` says as much as no field."""
    values = [None if each is None else each.value for each in (one, other)]
    return bool(values[0] == values[1]) or {*map(repr, values)} == {"None", "False"}
