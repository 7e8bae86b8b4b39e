"""Assertions: what one test expects of its calls, and the verdict at its end.

It decides when the received calls are enough, too many, or violations. It must not know
how a test is written, nor whether it blocks while it waits.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from typing import Any

from cbmock import clocks
from cbmock.clocks import Deadline
from cbmock.deliveries import judging
from cbmock.description.operation_names import must_be_readable
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.mock.call import Call
from cbmock.reports import failures, trigger_list
from cbmock.testing import matching as matching_
from cbmock.testing import nothing_arrived, scenarios
from cbmock.testing.allowed import AllowedViolations
from cbmock.testing.call_query import CallQuery
from cbmock.testing.call_view import CallView
from cbmock.testing.deliveries import ReceivedDelivery, Sought, fold
from cbmock.testing.expectation import Expectation
from cbmock.testing.matching import MatchingArgument
from cbmock.testing.scenarios import Played, Steps
from cbmock.testing.triggers import (
    NamedTriggers,
    TriggeredCalls,
    TriggeredQuery,
    correlate,
)
from cbmock.testing.waits import Assertion, Wait, no_hint
from cbmock.triggers.correlation import Correlation
from cbmock.violations import merged

_LOOK_AGAIN = 0.05
"""Seconds between two checks of an exchange that is in progress."""


class Assertions:
    """The expectations of one test, the calls it was given, and what it allows."""

    def __init__(self, view: CallView) -> None:
        """Start with nothing expected and nothing allowed."""
        self.view = view
        self._allowed = AllowedViolations()
        self._expected: list[Expectation] = []
        self._returned: set[int] = set()
        self._named = NamedTriggers()

    def operation(self, name: str | Operation) -> Operation:
        """Return the operation with a name."""
        __tracebackhide__ = True
        if isinstance(name, Operation):
            return name
        return self.view.backend.names.find(name)

    def readable(self, name: str | Operation) -> Operation:
        """Return an operation that is served; raise an error that says why if it is not."""
        __tracebackhide__ = True
        return must_be_readable(self.operation(name))

    # --- what waits ---

    def wait_for(
        self,
        operation: str | Operation,
        count: int,
        timeout: float,
        matching: MatchingArgument,
        trigger: Any,
        hint: Callable[[], str | None] = no_hint,
    ) -> Assertion[Call | tuple[Call, ...]]:
        """Wait for `count` calls; 0 returns all that have come."""
        __tracebackhide__ = True
        query = self._query(operation, matching, trigger, count)
        found = yield Wait(query, count, query.limited(timeout))
        if len(found) < count:
            wanted = failures.wanted_calls(count)
            raise query.unfulfilled(wanted, found, timeout, hint())
        # Return no more calls than requested, even if more have come.
        given = found[:count] if count else found
        self._returned |= {call.id for call in given}
        return given[0] if count == 1 else given

    def wait_for_delivery(
        self,
        operation: str | Operation,
        attempts: int | None,
        timeout: float,
        trigger: Any,
        hint: Callable[[], str | None] = no_hint,
    ) -> Assertion[ReceivedDelivery]:
        """Wait for a delivery with `attempts` attempts; None waits for a success."""
        __tracebackhide__ = True
        if attempts is not None and attempts < 1:
            message = f"attempts={attempts!r} must be at least 1"
            raise ReceiverError(message)
        query = self._query(operation, None, trigger, attempts or 1)
        sought = Sought(query, attempts)
        deadline = Deadline(query.limited(timeout))
        count = attempts or 1
        while True:
            left = deadline.left
            came = yield Wait(query, count, left)
            found = sought.among(self.deliveries())
            enough = next(filter(sought.is_enough, found), None)
            if enough is not None:
                self._returned |= {call.id for call in enough.attempts}
                return enough
            if len(came) < count:
                nearest = sought.nearest(found)
                why = hint() or sought.divided(found)
                raise query.unfulfilled(sought.wanted, nearest, timeout, why)
            count = len(came) + 1

    def wait_for_handshake(
        self, name: str | None, timeout: float, hint: Callable[[], str | None] = no_hint
    ) -> Assertion[Call]:
        """Wait for a handshake of a name, None for any."""
        __tracebackhide__ = True

        def wanted(call: Call) -> bool:
            asks = call.handshake is not None and name in (None, call.handshake)
            return asks and self.view.sees(call)

        found = yield Wait(wanted, 1, timeout)
        if not found:
            raise AssertionError(
                failures.no_handshake(
                    name, self.view.calls, timeout, self.view.started, hint()
                )
            )
        return found[0]

    def play(self, operation: str | Operation, steps: Steps) -> int | None:
        """Script a scenario's answers; return how many attempts it requires."""
        __tracebackhide__ = True
        found, backend = self.readable(operation), self.view.backend
        elsewhere = f"{self.view.url}{backend.path_of(found) or ''}/moved"
        read = scenarios.scenario(steps, elsewhere)
        checked = [backend.scripts.check(found, each) for each in read.replies]
        backend.scripts.put(found, self.view.token, checked)
        return read.attempts

    def exchange_of(self, operation: str | Operation, begun: Any) -> Any:
        """Return the result of a scenario's trigger, if it can trigger the operation."""
        return begun if self.operation(operation).kind == "callback" else None

    def played(
        self, operation: str | Operation, played: Played, trigger: Any
    ) -> Assertion[ReceivedDelivery]:
        """Wait for the attempts that a scenario requires, and judge them."""
        __tracebackhide__ = True
        delivery = yield from self.wait_for_delivery(
            operation, played.attempts, played.timeout, trigger
        )
        if played.settle:
            known = {call.id for call in self.view.calls}
            yield Wait(lambda call: call.id not in known, 1, played.settle)
            delivery = next(
                each
                for each in self.deliveries(operation)
                if each.attempts[0].id == delivery.attempts[0].id
            )
            self._returned |= {call.id for call in delivery.attempts}
        delivery.check(played.conduct, scale=played.scale)
        return delivery

    def deliveries(
        self, operation: str | Operation | None = None
    ) -> tuple[ReceivedDelivery, ...]:
        """Return the deliveries so far, to one operation or all."""
        __tracebackhide__ = True
        found = fold(
            self.view.calls, self.view.started, self.view.backend.delivery_settings
        )
        if operation is None:
            return found
        limit = self.readable(operation).identity
        return tuple(each for each in found if each.operation.identity == limit)

    def never(self, operation: str | Operation, within: float) -> Assertion[None]:
        """Assert that no call has come, and none comes within `within` seconds."""
        __tracebackhide__ = True
        query = self._query(operation)
        found = yield Wait(query, 1, within)
        if found:
            raise query.unfulfilled("no call", found, within)

    def in_order(
        self, operations: Iterable[str | Operation], timeout: float
    ) -> Assertion[tuple[Call, ...]]:
        """Wait for a call to each operation, the first of each in the order given."""
        __tracebackhide__ = True
        calls: list[Call] = []
        for each in [self.readable(each) for each in operations]:
            found = yield from self.wait_for(each, 1, timeout, None, None)
            assert isinstance(found, Call)
            calls.append(found)
        if [call.id for call in calls] != sorted(call.id for call in calls):
            raise AssertionError(failures.disordered(calls, self.view.started))
        return tuple(calls)

    def triggered_by(self, response: Any, timeout: float) -> Assertion[TriggeredCalls]:
        """Wait for the first call that a response made due; return all that came."""
        query = TriggeredQuery(self.view, response)
        yield Wait(query, 1, query.limited(timeout))
        found = query.among(self.view.calls)
        self._returned |= {call.id for call in found}
        return found

    def no_other_calls(self) -> Assertion[None]:
        """Assert that every call was returned by a wait or an expectation."""
        __tracebackhide__ = True
        known = set(self._returned)
        for each in self._expected:
            known |= {call.id for call in (yield from each.assertion())}
        # A handshake is not an event.
        events = (call for call in self.view.calls if call.handshake is None)
        others = [call for call in events if call.id not in known]
        if others:
            raise AssertionError(failures.unexpected(others, self.view.started))

    def verify(
        self,
        hint: Callable[[], str | None] = no_hint,
        besides: Container[str] = (),
    ) -> Assertion[None]:
        """Assert that expectations are met, and that all violations are allowed.

        Calls with a token of `besides` are left out.
        """
        __tracebackhide__ = True
        for each in self._expected:
            yield from each.assertion(hint)
        arrived, found = self._found(besides)
        if found.expected:
            began, used = clocks.wall(), 0.0
            while wait := self._pending(
                arrived, found, max(clocks.wall(), began + used)
            ):
                used += 0.0 if (yield wait) else wait.timeout
                arrived, found = self._found(besides)
        self._judge(arrived, found, hint)

    def _query(
        self,
        operation: str | Operation,
        matching: MatchingArgument = None,
        trigger: Any = None,
        count: int = 1,
    ) -> CallQuery:
        """Read the arguments; each `trigger=` allows `count` calls, more are duplicates."""
        __tracebackhide__ = True
        found = self.readable(operation)
        query = CallQuery(self.view, found, matching_.read(matching), trigger)
        if query.urls is not None:
            self._named.add(self.view, found, trigger, query.urls, count)
        return query

    # --- the whole test ---

    def expect(self, operation: str | Operation) -> Expectation:
        """Start an expectation, which is also checked at the test's end."""
        __tracebackhide__ = True
        expectation = Expectation(self.view, self.readable(operation))
        self._expected.append(expectation)
        return expectation

    def allow(self, codes: Iterable[str], operation: str | Operation | None) -> None:
        """Allow violations: without codes all of them, without an operation for any."""
        limit = None if operation is None else self.operation(operation)
        self._allowed.add(codes, limit)

    def _found(self, besides: Container[str]) -> tuple[tuple[Call, ...], Correlation]:
        arrived = self.view.calls
        if besides:
            arrived = tuple(each for each in arrived if each.token not in besides)
        return arrived, correlate(self.view, self._named, arrived)

    def _judge(
        self,
        arrived: tuple[Call, ...],
        found: Correlation,
        hint: Callable[[], str | None],
    ) -> None:
        """Raise `AssertionError` if a violation so far is not allowed."""
        __tracebackhide__ = True
        conducted = self.view.backend.conducted(arrived, self.view.token)
        clean = not any(call.violations for call in arrived)
        if clean and not (conducted or found.violations or found.missing):
            return
        calls = [
            replace(call, violations=merged(call.violations, more))
            if (
                more := (
                    *found.violations.get(call.id, ()),
                    *conducted.get(call.id, ()),
                )
            )
            else call
            for call in arrived
        ]
        missing = self._allowed.missing(found.missing)
        messages = []
        if missing:
            why = nothing_arrived.explained(self.view, hint())
            messages += failures.missing_callbacks(missing, why)
        if any(self._allowed.fails(call) for call in calls):
            shown = [c for c in calls if c.valid or self._allowed.fails(c)]
            messages += [failures.broken(shown, self.view.started)]
            messages += failures.wrong_urls(found.expected)
        if messages:
            raise AssertionError("\n\n".join(messages))

    def report(self) -> dict[str, Any]:
        """Return the records of what has arrived: `calls`, `deliveries` and `triggers`."""
        settings, now = self.view.backend.delivery_settings, clocks.wall()
        arrived, found = self._found(())
        conducted = self.view.backend.conducted(arrived, self.view.token)
        judged = judging.with_found(arrived, found.violations)
        judged = judging.with_found(judged, conducted)
        deliveries = judging.reported(arrived, settings, now=now)
        return {
            "calls": [call.record() for call in judged],
            "deliveries": [each.record(wrong) for each, wrong in deliveries],
            "triggers": trigger_list.listing(found, now),
        }

    # --- triggers ---

    def _pending(
        self, arrived: tuple[Call, ...], found: Correlation, now: float
    ) -> Wait | None:
        """Return what to wait for while a callback that is due may still come."""
        missing = [each.trigger for each in self._allowed.missing(found.missing)]
        pending = [each.trigger for each in found.expected if each.trigger.under_way]
        ends = [each.settled_at for each in (*missing, *pending)]
        left = max((end - now for end in ends), default=0.0)
        if left <= 0:
            return None
        # The end of an exchange is not a call, so no wait for calls notices it.
        left = min(left, _LOOK_AGAIN) if pending else left
        known = {call.id for call in arrived}
        return Wait(lambda call: call.id not in known and self.view.sees(call), 1, left)
