"""Clocks that a test cannot freeze or move: for deadlines, durations and offsets.

It decides which clock measures durations. Times that the sender may compare with its
own clock, such as a signature's timestamp, come from `time.time()`, not from here.

freezegun puts its own functions in the place of those of `time`, in every module that has
them; time-machine moves `CLOCK_REALTIME` wherever it is read. Neither touches the clocks
that count from the start of the machine and are read by number.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial


def _counting(*names: str) -> Callable[[], float]:
    """Return a function that reads the first of these clocks that the machine has."""
    for name in names:
        number = getattr(time, name, None)
        if number is not None:
            return partial(time.clock_gettime, number)
    return partial(time.monotonic)


monotonic = _counting("CLOCK_MONOTONIC")
"""Seconds since an arbitrary moment; it measures waits and durations."""

_since_start = _counting("CLOCK_BOOTTIME", "CLOCK_MONOTONIC")
_STARTED = time.time() - _since_start()


def wall() -> float:
    """Return the seconds since the epoch, counted from the import of this module.

    Time during which the machine sleeps counts.
    """
    return _STARTED + _since_start()


class Deadline:
    """A deadline some seconds from now, or from a moment of `monotonic`.

    Completed waits count too, so that the deadline comes even if no clock advances.
    """

    def __init__(self, seconds: float, began: float | None = None) -> None:
        """Start the countdown."""
        self._seconds = seconds
        self._began = monotonic() if began is None else began
        self._used = 0.0

    @property
    def left(self) -> float:
        """The seconds that are left; never negative."""
        elapsed = max(monotonic() - self._began, self._used)
        return max(self._seconds - elapsed, 0.0)

    def use(self, seconds: float) -> None:
        """Count a wait that lasted for its whole timeout."""
        self._used += seconds
