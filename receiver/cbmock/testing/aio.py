"""The awaitable twins of what waits, under the same names.

It decides nothing: the assertions are the same as the blocking ones.
"""

from __future__ import annotations

import inspect
from typing import Any, Literal, overload

from cbmock.deliveries.settings import ConductGiven
from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.testing.assertions import Assertions
from cbmock.testing.deliveries import ReceivedDelivery
from cbmock.testing.expectation import DEFAULT_TIMEOUT, Expectation
from cbmock.testing.matching import MatchingArgument
from cbmock.testing.scenarios import Played, Steps
from cbmock.testing.triggers import TriggeredCalls
from cbmock.testing.waits import unblocked


class AsyncReceiver:
    """The awaitable twins of a Receiver's waiting methods, under the same names."""

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
        scale: float = 1.0,
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
        """Begin a sentence to be awaited: `await aio.expect(op).times(2).within(5)`."""
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
