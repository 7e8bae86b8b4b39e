"""Options that change limits, `NAME=NUMBER`, and those that take a size.

It decides how they are written. It must not know what the limits are for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cbmock import byte_sizes
from cbmock.byte_sizes import HINT, is_size

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    L = TypeVar("L", bound=DataclassInstance)


def limit_option(
    flag: str, argument: str, default: L, *, says: str
) -> Callable[[Any], Any]:
    """Return an option; `argument` gets a copy of `default` with the changes.

    `default` is a frozen dataclass of numbers; the help is `says` and their names.
    """
    known = {each.name.replace("_", "-"): each for each in fields(default)}
    sizes = ", ".join(name for name, each in known.items() if is_size(each))

    def read(_context: object, _option: object, given: tuple[str, ...]) -> L:
        return replace(
            default, **dict(_changed(each, known, default) for each in given)
        )

    return click.option(
        flag,
        argument,
        multiple=True,
        callback=read,
        metavar="NAME=NUMBER",
        help=f"{says}: {', '.join(known)}. Of {sizes}, NUMBER is {HINT}.",
    )


def _changed(
    given: str, known: Mapping[str, Field[Any]], default: object
) -> tuple[str, Any]:
    name, mark, text = given.partition("=")
    if not mark or name not in known:
        message = f"{given!r} is not NAME=NUMBER, with a name of {', '.join(known)}"
        raise click.BadParameter(message)
    if is_size(known[name]):
        value: float = size(text)
    else:
        value = _number(type(getattr(default, known[name].name)), text)
    if not value > 0:
        message = f"{given!r}: the number must be greater than 0"
        raise click.BadParameter(message)
    return known[name].name, value


def _number(kind: Callable[[str], float], text: str) -> float:
    try:
        return kind(text)
    except ValueError:
        return 0


def size(text: str) -> int:
    """Read the size that an option takes; the type of such an option."""
    try:
        return byte_sizes.read(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
