"""Changes of the responses that a receiver may give, each shown by a response.

A response that is no longer documented breaks a receiver that gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cbmock.comparison.change import Cause, Change, DocumentPlace, cause_of, place_of
from cbmock.description.operations import Operation
from cbmock.firing import response_check
from cbmock.http.messages import Response
from cbmock.mock.mock import Mock
from cbmock.mock.responses.documented import ResponseSelection
from cbmock.violations import errors

_MOST_GENERATED = 12


def response_changes(
    old: Mock, new: Mock, before: Operation, after: Operation
) -> Iterator[Change]:
    """Yield the responses that are no longer valid, and those that are new."""
    had = [each.lower() for each in old.responses_of(before).codes]
    has = [each.lower() for each in new.responses_of(after).codes]
    for code in had:
        yield from _narrowed(old, new, before, after, code)
    for code in has if had else ():
        if code not in had:
            yield Change(
                operation=after,
                severity="safe",
                kind="response-added",
                detail=f"the response {code} may be given",
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


def _narrowed(
    old: Mock, new: Mock, before: Operation, after: Operation, code: str
) -> Iterator[Change]:
    seen: set[Cause] = set()
    for answer in _documented(old, before, code):
        for found in errors(response_check.check(after, new.description, answer)):
            cause = cause_of(found, answer.status)
            if cause in seen:
                continue
            seen.add(cause)
            yield Change(
                operation=after,
                severity="breaking" if code.startswith("2") else "risky",
                kind="response-narrowed",
                detail=f"the response {code}: {found.where}: {found.detail}",
                old=place_of(before.node),
                new=DocumentPlace(
                    pointer=str(found.schema or after.pointer), line=found.line
                ),
                payload=_payload(answer),
                valid_in="old",
                cause=cause,
            )


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
