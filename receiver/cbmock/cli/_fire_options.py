"""Options of `cbmock fire`: for one delivery, and for how deliveries are sent.

It decides how they are read. It must not know how a delivery is made or sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from cbmock import sources
from cbmock.cli._numbers import Number
from cbmock.cli._options import option_group
from cbmock.firing import shots
from cbmock.firing.broken import KINDS
from cbmock.firing.documented_request import Choices

_AT_ONCE = 100
"""How many requests may be in progress, if a rate is given."""


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
        "The value of an expression in the key: request.body#/id=7",
    ),
    _repeated("--parameter", "parameters", "NAME=JSON", "The value of a parameter"),
    _repeated(
        "--credential",
        "credentials",
        "SCHEME=SECRET",
        "The secret (env:NAME, file:PATH or the text) for a security scheme",
    ),
    _repeated(
        "--event", "event", "ATTRIBUTE=TEXT", "Sends a CloudEvent with this attribute"
    ),
    click.option("--seed", default=0, help="Each number gives another generated body."),
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
class HowOften:
    """How deliveries are sent: how many, how fast, and with how many attempts."""

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
        "--times", default=1, type=click.IntRange(1), help="The number of deliveries."
    ),
    click.option(
        "--rate",
        default=None,
        type=Number(0, min_open=True),
        help="The number of deliveries per second.",
    ),
    click.option(
        "--concurrency",
        default=None,
        type=click.IntRange(1),
        help=f"At most at once: 1, with --rate {_AT_ONCE}.",
    ),
    click.option(
        "--retry",
        is_flag=True,
        help="Retries each until a 2xx, 410 or the last attempt.",
    ),
    click.option(
        "--retry-scale",
        default=1.0,
        type=Number(0),
        help="Shortens the gaps of --retry by this factor.",
    ),
    click.option(
        "--within",
        default=None,
        type=Number(0, min_open=True),
        metavar="SECONDS",
        help="The longest time that an answer may take.",
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
) -> HowOften:
    if retry and (kinds or rate is not None):
        other = "--invalid" if kinds else "--rate"
        raise click.UsageError(f"--retry and {other} cannot be combined")
    return HowOften(
        kinds=kinds,
        times=times,
        rate=rate,
        concurrency=concurrency or (1 if rate is None else _AT_ONCE),
        retry=retry,
        scale=retry_scale,
        within=within,
    )


takes_choices = option_group("choices", _choices, *_CHOICES)
"""Gives a command the options for one delivery as one argument, `choices`."""

takes_conduct = option_group("conduct", _conduct, *_CONDUCT)
"""Gives a command the options for how deliveries are sent as one argument, `conduct`."""


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
    """Read JSON; anything else is a string."""
    try:
        return json.loads(text)
    except ValueError:
        return text
