"""How much of an answer is read, and for how long.

It must not know where answers come from.
"""

from __future__ import annotations

from collections.abc import Iterable

from cbmock.clocks import monotonic
from cbmock.http import content_codings

SILENCE = 30.0
"""Seconds that a receiver may be silent."""
LONGEST = 60.0
"""Seconds that a whole answer may take."""
LARGEST = content_codings.LARGEST
"""Octets that an answer may have."""


class NoResponse(Exception):
    """The receiver gave no response; the message says why."""


class Endless(Exception):
    """An answer is longer than what is read of it, in octets or in seconds."""


def too_long() -> Endless:
    """Return what is raised for an answer of too many octets."""
    return Endless(f"the answer is longer than {LARGEST} octets")


def too_slow() -> Endless:
    """Return what is raised for an answer that takes too many seconds."""
    return Endless(f"the answer takes more than {LONGEST:g} s")


class Content:
    """The octets of an answer, taken as they come; raises `Endless`."""

    def __init__(self) -> None:
        """Begin to count octets and seconds."""
        self._octets = bytearray()
        self._end = monotonic() + LONGEST

    def take(self, octets: bytes) -> None:
        """Add octets."""
        self._octets += octets
        if len(self._octets) > LARGEST:
            raise too_long()
        if monotonic() > self._end:
            raise too_slow()

    @classmethod
    def read(cls, chunks: Iterable[bytes]) -> bytes:
        """Return the octets of chunks."""
        found = cls()
        for each in chunks:
            found.take(each)
        return bytes(found._octets)
