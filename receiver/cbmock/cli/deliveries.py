"""`cbmock deliveries`: the events of a mock's calls, with the attempts of each."""

from __future__ import annotations

from typing import Any

import click

from cbmock.cli._calls_source import (
    journal_option,
    recorded,
    remote,
    running,
    url_option,
)
from cbmock.cli._options import format_option
from cbmock.cli._settings import current
from cbmock.cli.serving.settings import deliveries_of
from cbmock.clocks import wall
from cbmock.deliveries.judging import reported
from cbmock.description.operation_names import OperationNames
from cbmock.journal import records
from cbmock.mock.call import dumps
from cbmock.reports.text import printable, violations


@click.command("deliveries")
@url_option
@journal_option
@click.option("--operation", default=None, help="Only deliveries to this operation.")
@click.option("--token", default=None, help="Only those of one test.")
@format_option
def command(
    url: str,
    journal: str | None,
    operation: str | None,
    token: str | None,
    format_: str,
) -> None:
    """List the events that a running mock has received, or of a journal.

    A delivery is all calls with one identity: a first attempt, and the sender's
    retries.
    """
    mock = running(url, journal)
    if mock is not None:
        filters = {"operation": operation, "token": token}
        found = remote(mock).listed("deliveries", "deliveries", **filters)
    else:
        found = _folded(journal, operation, token)
    if format_ == "json":
        click.echo(dumps(found))
        return
    for each in found:
        click.echo(_lines(each))
    failed = sum(not each["delivered"] for each in found)
    count = "1 delivery" if len(found) == 1 else f"{len(found)} deliveries"
    click.echo(f"{count}, {failed} without a successful answer.")


def _folded(
    journal: str | None, operation: str | None, token: str | None
) -> list[dict[str, Any]]:
    """Return a journal's deliveries; a journal only knows operations that were called."""
    calls = recorded("", journal, token=token)
    own = (call for call in calls if token in (None, call.token))
    found = reported(own, deliveries_of(current()), now=wall())
    if operation is not None:
        called = sorted(
            {each.operation for each, _ in found}, key=lambda each: each.pointer
        )
        limit = OperationNames(called).find(operation)
        found = [(each, own) for each, own in found if each.operation == limit]
    return [each.record(violations) for each, violations in found]


def _lines(each: dict[str, Any]) -> str:
    verdict = "delivered" if each["delivered"] else "failed"
    calls = ", ".join(map(str, each["attempts"]))
    name, identity = each["operation"]["name"], each["identity"]
    first = printable(f"{verdict:<9}  {name}  {identity}  attempts: {calls}")
    wrong = violations(tuple(map(records.violation, each["violations"])))
    return "\n".join((first, *(f"    {line}" for line in wrong)))
