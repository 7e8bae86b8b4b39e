"""Content codings: what `Content-Encoding` makes of a body (RFC 9110 §8.4).

It decides which codings are supported, and how large a decompressed body may be. It must
not know media types. The request keeps the bytes as received, which signatures are about.
"""

from __future__ import annotations

import contextlib
import io
import zlib
from collections.abc import Callable, Mapping

from cbmock.violations import Violation

LARGEST = 64 * 1024 * 1024
"""The most bytes that a body may have, as sent and decompressed."""

_HIGHEST_RATIO = 250
_ALWAYS_ALLOWED = 1024 * 1024
_MOST_CODINGS = 5
_MOST_MEMBERS = 10_000
_FIRST_PIECE = 1024


class NotDecoded(ValueError):
    """The body cannot be decoded; `violation` says why."""

    def __init__(self, violation: Violation) -> None:
        """Keep the violation."""
        super().__init__(violation.detail)
        self.violation = violation


class _TooLargeError(Exception):
    """The decompressed body is too large."""


class _TooManyMembersError(Exception):
    """A gzip body has too many members."""


class _DamagedError(Exception):
    """The bytes are not in the coding."""


def decode(data: bytes, stated: str) -> bytes:
    """Undo the codings of a `Content-Encoding`, the last first; raises `NotDecoded`."""
    codings = [each.strip().lower() for each in stated.split(",")]
    codings = [each for each in codings if each not in ("", "identity")]
    unknown = next((each for each in codings if each not in _DECODERS), None)
    if unknown is not None or len(codings) > _MOST_CODINGS:
        raise NotDecoded(_unknown(stated))
    # No ordinary text compresses this well.
    limit = min(LARGEST, max(_ALWAYS_ALLOWED, _HIGHEST_RATIO * len(data)))
    for coding in reversed(codings):
        try:
            data = _DECODERS[coding](data, limit)
        except _TooLargeError:
            detail = f"the decompressed body is larger than {limit} bytes"
            raise NotDecoded(_violation("too-large", detail)) from None
        except _TooManyMembersError:
            detail = f"the {coding} body has more than {_MOST_MEMBERS} members"
            raise NotDecoded(_violation("too-large", detail)) from None
        except _DamagedError:
            detail = f"the body is not {coding}, as its Content-Encoding says"
            raise NotDecoded(_violation("content-coding", detail)) from None
    return data


def _violation(code: str, detail: str) -> Violation:
    return Violation(location="body", pointer="#", code=code, detail=detail)


def _unknown(stated: str) -> Violation:
    known = sorted(_DECODERS.keys() - {"x-gzip"})
    return Violation(
        location="media_type",
        name="Content-Encoding",
        code="content-coding",
        detail=f"unsupported Content-Encoding {stated[:80]!r}; supported: {', '.join(known)}",
        expected=known,
        received=stated[:200],
    )


def _inflated(data: memoryview, limit: int, bits: int) -> tuple[bytes, int]:
    """Return the decompressed bytes of one stream, and the length of the stream.

    It is fed in growing pieces, because zlib copies everything after the stream.
    """
    stream = zlib.decompressobj(bits)
    out = bytearray()
    end, size = 0, _FIRST_PIECE
    while not stream.eof:
        piece = data[end : end + size]
        if not piece:
            raise _DamagedError
        try:
            out += stream.decompress(piece, limit + 1 - len(out))
        except zlib.error:
            raise _DamagedError from None
        if len(out) > limit:
            raise _TooLargeError
        end += len(piece) - len(stream.unused_data)
        size *= 2
    return bytes(out), end


def _gzip(data: bytes, limit: int) -> bytes:
    """Read all members of a gzip file (RFC 1952 §2.2)."""
    out = bytearray()
    rest = memoryview(data)
    members = 0
    while rest:
        members += 1
        if members > _MOST_MEMBERS:
            raise _TooManyMembersError
        member, length = _inflated(rest, limit - len(out), 16 + zlib.MAX_WBITS)
        out += member
        rest = rest[length:]
    return bytes(out)


def _deflate(data: bytes, limit: int) -> bytes:
    """Read zlib, or the raw deflate that some senders send instead (RFC 9110 §8.4.1)."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        with contextlib.suppress(_DamagedError):
            return _inflated(memoryview(data), limit, bits)[0]
    raise _DamagedError


def _zstd(data: bytes, limit: int) -> bytes:
    import zstandard  # noqa: PLC0415 - 3 ms, few senders use it

    decompressor = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024)
    reader = decompressor.stream_reader(io.BytesIO(data), read_across_frames=True)
    try:
        size: int = zstandard.frame_content_size(data)
        out: bytes = reader.read(limit + 1)
    except zstandard.ZstdError:
        raise _DamagedError from None
    if len(out) > limit:
        raise _TooLargeError
    if len(out) < size:
        raise _DamagedError
    return out


def _brotli(data: bytes, limit: int) -> bytes:
    import brotli  # type: ignore[import-untyped] # noqa: PLC0415 - 0.6 ms, few senders use it

    stream = brotli.Decompressor()
    out = bytearray()
    try:
        out += stream.process(data, output_buffer_limit=limit + 1)
        while not stream.is_finished() and len(out) <= limit:
            more = stream.process(b"", output_buffer_limit=limit + 1)
            if not more:
                raise _DamagedError
            out += more
    except brotli.error:
        raise _DamagedError from None
    if len(out) > limit:
        raise _TooLargeError
    return bytes(out)


_DECODERS: Mapping[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
    "br": _brotli,
}
