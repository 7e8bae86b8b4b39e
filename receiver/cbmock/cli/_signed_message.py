"""Shared by `sign` and `check-signature`: a scheme with its secrets, and a message."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

import click

from cbmock.cli._files import read_bytes
from cbmock.cli._options import known_secrets, option_group, secrets_option
from cbmock.errors import ReceiverError
from cbmock.signatures.signature import Signature

_OPTIONS = (
    click.argument("scheme", metavar="SCHEME"),
    click.argument("file", metavar="FILE"),
    secrets_option,
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
    """A scheme with its secrets, and the request to sign or check."""

    signature: Signature
    body: bytes
    fields: tuple[tuple[str, str], ...]
    method: str
    url: str


def _message(
    scheme: str,
    file: str,
    secrets: tuple[str, ...],
    fields: tuple[str, ...],
    method: str,
    url: str,
    options: tuple[str, ...],
) -> SignedMessage:
    signature = Signature(
        scheme,
        secret=known_secrets(secrets),
        **dict(_option(each) for each in options),
    )
    pairs = tuple(header_field(each) for each in fields)
    return SignedMessage(signature, read_bytes(file), pairs, method, url)


takes_signed_message = option_group("message", _message, *_OPTIONS)
"""Gives a command SCHEME, FILE and their options as one argument, `message`."""


def header_field(written: str) -> tuple[str, str]:
    """Read `NAME:VALUE`; raises `ReceiverError` for anything else."""
    name, colon, value = written.partition(":")
    if not colon or not name.strip():
        raise ReceiverError(f"--header {written!r} is not NAME:VALUE")
    return name.strip(), value.strip()


def _option(written: str) -> tuple[str, Any]:
    """Read `tolerance=60` as TOML; a value that is not TOML is a string."""
    key, equals, value = written.partition("=")
    if not equals:
        raise ReceiverError(f"--option {written!r} is not KEY=VALUE")
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key, value
