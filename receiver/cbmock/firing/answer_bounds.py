"""How much of an answer is read, and for how long.

It must not know the source of answers.
"""

from __future__ import annotations

from collections.abc import Iterable

from cbmock.clocks import monotonic
from cbmock.http import content_codings

SILENCE = 30.0
"""Seconds during which a receiver may send nothing."""
LONGEST = 60.0
"""Seconds that a whole answer may take."""
LARGEST = content_codings.LARGEST
"""The largest number of bytes of an answer."""


class NoResponse(Exception):
    """There was no response; the message says why."""


class Endless(Exception):
    """An answer is too long, in bytes or in seconds."""


def too_long() -> Endless:
    """Return the exception for an answer with too many bytes."""
    return Endless(f"the answer is longer than {LARGEST} octets")


def too_slow() -> Endless:
    """Return the exception for an answer that takes too many seconds."""
    return Endless(f"the answer takes more than {LONGEST:g} s")


class Content:
    """The bytes of an answer as they arrive; raises `Endless`."""

    def __init__(self) -> None:
        """Begin to count bytes and seconds."""
        self._octets = bytearray()
        self._end = monotonic() + LONGEST

    def take(self, octets: bytes) -> None:
        """Add bytes."""
        self._octets += octets
        if len(self._octets) > LARGEST:
            raise too_long()
        if monotonic() > self._end:
            raise too_slow()

    @classmethod
    def read(cls, chunks: Iterable[bytes]) -> bytes:
        """Return the joined bytes of chunks."""
        found = cls()
        for each in chunks:
            found.take(each)
        return bytes(found._octets)
