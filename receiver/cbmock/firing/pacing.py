"""The pace of deliveries: moments at a rate, and how late each was.

It must not know what is done at a moment.
"""

from __future__ import annotations

import asyncio
from array import array
from typing import Protocol

from cbmock.clocks import monotonic

_SHORTEST = 0.001
"""Seconds of one sleep: what is due in less goes out together, and the core can
rest."""


class Pace(Protocol):
    """What says when the next one is due."""

    async def turn(self) -> None:
        """Wait until it is due."""


class AtOnce:
    """No pace: each is due when its turn comes."""

    async def turn(self) -> None:
        """Return at once."""


class AtRate:
    """So many a second: each moment counts from the first, so that no delay adds up."""

    def __init__(self, rate: float) -> None:
        """Take the rate; the first moment is that of the first turn."""
        self._rate = rate
        self._began = 0.0
        self.lateness = array("d")

    async def turn(self) -> None:
        """Wait for the next moment, and note how late it is."""
        now = monotonic()
        if not self.lateness:
            self._began = now
        due = self._began + len(self.lateness) / self._rate
        while (left := due - now) > 0:
            await asyncio.sleep(max(left, _SHORTEST))
            now = monotonic()
        self.lateness.append(now - due)

    @property
    def reached(self) -> float:
        """How many a second were begun."""
        count = len(self.lateness)
        if count < 2:  # noqa: PLR2004 - a rate has two moments
            return self._rate
        took = (count - 1) / self._rate + self.lateness[-1] - self.lateness[0]
        return (count - 1) / took

    def late(self, part: float) -> float:
        """Return the seconds that this part of them was late at most."""
        ordered = sorted(self.lateness)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
