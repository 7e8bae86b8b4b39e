"""Options that change limits: `NAME=NUMBER`.

It decides how they are written. It must not know what the limits are for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    L = TypeVar("L", bound=DataclassInstance)


def limit_option(
    flag: str, argument: str, default: L, *, says: str
) -> Callable[[Any], Any]:
    """Return an option; `argument` gets a copy of `default` with the changes.

    `default` is a frozen dataclass of numbers; the help is `says` and their names.
    """
    names = [each.name.replace("_", "-") for each in fields(default)]

    def read(_context: object, _option: object, given: tuple[str, ...]) -> L:
        return replace(
            default, **dict(_changed(each, names, default) for each in given)
        )

    return click.option(
        flag,
        argument,
        multiple=True,
        callback=read,
        metavar="NAME=NUMBER",
        help=f"{says}: {', '.join(names)}.",
    )


def _changed(given: str, names: list[str], default: object) -> tuple[str, Any]:
    name, mark, text = given.partition("=")
    if not mark or name not in names:
        message = f"{given!r} is not NAME=NUMBER, with a name of {', '.join(names)}"
        raise click.BadParameter(message)
    field = name.replace("-", "_")
    kind = type(getattr(default, field))
    try:
        value = kind(text)
    except ValueError:
        value = 0
    if not value > 0:
        message = f"{given!r}: the number must be greater than 0"
        raise click.BadParameter(message)
    return field, value
