"""Changes of the responses that a receiver may give, each shown by a response.

A response that is no longer documented breaks a receiver that gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cbmock.comparison.change import (
    Cause,
    Change,
    ChangeSeverity,
    DocumentPlace,
    Side,
    cause_of,
    place_of,
)
from cbmock.comparison.unchanged import is_unchanged
from cbmock.description.operations import Operation
from cbmock.firing import response_check
from cbmock.http.messages import Response
from cbmock.mock.mock import Mock
from cbmock.mock.responses.documented import ResponseSelection
from cbmock.violations import Violation, errors

_MOST_GENERATED = 12


def response_changes(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[Change]:
    """Yield the responses that are no longer valid, and those that are new."""
    had = [each.lower() for each in old.responses_of(before).codes]
    has = [each.lower() for each in new.responses_of(after).codes]
    same = set(_unchanged(old, new, before, after))
    for code in had:
        if code not in same:
            yield from _shown(old, before, new, after, code, "old")
    for code in has if had else ():
        if code not in same and (code in had or code.isdigit()):
            yield from _shown(new, after, old, before, code, "new")
        if code not in had and not code.isdigit():
            yield Change(
                operation=after,
                severity="safe",
                kind="response-added",
                detail=f"the response {code}: it may be given",
                old=place_of(before.node),
                new=place_of(after.node),
            )
    for code in had if has else ():
        if code not in has and not code.isdigit():
            yield Change(
                operation=after,
                severity="risky",
                kind="response-removed",
                detail=f"the response {code} is not documented any more",
                old=place_of(before.node),
                new=place_of(after.node),
            )


def _unchanged(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[str]:
    """Yield the codes whose responses need not be compared; most are in a new version."""
    if before.node is None or after.node is None:
        return
    had, has = before.node.get("responses"), after.node.get("responses")
    for code, one in () if had is None else had.members():
        other = None if has is None else has.get(code)
        if other is None or not code.isdigit():
            continue
        if is_unchanged(one, old.description, other, new.description):
            yield code


def _shown(
    maker: Mock,
    made: Operation,
    judge: Mock,
    judged: Operation,
    code: str,
    valid_in: Side,
) -> Iterator[Change]:
    """Yield a change for each rule by which the judge rejects the maker's answers."""
    seen: set[Cause] = set()
    is_new = valid_in == "new"
    for answer in _documented(maker, made, code):
        for found in errors(response_check.check(judged, judge.description, answer)):
            cause = cause_of(found, answer.status)
            if cause in seen:
                continue
            seen.add(cause)
            own = place_of(made.node)
            pointer = str(found.schema or judged.pointer)
            rule = DocumentPlace(pointer=pointer, line=found.line)
            kind, detail = _kind(found, is_new=is_new), f"{found.where}: {found.detail}"
            if kind == "response-added":
                detail = "it may be given"
            yield Change(
                operation=made if is_new else judged,
                severity=_severity(code, is_new=is_new),
                kind=kind,
                detail=f"the response {code}: {detail}",
                old=rule if is_new else own,
                new=own if is_new else rule,
                payload=_payload(answer),
                valid_in=valid_in,
                cause=cause,
            )


def _severity(code: str, *, is_new: bool) -> ChangeSeverity:
    if is_new:
        return "safe"
    return "breaking" if code.startswith("2") else "risky"


def _kind(found: Violation, *, is_new: bool) -> str:
    if not is_new:
        return "response-narrowed"
    is_undocumented = found.code == "undocumented-response"
    return "response-added" if is_undocumented else "response-widened"


def _documented(mock: Mock, operation: Operation, code: str) -> Iterator[Response]:
    """Yield valid responses with a code: the documented one, then generated ones."""
    if not code.isdigit():
        return
    responses = mock.responses_of(operation)
    bodies: set[bytes] = set()
    selections = [
        ResponseSelection(status=int(code)),
        *(
            ResponseSelection(status=int(code), dynamic=True, seed=seed)
            for seed in range(1, _MOST_GENERATED + 1)
        ),
    ]
    for selection in selections:
        answer = responses.answer(selection).response
        if answer.body in bodies:
            continue
        bodies.add(answer.body)
        if not errors(response_check.check(operation, mock.description, answer)):
            yield answer


def _payload(answer: Response) -> Any:
    try:
        return json.loads(answer.body) if answer.body else None
    except ValueError:
        return answer.body.decode("utf-8", "replace")
