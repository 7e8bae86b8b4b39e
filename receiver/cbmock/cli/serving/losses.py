"""Calls that the journal could not record: reported at once, and counted for the end.

It decides how workers report them to the process that started them. It must not know
why a journal fails.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import click

from cbmock.clocks import monotonic
from cbmock.journal.protocol import Journal, JournalFailure
from cbmock.reports.text import numbered, printable

if TYPE_CHECKING:
    from cbmock.journal.protocol import StoredJournal

_PAUSE = 60.0
"""Seconds in which a failure is reported only once."""
_LONGEST_REASON = 500


class JournalLosses:
    """The calls that one journal could not record; called with each failure."""

    def __init__(self, journal: Journal) -> None:
        """Start without losses."""
        self._journal = journal
        _hear_of_waiting(journal, self.wait)
        self._lost = 0
        self._reported_at: float | None = None

    def __call__(self, failure: JournalFailure) -> None:
        """Count a call that was refused because of the failure."""
        self._lost += 1
        self.report(f"not recorded, answered 503: {failure.message}")

    def wait(self, failure: JournalFailure) -> None:
        """Report that calls wait in memory; they are not lost yet."""
        self.report(f"kept in memory until it can be recorded: {failure.message}")

    def report(self, text: str) -> None:
        """Report a failure, unless one was reported just before."""
        now = monotonic()
        if self._reported_at is None or now - self._reported_at > _PAUSE:
            self._reported_at = now
            with contextlib.suppress(OSError):  # the reader has ended
                click.echo(printable(text), err=True)

    @property
    def total(self) -> str | None:
        """Return a message about calls that are not in the journal; None if all are."""
        count = self._lost + self._journal.write_waiting()
        if not count:
            return None
        return f"Error: {numbered(count)} could not be recorded in the journal."

    def hear(self, line: str) -> None:
        """Count the losses of another process, as `LossesOfWorker` reports them."""
        lost = json.loads(line)
        if isinstance(lost, str):
            self(JournalFailure(lost))
        elif isinstance(lost, list):
            self.wait(JournalFailure(*lost))
        else:
            self._lost += lost


class LossesOfWorker:
    """Reports each loss to the counting process, as a line; called with failures."""

    def __init__(self, journal: Journal, tell: Callable[[str], None]) -> None:
        """Report the losses of this journal."""
        self._journal, self._tell = journal, tell
        _hear_of_waiting(journal, self.wait)

    def __call__(self, failure: JournalFailure) -> None:
        """Report a call that was refused because of the failure."""
        self._tell(json.dumps(failure.message[:_LONGEST_REASON]))

    def wait(self, failure: JournalFailure) -> None:
        """Report that calls wait in memory; they are not lost yet."""
        self._tell(json.dumps([failure.message[:_LONGEST_REASON]]))

    def end(self) -> None:
        """Report the calls that still wait to be written, and never will be."""
        if missing := self._journal.write_waiting():
            self._tell(json.dumps(missing))


def _hear_of_waiting(journal: Journal, wait: Callable[[JournalFailure], None]) -> None:
    if journal.shared is not None:  # it is in a database
        cast("StoredJournal", journal).on_waiting = wait
