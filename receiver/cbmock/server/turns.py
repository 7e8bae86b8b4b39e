"""Turns: how much of what one client has sent is read before others are read.

It must not know what is requested.
"""

from __future__ import annotations

from cbmock.server.known_head import EMPTY_LINE

_MOST_AT_ONCE, FEW = 32, 1024
"""How many requests of one client are read before other clients get their turn, and a
number of bytes that cannot contain more."""
_VERSION = b" HTTP/"


def share(data: bytes) -> int:
    """Return how many of more bytes than `FEW` are read in one turn: usually all."""
    size = len(data)
    if _holds_several(data) and (count := data.count(_VERSION)) > _MOST_AT_ONCE:
        return size * _MOST_AT_ONCE // count
    return size


def _holds_several(data: bytes) -> bool:
    """Return whether data may contain more than one head.

    Looking for a CR, which most bodies lack, is much faster than counting requests.
    """
    return data.find(b"\r", data.find(EMPTY_LINE) + len(EMPTY_LINE)) >= 0
