"""Limits: how much a server accepts from a client, and how long it waits.

It decides the safe defaults. It must not know what happens beyond a limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from cbmock.errors import ReceiverError
from cbmock.http import content_codings

_KIB = 2**10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one server; sizes are in bytes, times in seconds.

    `head` limits a request line with its header fields, `target` the URL in it, `body`
    a body sent to the mock, `control_body` one sent to the control API. `half_sent` is
    how long a head may take, and how long no part of a body may arrive; `idle` is how
    long a connection may be unused. `waits` limits the requests that wait for calls or
    events.
    """

    head: int = 64 * _KIB
    target: int = 16 * _KIB
    body: int = content_codings.LARGEST
    control_body: int = 2**20
    half_sent: float = 20.0
    idle: float = 75.0
    connections: int = 10_000
    waits: int = 1_000


DEFAULT = Limits()
NAMES = tuple(each.name for each in fields(Limits))


def limits_of(changed: Mapping[str, float]) -> Limits:
    """Return the limits with some changed; raises `ReceiverError` for an invalid one."""
    for name, value in changed.items():
        if name not in NAMES:
            message = f"{name!r} is not a limit; the limits are: {', '.join(NAMES)}"
            raise ReceiverError(message)
        kind = type(getattr(DEFAULT, name))
        if isinstance(value, bool) or not isinstance(value, int | kind) or value <= 0:
            number = "an integer" if kind is int else "a number"
            raise ReceiverError(f"{name}={value!r} must be {number} greater than 0")
    return replace(DEFAULT, **changed)  # type: ignore[arg-type] # each of its own type
