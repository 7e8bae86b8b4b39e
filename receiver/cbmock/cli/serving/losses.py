"""Calls that a journal could not keep: reported as they begin, and counted for the end.

It decides how workers tell of theirs to the process that started them. It must not know
why a journal fails.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

import click

from cbmock.clocks import monotonic
from cbmock.journal.protocol import Journal, JournalFailure
from cbmock.reports.text import numbered, printable

_PAUSE = 60.0
"""Seconds within which a failure is reported once."""
_LONGEST_REASON = 500


class JournalLosses:
    """What one journal could not keep; called with each failure."""

    def __init__(self, journal: Journal) -> None:
        """Start without losses."""
        self._journal = journal
        self._lost = 0
        self._reported_at: float | None = None

    def __call__(self, failure: JournalFailure) -> None:
        """Take note of a call that was refused for it."""
        self._lost += 1
        self.report(f"not kept, answered 503: {failure.message}")

    def report(self, text: str) -> None:
        """Report a failure, unless one was reported a moment ago."""
        now = monotonic()
        if self._reported_at is None or now - self._reported_at > _PAUSE:
            self._reported_at = now
            with contextlib.suppress(OSError):  # its reader has gone
                click.echo(printable(text), err=True)

    @property
    def total(self) -> str | None:
        """How many calls are not in the journal at the end; None where all are."""
        count = self._lost + self._journal.unwritten
        if not count:
            return None
        return f"Error: {numbered(count)} could not be kept in the journal."

    def hear(self, line: str) -> None:
        """Take note of the losses of another process, as `LossesOfWorker` tells them."""
        lost = json.loads(line)
        if isinstance(lost, str):
            self(JournalFailure(lost))
        else:
            self._lost += lost


class LossesOfWorker:
    """Tells the process that counts losses of each, as a line; called with failures."""

    def __init__(self, journal: Journal, tell: Callable[[str], None]) -> None:
        """Tell of what this journal does not keep."""
        self._journal, self._tell = journal, tell

    def __call__(self, failure: JournalFailure) -> None:
        """Tell of a call that was refused for it."""
        self._tell(json.dumps(failure.message[:_LONGEST_REASON]))

    def end(self) -> None:
        """Tell of the calls that still wait to be written, and never will be."""
        if self._journal.unwritten:
            self._tell(json.dumps(self._journal.unwritten))
