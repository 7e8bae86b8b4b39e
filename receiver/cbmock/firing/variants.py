"""Valid variants: a documented request, changed in ways that the contract allows.

It decides which boundaries are tried: those that the schema's keywords name. Each
variant is checked against the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cbmock.contract.bodies.request_body import RequestBody
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.schema_error import ValuePath
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.firing.documented_request import DocumentedRequest
from cbmock.firing.walks import member_at, places, with_member
from cbmock.http import media_types
from cbmock.http.messages import Request
from cbmock.mock.examples import ABSENT
from cbmock.mock.generation.schema_samples import sample
from cbmock.mock.mock import Mock
from cbmock.violations import errors

_NUMERIC = frozenset(
    {
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    }
)
_STATED = ("const", "default", "example")
_LISTED = ("enum", "examples")
_ADDED = "memberOfALaterVersion"
_MOST_CANDIDATES = 120
_LONGEST = 10_000
_DEEPEST = 8
_EVERYWHERE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    0.5,
    2**53 + 1,
    "",
    "a",
    "Zoë 你好 😀 \"'\\/<&>",
    "a" * 2000,
    [],
    {},
)


@dataclass(frozen=True, slots=True)
class Variant:
    """A valid request, and how it differs from the plain one."""

    place: str
    whole: DocumentedRequest

    @property
    def request(self) -> Request:
        """The request itself."""
        return self.whole.request


def variants(
    mock: Mock,
    operation: Operation,
    whole: DocumentedRequest,
    most: int,
    also: Schema | None = None,
) -> Iterator[Variant]:
    """Yield at most `most` valid variants: dropped members, boundaries, alternatives.

    Boundaries from the keywords of `also` are tried too.
    """
    yield from islice(_valid(mock, operation, whole, also), most)


def fullest(
    mock: Mock, operation: Operation, whole: DocumentedRequest
) -> DocumentedRequest:
    """Return the request with every optional member that can be added."""
    schema = body_schema(mock, operation, whole)
    if schema is None or whole.content is ABSENT or isinstance(whole.content, bytes):
        return whole
    for at, name, value in _absent_members(Shape(schema), whole.content):
        here = member_at(whole.content, at)
        changed = with_member(whole.content, at, {**here, name: value})
        whole = valid_with(mock, operation, whole, changed) or whole
    return whole


def _absent_members(
    shape: Shape, value: Any, at: ValuePath = ()
) -> Iterator[tuple[ValuePath, str, Any]]:
    """Yield the absent optional members, with a value for each."""
    if len(at) > _DEEPEST or not isinstance(value, dict):
        return
    for name, member in shape.properties.items():
        if name in value:
            yield from _absent_members(member, value[name], (*at, name))
            continue
        try:
            made = sample(member.schema)
        except ReceiverError:
            continue
        filled = made
        for inner, inner_name, inner_value in _absent_members(member, made):
            filled = with_member(
                filled, inner, {**member_at(filled, inner), inner_name: inner_value}
            )
        yield at, name, filled
        if filled != made:
            yield at, name, made


def generated(
    mock: Mock, operation: Operation, whole: DocumentedRequest, seed: int
) -> Variant | None:
    """Return the request with a body generated from `seed`; None if it has no body."""
    schema = body_schema(mock, operation, whole)
    if schema is None:
        return None
    try:
        value = sample(schema, examples=False, seed=seed)
    except ReceiverError:
        return None
    other = valid_with(mock, operation, whole, value)
    return None if other is None else Variant(f"seed {seed}", other)


def simpler(mock: Mock, operation: Operation, variant: Variant) -> Iterator[Variant]:
    """Yield smaller valid variants, the simplest first."""
    content = variant.whole.content
    if content is ABSENT or isinstance(content, bytes):
        return
    for at in places(content):
        here = member_at(content, at)
        less = [ABSENT] if at and isinstance(at[-1], str) else []
        for candidate in (*less, *_less(here)):
            changed = with_member(content, at, candidate)
            other = valid_with(mock, operation, variant.whole, changed)
            if other is not None:
                yield Variant(variant.place, other)


def _less(value: Any) -> list[Any]:
    """Return strictly smaller values, so that shrinking ends."""
    if isinstance(value, list):
        return [[], value[:1]][: min(len(value), 2)]
    if isinstance(value, str):
        return ["", "a"][: min(len(value), 2)]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [] if value == 0 else [0] if value == 1 else [0, 1]
    return []


def valid_with(
    mock: Mock, operation: Operation, whole: DocumentedRequest, value: Any
) -> DocumentedRequest | None:
    """Return the request with another body; None if it is not valid.

    For JSON the schema is checked first, which refuses most bodies before they are
    written.
    """
    media_type = media_types.parse(whole.media_type or "")
    if media_type is not None and media_type.is_json:
        schema = body_schema(mock, operation, whole)
        if schema is not None and not schema.is_valid(value):
            return None
    other = whole.with_content(value)
    return other if is_valid(mock, operation, other.request) else None


def is_valid(mock: Mock, operation: Operation, request: Request) -> bool:
    """Return whether a request is valid, apart from its signature."""
    call = mock.receive(request, id=0, now=0.0)
    if call.operation is not operation:
        return False
    return not [
        each for each in errors(call.violations) if each.location != "signature"
    ]


def _valid(
    mock: Mock, operation: Operation, whole: DocumentedRequest, also: Schema | None
) -> Iterator[Variant]:
    content = whole.content
    schema = body_schema(mock, operation, whole)
    if schema is None or content is ABSENT or isinstance(content, bytes):
        return
    candidates = _candidates(*filter(None, (schema, also)))
    for at in places(content):
        here = member_at(content, at)
        others = [ABSENT, *candidates] if at and isinstance(at[-1], str) else candidates
        if isinstance(here, dict):  # a later version of the document may add a member
            others = [{**here, _ADDED: "new"}, *others]
        for candidate in others:
            if (
                candidate is not ABSENT
                and type(candidate) is type(here)
                and candidate == here
            ):
                continue
            changed = with_member(content, at, candidate)
            other = valid_with(mock, operation, whole, changed)
            if other is not None:
                way = "without" if candidate is ABSENT else "with another value"
                yield Variant(f"{_shown(at)} {way}", other)


def _shown(at: ValuePath) -> str:
    return "#" + "".join(f"/{each}" for each in at)


def body_schema(
    mock: Mock, operation: Operation, whole: DocumentedRequest
) -> Schema | None:
    """Return the schema of a request's media type."""
    body = mock.contract_of(operation).body
    if not isinstance(body, RequestBody) or whole.media_type is None:
        return None
    return body.content.get(whole.media_type)


def _candidates(*schemas: Schema) -> list[Any]:
    """Collect the boundary values of every keyword in the schemas."""
    found = [*_EVERYWHERE]
    for name, value in _keywords([each.bundle.schema for each in schemas]):
        if name in _STATED:
            found.append(value)
        elif name in _LISTED and isinstance(value, list):
            found += value
        elif name in _NUMERIC and isinstance(value, int | float):
            found += _edges(name, value)
    unique: list[Any] = []
    for each in found:
        if not any(type(each) is type(other) and each == other for other in unique):
            unique.append(each)
    return unique[:_MOST_CANDIDATES]


def _edges(name: str, value: float) -> list[Any]:
    if name.endswith("Length"):
        length = min(int(value), _LONGEST)
        return ["a" * length, "é" * length]
    if name.endswith(("Items", "Properties")):
        return []
    return [value, value + 1, value - 1, value * 2]


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield every keyword of a schema and its subschemas, each object once."""
    waiting, seen = [schema], set()
    while waiting:
        here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if isinstance(here, dict):
            yield from here.items()
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here
