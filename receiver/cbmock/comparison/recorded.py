"""Recorded calls that a change concerns: those that it would have affected.

It decides when a change concerns a call. It must not know where calls come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cbmock.comparison.change import Cause, Change, cause_of
from cbmock.comparison.changes import pairs
from cbmock.comparison.members import ITEM, Path
from cbmock.contract.parameters import parameter_values, raw_parameters
from cbmock.description.operations import Operation
from cbmock.firing import response_check
from cbmock.http import json_text
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.violations import Violation, errors


def with_calls(
    changes: Sequence[Change], calls: Iterable[Call], old: Mock, new: Mock
) -> tuple[Change, ...]:
    """Return the changes, each with the number of calls that it concerns."""
    judges = {
        _name(each): _Judge(old, new, before, after)
        for before, after in pairs(old, new)
        for each in (before, after)
        if each is not None
    }
    counts = [0] * len(changes)
    own = [judges.get(_name(each.operation)) for each in changes]
    for call in calls:
        if call.operation is None:
            continue
        judge = judges.get(_name(call.operation))
        if judge is None:
            continue
        causes = judge.causes(call)
        for at, change in enumerate(changes):
            counts[at] += own[at] is judge and _concerns(change, call, causes)
    return tuple(
        replace(each, calls=count) for each, count in zip(changes, counts, strict=True)
    )


def _name(operation: Operation) -> tuple[str, str, str | None]:
    return operation.kind, operation.qualified, operation.expression


class _Judge:
    """Both versions of one operation."""

    def __init__(
        self, old: Mock, new: Mock, before: Operation | None, after: Operation | None
    ) -> None:
        self._versions = [
            (which, mock, each)
            for which, mock, each in (("old", old, before), ("new", new, after))
            if each is not None and each.error is None
        ]

    def causes(self, call: Call) -> set[tuple[str, Cause]]:
        """Return the violations of a call and of its answer, by each version."""
        found: set[tuple[str, Cause]] = set()
        for which, mock, operation in self._versions:
            sent = (*_body(mock, operation, call), *_headers(mock, operation, call))
            found |= {(which, cause_of(each)) for each in errors(sent)}
            answer = call.response
            answered = response_check.check(operation, mock.description, answer)
            found |= {(which, cause_of(e, answer.status)) for e in errors(answered)}
        return found


def _body(mock: Mock, operation: Operation, call: Call) -> tuple[Violation, ...]:
    content_type = call.request.headers.get("content-type")
    return mock.check_body(call.request.body, content_type, operation)


def _headers(mock: Mock, operation: Operation, call: Call) -> tuple[Violation, ...]:
    """Check the headers only: the URL's variables belong to the key of one version."""
    stated = mock.contract_of(operation).parameters
    headers = tuple(each for each in stated if each.location == "header")
    raw = raw_parameters.split_request(call.request, {})
    return tuple(parameter_values.check(headers, raw)[1])


def _concerns(change: Change, call: Call, causes: set[tuple[str, Cause]]) -> bool:
    if change.cause is not None:
        refuses = "new" if change.valid_in == "old" else "old"
        return (refuses, change.cause) in causes
    if change.member is not None:
        return _has(call, change.member)
    if change.header is not None:
        return call.request.headers.get(change.header) is not None
    return change.severity != "safe"


def _has(call: Call, path: Path) -> bool:
    try:
        value, _ = json_text.read(call.request.body)
    except ValueError:
        return False
    found = [value]
    for step in path:
        if step == ITEM:
            found = [item for each in found if isinstance(each, list) for item in each]
        else:
            found = [
                each[step] for each in found if isinstance(each, dict) and step in each
            ]
    return bool(found)
