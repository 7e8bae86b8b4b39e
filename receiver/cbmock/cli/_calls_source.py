"""The source of calls for `calls`, `verify` and others: a running mock, or a journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cbmock.cli._defaults import DEFAULT_URL
from cbmock.cli._files import read_text
from cbmock.cli._settings import access_token
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.journal import records
from cbmock.journal.stores import EXAMPLES, is_stored, open_existing
from cbmock.mock.call import Call
from cbmock.reports.verification import NO_TRIGGERS, TriggerReport
from cbmock.testing.control_client import Remote

url_option = click.option(
    "--url",
    default=DEFAULT_URL,
    show_default=True,
    help="The URL of a running mock, as `cbmock serve` prints it.",
)
MOCK = "the URL of a running mock (http://…)"
"""A journal that is a mock, for help."""
JOURNALS = f"{MOCK}, the output of `serve --format json` or `GET calls`, a HAR file, {EXAMPLES}"
"""What `--journal` may name where recorded calls are read, for help."""
journal_option = click.option(
    "--journal",
    metavar="FILE|URL",
    default=None,
    help=f"A recorded journal instead: {JOURNALS}.",
)


def remote(url: str) -> Remote:
    """Return the control API of a running mock, with its token."""
    return Remote(url, access_token())


def running(url: str, journal: str | None) -> str | None:
    """Return the URL of the running mock to ask; None for a file or a database.

    `journal` may be the URL of a mock, too.
    """
    if journal is None:
        return url
    return journal if journal.startswith(("http://", "https://")) else None


def recorded(
    url: str,
    journal: str | None,
    known: tuple[Operation, ...] = (),
    *,
    ending: records.Ending = "unchecked",
    **query: Any,
) -> tuple[Call, ...]:
    """Return the calls of a file (`-` is standard input), or of a running mock."""
    mock = running(url, journal)
    if mock is not None:
        found = remote(mock).listed("calls", "calls", **query)
        return tuple(map(records.Records(known).call, found))
    assert journal is not None
    if is_stored(journal):
        return _of_database(journal, known, query)
    try:
        return records.calls(read_text(journal), known, ending=ending)
    except records.NoRecord as error:
        message = f"{journal}: {error.message}"
        raise ReceiverError(message) from None


def _of_database(
    journal: str, known: tuple[Operation, ...], query: Mapping[str, Any]
) -> tuple[Call, ...]:
    """Return the calls of a database for a query, as of `GET calls`."""
    found = open_existing(journal, known)
    after = int(query.get("after") or 0)
    calls = found.calls(after=after, token=query.get("token"))
    found.close()
    return calls


def trigger_report(url: str, journal: str | None, token: str | None) -> TriggerReport:
    """Return a running mock's report of triggers; a file has none."""
    mock = running(url, journal)
    if mock is None:
        return NO_TRIGGERS
    report = remote(mock).get("triggers", token=token)
    missing = (each for trigger in report["triggers"] for each in trigger["violations"])
    return TriggerReport(
        {
            each["call"]: tuple(map(records.violation, each["violations"]))
            for each in report["strays"]
        },
        tuple(each["detail"] for each in missing if each["severity"] == "error"),
    )
