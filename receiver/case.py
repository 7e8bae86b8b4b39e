"""Case: one test's calls, and what the test is held to.

It decides when what arrived is enough, too much, or in breach. It must not know how a test
is written, nor how long anything is waited for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from receiver import matching as matching_
from receiver.contract.violations import Violation, errors
from receiver.description.operations import Operation
from receiver.expectation import Expectation, Wish
from receiver.matching import Asked
from receiver.mock.call import Call
from receiver.reports import failures
from receiver.view import View


class Case:
    """What one test expects, has been given, and allows; it grows as the test speaks."""

    def __init__(self, view: View) -> None:
        """Begin with nothing expected and nothing allowed."""
        self.view = view
        self._allowed: list[tuple[Operation | None, frozenset[str]]] = []
        self._expected: list[Expectation] = []
        self._returned: set[int] = set()

    def operation(self, name: str | Operation) -> Operation:
        """Return the operation that a name means."""
        if isinstance(name, Operation):
            return name
        return self.view.host.names.find(name)

    # --- one question ---

    def wish(
        self, operation: str | Operation, matching: Asked = None, trigger: Any = None
    ) -> Wish:
        """Read what is wanted."""
        found = self.operation(operation)
        return Wish(self.view, found, matching_.read(matching), trigger)

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
        self._returned |= {call.id for call in found}
        return found[0] if count == 1 else found

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
        limit = None if operation is None else self.operation(operation)
        self._allowed.append((limit, frozenset(codes)))

    def no_others(self) -> None:
        """Raise `AssertionError` for calls that no wait and no expectation returned."""
        __tracebackhide__ = True
        known = set(self._returned)
        for expectation in self._expected:
            known |= {call.id for call in expectation.wait()}
        others = [call for call in self.view.calls if call.id not in known]
        if others:
            raise AssertionError(failures.unexpected(others, self.view.started))

    def verify(self) -> None:
        """Raise `AssertionError` for an unmet expectation or a breach not allowed."""
        __tracebackhide__ = True
        for expectation in self._expected:
            expectation.wait()
        calls = self.view.calls
        if any(self._unallowed(call) for call in calls):
            shown = [c for c in calls if c.valid or self._unallowed(c)]
            raise AssertionError(failures.broken(shown, self.view.started))

    def _unallowed(self, call: Call) -> bool:
        return any(not self._allows(call, each) for each in errors(call.violations))

    def _allows(self, call: Call, violation: Violation) -> bool:
        return any(
            (operation is None or call.is_for(operation))
            and (not codes or codes & {violation.code, violation.location})
            for operation, codes in self._allowed
        )
