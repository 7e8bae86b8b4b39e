"""`cbmock test`: the contract test of the receiving side."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from junitparser import Failure as JUnitFailure
from junitparser import JUnitXml, TestCase, TestSuite

from cbmock.cli._options import (
    SpecOptions,
    format_option,
    known_secrets,
    reads_spec,
    secrets_option,
)
from cbmock.errors import ReceiverError
from cbmock.firing.answer import curl
from cbmock.firing.contract_test import (
    PHASES,
    ContractTest,
    Failure,
    Phase,
    Plan,
    Results,
)
from cbmock.firing.receivers import target
from cbmock.firing.sender import ShotSender
from cbmock.reports.text import printable


@click.command("test")
@reads_spec
@click.option(
    "--to",
    required=True,
    metavar="URL|MODULE:APP",
    help="The receiver: the URL that it registered, or an ASGI or WSGI application; "
    "{name} in it stands for the webhook's name.",
)
@click.option(
    "--operation", "operations", multiple=True, help="Only this one; may be repeated."
)
@click.option(
    "--phase",
    "phases",
    multiple=True,
    type=click.Choice(PHASES),
    help="Only this phase; may be repeated.",
)
@click.option(
    "--skip", multiple=True, type=click.Choice(PHASES), help="Leaves a phase out."
)
@click.option("--max-examples", default=50, show_default=True, type=click.IntRange(1))
@click.option(
    "--max-time",
    default=None,
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
)
@click.option("--seed", default=1, show_default=True, help="Reproduces a run.")
@click.option(
    "--within",
    default=None,
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="The most that an answer may take.",
)
@click.option("--signature", default=None, metavar="SCHEME", help="How it is signed.")
@secrets_option
@click.option(
    "--junit", type=click.Path(path_type=Path), default=None, help="Writes JUnit XML."
)
@click.option(
    "--allow-remote-receiver",
    is_flag=True,
    help="Lets the receiver be on another machine than this.",
)
@format_option
def command(
    reading: SpecOptions,
    to: str,
    operations: tuple[str, ...],
    phases: tuple[Phase, ...],
    skip: tuple[Phase, ...],
    max_examples: int,
    max_time: float | None,
    seed: int,
    within: float | None,
    signature: str | None,
    secrets: tuple[str, ...],
    junit: Path | None,
    format_: str,
    *,
    allow_remote_receiver: bool,
) -> None:
    """Test a receiver against the callbacks and webhooks of SPEC.

    Exit code 0 where it keeps the contract, 1 where it does not.
    """
    if not (target(to).is_local or allow_remote_receiver or reading.allow_remote):
        raise ReceiverError(
            f"{to} is not on this machine: --allow-remote lets it be tested all the same"
        )
    known = known_secrets(secrets)
    sender = ShotSender(reading.mock(), signature=signature, secret=known)
    chosen = tuple(each for each in phases or PHASES if each not in skip)
    plan = Plan(
        operations=operations,
        phases=chosen,
        max_examples=max_examples,
        max_time=max_time,
        seed=seed,
        within=within,
    )
    results = ContractTest(sender, to, plan, _progress).run()
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    if junit is not None:
        junit.write_bytes(_junit(results))
    if format_ == "json":
        click.echo(json.dumps(results.record(), default=str))
    else:
        _write(results)
    sys.exit(1 if results.failures else 0)


def _progress(results: Results) -> None:
    if sys.stderr.isatty():
        told = f"\r{results.cases} cases, {len(results.failures)} failures …"
        click.echo(told, nl=False, err=True)


def _write(results: Results) -> None:
    for each in results.failures:
        more = f" ({each.count} cases)" if each.count > 1 else ""
        head = click.style("failed", fg="red")
        told = f"{each.operation.name}  {each.phase}: {each.reason}{more}"
        click.echo(f"{head}  {printable(told)}")
        line = curl(each.answer.request, each.answer.url)
        click.echo(f"    {printable(line)}")
    for told in results.skipped:
        click.echo(f"skipped  {printable(told)}")
    if results.stopped:
        click.echo("stopped: --max-time is over", err=True)
    verdict = "failures" if len(results.failures) != 1 else "failure"
    click.echo(
        f"{results.cases} cases, {len(results.failures)} {verdict}, seed {results.seed}"
    )


def _junit(results: Results) -> bytes:
    suite = TestSuite("cbmock test")
    for each in results.failures:
        suite.add_testcase(_case(each))
    if not results.failures:
        suite.add_testcase(TestCase(f"{results.cases} cases", "cbmock test"))
    suite.update_statistics()
    whole = JUnitXml("cbmock")
    whole.add_testsuite(suite)
    whole.update_statistics()
    found: bytes = whole.tostring()
    return found


def _case(failure: Failure) -> TestCase:
    case = TestCase(
        printable(f"{failure.phase}: {failure.reason}"), failure.operation.name
    )
    told = JUnitFailure(printable(failure.reason), failure.phase)
    told.text = printable(curl(failure.answer.request, failure.answer.url))
    case.result = [told]
    return case
