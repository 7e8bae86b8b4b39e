"""`cbmock fire`: documented deliveries, valid or broken, at a real receiver."""

from __future__ import annotations

import functools
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import click
import orjson

from cbmock import sources
from cbmock.cli._options import (
    SpecOptions,
    format_option,
    known_secrets,
    option_group,
    reads_spec,
    secrets_option,
)
from cbmock.cli._settings import SpecCommand
from cbmock.cli._signed_message import header_field
from cbmock.cli.serving.printer import Printer
from cbmock.firing import sender, shots
from cbmock.firing.answer import Answer, curl
from cbmock.firing.broken import KINDS
from cbmock.firing.documented_request import Choices
from cbmock.firing.pacing import AtRate, Pace
from cbmock.firing.receivers import Connection, target
from cbmock.firing.sender import ShotSender
from cbmock.firing.shots import Shot
from cbmock.reports.text import printable, violations

_AT_ONCE = 100
"""How many are under way at most where a rate is wanted."""


def _repeated(option: str, name: str, metavar: str, help: str) -> Any:
    text = f"{help}; may be repeated."
    return click.option(option, name, multiple=True, metavar=metavar, help=text)


_CHOICES = (
    click.option("--example", default=None, help="The documented example to send."),
    click.option(
        "--media-type", default=None, help="The documented media type to send."
    ),
    _repeated("--set", "members", "#/POINTER=JSON", "Sets a member of the body"),
    _repeated(
        "--value",
        "values",
        "EXPRESSION=TEXT",
        "The value of an expression of the key: request.body#/id=7",
    ),
    _repeated("--parameter", "parameters", "NAME=JSON", "The value of a parameter"),
    _repeated(
        "--credential",
        "credentials",
        "SCHEME=SECRET",
        "The secret (env:NAME, file:PATH or the text) of a security scheme",
    ),
    _repeated(
        "--event", "event", "ATTRIBUTE=TEXT", "Sends a CloudEvent with this attribute"
    ),
    click.option("--seed", default=0, help="Another generated body for each number."),
)


def _choices(
    example: str | None,
    media_type: str | None,
    members: Sequence[str],
    values: Sequence[str],
    parameters: Sequence[str],
    credentials: Sequence[str],
    event: Sequence[str],
    seed: int,
) -> Choices:
    return Choices(
        example=example,
        media_type=media_type,
        values={
            name.removeprefix("$"): text
            for name, text in _texts("--value", values).items()
        },
        parameters={
            name: _json(text)
            for name, text in _texts("--parameter", parameters).items()
        },
        credentials={
            name: sources.secret(text)
            for name, text in _texts("--credential", credentials).items()
        },
        event=_texts("--event", event),
        changes=shots.changes(dict(_member(each) for each in members)),
        seed=seed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _FireOptions:
    """What of a delivery the user chose."""

    operation: str
    to: str
    choices: Choices
    headers: tuple[tuple[str, str], ...]
    identity: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _HowOften:
    """How deliveries are sent: how many, how fast, and whether again."""

    kinds: tuple[str, ...]
    times: int
    rate: float | None
    concurrency: int
    retry: bool
    scale: float
    within: float | None


_CONDUCT = (
    _repeated(
        "--invalid",
        "kinds",
        "KIND",
        f"Sends it broken, once for each way: all, {', '.join(KINDS)}",
    ),
    click.option(
        "--times", default=1, type=click.IntRange(1), help="How many are sent."
    ),
    click.option(
        "--rate",
        default=None,
        type=click.FloatRange(0, min_open=True),
        help="Begun a second.",
    ),
    click.option(
        "--concurrency",
        default=None,
        type=click.IntRange(1),
        help=f"At most at once: 1, with --rate {_AT_ONCE}.",
    ),
    click.option(
        "--retry", is_flag=True, help="Tries each again until a 2xx, 410 or the end."
    ),
    click.option(
        "--retry-scale",
        default=1.0,
        type=click.FloatRange(0),
        help="Shortens the gaps of --retry by this factor.",
    ),
    click.option(
        "--within",
        default=None,
        type=click.FloatRange(0, min_open=True),
        metavar="SECONDS",
        help="The most that an answer may take.",
    ),
)


def _conduct(
    kinds: tuple[str, ...],
    times: int,
    rate: float | None,
    concurrency: int | None,
    retry: bool,  # noqa: FBT001 - click gives it by name
    retry_scale: float,
    within: float | None,
) -> _HowOften:
    if retry and (kinds or rate is not None):
        other = "--invalid" if kinds else "--rate"
        raise click.UsageError(f"--retry and {other} exclude each other")
    return _HowOften(
        kinds=kinds,
        times=times,
        rate=rate,
        concurrency=concurrency or (1 if rate is None else _AT_ONCE),
        retry=retry,
        scale=retry_scale,
        within=within,
    )


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
@option_group("choices", _choices, *_CHOICES)
@click.option(
    "--header",
    "fields",
    multiple=True,
    metavar="NAME:VALUE",
    help="A header field to send; may be repeated.",
)
@click.option("--id", "identity", default=None, help="The delivery's identity.")
@click.option("--signature", default=None, metavar="SCHEME", help="How it is signed.")
@secrets_option
@option_group("conduct", _conduct, *_CONDUCT)
@click.option("--dry-run", is_flag=True, help="Prints curl lines, sends nothing.")
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
    conduct: _HowOften,
    format_: str,
    *,
    dry_run: bool,
) -> None:
    """Fire a documented delivery of OPERATION at a receiver, and judge its answer.

    Exit code 0 where every answer is as documented, 1 where one is not.
    """
    plays = ShotSender(
        reading.mock(), signature=signature, secret=known_secrets(secrets)
    )
    options = _FireOptions(
        operation=operation,
        to=to,
        choices=choices,
        headers=tuple(header_field(each) for each in fields),
        identity=identity,
    )
    makers = _makers(plays, options, conduct)
    if dry_run:
        for make in makers:
            shot = make()
            click.echo(curl(shot.request, shot.url))
        return
    if conduct.rate is not None:
        good = _sent_at_rate(plays, options, makers, conduct, format_)
        sys.exit(0 if good else 1)
    printer = _AnswerPrinter(format_)
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
    conduct: _HowOften,
    hear: Callable[[Shot, Answer], None],
    pace: Pace | None = None,
) -> None:
    """Send requests, at a pace where one is given."""

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
    conduct: _HowOften,
    format_: str,
) -> bool:
    """Send requests at a rate, and say how it was held; return whether all is good."""
    assert conduct.rate is not None
    pace = AtRate(conduct.rate)
    printer: _AnswerPrinter
    if format_ == "json":
        with Printer(lambda count: f"{count} lines are lost") as write:
            printer = _AnswerPrinter(format_, write)
            _sent(plays, options, makers, conduct, printer.take, pace)
    else:
        printer = kinds = _KindsPrinter()
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
    conduct: _HowOften,
    printer: _AnswerPrinter,
) -> None:
    """Try each until it is taken or the schedule ends; the last answers decide."""
    for make in makers:
        work = plays.deliver(
            make(),
            options.to,
            scale=conduct.scale,
            within=conduct.within,
            hear=printer.take,
        )
        printer.decide(sender.run(work)[-1])


