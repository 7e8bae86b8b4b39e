"""Verification: whether recorded calls keep a contract, possibly a newer one.

It decides which checks are repeated for a recorded call, and which calls were expected. It
must not know where calls were recorded or how the result is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cbmock.deliveries import judging
from cbmock.deliveries.repeats import CODES as REPEATED
from cbmock.deliveries.settings import NONE, DeliverySettings
from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.reports import coverage, coverage_counter
from cbmock.reports.coverage import Coverage
from cbmock.reports.violation_groups import ViolationGroup, grouped
from cbmock.violations import Violation, errors, merged


@dataclass(frozen=True, slots=True)
class TriggerReport:
    """The results of a mock that saw triggers: violations by call id, missing callbacks."""

    violations: Mapping[int, tuple[Violation, ...]]
    missing: tuple[str, ...]


NO_TRIGGERS = TriggerReport({}, ())


@dataclass(frozen=True, slots=True)
class ExpectedCalls:
    """How many valid calls an operation expects (None: at least one), and how many came."""

    operation: Operation
    count: int | None
    came: int

    @property
    def met(self) -> bool:
        """Whether the expectation is met."""
        return self.came > 0 if self.count is None else self.came == self.count

    def __str__(self) -> str:
        """Format it as a sentence."""
        wanted = "at least 1" if self.count is None else str(self.count)
        calls = "call" if self.count in (None, 1) else "calls"
        return (
            f"{self.operation.name}: {wanted} valid {calls} expected, {self.came} came"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The result of verifying calls against a document.

    `missing` are the callbacks that were due and did not come, each as a sentence;
    `required` is the required coverage in percent; `regressions` are the violations of
    calls that were valid when they were recorded, `others` all other ones, both with the
    most frequent first.
    """

    document: str
    calls: tuple[Call, ...]
    missing: tuple[str, ...]
    expected: tuple[ExpectedCalls, ...]
    coverage: Coverage
    required: float | None
    regressions: tuple[ViolationGroup, ...] = ()
    others: tuple[ViolationGroup, ...] = ()

    @property
    def broken(self) -> tuple[Call, ...]:
        """The calls with violations."""
        return tuple(call for call in self.calls if not call.valid)

    @property
    def unmet(self) -> tuple[str, ...]:
        """The unmet requirements, each as a sentence."""
        found = list(self.missing)
        found += [str(each) for each in self.expected if not each.met]
        if self.required is not None:
            found += filter(None, [coverage.required(self.coverage, self.required)])
        return tuple(found)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.broken and not self.unmet

    def record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "document": self.document,
            "good": self.good,
            "unmet": list(self.unmet),
            "calls": [call.record() for call in self.calls],
            "regressions": [each.record() for each in self.regressions],
            "coverage": self.coverage.record(),
        }


def verify(
    mock: Mock,
    recorded: Iterable[Call],
    *,
    expected: Iterable[tuple[Operation, int | None]] = (),
    required: float | None = None,
    trigger_report: TriggerReport = NO_TRIGGERS,
    omit: Iterable[str] = (),
    deliveries: DeliverySettings = NONE,
    now: float = 0.0,
) -> Verification:
    """Check recorded calls against a mock's document, and add what triggers show.

    `omit` are the operations and statuses that the coverage leaves out. `deliveries`
    has the conducts that senders must keep to. Retries are judged at `now`, in seconds
    since the epoch.
    """
    before = tuple(recorded)
    checked = tuple(again(mock, call) for call in before)
    triggered = (_with_trigger_violations(each, trigger_report) for each in checked)
    calls = judging.with_conduct(triggered, deliveries, now=now)
    regressions, others = _groups(before, checked, calls)
    return Verification(
        document=mock.description.entry.name,
        calls=calls,
        missing=trigger_report.missing,
        expected=tuple(
            ExpectedCalls(
                operation,
                count,
                sum(call.valid and call.is_for(operation) for call in calls),
            )
            for operation, count in expected
        ),
        coverage=coverage_counter.measure(calls, mock).omitting(omit),
        required=required,
        regressions=regressions,
        others=others,
    )


def _groups(
    before: Iterable[Call], checked: Iterable[Call], after: Iterable[Call]
) -> tuple[tuple[ViolationGroup, ...], tuple[ViolationGroup, ...]]:
    """Group the violations that the document has for formerly valid calls, and all others.

    What triggers and deliveries show of a call was not known when it arrived.
    """
    no_longer, others = [], []
    for was, now, call in zip(before, checked, after, strict=True):
        lost = errors(now.violations) if was.valid and not now.valid else ()
        more = [each for each in errors(call.violations) if each not in lost]
        no_longer.append((now, was.operation, lost))
        others.append((call, was.operation, more))
    return grouped(no_longer), grouped(others)


def again(mock: Mock, call: Call) -> Call:
    """Check a recorded request again; the recorded answer stays."""
    if call.outcome in ("malformed", "handshake"):
        return call
    received = mock.receive(
        call.request, id=call.id, now=call.received_at, token=call.token
    )
    return replace(
        received,
        # Records hide signatures, and a single call is not a delivery: for both, the
        # verdict at its arrival stays.
        violations=(
            *(each for each in received.violations if each.location != "signature"),
            *(each for each in call.violations if _is_of_arrival(each)),
        ),
        event=call.event,
        attempt=call.attempt,
        response=call.response,
        duration=call.duration,
        scripted=call.scripted,
        sent=call.sent,
    )


def _is_of_arrival(violation: Violation) -> bool:
    return violation.location == "signature" or violation.code in REPEATED


def _with_trigger_violations(call: Call, trigger_report: TriggerReport) -> Call:
    found = trigger_report.violations.get(call.id, ())
    return replace(call, violations=merged(call.violations, found)) if found else call
