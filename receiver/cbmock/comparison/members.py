"""The members of content that two versions document: which were added or removed.

An added or removed member can be valid in both versions, so that no payload violates
either contract. A receiver that reads the member is affected all the same. It must not
know payloads that differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cbmock.contract.bodies.request_body import RequestBody
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description.operations import Operation
from cbmock.errors import UnresolvableReference
from cbmock.mock.mock import Mock

Path = tuple[str, ...]

_DEEPEST = 6
_MOST = 3000
ITEM = "*"
"""Stands for any item of an array."""


@dataclass(frozen=True, slots=True)
class Member:
    """A documented member: its place, with `ITEM` for array items, and its schema."""

    path: Path
    shape: Shape

    @property
    def pointer(self) -> str:
        """The place as people read it."""
        return "#" + "".join(f"/{each}" for each in self.path)


def members(schema: Schema) -> dict[Path, Member]:
    """Return the documented members of a schema's values, outer ones first."""
    found: dict[Path, Member] = {}
    waiting: list[tuple[Path, Shape]] = [((), Shape(schema))]
    for path, shape in waiting:
        if len(path) > _DEEPEST or len(found) > _MOST:
            break
        for step, inner in _below(shape):
            place = (*path, step)
            if step != ITEM:
                found.setdefault(place, Member(place, inner))
            waiting.append((place, inner))
    return found


def _below(shape: Shape) -> Iterator[tuple[str, Shape]]:
    try:
        yield from shape.properties.items()
        if shape.items is not None:
            yield ITEM, shape.items
    except UnresolvableReference:
        return


def only_in(here: dict[Path, Member], there: dict[Path, Member]) -> list[Member]:
    """Return the outermost members that only the first schema has."""
    return [
        each
        for path, each in here.items()
        if path not in there and not _has_new_parent(path, here, there)
    ]


def _has_new_parent(
    path: Path, here: dict[Path, Member], there: dict[Path, Member]
) -> bool:
    return any(
        path[:length] in here and path[:length] not in there
        for length in range(1, len(path))
    )


def members_of(mock: Mock, operation: Operation, key: str) -> dict[Path, Member]:
    """Return the documented members of an operation's content of one media type."""
    schema = schema_of(mock, operation, key)
    return {} if schema is None else members(schema)


def schema_of(mock: Mock, operation: Operation, key: str) -> Schema | None:
    """Return the schema of an operation's content of one media type."""
    body = mock.contract_of(operation).body
    if not isinstance(body, RequestBody) or key not in body.content:
        return None
    return body.media_type_object(key).whole
