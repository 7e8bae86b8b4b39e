"""The options of `cbmock serve` for its journal.

It decides how they are read. It must not know how calls are stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import click

from cbmock.cli._options import option_group
from cbmock.errors import ReceiverError
from cbmock.journal.memory import MemoryJournal
from cbmock.journal.protocol import Journal, OnFailure
from cbmock.journal.stores import EXAMPLES, is_stored, open_stored
from cbmock.mock.mock import Mock


@dataclass(frozen=True, slots=True)
class JournalChoice:
    """The values of the options."""

    journal_url: str
    on_journal_failure: OnFailure
    workers: int

    def open(self, mock: Mock) -> Journal:
        """Open the journal; raises `ReceiverError` if it is not possible."""
        url = self.journal_url
        if self.workers > 1 and not is_stored(url):
            raise ReceiverError(
                f"--workers {self.workers} needs a journal that processes share: "
                f"--journal {EXAMPLES}"
            )
        if url in {"memory:", "memory"}:
            return MemoryJournal()
        if not is_stored(url):
            raise ReceiverError(f"--journal {url}: give memory:, {EXAMPLES}")
        return open_stored(url, mock.operations, self.on_journal_failure)


takes_journal = option_group(
    "journal",
    JournalChoice,
    click.option(
        "--journal",
        "journal_url",
        default="memory:",
        show_default=True,
        metavar="URL",
        help=f"Where calls are recorded: memory:, {EXAMPLES}.",
    ),
    click.option(
        "--on-journal-failure",
        type=click.Choice(get_args(OnFailure)),
        default="reject",
        show_default=True,
        help="If a call cannot be recorded: answer 503, or keep it in memory until it can be recorded.",
    ),
    click.option(
        "--workers",
        default=1,
        show_default=True,
        type=click.IntRange(1, 64),
        help="The number of processes that answer; they share a --journal in a database.",
    ),
)
"""Gives a command these options as one argument, `journal`."""
