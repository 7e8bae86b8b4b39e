"""The call that is most similar to what a test expected, and where it differs.

It decides which call that is. It must not know the rest of the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.reports.differences import Difference, side_by_side
from cbmock.reports.text import moment
from cbmock.reports.url_differences import target_of, url_difference
from cbmock.triggers.base_urls import BaseUrls, normal
from cbmock.triggers.correlation import similarity
from cbmock.triggers.key_evaluation import DueUrls

_NO_BASE = BaseUrls(())


class Criteria(Protocol):
    """What a test requires of a call besides its operation."""

    def missing(self, call: Call) -> tuple[Difference, ...]:
        """Return where a call differs from what is required."""

    def as_came(self, call: Call) -> dict[str, Any] | None:
        """Return the required members with the values of the call."""


@dataclass(frozen=True, slots=True)
class NearestCall:
    """The call that is most similar to what was expected, and where it differs.

    `due` is the URL that it should have had, None if its URL is right.
    """

    call: Call
    differences: tuple[Difference, ...] = ()
    due: str | None = None

    def lines(self, started: float) -> list[str]:
        """Show the differences side by side, and URLs below each other."""
        lines = []
        if self.due is not None:
            lines.append(url_difference(self.due, self.call.shown_target))
        others = [
            each for each in self.differences if each.where != "URL" or not self.due
        ]
        if others:
            head = f"nearest call: {moment(self.call, started)}"
            lines += [head, *side_by_side(others, "    ")]
        return lines


def is_due(due: DueUrls, call: Call) -> bool:
    """Return whether a call is at one of the due URLs, with any host."""
    return normal(call.target) in _NO_BASE.targets_of(due.urls)


def nearest_call(
    operation: Operation,
    others: Sequence[Call],
    calls: Sequence[Call],
    matching: Criteria,
    due: DueUrls | None,
) -> NearestCall | None:
    """Return the most similar call.

    With a trigger the exact URL is known, so every call is compared with it, even if
    its own URL matched another operation.
    """
    if due is not None and due.urls:
        others = [call for call in others if is_due(due, call)]
        if not others:
            return _nearest_url(operation, calls, due.urls[0])
    if others:
        call = min(others, key=lambda call: len(matching.missing(call)))
        return NearestCall(call, matching.missing(call))
    near = [call for call in calls if operation in call.candidates]
    return NearestCall(near[-1], (_misdirected(operation, near[-1]),)) if near else None


def _nearest_url(
    operation: Operation, calls: Sequence[Call], due: str
) -> NearestCall | None:
    """Return the candidate with the most similar URL."""
    target = target_of(due)
    candidates = [call for call in calls if _may_be_misdirected(operation, call)]
    if not candidates:
        return None
    call = max(
        candidates,
        key=lambda call: (
            similarity(target, call.target),
            call.method == operation.method,
        ),
    )
    found = []
    if call.method != operation.method:
        found.append(Difference("method", str(operation.method), call.method))
    if normal(call.target) in _NO_BASE.targets_of([due]):
        return NearestCall(call, tuple(found))
    url = Difference("URL", target, call.shown_target)
    return NearestCall(call, (url, *found), due)


def _may_be_misdirected(operation: Operation, call: Call) -> bool:
    """Leave out valid calls to another operation that has a path of its own.

    A key without a path matches any URL, so a call to such an operation proves nothing.
    """
    other = call.operation
    if other is None or call.is_for(operation) or not call.valid:
        return True
    return other.key is not None and not other.key.path and not other.key.query


def _misdirected(operation: Operation, call: Call) -> Difference:
    if call.method != operation.method:
        return Difference("method", str(operation.method), call.method)
    for each in call.violations:
        if each.code == "undocumented-event":
            return Difference("event", operation.name, str(each.received))
    wanted = operation.expression or f"the URL of {operation.name}"
    return Difference("URL", wanted, call.shown_target)
