"""`cbmock fire`: documented deliveries, valid or broken, to a real receiver."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import click

from cbmock.cli._answer_lines import AnswerPrinter, KindsPrinter
from cbmock.cli._fire_options import HowOften, takes_choices, takes_conduct
from cbmock.cli._options import (
    SpecOptions,
    file_signatures,
    format_option,
    known_secrets,
    reads_spec,
    secrets_option,
)
from cbmock.cli._settings import SpecCommand
from cbmock.cli._signed_message import header_field
from cbmock.cli.serving.printer import Printer
from cbmock.firing import sender
from cbmock.firing.answer import Answer, curl
from cbmock.firing.broken import KINDS
from cbmock.firing.broken_shots import BrokenShots
from cbmock.firing.documented_request import Choices
from cbmock.firing.pacing import AtRate, Pace
from cbmock.firing.receivers import Connection, target
from cbmock.firing.sender import ShotSender
from cbmock.firing.shots import Shot, made
from cbmock.firing.unsendable import why_invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class _FireOptions:
    """The user's choices for a delivery."""

    operation: str
    to: str
    choices: Choices
    headers: tuple[tuple[str, str], ...]
    identity: str | None


@click.command("fire", cls=SpecCommand)
@reads_spec
@click.argument("operation")
@click.option(
    "--to",
    required=True,
    metavar="URL|MODULE:APP",
    help="The receiver: the URL that it registered, or an ASGI or WSGI application "
    "(module:app, module:app/path); {name} is replaced by the webhook's name.",
)
@takes_choices
@click.option(
    "--header",
    "fields",
    multiple=True,
    metavar="NAME:VALUE",
    help="A header field to send; may be repeated.",
)
@click.option("--id", "identity", default=None, help="The delivery's identity.")
@click.option(
    "--signature",
    default=None,
    metavar="SCHEME",
    help="The scheme by which it is signed.",
)
@secrets_option
@takes_conduct
@click.option("--dry-run", is_flag=True, help="Prints curl commands, sends nothing.")
@format_option
def command(
    reading: SpecOptions,
    operation: str,
    to: str,
    choices: Choices,
    fields: tuple[str, ...],
    identity: str | None,
    signature: str | None,
    secrets: tuple[str, ...],
    conduct: HowOften,
    format_: str,
    *,
    dry_run: bool,
) -> None:
    """Fire a documented delivery of OPERATION at a receiver, and judge its answer.

    Exit code 0 if every answer is as documented, 1 if not.
    """
    known = known_secrets(secrets)
    plays = ShotSender(
        reading.mock(signatures=file_signatures(signature, known)),
        signature=signature,
        secret=known,
    )
    options = _FireOptions(
        operation=operation,
        to=to,
        choices=choices,
        headers=tuple(header_field(each) for each in fields),
        identity=identity,
    )
    for reason in why_invalid(plays.mock, plays.mock.names.find(operation), choices):
        click.echo(f"warning: no valid request can be made: {reason}", err=True)
    makers = _makers(plays, options, conduct)
    if dry_run:
        for make in makers:
            shot = make()
            click.echo(curl(shot.request, shot.url))
        return
    if conduct.rate is not None:
        good = _sent_at_rate(plays, options, makers, conduct, format_)
        sys.exit(0 if good else 1)
    printer = AnswerPrinter(format_)
    if conduct.retry:
        _retried(plays, options, makers, conduct, printer)
    else:
        _sent(plays, options, makers, conduct, printer.take)
    sys.exit(0 if printer.is_good else 1)


_Makers = Iterator[Callable[[], Shot]]


def _sent(
    plays: ShotSender,
    options: _FireOptions,
    makers: _Makers,
    conduct: HowOften,
    hear: Callable[[Shot, Answer], None],
    pace: Pace | None = None,
) -> None:
    """Send requests, at a rate if one is given."""

    async def work() -> None:
        async with Connection(target(options.to)) as connection:
            await plays.send_many(
                connection,
                makers,
                hear,
                within=conduct.within,
                pace=pace,
                concurrency=conduct.concurrency,
            )

    sender.run(work())


def _sent_at_rate(
    plays: ShotSender,
    options: _FireOptions,
    makers: _Makers,
    conduct: HowOften,
    format_: str,
) -> bool:
    """Send requests at a rate, and print the actual rate; return whether all is good."""
    assert conduct.rate is not None
    pace = AtRate(conduct.rate)
    printer: AnswerPrinter
    if format_ == "json":
        with Printer(lambda count: f"{count} lines are lost") as write:
            printer = AnswerPrinter(format_, write)
            _sent(plays, options, makers, conduct, printer.take, pace)
    else:
        printer = kinds = KindsPrinter()
        _sent(plays, options, makers, conduct, printer.take, pace)
        kinds.end()
    click.echo(
        f"{len(pace.lateness)} begun, {pace.reached:.0f} a second; "
        f"99 % at most {pace.late(0.99) * 1000:.1f} ms late",
        err=True,
    )
    return printer.is_good


def _retried(
    plays: ShotSender,
    options: _FireOptions,
    makers: _Makers,
    conduct: HowOften,
    printer: AnswerPrinter,
) -> None:
    """Retry each until it is accepted or the schedule ends; the last answers decide."""
    for make in makers:
        work = plays.deliver(
            make(),
            options.to,
            scale=conduct.scale,
            within=conduct.within,
            hear=printer.take,
        )
        printer.decide(sender.run(work)[-1])


def _makers(plays: ShotSender, options: _FireOptions, conduct: HowOften) -> _Makers:
    """Yield functions that make each request when it is sent."""
    if conduct.kinds:
        kinds = KINDS if "all" in conduct.kinds else conduct.kinds
        found = BrokenShots.prepared(
            plays, options.operation, options.choices, options.headers
        )
        yield from map(made, found.shots(options.to, kinds))
    elif options.choices.seed or options.identity is not None:
        for number in range(conduct.times):
            yield functools.partial(_valid, plays, options, number)
    else:
        make = plays.deliveries(
            options.operation,
            options.to,
            choices=options.choices,
            headers=options.headers,
        )
        for _ in range(conduct.times):
            yield make


def _valid(plays: ShotSender, options: _FireOptions, number: int) -> Shot:
    """Make one of several requests; with a seed each has another body."""
    choices = options.choices
    return plays.shot(
        options.operation,
        options.to,
        choices=replace(choices, seed=choices.seed and choices.seed + number),
        headers=options.headers,
        id=options.identity,
    )