class _AnswerPrinter:
    """Writes answers as they come; knows whether all were as documented."""

    def __init__(self, format_: str, write: Callable[[str], None] = click.echo) -> None:
        self._format = format_
        self._write = write
        self.is_good = True
        self._before = True

    def decide(self, last: Answer) -> None:
        """Let the last of several attempts stand for all of them."""
        self.is_good = self._before = self._before and last.valid

    def take(self, shot: Shot, answer: Answer) -> None:
        """Write an answer."""
        self.is_good = self.is_good and answer.valid
        self._write(
            _json_line(shot, answer)
            if self._format == "json"
            else "\n".join(_lines(shot, answer))
        )


class _KindsPrinter(_AnswerPrinter):
    """Writes the first answer of each kind, and how many there were."""

    def __init__(self) -> None:
        super().__init__("text")
        self._counts: Counter[tuple[int | None, str]] = Counter()

    def take(self, shot: Shot, answer: Answer) -> None:
        """Write an answer that is unlike those before."""
        found = answer.violations
        kind = answer.status, f"{found[0].where}: {found[0].detail}" if found else ""
        self._counts[kind] += 1
        if self._counts[kind] == 1:
            super().take(shot, answer)

    def end(self) -> None:
        """Write how often each kind came."""
        for (status, reason), count in self._counts.most_common():
            line = f"{count} × {status or 'no response'}  {reason}"
            self._write(printable(line.rstrip()))


def _json_line(shot: Shot, answer: Answer) -> str:
    record = answer.record()
    if shot.kind is not None:
        record["invalid"] = {"kind": shot.kind, "place": shot.place}
    try:
        return orjson.dumps(record, default=str).decode()
    except TypeError:  # an integer of more than 64 bits
        return json.dumps(record, default=str)


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


def _makers(plays: ShotSender, options: _FireOptions, conduct: _HowOften) -> _Makers:
    """Give what makes each request, at the moment that it is sent."""
    if conduct.kinds:
        kinds = KINDS if "all" in conduct.kinds else conduct.kinds
        found = plays.broken_shots(
            options.operation,
            options.to,
            kinds=kinds,
            choices=options.choices,
            headers=options.headers,
        )
        for shot in found:
            yield functools.partial(_itself, shot)
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


def _itself(shot: Shot) -> Shot:
    return shot


def _valid(plays: ShotSender, options: _FireOptions, number: int) -> Shot:
    """Make one of several: with a seed each has a body of its own."""
    choices = options.choices
    return plays.shot(
        options.operation,
        options.to,
        choices=replace(choices, seed=choices.seed and choices.seed + number),
        headers=options.headers,
        id=options.identity,
    )


def _texts(option: str, written: Sequence[str]) -> Mapping[str, str]:
    found = {}
    for each in written:
        name, equals, text = each.partition("=")
        if not equals:
            raise click.BadParameter(f"{option} {each!r} is not NAME=VALUE")
        found[name] = text
    return found


def _member(written: str) -> tuple[str, Any]:
    pointer, equals, value = written.partition("=")
    if not equals:
        raise click.BadParameter(f"--set {written!r} is not #/POINTER=JSON")
    return pointer, _json(value)


def _json(text: str) -> Any:
    """Read JSON; what is none is a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
