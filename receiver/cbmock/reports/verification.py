"""Judgement: whether recorded calls keep a contract, perhaps another than they met.

It decides what a recorded call is held to again, and what else was to come. It must not
know where calls were recorded or how the outcome is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.reports import counting, coverage
from cbmock.reports.coverage import Coverage
from cbmock.violations import Violation

# What only the server could see: the recorded request does not show it.
_ARRIVAL = ("incomplete", "too-large", "malformed-http")


@dataclass(frozen=True, slots=True)
class Promises:
    """What a mock that saw triggers says of them: violations by call, and what is missing."""

    strays: Mapping[int, tuple[Violation, ...]]
    missing: tuple[str, ...]


NO_PROMISES = Promises({}, ())


@dataclass(frozen=True, slots=True)
class Expected:
    """How many valid calls to an operation were to come, and did; None: at least one."""

    operation: Operation
    count: int | None
    came: int

    @property
    def met(self) -> bool:
        """Whether they did."""
        return self.came > 0 if self.count is None else self.came == self.count

    def __str__(self) -> str:
        """Write it as a sentence."""
        wanted = "at least 1" if self.count is None else str(self.count)
        return f"{self.operation.name}: {wanted} valid calls expected, {self.came} came"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What calls are worth under a document; `required` is the coverage in percent.

    `missing` are the callbacks that were due and did not come, each as a sentence.
    """

    document: str
    calls: tuple[Call, ...]
    missing: tuple[str, ...]
    expected: tuple[Expected, ...]
    coverage: Coverage
    required: float | None

    @property
    def broken(self) -> tuple[Call, ...]:
        """The calls that break the contract."""
        return tuple(call for call in self.calls if not call.valid)

    @property
    def faults(self) -> tuple[str, ...]:
        """What else is not as it was to be, each as a sentence."""
        found = list(self.missing)
        found += [str(each) for each in self.expected if not each.met]
        if self.required is not None:
            found += filter(None, [coverage.required(self.coverage, self.required)])
        return tuple(found)

    @property
    def good(self) -> bool:
        """Whether all is as it was to be."""
        return not self.broken and not self.faults

    def record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "document": self.document,
            "good": self.good,
            "faults": list(self.faults),
            "calls": [call.record() for call in self.calls],
            "coverage": self.coverage.record(),
        }


def judge(
    mock: Mock,
    recorded: Iterable[Call],
    *,
    expected: Iterable[tuple[Operation, int | None]] = (),
    required: float | None = None,
    promises: Promises = NO_PROMISES,
) -> Judgement:
    """Hold recorded calls against a mock's document, and triggers to their callbacks."""
    calls = tuple(_astray(again(mock, call), promises) for call in recorded)
    return Judgement(
        document=mock.description.entry.name,
        calls=calls,
        missing=promises.missing,
        expected=tuple(
            Expected(
                operation,
                count,
                sum(call.valid and call.is_for(operation) for call in calls),
            )
            for operation, count in expected
        ),
        coverage=counting.of(calls, mock),
        required=required,
    )


def again(mock: Mock, call: Call) -> Call:
    """Receive a recorded request once more; what was answered stays."""
    fault = next((v for v in call.violations if v.code in _ARRIVAL), None)
    if fault is not None and fault.code == "malformed-http":
        return call
    received = mock.receive(
        call.request, id=call.id, now=call.received_at, token=call.token, fault=fault
    )
    return replace(
        received,
        response=call.response,
        duration=call.duration,
        scripted=call.scripted,
    )


def _astray(call: Call, promises: Promises) -> Call:
    found = promises.strays.get(call.id, ())
    return replace(call, violations=(*call.violations, *found)) if found else call
