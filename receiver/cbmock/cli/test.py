"""`cbmock test`: the contract test of a receiver."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import click

from cbmock.cli._files import write
from cbmock.cli._numbers import Number
from cbmock.cli._options import (
    SpecOptions,
    file_signatures,
    format_option,
    known_secrets,
    reads_spec,
    secrets_option,
)
from cbmock.errors import ReceiverError
from cbmock.firing.contract_test import ContractTest, Plan, planned
from cbmock.firing.credentials import as_they_travel
from cbmock.firing.receivers import effect, target
from cbmock.firing.results import PHASES, Phase, Results
from cbmock.firing.sender import ShotSender
from cbmock.handshakes.expected import ConfiguredHandshakes, configured
from cbmock.reports import receiver_test, written_tests
from cbmock.reports.text import printable
from cbmock.reports.written_tests import SetUp


@click.command("test")
@reads_spec
@click.option(
    "--to",
    required=True,
    metavar="URL|MODULE:APP",
    help="The receiver: the URL that it registered, or an ASGI or WSGI application; "
    "{name} in it is replaced by the webhook's name.",
)
@click.option(
    "--operation",
    "operations",
    multiple=True,
    help="Only this operation; may be repeated.",
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
    type=Number(0, min_open=True),
    metavar="SECONDS",
)
@click.option("--seed", default=1, show_default=True, help="Reproduces a run.")
@click.option(
    "--within",
    default=None,
    type=Number(0, min_open=True),
    metavar="SECONDS",
    help="The longest time that an answer may take.",
)
@click.option(
    "--signature",
    default=None,
    metavar="SCHEME",
    help="The scheme by which requests are signed.",
)
@secrets_option
@click.option(
    "--handshake",
    "handshakes",
    multiple=True,
    metavar="NAME",
    help="Also tests the handshake of this sender; may be repeated.",
)
@click.option(
    "--verify-token",
    default=None,
    metavar="TEXT",
    help="The token that the receiver expects in handshakes.",
)
@click.option(
    "--junit", type=click.Path(path_type=Path), default=None, help="Writes JUnit XML."
)
@click.option(
    "--html", type=click.Path(path_type=Path), default=None, help="Writes an HTML page."
)
@click.option(
    "--write-tests",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    metavar="DIR",
    help="Writes each failure as a pytest case into DIR.",
)
@click.option(
    "--idempotent-by",
    default=None,
    metavar="URL|MODULE:FUNCTION",
    help="A URL or function that returns the receiver's state; a repeated delivery must not change it.",
)
@click.option(
    "--allow-remote-receiver",
    is_flag=True,
    help="Allows a receiver on another machine.",
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
    handshakes: tuple[str, ...],
    verify_token: str | None,
    junit: Path | None,
    html: Path | None,
    write_tests: Path | None,
    idempotent_by: str | None,
    format_: str,
    *,
    allow_remote_receiver: bool,
) -> None:
    """Test a receiver against the callbacks and webhooks of SPEC.

    Exit code 0 if it keeps the contract, 1 if it does not, 2 if nothing can be sent.
    """
    _check_target(to, allowed=allow_remote_receiver or reading.allow_remote)
    keys = known_secrets(secrets)
    expected = _expected(handshakes, verify_token, keys)
    own = file_signatures(signature, keys)
    mock = reading.mock(handshakes=expected, signatures=own)
    sender = ShotSender(mock, signature=signature, secret=keys)
    plan = Plan(
        operations=operations,
        phases=tuple(each for each in phases or PHASES if each not in skip),
        max_examples=max_examples,
        max_time=max_time,
        seed=seed,
        within=within,
        effect=None if idempotent_by is None else effect(idempotent_by),
    )
    with _Progress(sender, plan) as progress:
        results = ContractTest(sender, to, plan, progress.take).run()
    _write_reports(results, junit, html)
    if write_tests is not None:
        known = as_they_travel(mock.policy.secrets.values())
        set_up = SetUp(reading.spec, to, signature, secrets, known)
        _write_tests(write_tests, written_tests.modules(results, set_up))
    _print_results(results, format_)
    sys.exit(_exit_code(results))


def _expected(
    names: Sequence[str], verify_token: str | None, secrets: Sequence[str]
) -> ConfiguredHandshakes:
    asked = [{"name": each, "verify_token": verify_token} for each in names]
    return configured(asked or None, secrets)


def _check_target(to: str, *, allowed: bool) -> None:
    if not (target(to).is_local or allowed):
        raise ReceiverError(
            f"{to} is not on this machine; use --allow-remote-receiver to test it anyway"
        )


class _Progress:
    """A progress bar on the terminal: finished operations and phases."""

    def __init__(self, sender: ShotSender, plan: Plan) -> None:
        steps = len(planned(sender.mock, plan)) * len(plan.phases)
        self._bar: Any = None
        if sys.stderr.isatty():
            self._bar = click.progressbar(
                length=steps, file=sys.stderr, item_show_func=self._shown
            )

    @staticmethod
    def _shown(results: Results | None) -> str:
        if results is None:
            return ""
        return f"{results.cases} cases, {len(results.failures)} failures"

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)

    def take(self, results: Results) -> None:
        """Show the progress."""
        if self._bar is not None:
            self._bar.update(results.phases - self._bar.pos, results)


def _write_reports(results: Results, junit: Path | None, html: Path | None) -> None:
    if junit is not None:
        write("--junit", junit, receiver_test.xml(results))
    if html is not None:
        write("--html", html, receiver_test.page(results).encode())


def _write_tests(folder: Path, modules: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"--write-tests {folder}: cannot be made: {error.strerror or error}"
        raise ReceiverError(message) from None
    for name, text in modules.items():
        write("--write-tests", folder / name, text.encode())
        click.echo(f"written: {folder / name}", err=True)


def _print_results(results: Results, format_: str) -> None:
    if format_ == "json":
        click.echo(json.dumps(results.record(), default=str))
        return
    for each in results.failures:
        more = f" ({each.count} cases)" if each.count > 1 else ""
        head = click.style("failed", fg="red")
        text = f"{each.operation.name}  {each.phase}: {each.reason}{more}"
        click.echo(f"{head}  {printable(text)}")
        click.echo(f"    {printable(each.answer.shown_curl)}")
    for left in results.skipped:
        click.echo(f"skipped  {printable(str(left))}")
    if results.stopped:
        click.echo("stopped: --max-time is over", err=True)
    click.echo(results.summary)


def _exit_code(results: Results) -> int:
    if results.skipped and not (results.cases or results.stopped):
        raise ReceiverError("nothing was tested: no operation can be sent")
    return 1 if results.failures else 0
