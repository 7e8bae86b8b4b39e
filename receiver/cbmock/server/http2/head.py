"""HTTP/2 heads: the head of a request, made of its fields.

It decides what a request of HTTP/2 is called by HTTP/1.1, and which heads are refused. It
must not know streams.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    violation = refusals.oversized(
        head.url, head.headers, limits, _OF_A_FIELD
    ) or refusals.ill_framed(head.headers, head.version)
    if violation is not None:
        return violation
    stated = head.headers.get("content-length") or "0"
    if stated.isdecimal() and int(stated) > limits.body:
        return too_large(limits.body)
    return None
