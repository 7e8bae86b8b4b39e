"""`cbmock journal`: show the size of a journal in a database, or make it smaller."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import click

from cbmock.byte_sizes import HINT
from cbmock.cli._limits import size
from cbmock.cli._numbers import Number
from cbmock.cli._options import format_option
from cbmock.errors import ReceiverError
from cbmock.journal.stores import EXAMPLES, open_existing

_DAY = 86400.0

_url = click.option(
    "--journal",
    "url",
    required=True,
    metavar="URL",
    help=f"{EXAMPLES}.",
)


@click.group("journal")
def command() -> None:
    """Show or shrink a journal in a database."""


@command.command("info")
@_url
@format_option
def info(url: str, format_: str) -> None:
    """Show how many calls a journal has, their size, and the first and last time."""
    found = open_existing(url).info()
    first, last = (_moment(found[each]) for each in ("first", "last"))
    if format_ == "json":
        click.echo(json.dumps({**found, "first": first, "last": last}))
        return
    click.echo(f"{found['calls']} calls, {found['bytes']} bytes")
    if first is not None:
        click.echo(f"from {first} to {last}")


@command.command("prune")
@_url
@click.option("--keep", type=click.IntRange(0), help="Keeps only the newest N calls.")
@click.option(
    "--older-than",
    type=Number(0),
    metavar="DAYS",
    help="Deletes calls that are older than this many days.",
)
@click.option(
    "--most-bytes",
    type=size,
    metavar="SIZE",
    help="Keeps only the newest calls whose size, as `info` shows it, is at most this: "
    f"{HINT}.",
)
def prune(
    url: str, keep: int | None, older_than: float | None, most_bytes: int | None
) -> None:
    """Delete old calls."""
    if keep is None and older_than is None and most_bytes is None:
        raise ReceiverError("give --keep COUNT, --older-than DAYS or --most-bytes SIZE")
    before = None if older_than is None else time.time() - older_than * _DAY
    deleted = open_existing(url).prune(keep=keep, before=before, size=most_bytes)
    click.echo(f"{deleted} calls deleted")


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
