"""Which signature applies to which operations, from one argument of a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from cbmock.signatures.signature import Signature

ConfiguredSignatures = tuple[tuple[str, "Signature"], ...]
"""Patterns of operation names, each with its signature."""

Given: TypeAlias = "str | Mapping[str, Any] | Signature"
_TABLE = frozenset({"header", "scheme"})


def configured(
    given: Given | None, secret: str | Sequence[str] = ()
) -> ConfiguredSignatures:
    """Read one signature for all operations, or a mapping from patterns of their names.

    A mapping with the key `header` or `scheme` is the table of one scheme.
    """
    if given is None:
        return ()
    if isinstance(given, Mapping) and not _TABLE & given.keys():
        return tuple(
            (str(pattern), _signature(each, secret)) for pattern, each in given.items()
        )
    return (("*", _signature(given, secret)),)


def _signature(given: Given, secret: str | Sequence[str]) -> Signature:
    from cbmock.signatures.signature import Signature  # noqa: PLC0415 - 50 ms, only where signed

    if isinstance(given, Signature):
        return given
    own = given.get("secret", ()) if isinstance(given, Mapping) else ()
    return Signature(given, secret=secret or own)
