"""CallQuery: the calls that an assertion asks for.

It decides whether a call is one of them. It must not know how calls are kept or how
long a wait lasts.
"""

from __future__ import annotations

import copy
import math
from typing import Any

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.mock.call import Call
from cbmock.reports import failures
from cbmock.testing import client_responses, nothing_arrived
from cbmock.testing.call_view import CallView
from cbmock.testing.matching import Matching
from cbmock.triggers import key_evaluation
from cbmock.triggers.base_urls import normal
from cbmock.triggers.key_evaluation import DueUrls


class CallQuery:
    """Selects calls to one operation, with certain content, at the right URL."""

    def __init__(
        self,
        view: CallView,
        operation: Operation,
        matching: Matching,
        trigger: Any = None,
    ) -> None:
        """Select calls to `operation`; with a `trigger`, only at the URL that it gives."""
        self.operation = operation
        self.matching = matching
        self.due = None if trigger is None else _due(view, operation, trigger)
        self.urls = None if self.due is None else self.due.urls
        self._view = view
        self.latest = math.inf
        self._targets = None if self.urls is None else view.targets_of(self.urls)

    def until(self, moment: float) -> CallQuery:
        """Return the same query, limited to calls until a time (`clocks.wall`)."""
        limited = copy.copy(self)
        limited.latest = moment
        return limited

    def __call__(self, call: Call) -> bool:
        """Return whether a call is one of them."""
        return (
            self._view.sees(call)
            and call.is_for(self.operation)
            and (self._targets is None or normal(call.target) in self._targets)
            and call.received_at <= self.latest
            and self.matching(call)
        )

    def _is_late(self, call: Call) -> bool:
        return call.received_at > self.latest and self.until(math.inf)(call)

    def limited(self, timeout: float) -> float:
        """Return the seconds to wait: 0 if no call can match."""
        return timeout if self.urls is None or self.urls else 0.0

    def unfulfilled(
        self,
        wanted: str,
        found: tuple[Call, ...],
        timeout: float,
        hint: str | None = None,
    ) -> AssertionError:
        """Build the failure, which says what came instead."""
        url = self._view.url
        if self.operation.key is None:
            url += self._view.backend.path_of(self.operation) or ""
        calls = self._view.calls
        return AssertionError(
            failures.missing(
                self.operation,
                wanted=wanted,
                found=found,
                late=[call for call in calls if self._is_late(call)],
                calls=calls,
                strays=tuple(nothing_arrived.strays(self._view)),
                matching=self.matching,
                timeout=timeout,
                started=self._view.started,
                url=url,
                naming=self._view.backend.names.shortest,
                due=self.due,
                hint=nothing_arrived.explained(self._view, hint),
            )
        )


def _due(view: CallView, operation: Operation, trigger: Any) -> DueUrls:
    """Return where a callback is due for the exchange that triggered it."""
    exchange = client_responses.read(trigger)
    parent = operation.parent
    if operation.key is None or parent is None:
        message = f"`trigger=` works for callbacks only; {operation.name} is a webhook"
        raise ReceiverError(message)
    if not key_evaluation.is_of(parent, exchange):
        message = (
            f"{operation.name} is triggered by {parent.method} {parent.path}, not by "
            f"{exchange.request.method} {exchange.request.target}"
        )
        raise ReceiverError(message)
    return key_evaluation.due(operation, exchange, view.backend.description)
