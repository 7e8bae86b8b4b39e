"""The invalid examples that `cbmock serve` serves, reported while no calls arrive.

It must not know how examples are checked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from cbmock.journal.protocol import Journal, JournalFailure
from cbmock.mock.mock import Mock

_MOST_FINDINGS = 10
_QUIET = 1.0
"""Seconds without a call after which examples are checked."""
_PATIENCE = 1.0
"""Seconds that the mock waits at its end for an example that is being checked."""


@contextmanager
def reporting_findings(mock: Mock, journal: Journal) -> Iterator[None]:
    """Report examples that break their own schemas, while the mock is serving."""
    over = threading.Event()

    def report() -> None:
        try:
            look()
        except OSError as error:
            # The machine has no memory or thread for it; the mock continues to answer.
            with suppress(OSError):
                reason = getattr(error, "strerror", None) or error
                click.echo(f"Examples were not checked: {reason}.", err=True)

    def look() -> None:
        lines_: dict[str, None] = {}
        for mount, _ in zip(mock.mounts, _while_quiet(journal, over), strict=False):
            from cbmock.cli.lint import finding_text  # noqa: PLC0415 - 300 ms, the mock serves already

            found = mock.findings_of(mount.operation)
            lines_ |= dict.fromkeys(map(finding_text, found))
            if len(lines_) > _MOST_FINDINGS:
                break
        lines = list(lines_)[:_MOST_FINDINGS]
        if len(lines_) > _MOST_FINDINGS:
            lines.append("… `cbmock lint` shows the others")
        if lines:
            with suppress(OSError):  # the reader has ended
                click.echo("\n".join(lines), err=True)

    thread = threading.Thread(target=report, name="cbmock-findings", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(_PATIENCE)


def _while_quiet(journal: Journal, over: threading.Event) -> Iterator[None]:
    """Yield while no calls arrive; stop when `over` is set."""
    calls = None
    while not over.is_set():
        found = None
        with suppress(JournalFailure):  # the mock says so; the examples can wait
            found = journal.last_id
        if found is not None and calls == found:
            yield
        else:
            calls = found
            over.wait(_QUIET)
