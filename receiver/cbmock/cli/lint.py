"""`cbmock lint`: what is wrong in a document's callbacks and webhooks."""

from __future__ import annotations

import json
import sys

import click

from cbmock.cli._options import SpecOptions, reads_spec
from cbmock.description.broken_references import readable
from cbmock.description.discovery import discover
from cbmock.lint.findings import SEVERITIES, Finding
from cbmock.lint.folding import fold
from cbmock.mock.responses.findings import all_findings
from cbmock.reports.text import printable

_COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}
_GITHUB = {"error": "error", "warning": "warning", "info": "notice"}


@click.command("lint")
@reads_spec
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Text, JSON, or annotations for GitHub's workflows.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="The severity from which the exit code is 1.",
)
def command(reading: SpecOptions, format_: str, fail_on: str) -> None:
    """Find mistakes in the callbacks and webhooks of SPEC, and say what to write instead."""
    description = reading.description()
    found = readable(discover(description, reading.scope), description)
    findings = all_findings(description, found)
    if format_ == "json":
        record = {
            "document": description.entry.name,
            "findings": [each.record() for each in findings],
        }
        click.echo(json.dumps(record, indent=2))
    else:
        line = _annotation if format_ == "github" else finding_text
        for each in fold(findings):
            click.echo(line(each.finding, more=each.more))
    if format_ == "text":
        click.echo(_summary(findings))
    if any(_fails(each, fail_on) for each in findings):
        sys.exit(1)


def _fails(finding: Finding, fail_on: str) -> bool:
    failing = {"error": ("error",), "warning": ("error", "warning")}.get(fail_on, ())
    return finding.severity in failing


def finding_text(finding: Finding, *, more: int = 0) -> str:
    """Write a finding as text: place, severity, message, and what to write instead.

    `more` is the number of similar findings that are not shown.
    """
    severity = click.style(finding.severity, fg=_COLOURS[finding.severity])
    lines = [f"    at {finding.pointer}"]
    if finding.instead is not None:
        lines.append(f"    write {finding.instead}")
    if more:
        lines.append(f"    and {more} more like it")
    where, what = printable(finding.where), printable(finding.detail)
    first = f"{where}: {severity} {finding.code}: {what}"
    return "\n".join((first, *map(printable, lines)))


def _annotation(finding: Finding, *, more: int = 0) -> str:
    """Write a workflow command of GitHub Actions."""
    from cbmock.reports.github import command as workflow_command  # noqa: PLC0415 - 15 ms, only for this format

    message = finding.detail
    if finding.instead is not None:
        message += f" (write {finding.instead})"
    if more:
        message += f" (and {more} more like it)"
    return workflow_command(
        message,
        level=_GITHUB[finding.severity],
        file=finding.document,
        line=finding.line,
        col=finding.column,
        title=finding.code,
    )


def _summary(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return "no findings"
    counts = {s: sum(each.severity == s for each in findings) for s in SEVERITIES}
    return ", ".join(
        f"{count} {severity}{'s' if count > 1 and severity != 'info' else ''}"
        for severity, count in counts.items()
        if count
    )
