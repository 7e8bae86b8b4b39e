"""Changes of content, each shown by a payload that one version takes and the other refuses.

Both contracts prove it: the maker's that it may be sent, the judge's that it is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cbmock.comparison.change import Change, Place, Version, place_of
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.firing import response_check, variants
from cbmock.firing.documented_request import DocumentedRequest, documented_request
from cbmock.http.messages import Response
from cbmock.mock.examples import ABSENT
from cbmock.mock.mock import Mock
from cbmock.violations import Violation, errors

_MOST_VARIANTS = 1500
_MOST_GENERATED = 20
_MOST_SHRINKS = 200


def body_changes(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[Change]:
    """Give the changes of an operation's body, those that payloads show first."""
    one, other = old.contract_of(before).body, new.contract_of(after).body
    had = one if isinstance(one, RequestBody) else None
    has = other if isinstance(other, RequestBody) else None
    if had is None and has is None:
        return
    places = (
        place_of(before.node if had is None else had.node),
        place_of(after.node if has is None else has.node),
    )
    if had is None or has is None:
        yield Change(
            operation=after,
            severity="risky" if had is None else "breaking",
            kind="body-added" if had is None else "body-removed",
            detail="a body is sent" if had is None else "no body is sent any more",
            old=places[0],
            new=places[1],
        )
        return
    if had.required and not has.required:
        yield Change(
            operation=after,
            severity="breaking",
            kind="body-optional",
            detail="the body may be left out",
            old=places[0],
            new=places[1],
        )
    for key in has.content.keys() - had.content.keys():
        yield Change(
            operation=after,
            severity="breaking",
            kind="media-type-added",
            detail=f"bodies of {key} may be sent",
            old=places[0],
            new=places[1],
        )
    for key in had.content.keys() - has.content.keys():
        yield Change(
            operation=after,
            severity="safe",
            kind="media-type-removed",
            detail=f"bodies of {key} are not sent any more",
            old=places[0],
            new=places[1],
        )
    widened = list(_shown_by(new, after, old, before, "new"))
    narrowed = list(_shown_by(old, before, new, after, "old"))
    yield from (*widened, *narrowed)
    if widened or narrowed:
        return
    for key in had.content.keys() & has.content.keys():
        schemas = had.content[key], has.content[key]
        bundles = [None if each is None else each.bundle.schema for each in schemas]
        if _constraints(bundles[0]) != _constraints(bundles[1]):
            yield Change(
                operation=after,
                severity="risky",
                kind="undecided",
                detail=f"the schemas of {key} differ; no payload that shows it was found",
                old=places[0],
                new=places[1],
            )


_ANNOTATIONS = frozenset(
    {"title", "description", "example", "examples", "default", "deprecated", "$comment"}
)


def _constraints(schema: Any) -> Any:
    """Leave out of a bundle what decides nothing."""
    if isinstance(schema, dict):
        return {
            name: _constraints(each)
            for name, each in schema.items()
            if name not in _ANNOTATIONS or not isinstance(each, str | bool | list)
        }
    if isinstance(schema, list):
        return [_constraints(each) for each in schema]
    return schema


def _shown_by(
    maker: Mock, made: Operation, judge: Mock, judged: Operation, valid_in: Version
) -> Iterator[Change]:
    """Give a change for each way in which the judge refuses what the maker's version sends."""
    try:
        plain = documented_request(maker, made)
    except ReceiverError:
        return
    if plain.content is ABSENT or isinstance(plain.content, bytes):
        return
    seen: set[tuple[str, str | None, str | None]] = set()
    for whole in _payloads(maker, made, judge, judged, plain):
        for found in _refusals(judge, judged, whole):
            cause = found.code, _without_indices(found.pointer), found.name
            if cause in seen:
                continue
            seen.add(cause)
            smallest = _smallest(maker, made, judge, judged, whole, cause)
            yield _content_change(made, judged, found, smallest.content, valid_in)


def _content_change(
    made: Operation,
    judged: Operation,
    found: Violation,
    payload: Any,
    valid_in: Version,
) -> Change:
    rule = Place(pointer=str(found.schema or judged.pointer), line=found.line)
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
    )


def _payloads(
    maker: Mock,
    made: Operation,
    judge: Mock,
    judged: Operation,
    plain: DocumentedRequest,
) -> Iterator[DocumentedRequest]:
    also = variants.body_schema(judge, judged, plain)
    full = variants.fullest(maker, made, plain)
    yield plain
    yield full
    for seed in range(1, _MOST_GENERATED + 1):
        other = variants.generated(maker, made, plain, seed)
        if other is not None:
            yield other.whole
    for each in variants.variants(maker, made, full, _MOST_VARIANTS, also):
        yield each.whole


def _refusals(
    judge: Mock, judged: Operation, whole: DocumentedRequest
) -> tuple[Violation, ...]:
    found = judge.check_body(whole.request.body, whole.media_type, judged)
    return tuple(each for each in errors(found) if each.location == "body")


def _without_indices(pointer: str | None) -> str | None:
    if pointer is None:
        return None
    return "/".join("*" if each.isdecimal() else each for each in pointer.split("/"))


def _smallest(
    maker: Mock,
    made: Operation,
    judge: Mock,
    judged: Operation,
    whole: DocumentedRequest,
    cause: tuple[str, str | None, str | None],
) -> DocumentedRequest:
    """Say less as long as the maker takes it and the judge refuses it for the same cause."""

    def shows(other: DocumentedRequest) -> bool:
        return any(
            (each.code, _without_indices(each.pointer), each.name) == cause
            for each in _refusals(judge, judged, other)
        )

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


def response_changes(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[Change]:
    """Give the responses that were documented, and are not as documented any more."""
    for code in old.responses_of(before).codes:
        if not code.isdigit():
            continue
        answer = old.responses_of(before).documented(int(code))
        if answer is None or errors(
            response_check.check(before, old.description, answer)
        ):
            continue
        for found in errors(response_check.check(after, new.description, answer))[:1]:
            yield Change(
                operation=after,
                severity="breaking" if code.startswith("2") else "risky",
                kind="response-narrowed",
                detail=f"the response {code}: {found.where}: {found.detail}",
                old=place_of(before.node),
                new=Place(pointer=str(found.schema or after.pointer), line=found.line),
                payload=_payload(answer),
                valid_in="old",
            )


def _payload(answer: Response) -> Any:

    try:
        return json.loads(answer.body) if answer.body else None
    except ValueError:
        return answer.body.decode("utf-8", "replace")
