"""`cbmock check`: one payload against one operation, offline."""

from __future__ import annotations

import json
import sys

import click

from cbmock.cli._files import read_bytes
from cbmock.cli._options import SpecOptions, format_option, reads_spec
from cbmock.cli._settings import SpecCommand
from cbmock.errors import ReceiverError
from cbmock.mock.call import reference
from cbmock.reports.text import printable, violations
from cbmock.violations import errors


@click.command("check", cls=SpecCommand)
@reads_spec
@click.argument("operation")
@click.argument("file", metavar="FILE")
@click.option(
    "--content-type",
    default=None,
    help="The payload's media type; default: the documented one.",
)
@format_option
def command(
    reading: SpecOptions,
    operation: str,
    file: str,
    content_type: str | None,
    format_: str,
) -> None:
    """Check the payload in FILE (or `-`) against one OPERATION of SPEC.

    Exit code 0 if it conforms, 1 if it does not.
    """
    if reading.spec == "-" and file == "-":
        message = "SPEC and FILE cannot both be read from standard input."
        raise ReceiverError(message)
    mock = reading.mock()
    found = mock.names.find(operation)
    if found.error is not None:
        message = f"{operation} cannot be checked: {found.error}"
        raise ReceiverError(message)
    found_violations = mock.check_body(read_bytes(file), content_type, found)
    valid = not errors(found_violations)
    if format_ == "json":
        record = {
            "operation": reference(found),
            "valid": valid,
            "violations": [each.record() for each in found_violations],
        }
        click.echo(json.dumps(record, indent=2, default=str))
    else:
        verdict = (
            click.style("ok", fg="green") if valid else click.style("broken", fg="red")
        )
        click.echo(verdict + printable(f"  {file} as {found.method} {found.name}"))
        for line in violations(found_violations):
            click.echo(f"    {line}")
    if not valid:
        sys.exit(1)
