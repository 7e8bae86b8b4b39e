"""Payloads that show a change: one version accepts them, the other rejects them.

Both contracts prove it: the maker's accepts the payload, the judge's rejects it. Both
validators must agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from cbmock.comparison.change import (
    Cause,
    Change,
    DocumentPlace,
    Side,
    cause_of,
    place_of,
)
from cbmock.comparison.members import ITEM, members_of, only_in, schema_of
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.schema_error import ValuePath
from cbmock.description import json_pointer
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.firing import variants
from cbmock.firing.documented_request import (
    Choices,
    DocumentedRequest,
    documented_request,
)
from cbmock.firing.walks import member_at, with_member
from cbmock.mock.examples import ABSENT
from cbmock.mock.mock import Mock
from cbmock.violations import Violation, errors

_MOST_VARIANTS = 1500
_MOST_GENERATED = 20
_MOST_SHRINKS = 200
_MOST_LEFT_OUT = 100
_MOST_IN_VAIN = 400
"""Refused payloads, one after the other, that show nothing new."""


def documented_payload(
    mock: Mock, operation: Operation, key: str | None = None
) -> DocumentedRequest | None:
    """Return a documented request, of one media type; None if it has no content to show."""
    try:
        whole = documented_request(mock, operation, Choices(media_type=key))
    except ReceiverError:
        return None
    has_none = whole.content is ABSENT or isinstance(whole.content, bytes)
    return None if has_none else whole


def is_refused(judge: Mock, judged: Operation, whole: DocumentedRequest) -> bool:
    """Return whether the judge rejects a body, or its media type."""
    media_type = whole.request.headers.get("content-type")
    return bool(errors(judge.check_body(whole.request.body, media_type, judged)))


def shown_by(
    maker: Mock,
    made: Operation,
    judge: Mock,
    judged: Operation,
    valid_in: Side,
    key: str,
) -> Iterator[Change]:
    """Yield a change for each rule by which the judge rejects payloads of a media type."""
    plain = documented_payload(maker, made, key)
    if plain is None:
        return
    seen: set[Cause] = set()
    in_vain = 0
    for whole in _payloads(maker, made, judge, judged, plain):
        if in_vain > _MOST_IN_VAIN:
            return  # all that is refused is refused for what is known
        refusals = _refusals(judge, judged, whole)
        in_vain += bool(refusals)
        for found in refusals:
            cause = cause_of(found)
            if cause in seen:
                continue
            seen.add(cause)
            in_vain = 0
            smallest = _smallest(maker, made, judge, judged, whole, cause)
            shown = next(_of_cause(judge, judged, smallest, cause), found)
            change = _content_change(made, judged, shown, smallest.content, valid_in)
            takes = schema_of(maker, made, smallest.media_type or "")
            refuses = schema_of(judge, judged, smallest.media_type or "")
            if _is_proved(takes, refuses, smallest.content):
                yield change
            else:
                yield replace(
                    change,
                    severity="risky",
                    kind="undecided",
                    detail=f"{change.detail} (validators disagree about the payload)",
                    valid_in=None,
                )


def _is_proved(takes: Schema | None, refuses: Schema | None, payload: Any) -> bool:
    """Check with the second engine that exactly one version accepts the payload.

    A value is not checked by a version that has no schema for its media type.
    """
    if takes is None or refuses is None:
        return True
    if takes.is_valid(payload) == refuses.is_valid(payload):
        # The difference is in the serialization, which the engines do not check.
        return True
    return takes.walks(payload) and not refuses.walks(payload)


def _content_change(
    made: Operation,
    judged: Operation,
    found: Violation,
    payload: Any,
    valid_in: Side,
) -> Change:
    rule = DocumentPlace(pointer=str(found.schema or judged.pointer), line=found.line)
    own = place_of(made.node)
    is_wider = valid_in == "new"
    way = "may be sent now" if is_wider else "is not sent any more"
    return Change(
        operation=made if is_wider else judged,
        severity="breaking" if is_wider else "safe",
        kind=f"body-{'widened' if is_wider else 'narrowed'}-{found.code}",
        detail=f"{found.where}: {found.detail}: this {way}",
        old=rule if is_wider else own,
        new=own if is_wider else rule,
        payload=payload,
        valid_in=valid_in,
        cause=cause_of(found),
    )


def _payloads(
    maker: Mock,
    made: Operation,
    judge: Mock,
    judged: Operation,
    plain: DocumentedRequest,
) -> Iterator[DocumentedRequest]:
    also = schema_of(judge, judged, plain.media_type or "")
    full = variants.fullest(maker, made, plain)
    yield plain
    yield full
    if plain.media_type is not None:
        yield from _with_other_members(maker, made, judge, judged, full)
    for seed in range(1, _MOST_GENERATED + 1):
        other = variants.generated(maker, made, plain, seed)
        if other is not None:
            yield other.whole
    base = _agreed(maker, made, judge, judged, full)
    for each in variants.variants(maker, made, base, _MOST_VARIANTS, also):
        yield each.whole


def _agreed(
    maker: Mock,
    made: Operation,
    judge: Mock,
    judged: Operation,
    whole: DocumentedRequest,
) -> DocumentedRequest:
    """Leave out members that the judge refuses, as far as the maker allows it.

    Else each variant would be refused for the same reasons.
    """
    for _ in range(_MOST_LEFT_OUT):
        for each in _refusals(judge, judged, whole):
            other = _without(maker, made, whole, each)
            if other is not None:
                whole = other
                break
        else:
            return whole
    return whole


def _without(
    maker: Mock, made: Operation, whole: DocumentedRequest, refusal: Violation
) -> DocumentedRequest | None:
    """Return a payload without the member that is refused, or without one around it."""
    place = (refusal.pointer or "#").removeprefix("#")
    tokens = [*json_pointer.parse_fragment(place)]
    if refusal.name is not None:
        tokens.append(refusal.name)
    for path in reversed(_path(whole.content, tokens)):
        changed = with_member(whole.content, path, ABSENT)
        other = variants.valid_with(maker, made, whole, changed)
        if other is not None and other.content != whole.content:
            return other
    return None


def _path(value: Any, tokens: Sequence[str]) -> list[ValuePath]:
    """Return the members on the way to a place, as far as they are there."""
    found: list[ValuePath] = []
    path: ValuePath = ()
    for token in tokens:
        if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            path = (*path, int(token))
        elif isinstance(value, dict) and token in value:
            path = (*path, token)
            found.append(path)
        else:
            break
        value = value[path[-1]]
    return found


_OTHERS: tuple[Any, ...] = (None, "x", 0, 0.5, True, [], {})


def _with_other_members(
    maker: Mock,
    made: Operation,
    judge: Mock,
    judged: Operation,
    whole: DocumentedRequest,
) -> Iterator[DocumentedRequest]:
    """Yield bodies with members that only the judge documents, of every type."""
    key = whole.media_type or ""
    for each in only_in(members_of(judge, judged, key), members_of(maker, made, key)):
        if ITEM in each.path:
            continue
        *outer, name = each.path
        try:
            here = member_at(whole.content, tuple(outer))
        except (KeyError, IndexError, TypeError):
            continue
        for value in _OTHERS if isinstance(here, dict) else ():
            changed = with_member(whole.content, tuple(outer), {**here, name: value})
            other = variants.valid_with(maker, made, whole, changed)
            if other is not None:
                yield other


def _refusals(
    judge: Mock, judged: Operation, whole: DocumentedRequest
) -> tuple[Violation, ...]:
    # The whole field, as the boundary of multipart is one of its parameters.
    media_type = whole.request.headers.get("content-type")
    found = judge.check_body(whole.request.body, media_type, judged)
    return tuple(each for each in errors(found) if each.location == "body")


def _of_cause(
    judge: Mock, judged: Operation, whole: DocumentedRequest, cause: Cause
) -> Iterator[Violation]:
    """Yield the violations of a rule by which the judge rejects a payload."""
    for each in _refusals(judge, judged, whole):
        if cause_of(each) == cause:
            yield each


def _smallest(
    maker: Mock,
    made: Operation,
    judge: Mock,
    judged: Operation,
    whole: DocumentedRequest,
    cause: Cause,
) -> DocumentedRequest:
    """Shrink a payload as long as the judge alone rejects it, for the same cause."""

    def shows(other: DocumentedRequest) -> bool:
        return any(_of_cause(judge, judged, other, cause))

    tries = 0
    while True:
        for other in variants.simpler(maker, made, variants.Variant("", whole)):
            tries += 1
            if tries > _MOST_SHRINKS:
                return whole
            if shows(other.whole):
                whole = other.whole
                break
        else:
            return whole
