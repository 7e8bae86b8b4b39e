"""The pace of deliveries: times at a rate, and how late each delivery was.

It must not know what is done then.
"""

from __future__ import annotations

import asyncio
from array import array
from typing import Protocol

from cbmock.clocks import monotonic

_SHORTEST = 0.001
"""Seconds of one sleep: deliveries that are due sooner are sent together, to save processor
time."""


class Pace(Protocol):
    """Decides when the next delivery is due."""

    async def turn(self) -> None:
        """Wait until it is due."""


class AtOnce:
    """No pace: each delivery is due at once."""

    async def turn(self) -> None:
        """Return at once."""


class AtRate:
    """A number per second: each time counts from the first, so that delays do not add up."""

    def __init__(self, rate: float) -> None:
        """Keep the rate; the first `turn` is the start."""
        self._rate = rate
        self._began = 0.0
        self.lateness = array("d")

    async def turn(self) -> None:
        """Wait for the next time, and record how late it is."""
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
        """How many per second were begun."""
        count = len(self.lateness)
        if count < 2:  # noqa: PLR2004 - a rate needs two times
            return self._rate
        took = (count - 1) / self._rate + self.lateness[-1] - self.lateness[0]
        return (count - 1) / took

    def late(self, part: float) -> float:
        """Return how many seconds this share of them was late at most."""
        ordered = sorted(self.lateness)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
