"""What `sign` and `check-signature` share: a scheme with its secrets, and a message."""

from __future__ import annotations

import functools
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from cbmock import sources
from cbmock.errors import ReceiverError
from cbmock.signatures.signature import Signature

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.argument("scheme", metavar="SCHEME"),
    click.argument("file", metavar="FILE"),
    click.option(
        "--secret",
        "secrets",
        multiple=True,
        metavar="SECRET",
        help="env:NAME, file:PATH, or the text itself; may be repeated while keys rotate.",
    ),
    click.option(
        "--header",
        "fields",
        multiple=True,
        metavar="NAME:VALUE",
        help="A header field of the request; may be repeated.",
    ),
    click.option("--method", default="POST", show_default=True),
    click.option("--url", default="", help="The whole URL, as the sender knows it."),
    click.option(
        "--option",
        "options",
        multiple=True,
        metavar="KEY=VALUE",
        help="Changes an option of the scheme: tolerance=60; may be repeated.",
    ),
)


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A scheme with its secrets, and the request that it is held against."""

    signature: Signature
    body: bytes
    fields: tuple[tuple[str, str], ...]
    method: str
    url: str


def takes_signed_message(function: F) -> F:
    """Give a command SCHEME, FILE and their options, as one `message`."""

    @functools.wraps(function)
    def command(
        *arguments: Any,
        scheme: str,
        file: str,
        secrets: tuple[str, ...],
        fields: tuple[str, ...],
        method: str,
        url: str,
        options: tuple[str, ...],
        **more: Any,
    ) -> Any:
        signature = Signature(
            scheme,
            secret=[sources.secret(each) for each in secrets],
            **dict(_option(each) for each in options),
        )
        pairs = tuple(header_field(each) for each in fields)
        message = SignedMessage(signature, _read(file), pairs, method, url)
        return function(*arguments, message=message, **more)

    for option in reversed(_OPTIONS):
        command = option(command)
    return cast("F", command)


def header_field(written: str) -> tuple[str, str]:
    """Read `NAME:VALUE`; `ReceiverError` where it is something else."""
    name, colon, value = written.partition(":")
    if not colon or not name.strip():
        raise ReceiverError(f"--header {written!r} is not NAME:VALUE")
    return name.strip(), value.strip()


def _option(written: str) -> tuple[str, Any]:
    """Read `tolerance=60` as TOML does; what is none is a text."""
    key, equals, value = written.partition("=")
    if not equals:
        raise ReceiverError(f"--option {written!r} is not KEY=VALUE")
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key, value


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ReceiverError(
            f"{file}: cannot be read: {error.strerror or error}"
        ) from None
