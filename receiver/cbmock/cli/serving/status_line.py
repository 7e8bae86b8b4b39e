"""The status line of `cbmock serve` on a terminal: the numbers of calls and valid calls.

It decides the content of the line, and how it stays below the lines of calls. It must
not know how lines are printed.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable

from cbmock.clocks import monotonic
from cbmock.reports.text import numbered

_ERASE = "\r\x1b[2K"
"""Back to the start of the line, and delete it (ECMA-48 §8.3.41, EL)."""
_SECONDS = 5.0
"""Seconds over which the rate is measured."""


def is_possible() -> bool:
    """Return whether standard output is a terminal that can delete a line."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class StatusLine:
    """Calls so far, valid ones, operations called, and the recent rate per second."""

    def __init__(
        self,
        counts: Callable[[], tuple[int, int, int]],
        operations: int,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """Show `counts`: calls, valid calls, and operations called."""
        self._counts = counts
        self._operations = operations
        self._now = now
        self._earlier: deque[tuple[float, int]] = deque([(now(), 0)])
        self._shown = ""

    def below(self, lines: str) -> str:
        """Return what to write: the lines in place of the status, then the status again.

        Empty, if there are no lines and the status has not changed.
        """
        text = self._text()
        if not lines and text == self._shown:
            return ""
        erase = _ERASE if self._shown else ""
        self._shown = text
        return f"{erase}{lines}{text}"

    def removed(self) -> str:
        """Return what deletes the status."""
        erase, self._shown = (_ERASE if self._shown else ""), ""
        return erase

    def _text(self) -> str:
        import shutil  # noqa: PLC0415 - 2 ms, only terminals have the line

        calls, valid, seen = self._counts()
        text = (
            f"{numbered(calls)}, {valid} valid · {seen} of {self._operations} operations "
            f"· {self._rate(calls):.{0 if calls > 99 else 1}f} calls/s"  # noqa: PLR2004
        )
        # A wrapped line could not be deleted as one line.
        return text[: shutil.get_terminal_size().columns - 1]

    def _rate(self, calls: int) -> float:
        now = self._now()
        self._earlier.append((now, calls))
        while len(self._earlier) > 2 and now - self._earlier[1][0] >= _SECONDS:  # noqa: PLR2004
            self._earlier.popleft()
        (since, before), (until, after) = self._earlier[0], self._earlier[-1]
        return (after - before) / max(until - since, 1.0)
