"""Clocks that a test cannot freeze or move: for deadlines, durations and offsets.

It decides by which clock is measured how long something takes. What the sender may compare
with its own clock, such as a signature's timestamp, is `time.time()`'s and not measured here.

freezegun puts its own functions in the place of those of `time`, in every module that has
them; time-machine moves `CLOCK_REALTIME` wherever it is read. Neither touches the clocks
that count from the start of the machine and are read by number.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial


def _counting(*names: str) -> Callable[[], float]:
    """Return a reading of the first of these clocks that the machine has."""
    for name in names:
        number = getattr(time, name, None)
        if number is not None:
            return partial(time.clock_gettime, number)
    return partial(time.monotonic)


monotonic = _counting("CLOCK_MONOTONIC")
"""Seconds from some moment on; waits and durations are measured by it."""

_since_start = _counting("CLOCK_BOOTTIME", "CLOCK_MONOTONIC")
_STARTED = time.time() - _since_start()


def wall() -> float:
    """Return the seconds since the epoch, counted on from when this was imported.

    Also where the machine sleeps meanwhile.
    """
    return _STARTED + _since_start()


class Deadline:
    """A number of seconds from now, or from a moment of `monotonic`.

    Waits that were used up whole count too, so that it comes even where no clock moves.
    """

    def __init__(self, seconds: float, began: float | None = None) -> None:
        """Begin to count."""
        self._seconds = seconds
        self._began = monotonic() if began is None else began
        self._used = 0.0

    @property
    def left(self) -> float:
        """The seconds that are left; never negative."""
        elapsed = max(monotonic() - self._began, self._used)
        return max(self._seconds - elapsed, 0.0)

    def use(self, seconds: float) -> None:
        """Count a wait that lasted as long as it could."""
        self._used += seconds
