"""`cbmock replay`: recorded calls again, at another receiver, signed anew."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import click

from cbmock.cli._calls_source import recorded
from cbmock.cli._options import format_option, known_secrets, secrets_option
from cbmock.errors import ReceiverError
from cbmock.firing.answer import request_record
from cbmock.firing.receivers import Connection, NoResponse, Target, target
from cbmock.firing.sender import run
from cbmock.http.messages import Headers, Request, Response
from cbmock.mock.call import Call
from cbmock.reports.text import printable
from cbmock.signatures.signature import Signature

# What belongs to one connection, or is made anew (RFC 9110 §7.6.1).
_OWN = frozenset(
    {"host", "content-length", "connection", "transfer-encoding", "expect"}
)
_HIDDEN = "***"


@click.command("replay")
@click.option(
    "--journal",
    required=True,
    metavar="FILE|URL",
    help="What `serve --format json` wrote, sqlite:///FILE or postgresql://….",
)
@click.option("--to", required=True, metavar="URL|MODULE:APP", help="The receiver.")
@click.option("--operation", default=None, help="Only calls to this operation.")
@click.option(
    "--valid/--invalid", "valid", default=None, help="Only valid calls, or not."
)
@click.option(
    "--signature", default=None, metavar="SCHEME", help="How they are signed anew."
)
@secrets_option
@click.option(
    "--rate", default=None, type=click.FloatRange(0, min_open=True), help="A second."
)
@click.option("--pace", is_flag=True, help="With the gaps that they had.")
@format_option
def command(
    journal: str,
    to: str,
    operation: str | None,
    signature: str | None,
    secrets: tuple[str, ...],
    rate: float | None,
    format_: str,
    *,
    valid: bool | None,
    pace: bool,
) -> None:
    """Send recorded calls again, in their order, and show what is answered.

    Exit code 0 where every answer is a 2xx, 1 where one is not.
    """
    signed = None
    if signature is not None:
        signed = Signature(signature, secret=known_secrets(secrets))
    calls = [
        each
        for each in recorded("", journal)
        if (operation is None or _is_to(each, operation))
        and valid in {None, each.valid}
    ]
    if not calls:
        raise ReceiverError(f"{journal}: no call is to be sent again")
    good = run(
        _replay(calls, target(to), signed, _gaps(calls, rate, pace=pace), format_)
    )
    sys.exit(0 if good else 1)


def _is_to(call: Call, name: str) -> bool:
    found = call.operation
    return found is not None and name in {
        found.name,
        found.operation_id,
        found.qualified,
    }


def _gaps(calls: Sequence[Call], rate: float | None, *, pace: bool) -> list[float]:
    """Return the seconds before each call."""
    if pace:
        times = [each.received_at for each in calls]
        return [0.0, *(max(0.0, b - a) for a, b in itertools.pairwise(times))]
    return [0.0] + [0.0 if rate is None else 1 / rate] * (len(calls) - 1)


async def _replay(
    calls: Sequence[Call],
    to: Target,
    signature: Signature | None,
    gaps: Sequence[float],
    format_: str,
) -> bool:
    good = True
    async with Connection(to) as connection:
        for call, gap in zip(calls, gaps, strict=True):
            await asyncio.sleep(gap)
            request = _request(call, to.url, signature)
            try:
                response = await connection.send(
                    request.method, to.url, request.headers, request.body
                )
            except NoResponse as error:
                response = None
                click.echo(printable(str(error)), err=True)
            good = good and response is not None and 200 <= response.status < 300  # noqa: PLR2004
            _tell(call, request, to.url, response, format_)
    return good


def _request(call: Call, url: str, signature: Signature | None) -> Request:
    """Return the request as it came, without what was hidden, signed anew."""
    fields = [
        (name, value)
        for name, value in call.request.headers
        if name.lower() not in _OWN and value != _HIDDEN
    ]
    if signature is not None:
        added = signature.sign(
            call.request.body,
            timestamp=time.time(),
            method=call.request.method,
            url=url,
            headers=fields,
        )
        own = {name.lower() for name, _ in added}
        fields = [pair for pair in fields if pair[0].lower() not in own] + [*added]
    return replace(call.request, headers=Headers.of(fields))


def _tell(
    call: Call, request: Request, url: str, response: Response | None, format_: str
) -> None:
    status = None if response is None else response.status
    if format_ == "json":
        record = {
            "call": call.id,
            "request": request_record(request, url),
            "response": None
            if response is None
            else {
                "status": response.status,
                "headers": [list(pair) for pair in response.headers],
                "body": response.body.decode("utf-8", "replace"),
            },
        }
        click.echo(json.dumps(record, default=str))
        return
    named = "" if call.operation is None else f"  {call.operation.name}"
    click.echo(
        printable(
            f"{call.id}  {request.method} {url}{named}  {status or 'no response'}"
        )
    )
