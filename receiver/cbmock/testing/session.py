"""Case: one test's calls, and what the test is held to.

It decides when what arrived is enough, too much, or in breach. It must not know how a test
is written, nor how long anything is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.reports import failures
from cbmock.testing import matching as matching_
from cbmock.testing.expectation import Expectation, Wish
from cbmock.testing.matching import Asked
from cbmock.testing.test_calls import View, blocked_loop
from cbmock.testing.triggers import Named, Triggered, correlate
from cbmock.triggers.correlation import Correlation, MissingCallback
from cbmock.violation_codes.table import check_codes
from cbmock.violations import Violation, errors

_LOOK_AGAIN = 0.05
"""Seconds between two looks at an exchange that is under way."""


class Case:
    """What one test expects, has been given, and allows; it grows as the test speaks."""

    def __init__(self, view: View) -> None:
        """Begin with nothing expected and nothing allowed."""
        self.view = view
        self._allowed: list[tuple[Operation | None, frozenset[str]]] = []
        self._expected: list[Expectation] = []
        self._returned: set[int] = set()
        self._named = Named()

    def operation(self, name: str | Operation) -> Operation:
        """Return the operation that a name means."""
        if isinstance(name, Operation):
            return name
        return self.view.host.names.find(name)

    # --- one question ---

    def wish(
        self,
        operation: str | Operation,
        matching: Asked = None,
        trigger: Any = None,
        count: int = 1,
    ) -> Wish:
        """Read what is wanted; a trigger that is named makes no more than that due."""
        found = self.operation(operation)
        wish = Wish(self.view, found, matching_.read(matching), trigger)
        if wish.urls is not None:
            self._named.add(self.view, found, trigger, wish.urls, count)
        return wish

    def enough(
        self,
        wish: Wish,
        found: tuple[Call, ...],
        count: int,
        timeout: float,
        hint: str | None = None,
    ) -> Call | tuple[Call, ...]:
        """Return the call(s) that were waited for; `AssertionError` if too few came."""
        __tracebackhide__ = True
        if len(found) < count:
            raise wish.unfulfilled(failures.wanted_calls(count), found, timeout, hint)
        # No more than was asked for, however many have come by now; 0 asks for all.
        given = found[:count] if count else found
        self._returned |= {call.id for call in given}
        return given[0] if count == 1 else given

    def returned(self, found: Triggered) -> Triggered:
        """Return what a trigger made come; it is known to the test from now on."""
        self._returned |= {call.id for call in found}
        return found

    def none(self, wish: Wish, found: tuple[Call, ...], within: float) -> None:
        """Raise `AssertionError` for calls that were not to come."""
        __tracebackhide__ = True
        if found:
            raise wish.unfulfilled("no call", found, within)

    def ordered(self, calls: tuple[Call, ...]) -> tuple[Call, ...]:
        """Return the calls; `AssertionError` if they came in another order."""
        __tracebackhide__ = True
        if [call.id for call in calls] != sorted(call.id for call in calls):
            raise AssertionError(failures.disordered(calls, self.view.started))
        return calls

    # --- the whole test ---

    def expect(self, operation: str | Operation) -> Expectation:
        """Begin a sentence; the test is held to it at its end."""
        expectation = Expectation(self.view, self.operation(operation))
        self._expected.append(expectation)
        return expectation

    def allow(self, codes: Iterable[str], operation: str | Operation | None) -> None:
        """Let calls break the contract; no codes means all, no operation any."""
        named = frozenset(codes)
        check_codes(named)
        limit = None if operation is None else self.operation(operation)
        self._allowed.append((limit, named))

    def no_others(self) -> None:
        """Raise `AssertionError` for calls that no wait and no expectation returned."""
        __tracebackhide__ = True
        expected = [call for each in self._expected for call in each.wait()]
        self._none_but(expected)

    async def no_others_async(self) -> None:
        """Do what `no_others` does without blocking the event loop."""
        __tracebackhide__ = True
        expected = [call for each in self._expected for call in await each]
        self._none_but(expected)

    def _none_but(self, expected: Iterable[Call]) -> None:
        __tracebackhide__ = True
        known = self._returned | {call.id for call in expected}
        others = [call for call in self.view.calls if call.id not in known]
        if others:
            raise AssertionError(failures.unexpected(others, self.view.started))

    def verify(self) -> None:
        """Raise `AssertionError` for an unmet expectation or a breach not allowed."""
        __tracebackhide__ = True
        for expectation in self._expected:
            expectation.wait()
        found = self._found()
        while (open_ := self._open(*found)) is not None:
            self.view.wait(*open_)
            found = self._found()
        self._judge(*found, blocked_loop)

    async def verify_async(self) -> None:
        """Do what `verify` does without blocking the event loop."""
        __tracebackhide__ = True
        for expectation in self._expected:
            await expectation
        found = self._found()
        while (open_ := self._open(*found)) is not None:
            await self.view.wait_async(*open_)
            found = self._found()
        self._judge(*found)

    def _found(self) -> tuple[tuple[Call, ...], Correlation]:
        arrived = self.view.calls
        return arrived, correlate(self.view, self._named, arrived)

    def _judge(
        self,
        arrived: tuple[Call, ...],
        found: Correlation,
        hint: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Raise `AssertionError` for a breach that is not allowed, as things stand."""
        __tracebackhide__ = True
        calls = [
            replace(call, violations=call.violations + found.violations[call.id])
            if call.id in found.violations
            else call
            for call in arrived
        ]
        missing = self._missing(found)
        told = failures.missing_callbacks(missing, hint()) if missing else []
        if any(self._unallowed(call) for call in calls):
            shown = [c for c in calls if c.valid or self._unallowed(c)]
            told += [failures.broken(shown, self.view.started)]
            told += failures.wrong_urls(found.expected)
        if told:
            raise AssertionError("\n\n".join(told))

    # --- triggers ---

    def _open(
        self, arrived: tuple[Call, ...], found: Correlation
    ) -> tuple[Callable[[Call], bool], int, float] | None:
        """Say what to wait for while a callback that is due may still come: any call."""
        if not found.expected:
            return None
        missing = [each.trigger for each in self._missing(found)]
        pending = [each.trigger for each in found.expected if each.trigger.under_way]
        ends = [each.settled_at for each in (*missing, *pending)]
        left = max((end - time.time() for end in ends), default=0.0)
        if left <= 0:
            return None
        # An exchange that ends is no call, so that nothing tells of it.
        left = min(left, _LOOK_AGAIN) if pending else left
        known = {call.id for call in arrived}
        return lambda call: call.id not in known and self.view.sees(call), 1, left

    def _missing(self, found: Correlation) -> list[MissingCallback]:
        return [
            each
            for each in found.missing
            if each.severity == "error"
            and not self._allowed_by(each.violation, each.concerns)
        ]

    def _unallowed(self, call: Call) -> bool:
        return any(
            not self._allowed_by(each, call.is_for) for each in errors(call.violations)
        )

    def _allowed_by(
        self, violation: Violation, concerns: Callable[[Operation], bool]
    ) -> bool:
        return any(
            (operation is None or concerns(operation))
            and (not codes or codes & {violation.code, violation.location})
            for operation, codes in self._allowed
        )
