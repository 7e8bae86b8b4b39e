"""The input and the result of a measurement."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.targets import Ratios


class NotMeasured(Exception):
    """Why a row has no figure, and what to do about it."""


@dataclass(frozen=True)
class Rounds:
    """How often, how long and over how many connections each server is loaded."""

    count: int = 5
    seconds: int = 1
    connections: int = 16

    @property
    def few(self) -> int:
        """The rounds of a row that has no target, or is far from it in every round."""
        return (self.count + 1) // 2


@dataclass(frozen=True)
class Found:
    """Ratios, notes and reasons by row, and further figures for the report."""

    ratios: dict[str, Ratios] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    def take(self, name: str, ratios: Callable[[], Ratios]) -> None:
        """Keep a row's ratios, or the reason why there are none."""
        try:
            self.ratios[name] = ratios()
        except NotMeasured as reason:
            self.why[name] = str(reason)


@dataclass(frozen=True)
class Setting:
    """The rows to measure, the rounds, and a folder with the servers' files."""

    wanted: frozenset[str]
    rounds: Rounds
    folder: Path


def progress(text: str) -> None:
    """Print a line about the progress to standard error."""
    print(f"  {text}", file=sys.stderr, flush=True)
