"""The results of a contract test: what was sent, what failed, and what was left out.

It must not know how they are found or shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from cbmock.description.operations import Operation
from cbmock.firing.answer import Answer
from cbmock.firing.cases import CasePhase
from cbmock.mock.call import reference

Phase = CasePhase | Literal["conduct"]
PHASES: tuple[Phase, ...] = (
    *(each for each in get_args(CasePhase) if each != "handshakes"),
    "conduct",
    "handshakes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One cause: the smallest request that shows it, and the number of failed cases."""

    operation: Operation
    phase: Phase
    reason: str
    answer: Answer
    count: int = 1

    def record(self) -> dict[str, Any]:
        """Return the record that `cbmock test --format json` prints."""
        answer = self.answer.record()
        return {
            "operation": reference(self.operation),
            "phase": self.phase,
            "reason": self.reason,
            "request": answer["request"],
            "response": answer["response"],
            "violations": answer["violations"],
            "curl": self.answer.shown_curl,
            "count": self.count,
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An operation, or one of its examples, that was not sent, and why."""

    operation: Operation
    reason: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.operation.qualified}: {self.reason}"


@dataclass(slots=True)
class Results:
    """What a run found."""

    seed: int
    cases: int = 0
    phases: int = 0
    failures: list[Failure] = field(default_factory=list)
    skipped: list[LeftOut] = field(default_factory=list)
    stopped: bool = False

    @property
    def summary(self) -> str:
        """The numbers in one line."""
        failures = len(self.failures)
        counted = [
            f"{self.cases} cases",
            f"{failures} failure{'' if failures == 1 else 's'}",
            *([f"{len(self.skipped)} skipped"] if self.skipped else []),
        ]
        return f"{', '.join(counted)}, seed {self.seed}"

    def record(self) -> dict[str, Any]:
        """Return the record that `cbmock test --format json` prints."""
        return {
            "cases": self.cases,
            "failures": [each.record() for each in self.failures],
            "seed": self.seed,
            "skipped": [str(each) for each in self.skipped],
            "stopped": self.stopped,
        }
