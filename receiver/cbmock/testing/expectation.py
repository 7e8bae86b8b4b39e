"""Expectation: which calls are wanted, how many, and by when.

It decides whether what arrived is what a test expects. It must not know how calls are kept
or how the test is run.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Mapping
from typing import Any, Self

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.mock.call import Call
from cbmock.reports import failures
from cbmock.testing import client_responses
from cbmock.testing.matching import Matching, Where
from cbmock.testing.test_calls import View, blocked_loop
from cbmock.triggers import key_evaluation
from cbmock.triggers.base_urls import normal

DEFAULT_TIMEOUT = 5.0
"""Seconds that a wait lasts if nothing else is said."""


class Wish:
    """The calls that are wanted: to an operation, with a content, at the right URL."""

    def __init__(
        self,
        view: View,
        operation: Operation,
        matching: Matching,
        trigger: Any = None,
    ) -> None:
        """Want calls to `operation`; with a `trigger`, only at the URL that it gives."""
        self.operation = operation
        self.matching = matching
        self.urls = None if trigger is None else _due(view, operation, trigger)
        self._view = view
        self._targets = None if self.urls is None else view.targets_of(self.urls)

    def __call__(self, call: Call) -> bool:
        """Tell whether a call is one of them."""
        return (
            self._view.sees(call)
            and call.is_for(self.operation)
            and (self._targets is None or normal(call.target) in self._targets)
            and self.matching(call)
        )

    def patience(self, timeout: float) -> float:
        """Return how long to wait: not at all where no call could do."""
        return timeout if self.urls is None or self.urls else 0.0

    def unfulfilled(
        self,
        wanted: str,
        found: tuple[Call, ...],
        timeout: float,
        hint: str | None = None,
    ) -> AssertionError:
        """Build the failure that tells what came instead."""
        url = self._view.url
        if self.operation.key is None:
            url += self._view.host.path_of(self.operation) or ""
        return AssertionError(
            failures.missing(
                self.operation,
                wanted=wanted,
                found=found,
                calls=self._view.calls,
                matching=self.matching,
                timeout=timeout,
                started=self._view.started,
                url=url,
                naming=self._view.host.names.shortest,
                due=self.urls,
                hint=hint,
            )
        )


def _due(view: View, operation: Operation, trigger: Any) -> tuple[str, ...]:
    """Return the URLs that a callback is due at for the exchange that triggered it."""
    exchange = client_responses.read(trigger)
    parent = operation.parent
    if operation.key is None or parent is None:
        message = f"{operation.name} is a webhook: no trigger gives its URL"
        raise ReceiverError(message)
    if not key_evaluation.is_of(parent, exchange):
        message = (
            f"{operation.name} is triggered by {parent.method} {parent.path}, not by "
            f"{exchange.request.method} {exchange.request.target}"
        )
        raise ReceiverError(message)
    return key_evaluation.due(operation, exchange, view.host.description).urls


class Expectation:
    """What `cbmock.expect(operation)` returns: a sentence to be completed.

    `times`, `at_least`, `at_most`, `within`, `matching` and `triggered_by` complete it
    and return it again. It is held against the calls when it is waited for (`wait()`,
    `await`), and in any case when the test ends: also that no more came than expected.
    """

    def __init__(self, view: View, operation: Operation) -> None:
        """Expect at least one call to `operation` within five seconds from now."""
        self._view = view
        self._operation = operation
        self._least: int = 1
        self._most: float = math.inf
        self._seconds = DEFAULT_TIMEOUT
        self._began = time.monotonic()
        self._matching = Matching()
        self._trigger: Any = None

    def times(self, count: int) -> Self:
        """Expect exactly `count` calls, none more until the test ends."""
        self._least, self._most = count, count
        return self

    def at_least(self, count: int) -> Self:
        """Expect `count` calls or more."""
        self._least = count
        return self

    def at_most(self, count: int) -> Self:
        """Expect no more than `count` calls; none is as good, unless said otherwise."""
        self._most = count
        self._least = min(self._least, count) if self._least > 1 else 0
        return self

    def within(self, seconds: float) -> Self:
        """Expect the calls within that many seconds from `expect`."""
        self._seconds = seconds
        return self

    def matching(
        self,
        json: Any = None,
        *,
        headers: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        where: Where | None = None,
    ) -> Self:
        """Expect calls that have these members, headers, query values, and so on."""
        self._matching = Matching(json, headers, query, where)
        return self

    def triggered_by(self, response: Any) -> Self:
        """Expect the calls at exactly the URL that the key gives for this trigger."""
        self._trigger = response
        return self

    # --- held against what arrived ---

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that were expected; waits for them."""
        return self.wait()

    def wait(self) -> tuple[Call, ...]:
        """Return the calls once enough are there; `AssertionError` says what came."""
        __tracebackhide__ = True
        wish = self._wish()
        found = self._view.wait(wish, self._least, wish.patience(self._left()))
        return self._held(wish, found, blocked_loop())

    def __await__(self) -> Generator[Any, None, tuple[Call, ...]]:
        """Do what `wait` does without blocking the event loop."""
        return self._wait_async().__await__()

    async def _wait_async(self) -> tuple[Call, ...]:
        __tracebackhide__ = True
        wish = self._wish()
        found = await self._view.wait_async(
            wish, self._least, wish.patience(self._left())
        )
        return self._held(wish, found)

    def _wish(self) -> Wish:
        return Wish(self._view, self._operation, self._matching, self._trigger)

    def _left(self) -> float:
        return max(self._began + self._seconds - time.monotonic(), 0.0)

    def _held(
        self, wish: Wish, found: tuple[Call, ...], hint: str | None = None
    ) -> tuple[Call, ...]:
        __tracebackhide__ = True
        if self._least <= len(found) <= self._most:
            return found
        raise wish.unfulfilled(self._wanted(), found, self._seconds, hint)

    def _wanted(self) -> str:
        if self._least == self._most:
            return failures.wanted_calls(self._least)
        if self._most == math.inf:
            return f"at least {failures.wanted_calls(self._least)}"
        if not self._least:
            return f"at most {failures.wanted_calls(int(self._most))}"
        return f"{self._least} to {failures.wanted_calls(int(self._most))}"
