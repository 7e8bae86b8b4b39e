"""Expectation: which calls are expected, how many, and by when.

It decides whether the received calls meet an expectation. It must not know how calls
are kept or how the test is run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from typing import Any, Self

from cbmock.clocks import Deadline, monotonic, wall
from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.reports import failures
from cbmock.testing import client_responses
from cbmock.testing.call_query import CallQuery
from cbmock.testing.call_view import CallView
from cbmock.testing.matching import Matching, Where
from cbmock.testing.waits import (
    Assertion,
    Wait,
    block,
    blocked_loop,
    no_hint,
    unblocked,
)

DEFAULT_TIMEOUT = 5.0
"""Seconds that a wait lasts by default."""


class Expectation:
    """The expectation that `cbmock.expect(operation)` returns.

    `times`, `at_least`, `at_most`, `within`, `matching` and `triggered_by` refine it
    and return it. It is checked when it is awaited (`wait()`, `await`), and always at
    the test's end. That check includes that no more calls came than expected.
    """

    def __init__(self, view: CallView, operation: Operation) -> None:
        """Expect at least one call to `operation` within five seconds from now."""
        self._view = view
        self._operation = operation
        self._least: int = 1
        self._most: float = math.inf
        self._seconds = DEFAULT_TIMEOUT
        self._began = monotonic()
        self._said_at = wall()
        self._within: float | None = None
        self._matching = Matching()
        self._trigger: Any = None

    def times(self, count: int) -> Self:
        """Expect exactly `count` calls until the test ends."""
        self._least, self._most = count, count
        return self

    def at_least(self, count: int) -> Self:
        """Expect `count` calls or more."""
        self._least = count
        return self

    def at_most(self, count: int) -> Self:
        """Expect no more than `count` calls; 0 are enough unless `at_least` is used."""
        self._most = count
        self._least = min(self._least, count) if self._least > 1 else 0
        return self

    def within(self, seconds: float) -> Self:
        """Expect the calls within a number of seconds.

        The time starts at the request of `triggered_by`, or else at `expect`. Later
        calls do not count as expected.
        """
        self._seconds = self._within = seconds
        return self

    def matching(
        self,
        json: Any = None,
        *,
        headers: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        where: Where | None = None,
    ) -> Self:
        """Expect calls that have the given members, headers, query values and so on."""
        self._matching = Matching(json, headers, query, where)
        return self

    def triggered_by(self, response: Any) -> Self:
        """Expect the calls at exactly the URL that the key gives for this trigger."""
        self._trigger = response
        return self

    # --- held against what arrived ---

    @property
    def calls(self) -> tuple[Call, ...]:
        """The expected calls; waits for them."""
        return self.wait()

    def wait(self) -> tuple[Call, ...]:
        """Return the calls once enough are there; `AssertionError` says what came."""
        __tracebackhide__ = True
        return block(self.assertion(blocked_loop), self._view)

    def __await__(self) -> Generator[Any, None, tuple[Call, ...]]:
        """Do what `wait` does without blocking the event loop."""
        __tracebackhide__ = True
        return unblocked(self.assertion(), self._view).__await__()

    def assertion(
        self, hint: Callable[[], str | None] = no_hint
    ) -> Assertion[tuple[Call, ...]]:
        """Check the expectation against the calls."""
        __tracebackhide__ = True
        query = self._in_time(
            CallQuery(self._view, self._operation, self._matching, self._trigger)
        )
        found = yield Wait(query, self._least, query.limited(self._left()))
        if self._least <= len(found) <= self._most:
            return found
        raise query.unfulfilled(self._wanted(), found, self._seconds, hint())

    def _in_time(self, query: CallQuery) -> CallQuery:
        """Select calls that came within the time, if one is set."""
        if self._within is None:
            return query
        began = client_responses.began(self._trigger, self._said_at)
        return query.until(began + self._within)

    def _left(self) -> float:
        return Deadline(self._seconds, self._began).left

    def _wanted(self) -> str:
        if self._least == self._most:
            exact = failures.number_of_calls(self._least)
            return f"exactly {exact}" if self._least else "no call"
        if self._most == math.inf:
            return f"at least {failures.number_of_calls(self._least)}"
        if not self._least:
            return f"at most {failures.number_of_calls(int(self._most))}"
        return f"{self._least} to {failures.number_of_calls(int(self._most))}"
