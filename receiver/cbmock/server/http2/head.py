"""HTTP/2 heads: the head of a request, made of its fields.

It decides what a request of HTTP/2 is called by HTTP/1.1, and which heads are refused. It
must not know streams.
"""

from __future__ import annotations

from collections.abc import Iterable

from cbmock.http.framing import LACKS_HOST
from cbmock.http.messages import HeaderCache
from cbmock.server import refusals
from cbmock.server.body_buffer import too_large
from cbmock.server.exchange import Head
from cbmock.server.limits import Limits
from cbmock.violations import Violation

_OF_A_FIELD = 32
"""Bytes that each field counts for besides its own (RFC 7541 §4.1)."""


def read(fields: Iterable[tuple[bytes, bytes]], headers: HeaderCache) -> Head:
    """Return a head; header objects come from a cache.

    `:authority` is the Host of HTTP/1.1 (RFC 9113 §8.3.1).
    """
    pairs = [(*pair,) for pair in fields]
    named = {name: value for name, value in pairs if name.startswith(b":")}
    others = [pair for pair in pairs if not pair[0].startswith(b":")]
    authority = named.get(b":authority")
    if authority is not None:
        others = [pair for pair in others if pair[0] != b"host"]
        others.insert(0, (b"host", authority))
    method = named[b":method"].decode("latin-1")
    url = named.get(b":path") or authority or b""
    return Head(method, url, headers.get(others), "2", stays=True)


def fault_of(head: Head, limits: Limits) -> Violation | None:
    """Return why a head is refused; None if it is not."""
    fields, framing = head.headers.raw, head.headers.framing
    size = sum(len(name) + len(value) + _OF_A_FIELD for name, value in fields)
    stated = head.headers.get("content-length") or "0"
    if len(head.url) > limits.target:
        return refusals.target_too_long(limits)
    if size + len(head.url) > limits.head:
        return refusals.head_too_large(limits)
    if framing.lacks_host:
        return refusals.malformed(LACKS_HOST)
    if framing.error is not None and framing.code is not None:
        return refusals.malformed(framing.error, code=framing.code)
    if stated.isdecimal() and int(stated) > limits.body:
        return too_large(limits.body)
    return None
