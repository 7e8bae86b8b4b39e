"""`cbmock replay`: send recorded calls again, to any receiver, signed again."""

from __future__ import annotations

import json
import sys

import click

from cbmock import sources
from cbmock.cli._calls_source import JOURNALS, recorded
from cbmock.cli._numbers import Number
from cbmock.cli._options import format_option, known_secrets, secrets_option
from cbmock.errors import ReceiverError
from cbmock.firing.receivers import Target, target
from cbmock.firing.replaying import ReplayedCall, gaps, replay
from cbmock.firing.sender import run
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.reports.text import printable, violations
from cbmock.reports.verification import again
from cbmock.signatures.signature import Signature


@click.command("replay")
@click.option(
    "--journal",
    required=True,
    metavar="FILE|URL",
    help=f"The calls to send: {JOURNALS}. --spec finds the operations of a HAR file.",
)
@click.option("--to", required=True, metavar="URL|MODULE:APP", help="The receiver.")
@click.option("--spec", default=None, help="The document that answers must match.")
@click.option("--operation", default=None, help="Only calls to this operation.")
@click.option(
    "--valid/--invalid",
    "valid",
    default=None,
    help="Only valid calls, or only invalid ones.",
)
@click.option(
    "--signature",
    default=None,
    metavar="SCHEME",
    help="The scheme by which they are signed again.",
)
@secrets_option
@click.option("--rate", default=None, type=Number(0, min_open=True), help="A second.")
@click.option("--pace", is_flag=True, help="Keeps the recorded gaps.")
@format_option
def command(
    journal: str,
    to: str,
    spec: str | None,
    operation: str | None,
    signature: str | None,
    secrets: tuple[str, ...],
    rate: float | None,
    format_: str,
    *,
    valid: bool | None,
    pace: bool,
) -> None:
    """Send recorded calls again, in order, and show the answers.

    Exit code 0 if every answer is a 2xx (and as documented, with --spec), 1 if not.
    `{name}` in --to is replaced by the operation's name.
    """
    signature_ = None
    if signature is not None:
        signature_ = Signature(signature, secret=known_secrets(secrets))
    mock = None if spec is None else Mock(sources.describe(spec))
    found = recorded("", journal, () if mock is None else mock.operations)
    if mock is not None:
        # A HAR file does not name the operations of its calls.
        found = tuple(each if each.operation else again(mock, each) for each in found)
    calls = [
        each
        for each in found
        if (operation is None or _is_to(each, operation))
        and valid in {None, each.valid}
    ]
    if not calls:
        raise ReceiverError(f"{journal}: there is no such call to send again")
    times = gaps(calls, rate, pace=pace)
    good = run(_replay(calls, target(to), signature_, times, mock, format_))
    sys.exit(0 if good else 1)


def _is_to(call: Call, name: str) -> bool:
    found = call.operation
    return found is not None and name in {
        found.name,
        found.operation_id,
        found.qualified,
    }


async def _replay(
    calls: list[Call],
    to: Target,
    signature: Signature | None,
    times: list[float],
    mock: Mock | None,
    format_: str,
) -> bool:
    good = True
    description = None if mock is None else mock.description
    async for each in replay(
        calls, to, signature=signature, times=times, description=description
    ):
        good = good and each.is_taken
        _print(each, format_)
    return good


def _print(replayed: ReplayedCall, format_: str) -> None:
    if format_ == "json":
        click.echo(json.dumps(replayed.record(), default=str))
        return
    call = replayed.call
    status = "no response" if replayed.response is None else replayed.response.status
    named = "" if call.operation is None else f"  {call.operation.name}"
    line = f"{call.id}  {replayed.request.method} {replayed.shown_url}{named}  {status}"
    click.echo(printable(line))
    for line in violations(replayed.violations):
        click.echo(f"    {line}")
