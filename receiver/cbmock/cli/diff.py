"""`cbmock diff`: what a new version of a document changes for receivers."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

from cbmock import sources
from cbmock.cli._calls_source import JOURNALS, recorded
from cbmock.comparison.change import Change
from cbmock.comparison.changes import compare
from cbmock.comparison.recorded import with_calls
from cbmock.mock.mock import Mock
from cbmock.reports.text import numbered, printable

_COLOURS = {"breaking": "red", "risky": "yellow", "safe": "green"}
_GITHUB = {"breaking": "error", "risky": "warning", "safe": "notice"}
_WORSE = {"breaking": ("breaking",), "risky": ("breaking", "risky"), "never": ()}


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--allow-remote", is_flag=True, help="Fetch documents over HTTP that they refer to."
)
@click.option(
    "--fail-on",
    type=click.Choice([*_WORSE]),
    default="breaking",
    show_default=True,
    help="The lowest level of change that gives exit code 1.",
)
@click.option(
    "--journal",
    default=None,
    metavar="FILE|URL",
    help=f"Counts the recorded calls that each change affects: {JOURNALS}.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "github", "markdown"]),
    default="text",
    show_default=True,
    help="The format of the output.",
)
def command(
    old: str,
    new: str,
    fail_on: str,
    journal: str | None,
    format_: str,
    *,
    allow_remote: bool,
) -> None:
    """Compare two versions of a document for those who receive its callbacks and webhooks.

    Each change of content is shown with a payload that is valid in one version only.
    Exit code 1 if a change is breaking.
    """
    before, after = (
        Mock(sources.describe(each, allow_remote=allow_remote)) for each in (old, new)
    )
    changes = compare(before, after)
    if journal is not None:
        calls = recorded("", journal, before.operations)
        changes = with_calls(changes, calls, before, after)
    if format_ == "json":
        records = [each.record() for each in changes]
        click.echo(json.dumps({"changes": records}, indent=2, default=str))
    else:
        writers = {"text": _text, "github": _github, "markdown": _markdown}
        for line in writers[format_](changes):
            click.echo(line)
    if any(each.severity in _WORSE[fail_on] for each in changes):
        sys.exit(1)


def _text(changes: Sequence[Change]) -> list[str]:
    lines = []
    for each in changes:
        head = click.style(each.severity, fg=_COLOURS[each.severity])
        lines.append(f"{head}  {printable(f'{each.operation.name}  {each.detail}')}")
        places = (("old", each.old), ("new", each.new))
        for which, place in places:
            if place is not None:
                line = "" if place.line is None else f" (line {place.line})"
                lines.append(f"    {which}: {printable(place.pointer)}{line}")
        if each.payload is not None or each.valid_in is not None:
            way = f"valid in the {each.valid_in} version only"
            way = "for example" if each.valid_in is None else way
            is_empty = each.payload is None and each.kind.startswith("response-")
            payload = "a response without a body" if is_empty else _json(each)
            lines.append(f"    {way}: {printable(payload)}")
        if each.calls is not None:
            lines.append(f"    recorded calls that it affects: {each.calls}")
    count = sum(each.severity == "breaking" for each in changes)
    return [*lines, f"{numbered(len(changes), 'change')}, {count} breaking"]


def _github(changes: Sequence[Change]) -> list[str]:
    lines = []
    for each in changes:
        place = each.new or each.old
        where = (
            ""
            if place is None
            else f" file={_escaped(place.pointer.partition('#')[0])}"
        )
        if place is not None and place.line is not None:
            where += f",line={place.line}"
        text = _escaped(f"{each.operation.name}: {each.detail}")
        lines.append(f"::{_GITHUB[each.severity]}{where}::{text}")
    return lines


def _escaped(text: str) -> str:
    plain = printable(text)
    return plain.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _markdown(changes: Sequence[Change]) -> list[str]:
    counted = any(each.calls is not None for each in changes)
    heads = ["severity", "operation", "change", "payload", *["calls"] * counted]
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for each in changes:
        payload = f"`{_json(each)}`" if each.payload is not None else ""
        calls = [str(each.calls)] if counted else []
        cells = (each.severity, each.operation.name, each.detail, payload, *calls)
        written = (printable(cell).replace("|", "\\|") for cell in cells)
        lines.append(f"| {' | '.join(written)} |")
    return lines


def _json(change: Change) -> str:
    return json.dumps(change.payload, ensure_ascii=False, default=str)
