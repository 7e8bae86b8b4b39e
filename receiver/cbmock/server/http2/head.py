"""HTTP/2 heads: the head of a request, made of its fields.

It decides what a request of HTTP/2 is called by HTTP/1.1, and which heads and trailers are
refused: as strictly as by HTTP/1.1, with its own rules added (RFC 9113 §8.2 and §8.3). It
must not know streams.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cbmock.http.messages import HeaderCache
from cbmock.server import refusals
from cbmock.server.body_buffer import too_large
from cbmock.server.exchange import Head
from cbmock.server.limits import Limits
from cbmock.violations import Violation, shown

_OF_A_FIELD = 32
"""Bytes that each field counts for besides its own (RFC 7541 §4.1)."""

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_VALUE = re.compile(rb"[\t -~\x80-\xff]*")
_SIZE = re.compile(rb"[0-9]{1,19}")
_PSEUDO = {
    b":method": re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}"),
    b":scheme": _VALUE,
    b":path": re.compile(rb"\*|(?:[A-Za-z][A-Za-z0-9+.\-]*:/)?/[!-~]*"),
    b":authority": _VALUE,
}
_NEEDED = (b":method", b":scheme", b":path")
_NEEDED_TO_CONNECT = (b":method", b":authority")
OF_A_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding"}
    | {b"upgrade"}
)
"""Fields that HTTP/2 does not have (RFC 9113 §8.2.2)."""

HeadFields = Sequence[tuple[bytes, bytes]]


def read(fields: HeadFields, headers: HeaderCache) -> Head:
    """Return a head; header objects come from a cache.

    `:authority` is the Host of HTTP/1.1 (RFC 9113 §8.3.1), and cookies may come one by one
    (§8.2.3).
    """
    named = {name: value for name, value in fields if name.startswith(b":")}
    others = [pair for pair in fields if not pair[0].startswith(b":")]
    authority = named.get(b":authority")
    if authority is not None:
        others = [pair for pair in others if pair[0] != b"host"]
        others.insert(0, (b"host", authority))
    cookies = [value for name, value in others if name == b"cookie"]
    if len(cookies) > 1:
        others = [pair for pair in others if pair[0] != b"cookie"]
        others.append((b"cookie", b"; ".join(cookies)))
    method = named.get(b":method", b"").decode("latin-1")
    url = named.get(b":path", authority if method == "CONNECT" else None) or b""
    return Head(method, url, headers.get(others), "2", stays=True)


def fault_of(fields: HeadFields, head: Head, limits: Limits) -> Violation | None:
    """Return why a head is refused; None if it is not."""
    violation = refusals.oversized(head.url, head.headers, limits, _OF_A_FIELD)
    if violation is not None:
        return violation
    wrong = _malformed(fields)
    if wrong is not None:
        return _violation(wrong)
    violation = refusals.ill_framed(head.headers, head.version)
    if violation is None and (stated_size(head) or 0) > limits.body:
        violation = too_large(limits.body)
    return violation


def fault_of_trailers(fields: HeadFields, limits: Limits) -> Violation | None:
    """Return why a request with these trailers is refused; None if it is not."""
    if (
        sum(len(name) + len(value) + _OF_A_FIELD for name, value in fields)
        > limits.head
    ):
        return refusals.trailers_too_large(limits)
    wrong = next(filter(None, (_wrong_field(*pair) for pair in fields)), None)
    return None if wrong is None else _violation(f"in the trailers: {wrong}")


def stated_size(head: Head) -> int | None:
    """Return how many bytes a body has by its head; None if that is not stated."""
    stated = head.headers.get("content-length")
    return None if stated is None else int(stated)


def _violation(wrong: str) -> Violation:
    return refusals.malformed(f"what arrived is not an HTTP/2 request: {wrong}")


def _malformed(fields: HeadFields) -> str | None:
    """Say what is wrong with the fields of a head; None if nothing is."""
    named: dict[bytes, bytes] = {}
    others: list[tuple[bytes, bytes]] = []
    for name, value in fields:
        pattern = _PSEUDO.get(name)
        if pattern is None:
            others.append((name, value))
            wrong = _wrong_field(name, value)
            if wrong is not None:
                return wrong
        elif name in named or others:
            return f"{name.decode()} is there twice, or behind other fields"
        elif pattern.fullmatch(value) is None:
            return f"the {name.decode()} is not valid"
        else:
            named[name] = value
    is_connect = named.get(b":method") == b"CONNECT"
    for each in _NEEDED_TO_CONNECT if is_connect else _NEEDED:
        if each not in named:
            return f"the head has no {each.decode()}"
    return _wrong_host(named, others) or _wrong_size(others)


def _wrong_field(name: bytes, value: bytes) -> str | None:
    if _NAME.fullmatch(name) is None:
        return f"the field name {shown(name.decode('latin-1'))} is not valid"
    text = name.decode()
    if _VALUE.fullmatch(value) is None:
        return f"the value of {text} has a character that none may have"
    if value.strip(b" \t") != value:
        return f"the value of {text} has spaces around it"
    if name in OF_A_CONNECTION:
        return f"HTTP/2 has no field {text}"
    if name == b"te" and value.lower() != b"trailers":
        return "HTTP/2 has no other te than trailers"
    return None


def _wrong_host(named: dict[bytes, bytes], others: HeadFields) -> str | None:
    hosts = [value for name, value in others if name == b"host"]
    authority = named.get(b":authority")
    if len(hosts) > 1:
        return f"the request has {len(hosts)} Host headers"
    if authority is None and not hosts:
        return "the head has neither :authority nor host"
    if authority is not None and hosts and hosts[0] != authority:
        return "host is another one than :authority"
    return None


def _wrong_size(others: HeadFields) -> str | None:
    sizes = [value for name, value in others if name == b"content-length"]
    if len(sizes) > 1 or not all(map(_SIZE.fullmatch, sizes)):
        return "the content-length is not one number"
    return None
