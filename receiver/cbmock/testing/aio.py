"""The awaitable twins of what waits, under the same names.

It decides nothing of its own: what is wanted and what is enough is the case's.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.testing.expectation import DEFAULT_TIMEOUT, Expectation
from cbmock.testing.matching import Asked
from cbmock.testing.session import Case
from cbmock.testing.triggers import Triggered, Wanted


class Awaitable:
    """The awaitable twins of a Receiver's waiting methods, under the same names."""

    def __init__(self, case: Case) -> None:
        """Wait on the calls of one test."""
        self._case = case

    @overload
    async def wait_for(  # type: ignore[overload-overlap] # any other int means several
        self,
        operation: str | Operation,
        count: Literal[1] = 1,
        timeout: float = DEFAULT_TIMEOUT,
        matching: Asked = None,
        trigger: Any = None,
    ) -> Call: ...

    @overload
    async def wait_for(
        self,
        operation: str | Operation,
        count: int,
        timeout: float = DEFAULT_TIMEOUT,
        matching: Asked = None,
        trigger: Any = None,
    ) -> tuple[Call, ...]: ...

    async def wait_for(
        self,
        operation: str | Operation,
        count: int = 1,
        timeout: float = DEFAULT_TIMEOUT,
        matching: Asked = None,
        trigger: Any = None,
    ) -> Call | tuple[Call, ...]:
        """Do what `Receiver.wait_for` does without blocking the event loop."""
        __tracebackhide__ = True
        case = self._case
        wish = case.wish(operation, matching, trigger, count)
        found = await case.view.wait_async(wish, count, wish.patience(timeout))
        return case.enough(wish, found, count, timeout)

    def expect(self, operation: str | Operation) -> Expectation:
        """Begin a sentence to be awaited: `await aio.expect(op).times(2).within(5)`."""
        return self._case.expect(operation)

    async def never(self, operation: str | Operation, within: float = 1.0) -> None:
        """Do what `Receiver.never` does without blocking the event loop."""
        __tracebackhide__ = True
        wish = self._case.wish(operation)
        found = await self._case.view.wait_async(wish, 1, within)
        self._case.none(wish, found, within)

    async def in_order(
        self, *operations: str | Operation, timeout: float = DEFAULT_TIMEOUT
    ) -> tuple[Call, ...]:
        """Do what `Receiver.in_order` does without blocking the event loop."""
        __tracebackhide__ = True
        found = [await self.wait_for(each, timeout=timeout) for each in operations]
        return self._case.ordered(tuple(found))

    async def no_other_calls(self) -> None:
        """Do what `Receiver.no_other_calls` does without blocking the event loop."""
        __tracebackhide__ = True
        await self._case.no_others_async()

    # --- triggers ---

    async def triggered_by(
        self, response: Any, timeout: float = DEFAULT_TIMEOUT
    ) -> Triggered:
        """Do what `Receiver.triggered_by` does without blocking the event loop."""
        view = self._case.view
        wanted = Wanted(view, response)
        await view.wait_async(wanted, 1, wanted.patience(timeout))
        return self._case.returned(wanted.among(view.calls))

    async def verify(self) -> None:
        """Do what `Receiver.verify` does without blocking the event loop."""
        __tracebackhide__ = True
        await self._case.verify_async()
