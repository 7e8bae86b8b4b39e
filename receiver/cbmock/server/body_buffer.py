"""Arriving: a body that comes in parts, within a limit.

It decides what of a body is kept, and what there is to say of one that is too large. It
must not know how the parts arrive.
"""

from __future__ import annotations

from cbmock.violations import Violation


class Arriving:
    """The parts of a body so far; those beyond the limit, in bytes, are let go."""

    __slots__ = ("_limit", "_parts", "_size")

    def __init__(self, limit: int) -> None:
        """Begin with nothing."""
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        """Take in one part."""
        self._size += len(part)
        if self._size <= self._limit:
            self._parts.append(part)

    @property
    def octets(self) -> bytes:
        """What is kept of it."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    @property
    def fault(self) -> Violation | None:
        """What is wrong with its size, if anything is."""
        if self._size <= self._limit:
            return None
        return Violation(
            location="body",
            pointer="#",
            code="too-large",
            detail=f"the body has {self._size} bytes, the mock takes {self._limit}",
            expected=self._limit,
            received=self._size,
        )
