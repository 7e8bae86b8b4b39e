"""`cbmock fire`: documented deliveries, valid or broken, at a real receiver."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import click

from cbmock.cli._options import (
    SpecOptions,
    format_option,
    known_secrets,
    reads_spec,
    secrets_option,
)
from cbmock.cli._settings import SpecCommand
from cbmock.cli._signed_message import header_field
from cbmock.firing import sender, shots
from cbmock.firing.answer import Answer, curl
from cbmock.firing.broken import KINDS
from cbmock.firing.documented_request import Choices
from cbmock.firing.sender import SCHEDULE, ShotSender
from cbmock.firing.shots import Shot
from cbmock.reports.text import printable, violations


@dataclass(frozen=True, slots=True, kw_only=True)
class _FireOptions:
    """What of a delivery the user chose."""

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
    "(module:app, module:app/path); {name} stands for the webhook's name.",
)
@click.option("--example", default=None, help="The documented example to send.")
@click.option(
    "--set",
    "members",
    multiple=True,
    metavar="#/POINTER=JSON",
    help="Sets a member of the body; may be repeated.",
)
@click.option(
    "--value",
    "values",
    multiple=True,
    metavar="EXPRESSION=TEXT",
    help="The value of an expression of the key: request.body#/id=7; may be repeated.",
)
@click.option(
    "--header",
    "fields",
    multiple=True,
    metavar="NAME:VALUE",
    help="A header field to send; may be repeated.",
)
@click.option("--seed", default=0, help="Another generated body for each number.")
@click.option("--id", "identity", default=None, help="The delivery's identity.")
@click.option("--signature", default=None, metavar="SCHEME", help="How it is signed.")
@secrets_option
@click.option(
    "--invalid",
    "kinds",
    multiple=True,
    metavar="KIND",
    help=f"Sends it broken, once for each way: all, {', '.join(KINDS)}.",
)
@click.option("--times", default=1, type=click.IntRange(1), help="How many are sent.")
@click.option(
    "--rate",
    default=None,
    type=click.FloatRange(0, min_open=True),
    help="Begun a second.",
)
@click.option(
    "--concurrency", default=1, type=click.IntRange(1), help="At most at once."
)
@click.option("--retry", is_flag=True, help="Tries again until a 2xx, 410 or the end.")
@click.option(
    "--retry-scale",
    default=1.0,
    type=click.FloatRange(0),
    help="Shortens the gaps of --retry by this factor.",
)
@click.option(
    "--within",
    default=None,
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="The most that an answer may take.",
)
@click.option("--dry-run", is_flag=True, help="Prints curl lines, sends nothing.")
@format_option
def command(
    reading: SpecOptions,
    operation: str,
    to: str,
    example: str | None,
    members: tuple[str, ...],
    values: tuple[str, ...],
    fields: tuple[str, ...],
    seed: int,
    identity: str | None,
    signature: str | None,
    secrets: tuple[str, ...],
    kinds: tuple[str, ...],
    times: int,
    rate: float | None,
    concurrency: int,
    retry_scale: float,
    within: float | None,
    format_: str,
    *,
    retry: bool,
    dry_run: bool,
) -> None:
    """Fire a documented delivery of OPERATION at a receiver, and judge its answer.

    Exit code 0 where every answer is as documented, 1 where one is not.
    """
    known = known_secrets(secrets)
    plays = ShotSender(reading.mock(), signature=signature, secret=known)
    options = _FireOptions(
        operation=operation,
        to=to,
        choices=_choices(example, values, members, seed),
        headers=tuple(header_field(each) for each in fields),
        identity=identity,
    )
    if retry and not dry_run:
        sys.exit(_tried(plays, options, retry_scale, within, _AnswerPrinter(format_)))
    made = list(_shots(plays, options, kinds, times))
    if dry_run:
        for shot in made:
            click.echo(curl(shot.request, shot.url))
        return
    work = functools.partial(
        plays.send, made, to, within=within, rate=rate, concurrency=concurrency
    )
    sys.exit(_sent(work, made, _AnswerPrinter(format_)))


def _sent(
    send: Callable[..., Coroutine[Any, Any, list[Answer]]],
    made: Sequence[Shot],
    printer: _AnswerPrinter,
) -> int:
    """Send requests; return the exit code."""
    by_request = {id(shot.request): shot for shot in made}
    answers = sender.run(
        send(
            hear=lambda answer: printer.take(by_request[id(answer.request)], answer),
        )
    )
    return 0 if all(each.valid for each in answers) else 1


def _choices(
    example: str | None, values: Sequence[str], members: Sequence[str], seed: int
) -> Choices:
    return Choices(
        example=example,
        values=dict(_pair("--value", each) for each in values),
        changes=shots.changes(dict(_member(each) for each in members)),
        seed=seed,
    )


def _tried(
    plays: ShotSender,
    options: _FireOptions,
    scale: float,
    within: float | None,
    printer: _AnswerPrinter,
) -> int:
    """Try one delivery until the schedule ends; return the exit code."""
    gaps = [gap * scale for gap in SCHEDULE]
    one = _valid(plays, options)
    work = plays.deliver(one, options.to, schedule=gaps, within=within)
    for answer in sender.run(work):
        printer.take(one, answer)
    return 0 if printer.answers[-1].valid else 1


class _AnswerPrinter:
    """Writes answers as they come, and keeps them."""

    def __init__(self, format_: str) -> None:
        self._format = format_
        self.answers: list[Answer] = []

    def take(self, shot: Shot, answer: Answer) -> None:
        self.answers.append(answer)
        if self._format == "json":
            record = answer.record()
            if shot.kind is not None:
                record["invalid"] = {"kind": shot.kind, "place": shot.place}
            click.echo(json.dumps(record, default=str))
            return
        for line in _lines(shot, answer):
            click.echo(line)


def _lines(shot: Shot, answer: Answer) -> Iterator[str]:
    verdict = click.style("ok", fg="green")
    if not answer.valid:
        verdict = click.style("broken", fg="red")
    way = f"  {shot.kind} ({shot.place})" if shot.kind else ""
    sent = f"{shot.request.method} {answer.shown_url}  {shot.operation.name}{way}"
    status = answer.status or "no response"
    yield f"{verdict}  {printable(sent)}  {status}  {answer.duration * 1000:.0f} ms"
    for line in violations(answer.violations):
        yield f"    {line}"
    if shot.request.body:
        yield f"    > {_beginning(shot.request.body)}"
    if answer.body:
        yield f"    < {_beginning(answer.body)}"


_SHOWN = 200


def _beginning(body: bytes) -> str:
    text = body[: _SHOWN * 4].decode("utf-8", "replace")
    return printable(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def _shots(
    plays: ShotSender, options: _FireOptions, kinds: Sequence[str], times: int
) -> Iterator[Shot]:
    if kinds:
        wanted = KINDS if "all" in kinds else kinds
        yield from plays.broken_shots(
            options.operation,
            options.to,
            kinds=wanted,
            choices=options.choices,
            headers=options.headers,
        )
        return
    for number in range(times):
        # Each delivery is another event where bodies are generated, and signed anew.
        seed = options.choices.seed + (number if options.choices.seed else 0)
        yield _valid(
            plays, replace(options, choices=replace(options.choices, seed=seed))
        )


def _valid(plays: ShotSender, options: _FireOptions) -> Shot:
    return plays.shot(
        options.operation,
        options.to,
        choices=options.choices,
        headers=options.headers,
        id=options.identity,
    )


def _pair(option: str, written: str) -> tuple[str, str]:
    name, equals, value = written.rpartition("=")
    if not equals:
        raise click.BadParameter(f"{option} {written!r} is not NAME=VALUE")
    return name.removeprefix("$"), value


def _member(written: str) -> tuple[str, Any]:
    pointer, equals, value = written.partition("=")
    if not equals:
        raise click.BadParameter(f"--set {written!r} is not #/POINTER=JSON")
    try:
        return pointer, json.loads(value)
    except ValueError:
        return pointer, value
