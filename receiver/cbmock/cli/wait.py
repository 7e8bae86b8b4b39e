"""`cbmock wait`: until calls have come to a running mock."""

from __future__ import annotations

import json
import sys

import click

from cbmock.cli._calls_source import url_option
from cbmock.cli._options import format_option
from cbmock.errors import ReceiverError
from cbmock.mock.call import Call, dumps
from cbmock.reports.text import line, numbered
from cbmock.testing import matching
from cbmock.testing.matching import Matching
from cbmock.testing.remote_mock import Remote, RemoteMock


@click.command("wait")
@click.argument("operation")
@url_option
@click.option(
    "--count", default=1, show_default=True, type=click.IntRange(1), help="How many."
)
@click.option(
    "--timeout",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0),
    help="Seconds until the wait is given up.",
)
@click.option(
    "--matching",
    "members",
    metavar="JSON",
    default=None,
    help="Members that the body must have: '{\"paid\": true}'.",
)
@click.option("--token", default=None, help="Only the calls of one test.")
@click.option("--after", default=0, type=click.IntRange(0), help="Only greater ids.")
@format_option
def command(
    operation: str,
    url: str,
    count: int,
    timeout: float,
    members: str | None,
    token: str | None,
    after: int,
    format_: str,
) -> None:
    """Wait until calls to OPERATION have come; those that came before count.

    Exit code 0 once they are there and valid, 1 if they did not come in time or broke
    the contract.
    """
    host = RemoteMock(Remote(url))
    wanted = host.names.find(operation)
    asked = _asked(members)

    def fits(call: Call) -> bool:
        return call.is_for(wanted) and asked(call)

    found = host.wait(fits, count, timeout, after=after, token=token)
    if format_ == "json":
        click.echo(dumps({"calls": [call.record() for call in found]}))
    else:
        for call in found:
            click.echo(line(call))
    if len(found) < count:
        click.echo(
            f"{wanted.name}: {len(found)} of {numbered(count)} came within "
            f"{timeout:g} s.",
            err=True,
        )
    if len(found) < count or not all(call.valid for call in found):
        sys.exit(1)


def _asked(text: str | None) -> Matching:
    if text is None:
        return Matching()
    try:
        members = json.loads(text)
    except ValueError as error:
        message = f"--matching: {text!r} is no JSON: {error}"
        raise ReceiverError(message) from None
    if not isinstance(members, dict):
        message = (
            f"--matching: {text!r} is no JSON object, such as '{{\"paid\": true}}'"
        )
        raise ReceiverError(message)
    return matching.read(members)
