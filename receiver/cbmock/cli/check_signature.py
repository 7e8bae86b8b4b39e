"""`cbmock check-signature`: a verdict on the signature of a body and its headers."""

from __future__ import annotations

import json
import sys
import time

import click

from cbmock.cli._numbers import Time
from cbmock.cli._options import format_option
from cbmock.cli._signed_message import SignedMessage, takes_signed_message
from cbmock.reports.text import violations
from cbmock.violations import errors


@click.command("check-signature")
@takes_signed_message
@click.option(
    "--now",
    type=Time(),
    default=None,
    metavar="SECONDS",
    help="The time that timestamps are compared with, in seconds since 1970; default: now.",
)
@format_option
def command(message: SignedMessage, now: float | None, format_: str) -> None:
    """Check the signature of the body in FILE (or `-`) against SCHEME.

    Exit code 0 if it is good, 1 if it is not.
    """
    found = message.signature.check(
        message.fields,
        message.body,
        method=message.method,
        url=message.url,
        now=time.time() if now is None else now,
    )
    valid = not errors(found)
    if format_ == "json":
        records = [each.record() for each in found]
        click.echo(json.dumps({"valid": valid, "violations": records}, indent=2))
    else:
        verdict = (
            click.style("ok", fg="green") if valid else click.style("broken", fg="red")
        )
        click.echo(f"{verdict}  {message.signature.scheme.title}")
        for line in violations(found):
            click.echo(f"    {line}")
    if not valid:
        sys.exit(1)
