"""Valid variants: a documented request, changed in ways that the contract allows.

It decides which boundaries are tried: those that the schema's keywords name. Each
variant is checked against the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any

from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.schema_error import ValuePath
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.firing import edges
from cbmock.firing.documented_request import DocumentedRequest
from cbmock.firing.walks import in_turn, member_at, places, with_member
from cbmock.http import media_types
from cbmock.http.messages import Request
from cbmock.mock.examples import ABSENT
from cbmock.mock.generation.schema_samples import sample
from cbmock.mock.mock import Mock
from cbmock.violations import Violation, errors

_ADDED = "memberOfALaterVersion"
_DEEPEST = 8
_MOST_MEMBERS = 500
"""How many absent members are added to one value: their number may double per level."""


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
    schema = body_schema(whole)
    if schema is None or whole.content is ABSENT or isinstance(whole.content, bytes):
        return whole
    for at, step, value in _absent(Shape(schema), whole.content, _budget()):
        if _is_there(member_at(whole.content, at), step):
            continue  # a fuller value was taken already
        changed = _put(whole.content, at, step, value)
        whole = valid_with(mock, operation, whole, changed) or whole
    return whole


def _budget() -> Iterator[int]:
    return iter(range(_MOST_MEMBERS))


def _absent(
    shape: Shape,
    value: Any,
    left: Iterator[int],
    at: ValuePath = (),
    seen: tuple[str, ...] = (),
) -> Iterator[tuple[ValuePath, str | int, Any]]:
    """Go through optional members and items that are not there, with a value for each.

    No more than are `left`.
    """
    own = _pointers(shape)
    if len(at) > _DEEPEST or any(seen.count(each) > 1 for each in own):
        return  # schemas may contain themselves
    seen += own
    for step, inner in _below(shape, value):
        if _is_there(value, step):
            yield from _absent(inner, value[step], left, (*at, step), seen)
            continue
        if next(left, None) is None:
            return
        try:
            made = sample(inner.schema)
        except ReceiverError:
            continue
        filled = _filled(inner, made, left, seen)
        yield at, step, filled
        if filled != made:
            yield at, step, made


def _filled(
    shape: Shape, value: Any, left: Iterator[int], seen: tuple[str, ...] = ()
) -> Any:
    """Return a value with all that is absent in it, whether it is valid or not."""
    for at, step, member in _absent(shape, value, left, (), seen):
        if not _is_there(member_at(value, at), step):
            value = _put(value, at, step, member)
    return value


def _pointers(shape: Shape) -> tuple[str, ...]:
    return tuple(str(part.pointer) for part, _ in shape.parts)


def _below(shape: Shape, value: Any) -> Iterator[tuple[str | int, Shape]]:
    """Yield the documented members of an object, or the items of an array."""
    if isinstance(value, dict):
        yield from shape.properties.items()
    elif isinstance(value, list):
        for index in range(max(len(value), 1)):
            item = shape.item(index)
            if item is not None:
                yield index, item


def _is_there(value: Any, step: str | int) -> bool:
    return step in value if isinstance(step, str) else step < len(value)


def _put(value: Any, at: ValuePath, step: str | int, member: Any) -> Any:
    """Add a member to the object at a place, or an item to the empty array there."""
    here = member_at(value, at)
    added = {**here, step: member} if isinstance(step, str) else [*here, member]
    return with_member(value, at, added)


def generated(
    mock: Mock, operation: Operation, whole: DocumentedRequest, seed: int
) -> Variant | None:
    """Return the request with a body generated from `seed`; None if it has no body."""
    schema = body_schema(whole)
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
        schema = body_schema(whole)
        if schema is not None and not schema.is_valid(value):
            return None
    other = whole.with_content(value)
    found = faults(mock, operation, other.request)
    if found is None or errors(found):
        return None
    if _is_encoded(found) or not _is_encoded(
        faults(mock, operation, whole.request) or ()
    ):
        return other
    return None  # a receiver may refuse a text that it cannot decode


def is_valid(mock: Mock, operation: Operation, request: Request) -> bool:
    """Return whether a request is valid, apart from its signature."""
    found = faults(mock, operation, request)
    return found is not None and not errors(found)


def faults(
    mock: Mock, operation: Operation, request: Request
) -> tuple[Violation, ...] | None:
    """Return the violations of a request, apart from its signature.

    None if it is to another operation. The mock checks it, which knows path variables.
    """
    call = mock.receive(request, id=0, now=0.0)
    found = tuple(each for each in call.violations if each.location != "signature")
    if call.operation is operation:
        return found
    own = _at_a_shared_url(mock, operation, request)
    # A receiver cannot tell which of them it is for, so both must have the same verdict.
    return own if own is None or bool(errors(own)) == bool(errors(found)) else None


def _at_a_shared_url(
    mock: Mock, operation: Operation, request: Request
) -> tuple[Violation, ...] | None:
    """Check a request that an operation of the same URL was chosen for; None if none was."""
    for each in mock.router.find(request).candidates:
        if each.operation is operation:
            return (
                mock.contract_of(operation)
                .check(request, each.path, now=0.0)
                .violations
            )
    return None


def _is_encoded(found: tuple[Violation, ...]) -> bool:
    """Return whether texts are in their `contentEncoding`, which is a warning if not."""
    return all(each.code != "contentEncoding" for each in found)


def _valid(
    mock: Mock, operation: Operation, whole: DocumentedRequest, also: Schema | None
) -> Iterator[Variant]:
    content = whole.content
    schema = body_schema(whole)
    if schema is None or content is ABSENT or isinstance(content, bytes):
        return
    shapes = [Shape(each) for each in (schema, also) if each is not None]
    for at, candidate in _alternatives(shapes, content):
        other = valid_with(mock, operation, whole, with_member(content, at, candidate))
        if other is not None:
            yield Variant(f"{_shown(at)} by another alternative", other)
    more = [] if also is None else edges.candidates(schema, also)
    ways = (
        zip(repeat(at), _others(content, at, _shapes_at(shapes, at), more))
        for at in places(content)
    )
    for at, candidate in in_turn(ways):
        other = valid_with(mock, operation, whole, with_member(content, at, candidate))
        if other is not None:
            way = "without" if candidate is ABSENT else "with another value"
            yield Variant(f"{_shown(at)} {way}", other)


def _shapes_at(shapes: list[Shape], at: ValuePath) -> list[Shape]:
    """Return what describes the value at a place."""
    for step in at:
        inner = [
            each.below(step) if isinstance(step, str) else each.item(step)
            for each in shapes
        ]
        shapes = [each for each in inner if each is not None]
    return shapes


def _others(
    content: Any, at: ValuePath, shapes: list[Shape], more: list[Any]
) -> Iterator[Any]:
    """Yield other values for a place, valid or not; `ABSENT` leaves a member out."""
    here = member_at(content, at)
    if at and isinstance(at[-1], str):
        yield ABSENT
    if isinstance(here, list) and here:
        yield from (here[:1] * size for size in edges.sizes(shapes))
    if isinstance(here, dict):  # what a later version of the document may add
        yield {**here, _ADDED: "new"}
    for value in (*edges.values(shapes), *more):
        if type(value) is not type(here) or value != here:
            yield value


def _alternatives(
    shapes: Iterable[Shape], content: Any
) -> Iterator[tuple[ValuePath, Any]]:
    """Yield a value of each alternative of `oneOf` and `anyOf`, at its place."""
    waiting: list[tuple[ValuePath, Shape]] = [((), each) for each in shapes]
    for at, shape in waiting:
        here = member_at(content, at)
        waiting += [
            ((*at, step), inner)
            for step, inner in _below(shape, here)
            if _is_there(here, step) and len(at) < _DEEPEST
        ]
        for part, schema in shape.parts:
            for keyword in ("oneOf", "anyOf"):
                listed = part.get(keyword)
                for branch in () if listed is None else listed.items():
                    yield from _of_branch(Schema(branch, schema.description), at, here)


def _of_branch(
    branch: Schema, at: ValuePath, here: Any
) -> Iterator[tuple[ValuePath, Any]]:
    try:
        made = sample(branch)
    except ReceiverError:
        return
    made = _filled(Shape(branch), made, _budget())
    yield at, made
    if isinstance(made, dict) and isinstance(here, dict):
        yield at, {**here, **made}


def _shown(at: ValuePath) -> str:
    return "#" + "".join(f"/{each}" for each in at)


def body_schema(whole: DocumentedRequest) -> Schema | None:
    """Return the schema of a request's content."""
    return None if whole.described is None else whole.described.whole
