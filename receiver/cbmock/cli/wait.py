"""`cbmock wait`: until a mock answers, and until calls have come to it."""

from __future__ import annotations

import json
import sys
import time

import click

from cbmock.cli._calls_source import remote, url_option
from cbmock.cli._options import format_option
from cbmock.errors import ReceiverError
from cbmock.mock.call import Call, dumps
from cbmock.reports.text import line, numbered, printable
from cbmock.testing import matching
from cbmock.testing.control_client import NoMockAnswers, Remote
from cbmock.testing.matching import Matching
from cbmock.testing.remote_mock import RemoteMock

_PAUSE = 0.05
"""Seconds between two attempts to reach a mock that is about to start."""


@click.command("wait")
@click.argument("operation", required=False)
@url_option
@click.option("--ready", is_flag=True, help="Wait only until the mock answers.")
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
    operation: str | None,
    url: str,
    count: int,
    timeout: float,
    members: str | None,
    token: str | None,
    after: int,
    format_: str,
    *,
    ready: bool,
) -> None:
    """Wait until calls to OPERATION have come; those that came before count.

    A mock that does not answer yet is waited for too; with --ready that is all. Exit code
    0 once they are there and valid, 1 if they did not come in time or broke the contract,
    2 if no mock answered in time.
    """
    if ready == (operation is not None):
        message = "name an OPERATION to wait for, or --ready, one of the two."
        raise ReceiverError(message)
    until = time.monotonic() + timeout
    expected = _expected(members)
    mock = RemoteMock(remote(url))
    health = _health(mock.remote, until)
    if operation is None:
        click.echo(json.dumps(health) if format_ == "json" else f"ready at {url}")
        return
    wanted = mock.names.find(operation)

    def fits(call: Call) -> bool:
        return call.is_for(wanted) and expected(call)

    left = max(until - time.monotonic(), 0.0)
    found = mock.wait(fits, count, left, after=after, token=token)
    if format_ == "json":
        click.echo(dumps({"calls": [call.record() for call in found]}))
    else:
        for call in found:
            click.echo(line(call))
    if len(found) < count:
        click.echo(
            f"{printable(wanted.name)}: {len(found)} of {numbered(count)} came within "
            f"{timeout:g} s.",
            err=True,
        )
    if len(found) < count or not all(call.valid for call in found):
        sys.exit(1)


def _health(mock: Remote, until: float) -> object:
    """Ask until a mock answers; raise what the last attempt did when time is over."""
    while True:
        try:
            return mock.get("health")
        except NoMockAnswers:
            if time.monotonic() + _PAUSE > until:
                raise
        time.sleep(_PAUSE)


def _expected(text: str | None) -> Matching:
    if text is None:
        return Matching()
    try:
        members = json.loads(text)
    except ValueError as error:
        message = f"--matching: {text!r} is not JSON: {error}"
        raise ReceiverError(message) from None
    if not isinstance(members, dict):
        message = (
            f"--matching: {text!r} is not a JSON object, such as '{{\"paid\": true}}'"
        )
        raise ReceiverError(message)
    return matching.read(members)
