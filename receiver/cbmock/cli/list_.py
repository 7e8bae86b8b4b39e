"""`cbmock list`: the operations of a document, and the URL to hand out for each."""

from __future__ import annotations

import json
from typing import Any

import click

from cbmock.cli._defaults import DEFAULT_URL
from cbmock.cli._options import SpecOptions, format_option, reads_spec, table
from cbmock.reports.operation_list import listing
from cbmock.reports.text import printable

NOTHING_TO_RECEIVE = (
    "nothing to receive: the document has no callbacks or webhooks that can be read.\n"
    "`cbmock lint` shows what looks like one. If its ordinary paths describe what is\n"
    "received, name them: --paths '/hooks/*'."
)


@click.command("list")
@reads_spec
@format_option
@click.option(
    "--public-url",
    default=DEFAULT_URL,
    show_default=True,
    help="The base URL.",
)
def command(reading: SpecOptions, format_: str, public_url: str) -> None:
    """List the callbacks and webhooks of SPEC, with the URL to hand out for each."""
    found = listing(reading.mock(), public_url.rstrip("/"))
    if format_ == "json":
        click.echo(json.dumps(found, indent=2))
        return
    if not found["operations"]:
        click.echo(f"{printable(found['document'])}: {NOTHING_TO_RECEIVE}")
        return
    for line in operations_table(found["operations"]):
        click.echo(line)


def operations_table(operations: list[dict[str, Any]]) -> list[str]:
    """Write operations as a table for people."""
    rows = [
        (
            each["kind"],
            each["name"],
            each["method"] or "-",
            each["expression"] or "",
            each["url"] or _reason(each),
        )
        for each in operations
    ]
    return [*table(rows, ("KIND", "NAME", "METHOD", "KEY", "URL TO HAND OUT"))]


def _reason(operation: dict[str, Any]) -> str:
    if operation["error"]:
        return f"unreadable: {operation['error']}"
    if not operation["referenced"]:
        return "unreferenced: no operation uses it"
    return "outbound: the receiver sends it"
