"""`cbmock calls`: the calls of a running mock or a journal."""

from __future__ import annotations

import click

from cbmock import __version__
from cbmock.cli._calls_source import journal_option, recorded, running, url_option
from cbmock.description.operation_names import OperationNames
from cbmock.mock.call import Call, dumps
from cbmock.reports.text import line, numbered


@click.command("calls")
@url_option
@journal_option
@click.option("--operation", default=None, help="Only calls to this operation.")
@click.option("--token", default=None, help="Only the calls of one test.")
@click.option(
    "--valid/--invalid",
    default=None,
    help="Only calls without violations, or only calls with some.",
)
@click.option(
    "--after", default=0, type=click.IntRange(0), help="Only calls with greater ids."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "ndjson", "har"]),
    default="text",
    show_default=True,
    help="Lines for people, JSON, a line of JSON for each call, or an HTTP Archive.",
)
def command(
    url: str,
    journal: str | None,
    operation: str | None,
    token: str | None,
    after: int,
    format_: str,
    *,
    valid: bool | None,
) -> None:
    """List the calls of a running mock or a journal."""
    calls = recorded(url, journal, after=after, token=token, operation=operation)
    found = [
        call
        for call in calls
        if call.id > after
        and token in (None, call.token)
        and valid in (None, call.valid)
    ]
    if running(url, journal) is None and operation is not None:
        found = _to(operation, calls, found)
    if format_ == "json":
        click.echo(dumps({"calls": [call.record() for call in found]}))
        return
    if format_ == "ndjson":
        for call in found:
            click.echo(dumps(call.record()))
        return
    if format_ == "har":
        from cbmock.reports.har import archive  # noqa: PLC0415 - 50 ms, seldom

        click.echo(archive(found, __version__))
        return
    for call in found:
        click.echo(line(call))
    broken = sum(not call.valid for call in found)
    click.echo(f"{numbered(len(found))}, {broken} with violations.")


def _to(name: str, calls: tuple[Call, ...], found: list[Call]) -> list[Call]:
    """Keep calls to an operation; a journal only knows operations that were called."""
    called = {call.operation for call in calls if call.operation is not None}
    operation = OperationNames(sorted(called, key=lambda each: each.pointer)).find(name)
    return [call for call in found if call.is_for(operation)]
