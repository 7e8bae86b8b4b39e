"""ReceiverWaits: what a test waits for and expects, in calls that block.

It decides under which names and arguments. It must not know when what arrived is enough.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.testing.aio import AsyncReceiver
from cbmock.testing.assertions import Assertions
from cbmock.testing.call_view import CallView
from cbmock.testing.deliveries import ReceivedDelivery
from cbmock.testing.expectation import DEFAULT_TIMEOUT, Expectation
from cbmock.testing.matching import MatchingArgument
from cbmock.testing.waits import block, blocked_loop


class ReceiverWaits:
    """The part of a Receiver that waits."""

    _view: CallView
    _assertions: Assertions

    @overload
    def wait_for(  # type: ignore[overload-overlap] # any other int means several
        self,
        operation: str | Operation,
        count: Literal[1] = 1,
        timeout: float = DEFAULT_TIMEOUT,
        matching: MatchingArgument = None,
        trigger: Any = None,
    ) -> Call: ...

    @overload
    def wait_for(
        self,
        operation: str | Operation,
        count: int,
        timeout: float = DEFAULT_TIMEOUT,
        matching: MatchingArgument = None,
        trigger: Any = None,
    ) -> tuple[Call, ...]: ...

    def wait_for(
        self,
        operation: str | Operation,
        count: int = 1,
        timeout: float = DEFAULT_TIMEOUT,
        matching: MatchingArgument = None,
        trigger: Any = None,
    ) -> Call | tuple[Call, ...]:
        """Wait until `count` calls to an operation have arrived; return the call(s).

        `timeout` is in seconds. Calls that arrived earlier in the test count. `matching`
        are members that the JSON body must have, or a predicate on the call. `trigger`
        is the response that made the callback due (of httpx, requests, aiohttp or a
        TestClient; `(response, body)` where the client keeps no request body): only calls
        at exactly the URL that the key gives for it count. The same delivery again after
        those `count` is a `duplicate-delivery`, which fails the test at its end. One call
        is returned as it is, several as a tuple. `AssertionError` says what came instead.
        """
        __tracebackhide__ = True
        found = self._assertions.wait_for(
            operation, count, timeout, matching, trigger, blocked_loop
        )
        return block(found, self._view)

    def wait_for_delivery(
        self,
        operation: str | Operation,
        attempts: int | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        trigger: Any = None,
    ) -> ReceivedDelivery:
        """Wait until one event was attempted so often; return its delivery.

        Without `attempts`, wait until an attempt got a complete success answer. Attempts
        that came earlier in the test count; `trigger` is that of `wait_for`. What is
        returned has the `attempts`, which are calls, and `check()` for the conduct of
        the sender. `AssertionError` says what came instead.
        """
        __tracebackhide__ = True
        found = self._assertions.wait_for_delivery(
            operation, attempts, timeout, trigger, blocked_loop
        )
        return block(found, self._view)

    def expect(self, operation: str | Operation) -> Expectation:
        """Begin a sentence: `expect(op).times(2).within(5).matching({"paid": True})`.

        It is held against the calls when it is waited for, in any case at the test's end.
        """
        return self._assertions.expect(operation)

    def never(self, operation: str | Operation, within: float = 1.0) -> None:
        """Watch for `within` seconds that no call to an operation comes, or came."""
        __tracebackhide__ = True
        block(self._assertions.never(operation, within), self._view)

    def in_order(
        self, *operations: str | Operation, timeout: float = DEFAULT_TIMEOUT
    ) -> tuple[Call, ...]:
        """Wait for a call to each operation, the first of each in the order given."""
        __tracebackhide__ = True
        return block(self._assertions.in_order(operations, timeout), self._view)

    def no_other_calls(self) -> None:
        """Assert that every call of the test was returned by a wait or an expectation."""
        __tracebackhide__ = True
        block(self._assertions.no_other_calls(), self._view)

    @property
    def aio(self) -> AsyncReceiver:
        """The awaitable twins of what waits."""
        return AsyncReceiver(self._assertions)
