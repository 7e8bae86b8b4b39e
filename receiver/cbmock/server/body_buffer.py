"""Body buffers: a body that arrives in parts, up to a limit.

It decides the violation for a body that is too large. It must not know how the parts
arrive.
"""

from __future__ import annotations

from starlette.types import Receive

from cbmock.server.refusals import INCOMPLETE, Refused
from cbmock.violations import Violation

_MOST_PARTS = 4096


class BodyBuffer:
    """The parts of a body so far."""

    __slots__ = ("_joined", "_limit", "_parts", "_size")

    def __init__(self, limit: int) -> None:
        """Start empty; it holds at most `limit` bytes."""
        self._limit = limit
        self.clear()

    def clear(self) -> None:
        """Drop what has arrived."""
        self._joined = bytearray()
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        """Add one part; raises `Refused` if the body is too large."""
        self._size += len(part)
        if self._size > self._limit:
            raise Refused(too_large(self._limit))
        self._parts.append(part)
        if len(self._parts) == _MOST_PARTS:
            # Tiny chunks are joined, so that they need no more memory than their bytes.
            self._joined += b"".join(self._parts)
            self._parts.clear()

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        return self._size

    @property
    def octets(self) -> bytes:
        """The bytes that have arrived."""
        if len(self._parts) == 1 and not self._joined:
            return self._parts[0]
        return b"".join((self._joined, *self._parts))


async def read_body(receive: Receive, limit: int) -> tuple[bytes, Violation | None]:
    """Read the whole body within the limit, or return why it could not be read."""
    body = BodyBuffer(limit)
    message = await receive()
    try:
        while message["type"] == "http.request":
            body.add(message.get("body", b""))
            if not message.get("more_body"):
                return body.octets, None
            message = await receive()
    except Refused as refused:
        return body.octets, refused.violation
    return body.octets, INCOMPLETE


def too_large(limit: int) -> Violation:
    """Return the violation for a body that is larger than the limit."""
    return Violation(
        location="body",
        pointer="#",
        code="too-large",
        detail=f"the body is larger than {limit} bytes",
        expected=limit,
    )
