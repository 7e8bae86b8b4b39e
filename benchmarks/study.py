"""What a measurement is given and what it hands back."""

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
    """How often and how long each server is loaded, over how many connections."""

    count: int = 5
    seconds: int = 1
    connections: int = 16


@dataclass(frozen=True)
class Found:
    """Ratios by row, notes and reasons by row, and figures for the curious."""

    ratios: dict[str, Ratios] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    def take(self, name: str, ratios: Callable[[], Ratios]) -> None:
        """Keep a row's ratios, or why there are none."""
        try:
            self.ratios[name] = ratios()
        except NotMeasured as reason:
            self.why[name] = str(reason)


@dataclass(frozen=True)
class Setting:
    """The rows that are wanted, the rounds, and a folder that is furnished."""

    wanted: frozenset[str]
    rounds: Rounds
    folder: Path


def told(text: str) -> None:
    """Say on standard error how far things are."""
    print(f"  {text}", file=sys.stderr, flush=True)
