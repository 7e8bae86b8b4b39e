"""A test's waits and expectations, as blocking and as awaitable methods.

It decides their names and arguments. It must not know when a wait is over: both kinds
use the same assertions.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Literal, overload

from cbmock.deliveries.settings import ConductGiven
from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.testing.assertions import Assertions
from cbmock.testing.call_view import CallView
from cbmock.testing.deliveries import ReceivedDelivery
from cbmock.testing.expectation import DEFAULT_TIMEOUT, Expectation
from cbmock.testing.matching import MatchingArgument
from cbmock.testing.scenarios import Played, Steps
from cbmock.testing.triggers import TriggeredCalls
from cbmock.testing.waits import block, blocked_loop, unblocked

if TYPE_CHECKING:
    from cbmock.firing.answer import Answer


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
        """Wait until one event has `attempts` attempts; return its delivery.

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

    def scenario(
        self,
        operation: str | Operation,
        steps: Steps,
        *,
        trigger: Any = None,
        timeout: float = DEFAULT_TIMEOUT,
        settle: float = 0.0,
        conduct: ConductGiven | None = None,
        scale: float | None = None,
    ) -> ReceivedDelivery:
        """Answer the attempts of one event in steps, and judge the sender's conduct.

        `steps` are statuses, `"timeout"`, `"reset"`, or parts of a reply (`{"status":
        429, "retry_after": 2}`), or a name: `flaky`, `slow`, `gone`, `rate-limited`,
        `redirect`, `down-for(SECONDS)`. `trigger` is a function that makes the callback
        due; it is called once the answers are scripted, and its result is the `trigger`
        of `wait_for`. As many attempts as there are steps must come within `timeout`
        seconds; a further one is awaited for `settle` more seconds. `conduct` and
        `scale` are those of `check()`. Returns the delivery; `AssertionError` says what
        is wrong with it.
        """
        __tracebackhide__ = True
        attempts = self._assertions.play(operation, steps)
        if callable(trigger):
            trigger = self._assertions.exchange_of(operation, trigger())
        played = Played(
            attempts=attempts,
            timeout=timeout,
            settle=settle,
            conduct=conduct,
            scale=scale,
        )
        return block(self._assertions.played(operation, played, trigger), self._view)

    def expect(self, operation: str | Operation) -> Expectation:
        """Start an expectation: `expect(op).times(2).matching({"paid": True})`.

        It is checked when it is awaited, and always at the test's end.
        """
        return self._assertions.expect(operation)

    def never(self, operation: str | Operation, within: float = 1.0) -> None:
        """Assert that no call to an operation has come or comes within `within` seconds."""
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
        """The awaitable forms of these methods."""
        return AsyncReceiver(self._assertions)


class AsyncReceiver:
    """The awaitable forms of a Receiver's waiting methods, with the same names."""

    def __init__(self, assertions: Assertions) -> None:
        """Wait for the calls of one test."""
        self._assertions = assertions
        self._view = assertions.view

    @overload
    async def wait_for(  # type: ignore[overload-overlap] # any other int means several
        self,
        operation: str | Operation,
        count: Literal[1] = 1,
        timeout: float = DEFAULT_TIMEOUT,
        matching: MatchingArgument = None,
        trigger: Any = None,
    ) -> Call: ...

    @overload
    async def wait_for(
        self,
        operation: str | Operation,
        count: int,
        timeout: float = DEFAULT_TIMEOUT,
        matching: MatchingArgument = None,
        trigger: Any = None,
    ) -> tuple[Call, ...]: ...

    async def wait_for(
        self,
        operation: str | Operation,
        count: int = 1,
        timeout: float = DEFAULT_TIMEOUT,
        matching: MatchingArgument = None,
        trigger: Any = None,
    ) -> Call | tuple[Call, ...]:
        """Do what `Receiver.wait_for` does without blocking the event loop."""
        __tracebackhide__ = True
        found = self._assertions.wait_for(operation, count, timeout, matching, trigger)
        return await unblocked(found, self._view)

    async def wait_for_delivery(
        self,
        operation: str | Operation,
        attempts: int | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        trigger: Any = None,
    ) -> ReceivedDelivery:
        """Do what `Receiver.wait_for_delivery` does without blocking the event loop."""
        __tracebackhide__ = True
        found = self._assertions.wait_for_delivery(
            operation, attempts, timeout, trigger
        )
        return await unblocked(found, self._view)

    async def scenario(
        self,
        operation: str | Operation,
        steps: Steps,
        *,
        trigger: Any = None,
        timeout: float = DEFAULT_TIMEOUT,
        settle: float = 0.0,
        conduct: ConductGiven | None = None,
        scale: float | None = None,
    ) -> ReceivedDelivery:
        """Do what `Receiver.scenario` does; what `trigger` returns may be awaitable."""
        __tracebackhide__ = True
        attempts = self._assertions.play(operation, steps)
        if callable(trigger):
            begun = trigger()
            begun = await begun if inspect.isawaitable(begun) else begun
            trigger = self._assertions.exchange_of(operation, begun)
        played = Played(
            attempts=attempts,
            timeout=timeout,
            settle=settle,
            conduct=conduct,
            scale=scale,
        )
        found = self._assertions.played(operation, played, trigger)
        return await unblocked(found, self._view)

    async def wait_for_handshake(
        self, name: str | None = None, timeout: float = DEFAULT_TIMEOUT
    ) -> Call:
        """Do what `Receiver.wait_for_handshake` does without blocking the event loop."""
        __tracebackhide__ = True
        found = self._assertions.wait_for_handshake(name, timeout)
        return await unblocked(found, self._view)

    def expect(self, operation: str | Operation) -> Expectation:
        """Start an expectation to await: `await aio.expect(op).times(2).within(5)`."""
        return self._assertions.expect(operation)

    async def never(self, operation: str | Operation, within: float = 1.0) -> None:
        """Do what `Receiver.never` does without blocking the event loop."""
        __tracebackhide__ = True
        await unblocked(self._assertions.never(operation, within), self._view)

    async def in_order(
        self, *operations: str | Operation, timeout: float = DEFAULT_TIMEOUT
    ) -> tuple[Call, ...]:
        """Do what `Receiver.in_order` does without blocking the event loop."""
        __tracebackhide__ = True
        found = self._assertions.in_order(operations, timeout)
        return await unblocked(found, self._view)

    async def no_other_calls(self) -> None:
        """Do what `Receiver.no_other_calls` does without blocking the event loop."""
        __tracebackhide__ = True
        await unblocked(self._assertions.no_other_calls(), self._view)

    async def triggered_by(
        self, response: Any, timeout: float = DEFAULT_TIMEOUT
    ) -> TriggeredCalls:
        """Do what `Receiver.triggered_by` does without blocking the event loop."""
        __tracebackhide__ = True
        found = self._assertions.triggered_by(response, timeout)
        return await unblocked(found, self._view)

    async def verify(self) -> None:
        """Do what `Receiver.verify` does without blocking the event loop."""
        __tracebackhide__ = True
        await unblocked(self._assertions.verify(), self._view)

    async def fire(
        self, operation: str | Operation, to: object, **chosen: Any
    ) -> Answer:
        """Do what `Receiver.fire` does in the test's own event loop.

        An application runs in this loop too, so that its loop-bound objects can be
        used.
        """
        __tracebackhide__ = True
        from cbmock.testing.sender import Sender  # noqa: PLC0415 - 200 ms, few tests fire

        return await Sender.from_mock(self._view.backend.mock).firing(
            operation, to, **chosen
        )
