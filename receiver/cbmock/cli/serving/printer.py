"""Lines on standard output, written without delaying the answers.

It decides what happens to lines that cannot be written. If the reader has ended, they
are discarded; if it is too slow, or the disk is full, their loss is reported. It must
not know the content of lines.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

import click

from cbmock.cli._output import GONE, discard_output, say_briefly

if TYPE_CHECKING:
    from cbmock.cli.serving.status_line import StatusLine

MOST_WAITING = 32 * 2**20
"""The number of characters that may wait for a slow reader; further lines are dropped."""
_BATCH = 0.02
"""Seconds that lines may wait, so that many are written at once."""
_REFRESH = 1.0
"""Seconds without a line after which the status line is written again."""
_PATIENCE = 3.0
"""Seconds that the end waits for a slow reader."""


class Printer:
    """Prints lines from a thread of its own, so that answering never waits for a reader.

    `is_stuck` is set at the end if the reader stopped reading: then standard output can
    no longer be used or closed.
    """

    def __init__(
        self, dropped: Callable[[int], str], status: StatusLine | None = None
    ) -> None:
        """Write `dropped(count)` in place of dropped lines."""
        self._line_for_dropped = dropped
        self._status = status
        self._discards = False
        self._waiting: deque[str] = deque()
        self._weight = 0
        self._dropped = 0
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(
            target=self._print, name="cbmock-printer", daemon=True
        )
        self.has_lost = False
        self.is_stuck = False

    def __call__(self, line: str) -> None:
        """Print a line, or several joined lines."""
        with self._lock:
            if self._weight >= MOST_WAITING:
                self._dropped += 1
                return
            self._weight += len(line)
            self._waiting.append(line)
        if not self._some.is_set():
            self._some.set()

    def __enter__(self) -> Self:
        """Start printing."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Print the remaining lines while they are read, then end."""
        self._over.set()
        self._some.set()
        self._thread.join(_PATIENCE)
        self.is_stuck = self._thread.is_alive()
        if self.is_stuck:
            lost = len(self._waiting) + self._dropped
            text = f"standard output is not read: {lost} or more lines are lost"
            say_briefly(lambda: self._report(text))
            self.has_lost = True

    def _print(self) -> None:
        while not self._over.is_set():
            self._some.wait(None if self._status is None else _REFRESH)
            self._over.wait(_BATCH)
            self._some.clear()
            while lines := self._next_lines():
                self._write("\n".join((*lines, "")))
            self._write("")
        if self._status is not None and not self._discards:
            sys.stdout.write(self._status.removed())
            sys.stdout.flush()

    def _next_lines(self) -> list[str]:
        with self._lock:
            lines = list(self._waiting)
            self._waiting.clear()
            self._weight = 0
            dropped, self._dropped = self._dropped, 0
        if dropped:
            lines.append(self._line_for_dropped(dropped))
            self._report(
                f"standard output was read too slowly: {dropped} lines are lost"
            )
        return lines

    def _write(self, text: str) -> None:
        if self._status is not None:
            text = self._status.below(text)
        if not text or self._discards:
            return
        # Not by click, which would look for colours to remove.
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:
            # The mock continues to answer.
            self._discards = True
            discard_output()
            if error.errno not in GONE:
                self._report(f"standard output: {error.strerror}; calls are lost")

    def _report(self, text: str) -> None:
        self.has_lost = True
        with contextlib.suppress(OSError):  # the exit code says it too
            click.echo(f"Error: {text}.", err=True)
