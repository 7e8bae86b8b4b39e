"""Calls that a journal could not keep: reported as they begin, and counted for the end.

It must not know why a journal fails.
"""

from __future__ import annotations

import contextlib

import click

from cbmock.clocks import monotonic
from cbmock.journal.protocol import Journal, JournalFailure
from cbmock.reports.text import numbered, printable

_PAUSE = 60.0
"""Seconds within which a failure is reported once."""


class JournalLosses:
    """What one journal could not keep; called with each failure."""

    def __init__(self, journal: Journal) -> None:
        """Start without losses."""
        self._journal = journal
        self._refused = 0
        self._reported_at: float | None = None

    def __call__(self, failure: JournalFailure) -> None:
        """Take note of a call that was refused for it."""
        self._refused += 1
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
        count = self._refused + self._journal.unwritten
        if not count:
            return None
        return f"Error: {numbered(count)} could not be kept in the journal."
