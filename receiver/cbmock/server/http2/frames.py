"""HTTP/2 frames: where each ends in the bytes of a connection (RFC 9113 §4.1).

It decides what is given to the library at once, so that what is broken takes nothing
that came before it along. It must not know what frames mean.
"""

from __future__ import annotations

_PREFACE_SIZE = 24
_HEAD_SIZE = 9
_LARGEST = 2**14
"""The most bytes of a frame's payload, unless a larger size was offered (§4.2)."""
_DATA, _HEADERS, _GOAWAY, _CONTINUATION = 0, 1, 7, 9
_END_HEADERS = 4


def stream_of(frame: bytes | bytearray) -> int:
    """Return the number of a frame's stream; 0 is the connection."""
    return int.from_bytes(frame[5:9], "big") & 0x7FFFFFFF


class FrameTooLarge(Exception):
    """A frame says that it is larger than any may be."""


class FrameReader:
    """Splits bytes into the preface of a connection and its frames."""

    def __init__(self) -> None:
        """Start before the preface."""
        self._received = bytearray()
        self._has_preface = False
        self._is_in_head = False

    def add(self, data: bytes) -> None:
        """Add bytes."""
        self._received += data

    def __len__(self) -> int:
        """Count the bytes that are left."""
        return len(self._received)

    def next(self) -> bytes:
        """Take the next frame; empty if it is incomplete. Raises `FrameTooLarge`."""
        received = self._received
        size = len(received)
        if not self._has_preface:
            self._has_preface = size >= _PREFACE_SIZE
            return self._taken(_PREFACE_SIZE) if self._has_preface else b""
        if size < _HEAD_SIZE:
            return b""
        length = int.from_bytes(received[:3], "big")
        if length > _LARGEST:
            raise FrameTooLarge(f"a frame of {length} bytes, at most {_LARGEST}")
        if size < _HEAD_SIZE + length:
            return b""
        if received[3] in (_HEADERS, _CONTINUATION):
            self._is_in_head = not received[4] & _END_HEADERS
        return self._taken(_HEAD_SIZE + length)

    def is_farewell(self, frame: bytes) -> bool:
        """Return whether a client begins no more streams (§6.8), and this ends no head."""
        return frame[3] == _GOAWAY and not self._is_in_head

    def drop(self) -> None:
        """Drop the bytes that are left."""
        self._received.clear()
        self._is_in_head = False

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    @property
    def begun_data(self) -> int | None:
        """The stream whose data is in the incomplete frame; None if it is another frame."""
        received = self._received
        if len(received) < _HEAD_SIZE or received[3] != _DATA or not self._has_preface:
            return None
        return stream_of(received)

    @property
    def is_in_head(self) -> bool:
        """Whether a frame other than data, or the head of a request, is incomplete."""
        return self._is_in_head or (bool(self._received) and self.begun_data is None)
