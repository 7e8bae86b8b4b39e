"""`cbmock respond`: scripted responses of a running mock."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import click

from cbmock.cli._calls_source import remote, url_option
from cbmock.cli._options import format_option
from cbmock.errors import ReceiverError
from cbmock.mock.responses import scripted_reply
from cbmock.reports.text import printable

_SHORT = re.compile(r"(?P<status>\d{3})(?:[x*](?P<times>\d+))?")
_FIELD = re.compile(r"(?:^|,)(?P<name>[a-z][a-z_-]*)=")


@click.command("respond")
@click.argument("operation")
@click.argument("steps", nargs=-1, metavar="STEP...")
@url_option
@click.option("--token", default=None, help="Only for the calls of one test.")
@click.option(
    "--documented", is_flag=True, help="Answer as documented again; give no STEP then."
)
@format_option
def command(
    operation: str,
    steps: tuple[str, ...],
    url: str,
    token: str | None,
    format_: str,
    *,
    documented: bool,
) -> None:
    """Answer calls to OPERATION by the STEPs, one after another.

    A STEP is a status (503), a status and how many calls get it (503x2), fields
    (status=503,times=2,retry_after=1), or JSON ('{"status": 503, "delay": 2}'). The
    last one without a number of times is repeated without end.
    """
    if documented == bool(steps):
        message = "give either STEPs or --documented."
        raise ReceiverError(message)
    path = f"responses/{quote(operation, safe='', errors='replace')}"
    if documented:
        answer = remote(url).ask("DELETE", path, token=token)
        written = "answered as documented"
    else:
        replies = [_reply(each) for each in steps]
        answer = remote(url).ask("PUT", path, {"replies": replies}, token=token)
        written = f"answered by {len(replies)} step{'s' * (len(replies) > 1)}"
    if format_ == "json":
        click.echo(json.dumps(answer))
    else:
        click.echo(f"{printable(operation)}: {written}")


def _reply(step: str) -> dict[str, Any]:
    """Read one step; raises `ReceiverError` for anything else."""
    try:
        return scripted_reply.from_object(_fields(step)).record()
    except ReceiverError as error:
        raise ReceiverError(f"STEP {step!r}: {error.message}") from None


def _fields(step: str) -> Any:
    short = _SHORT.fullmatch(step)
    if short is not None:
        times = short["times"]
        status = {"status": int(short["status"])}
        return status if times is None else {**status, "times": int(times)}
    if step.lstrip().startswith("{"):
        try:
            return json.loads(step)
        except ValueError as error:
            raise ReceiverError(f"is not JSON: {error}") from None
    found = [*_FIELD.finditer(step)]
    if not found or found[0].start():
        message = 'must be like 503, 503x2, status=503,times=2 or {"status": 503}'
        raise ReceiverError(message)
    ends = [*(each.start() for each in found[1:]), len(step)]
    return {
        each["name"].replace("-", "_"): _value(step[each.end() : end])
        for each, end in zip(found, ends, strict=True)
    }


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
