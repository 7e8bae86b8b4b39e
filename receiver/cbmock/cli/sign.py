"""`cbmock sign`: the header fields that sign a body."""

from __future__ import annotations

import json
import time

import click

from cbmock.cli._numbers import Time
from cbmock.cli._options import format_option
from cbmock.cli._signed_message import SignedMessage, takes_signed_message
from cbmock.reports.text import printable


@click.command("sign")
@takes_signed_message
@click.option("--id", "identity", default=None, help="The delivery's identity.")
@click.option(
    "--timestamp",
    type=Time(),
    default=None,
    metavar="SECONDS",
    help="Seconds since 1970; default: now.",
)
@format_option
def command(
    message: SignedMessage,
    identity: str | None,
    timestamp: float | None,
    format_: str,
) -> None:
    """Sign the body in FILE (or `-`) by SCHEME, and print the header fields to send."""
    added = message.signature.sign(
        message.body,
        id=identity,
        timestamp=time.time() if timestamp is None else timestamp,
        method=message.method,
        url=message.url,
        headers=message.fields,
    )
    if format_ == "json":
        click.echo(json.dumps({"headers": [list(each) for each in added]}, indent=2))
        return
    for name, value in added:
        click.echo(printable(f"{name}: {value}"))
