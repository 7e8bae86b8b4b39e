"""Limits: how much a server accepts from a client, and how long it waits.

It decides the safe defaults. It must not know what happens beyond a limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from cbmock import byte_sizes
from cbmock.byte_sizes import is_size, limited_size
from cbmock.errors import ReceiverError
from cbmock.http import content_codings

_KIB = 2**10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one server; sizes are in bytes, times in seconds.

    `head` limits a request line with its header fields, `target` the URL in it, `body`
    a body sent to the mock, `control_body` one sent to the control API. `half_sent` is
    how long a head may take, and how long no part of a body may arrive; `idle` is how
    long a connection may be unused, or its client take nothing of an answer. `waits`
    limits the requests that wait for calls or events.
    """

    head: int = limited_size(64 * _KIB)
    target: int = limited_size(16 * _KIB)
    body: int = limited_size(content_codings.LARGEST)
    control_body: int = limited_size(2**20)
    half_sent: float = 20.0
    idle: float = 75.0
    connections: int = 10_000
    waits: int = 1_000


DEFAULT = Limits()
NAMES = tuple(each.name for each in fields(Limits))
_SIZES = frozenset(each.name for each in fields(Limits) if is_size(each))


def limits_of(changed: Mapping[str, float | str]) -> Limits:
    """Return the limits with some changed; raises `ReceiverError` for an invalid one."""
    found = {name: _limit(name, value) for name, value in changed.items()}
    return replace(DEFAULT, **found)


def _limit(name: str, value: float | str) -> Any:
    if name not in NAMES:
        message = f"{name!r} is not a limit; the limits are: {', '.join(NAMES)}"
        raise ReceiverError(message)
    if isinstance(value, str) and name in _SIZES:
        try:
            found: float | str = byte_sizes.read(value)
        except ValueError as error:
            raise ReceiverError(f"{name}: {error}") from None
    else:
        found = value
    kind = type(getattr(DEFAULT, name))
    if isinstance(found, bool) or not isinstance(found, int | kind) or not found > 0:
        number = "an integer" if kind is int else "a number"
        raise ReceiverError(f"{name}={value!r} must be {number} greater than 0")
    return found
