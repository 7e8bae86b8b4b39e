"""`cbmock wait`: wait until a mock answers, or until calls have arrived."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import click

from cbmock.cli._calls_source import MOCK, remote, running, url_option
from cbmock.cli._numbers import Number
from cbmock.cli._options import format_option
from cbmock.cli._running_mock import RunningMock
from cbmock.clocks import monotonic
from cbmock.description.operation_names import aliases
from cbmock.errors import ReceiverError
from cbmock.journal import waiting
from cbmock.journal.stores import EXAMPLES, open_existing
from cbmock.journal.waiting import CallFilter
from cbmock.mock.call import Call, dumps
from cbmock.reports.text import line, numbered, printable
from cbmock.testing import matching
from cbmock.testing.control_client import NoMockAnswers, Remote, TokenNeeded
from cbmock.testing.matching import Matching
from cbmock.testing.remote_mock import RemoteMock

_PAUSE = 0.05
"""Seconds between two attempts to reach a mock that is starting."""


@click.command("wait")
@click.argument("operation", required=False)
@url_option
@click.option(
    "--journal",
    metavar="URL",
    default=None,
    help=f"Read a journal of mocks instead: {MOCK}, {EXAMPLES}.",
)
@click.option("--ready", is_flag=True, help="Wait only until the mock answers.")
@click.option(
    "--count", default=1, show_default=True, type=click.IntRange(1), help="How many."
)
@click.option(
    "--timeout",
    default=10.0,
    show_default=True,
    type=Number(0),
    help="Seconds until the wait ends without success.",
)
@click.option(
    "--matching",
    "members",
    metavar="JSON",
    default=None,
    help="Members that the body must have: '{\"paid\": true}'.",
)
@click.option("--token", default=None, help="Only the calls of one test.")
@click.option(
    "--after", default=0, type=click.IntRange(0), help="Only calls with greater ids."
)
@format_option
def command(
    operation: str | None,
    url: str,
    journal: str | None,
    count: int,
    timeout: float,
    members: str | None,
    token: str | None,
    after: int,
    format_: str,
    *,
    ready: bool,
) -> None:
    """Wait until calls to OPERATION have arrived; earlier calls count.

    It also waits for a mock that does not answer yet; with --ready, for nothing else.
    Exit code 0 once the calls have arrived and are valid, 1 if they did not arrive in
    time or broke the contract, 2 if no mock answered in time.
    """
    if ready == (operation is not None):
        message = "give either an OPERATION to wait for, or --ready."
        raise ReceiverError(message)
    until = monotonic() + timeout
    mock = running(url, journal)
    expected = _expected(members)
    among = CallFilter(after=after, token=token, most=count)
    if operation is None:
        _wait_until_ready(mock or url, until, format_)
        return
    if mock is not None:
        found = _at_mock(mock, operation, expected, count, until, among)
    else:
        assert journal is not None
        found = _in_journal(journal, operation, expected, count, until, among)
    if format_ == "json":
        click.echo(dumps({"calls": [call.record() for call in found]}))
    else:
        for call in found:
            click.echo(line(call))
    if len(found) < count:
        click.echo(
            f"{printable(operation)}: {len(found)} of {numbered(count)} arrived within "
            f"{timeout:g} s.",
            err=True,
        )
    if len(found) < count or not all(call.valid for call in found):
        sys.exit(1)


def _wait_until_ready(url: str, until: float, format_: str) -> None:
    """Wait until a mock answers; a request for its token counts as an answer."""
    try:
        health = _health(remote(url), until)
    except TokenNeeded:
        if format_ == "json":
            raise
        health = None
    if format_ == "json":
        click.echo(json.dumps(health))
    elif health is None:
        click.echo(f"ready at {url}")
    else:
        mock = RunningMock.of_health(url, health)
        click.echo(f"ready at {url}: the mock of {mock}")


def _at_mock(
    url: str,
    operation: str,
    expected: Matching,
    count: int,
    until: float,
    among: CallFilter,
) -> tuple[Call, ...]:
    mock = RemoteMock(remote(url))
    _health(mock.remote, until)
    wanted = mock.names.find_readable(operation)
    return mock.wait(
        lambda call: call.is_for(wanted) and expected(call),
        count,
        max(until - monotonic(), 0.0),
        after=among.after,
        token=among.token,
    )


def _in_journal(
    url: str,
    operation: str,
    expected: Matching,
    count: int,
    until: float,
    among: CallFilter,
) -> tuple[Call, ...]:
    """Wait for calls in a journal, which knows only the names of operations."""
    journal = open_existing(url)

    def fits(call: Call) -> bool:
        possible = (each for each in (call.operation, *call.candidates) if each)
        named = (each for each in possible if operation in aliases(each))
        return any(map(call.is_for, named)) and expected(call)

    left = max(until - monotonic(), 0.0)
    found = waiting.wait(journal, fits, count=count, timeout=left, among=among)
    journal.close()
    return found


def _health(mock: Remote, until: float) -> Any:
    """Try until a mock answers; when time is over, raise the last attempt's error."""
    while True:
        try:
            return mock.get("health")
        except NoMockAnswers:
            if monotonic() + _PAUSE > until:
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
