"""`cbmock verify`: recorded calls, checked again by a document."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cbmock import __version__
from cbmock.cli._calls_source import (
    journal_option,
    recorded,
    running,
    trigger_report,
    url_option,
)
from cbmock.cli._files import write
from cbmock.cli._numbers import Number
from cbmock.cli._options import SpecOptions, reads_spec
from cbmock.cli._running_mock import RunningMock
from cbmock.cli._settings import current
from cbmock.cli.serving.settings import deliveries_of
from cbmock.clocks import wall
from cbmock.contract.policy import SecurityMode
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.mock.mock import Mock
from cbmock.reports import coverage
from cbmock.reports.formats import FORMATS, Verified
from cbmock.reports.text import line, numbered, printable
from cbmock.reports.verification import Verification, verify
from cbmock.reports.violation_groups import NO_LONGER_VALID


@click.command("verify")
@reads_spec
@url_option
@journal_option
@click.option(
    "--allow-cut-short",
    is_flag=True,
    help="Accept a FILE whose last line is missing, because `serve` was killed or is "
    "still running.",
)
@click.option("--token", default=None, help="Only the calls of one test.")
@click.option(
    "--expect",
    "expected",
    multiple=True,
    metavar="OPERATION[=COUNT]",
    help="Require valid calls to an operation, at least one or COUNT; may be repeated.",
)
@click.option(
    "--cov-fail-under",
    "required",
    type=Number(0, 100),
    default=None,
    metavar="PERCENT",
    help="Require this coverage of operations, responses and branches.",
)
@click.option(
    "--security",
    type=click.Choice(["explicit", "inherit", "off"]),
    default="explicit",
    show_default=True,
    help="Check the credentials of callbacks and webhooks, also those of the whole document, or none.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", *FORMATS]),
    default="text",
    show_default=True,
    help="Text, JSON, JUnit XML, annotations for GitHub's workflows, or an HTML page.",
)
@click.option("--junit", metavar="FILE", default=None, help="Write JUnit XML to FILE.")
@click.option(
    "--har", metavar="FILE", default=None, help="Write the calls as HAR 1.2 to FILE."
)
def command(
    reading: SpecOptions,
    url: str,
    journal: str | None,
    token: str | None,
    expected: tuple[str, ...],
    required: float | None,
    security: SecurityMode,
    format_: str,
    junit: str | None,
    har: str | None,
    *,
    allow_cut_short: bool,
) -> None:
    """Check the calls of a running mock, or of a journal, by SPEC.

    The recorded requests are checked again; SPEC may be another version of the
    document. If the mock observed the requests that trigger callbacks (`serve --proxy`,
    `POST triggers`), missing, unexpected and repeated callbacks are reported. Exit code
    0 if all calls keep the contract and every expected call arrived, 1 if not.
    """
    if reading.spec == "-" and journal == "-":
        message = "SPEC and FILE cannot both be read from standard input."
        raise ReceiverError(message)
    mock = reading.mock(security=security)
    wanted = [_expected(mock, text) for text in expected]
    asked = _who_was_asked(running(url, journal), mock)
    calls = recorded(
        url,
        journal,
        mock.operations,
        ending="cut short" if allow_cut_short else "required",
        token=token,
    )
    deliveries, now = deliveries_of(current()), wall()
    verification = verify(
        mock,
        [call for call in calls if token in (None, call.token)],
        expected=wanted,
        required=required,
        trigger_report=trigger_report(url, journal, token),
        omit=current().coverage_omit,
        deliveries=deliveries,
        now=now,
    )
    _write_files(verification, junit, har)
    click.echo(asked, err=True, nl=bool(asked))
    _print(format_, Verified(verification, mock, deliveries, now, Path.cwd()))
    if not verification.good:
        sys.exit(1)


def _who_was_asked(url: str | None, mock: Mock) -> str:
    """Return which mock answers at a URL, if any is asked.

    Raises `ReceiverError` if it is another API's.
    """
    if url is None:
        return ""
    found = RunningMock.at(url)
    found.check(mock.description.entry.name, mock.operations)
    return f"asked at {url}: the mock of {found}"


def _expected(mock: Mock, text: str) -> tuple[Operation, int | None]:
    name, _, count = text.rpartition("=")
    if name and count.isdecimal():
        return mock.names.find_readable(name), int(count)
    return mock.names.find_readable(text), None


def _print(format_: str, of: Verified) -> None:
    if format_ == "text":
        _print_lines(of.verification)
    else:
        text = FORMATS[format_](of)
        click.echo(text, nl=bool(text))


def _write_files(
    verification: Verification, junit: str | None, har: str | None
) -> None:
    if junit is not None:
        from cbmock.reports.junit import xml  # noqa: PLC0415 - 30 ms, seldom

        write("--junit", Path(junit), xml(verification))
    if har is not None:
        from cbmock.reports.har import archive  # noqa: PLC0415 - 50 ms, seldom

        write("--har", Path(har), archive(verification.calls, __version__).encode())


def _print_lines(verification: Verification) -> None:
    for call in verification.broken:
        click.echo(line(call))
    if verification.regressions:
        click.echo(f"{NO_LONGER_VALID}:")
    for regression in verification.regressions:
        click.echo(printable(f"  {regression}"))
    for each in coverage.lines(verification.coverage):
        click.echo(printable(each))
    for each in verification.unmet:
        click.echo(click.style(printable(each), fg="red"))
    found = f"{numbered(len(verification.calls))}, {len(verification.broken)} with violations."
    word = ("good", "green") if verification.good else ("broken", "red")
    click.echo(f"{click.style(word[0], fg=word[1])}  {found}")
