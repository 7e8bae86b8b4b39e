"""The HTTP/1.1 client for deliveries: many small requests over few connections.

It decides when a connection is used again, and how a request is written. It must not
know what is delivered. HTTP libraries take a millisecond for a request; here it is one
write and one read, parsed by httptools.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import ssl
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from cbmock.clocks import monotonic
from cbmock.firing import answer_bounds
from cbmock.firing.answer_bounds import Endless, NoResponse
from cbmock.firing.http_connection import HttpConnection
from cbmock.http.messages import Headers, Response

_IDLE = 1.0
"""Seconds for which an idle connection is used again; receivers close it after two or more."""

_PORTS = {"http": 80, "https": 443}
_KEPT = "%/?:@!$&'()*+,;=-._~[]|\\^`\"{}"
_WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class _Place:
    """The address of a request, and the parts of its URL that are written in it."""

    host: str
    port: int
    is_secure: bool
    target: bytes
    host_field: bytes
    authorization: bytes | None


class HttpClient:
    """Sends requests over its own connections, which it keeps open."""

    def __init__(self) -> None:
        """Start without a connection."""
        self._idle: dict[tuple[str, int, bool], list[HttpConnection]] = defaultdict(
            list
        )

    async def send(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> Response:
        """Send one request; raises `NoResponse`."""
        try:
            place = _place(url)
            octets = _octets(method, place, headers, body)
            return await self._exchange(method, place, octets)
        except (OSError, ValueError, Endless, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise NoResponse(f"no response from {url}: {reason}") from None

    async def _exchange(self, method: str, place: _Place, octets: bytes) -> Response:
        idle = self._idle[place.host, place.port, place.is_secure]
        connection = _usable(idle) or await _connected(place)
        try:
            response = await connection.exchange(octets, has_body=method != "HEAD")
        except BaseException:
            connection.close()
            raise
        if connection.is_open:
            idle.append(connection)
        return response

    def close(self) -> None:
        """Close every connection."""
        for idle in self._idle.values():
            for each in idle:
                each.close()
        self._idle.clear()


def _usable(idle: list[HttpConnection]) -> HttpConnection | None:
    """Return the connection that was used last; close those that are too old."""
    now = monotonic()
    while idle:
        connection = idle.pop()
        if connection.is_open and now - connection.used_at < _IDLE:
            return connection
        connection.close()
    return None


async def _connected(place: _Place) -> HttpConnection:
    context = _context() if place.is_secure else None
    try:
        async with asyncio.timeout(answer_bounds.SILENCE):
            _, connection = await asyncio.get_running_loop().create_connection(
                HttpConnection, place.host, place.port, ssl=context
            )
    except TimeoutError:
        detail = f"no connection within {answer_bounds.SILENCE:g} s"
        raise ValueError(detail) from None
    return connection


@functools.cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


@functools.lru_cache(1024)
def _place(url: str) -> _Place:
    """Read a URL; raises `ValueError` if nothing can be sent there."""
    parts = urlsplit(url)
    host, is_secure = parts.hostname, parts.scheme == "https"
    if not host:
        raise ValueError("the URL has no host")
    port = parts.port or _PORTS[parts.scheme]
    name = f"[{host}]" if ":" in host else host.encode("idna").decode()
    shown = name if port == _PORTS[parts.scheme] else f"{name}:{port}"
    target = quote(parts.path or "/", safe=_KEPT, errors="replace")
    if parts.query:
        target += "?" + quote(parts.query, safe=_KEPT, errors="replace")
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = b"Basic " + base64.b64encode(pair.encode())
    return _Place(host, port, is_secure, target.encode(), shown.encode(), authorization)


def _octets(method: str, place: _Place, headers: Headers, body: bytes) -> bytes:
    """Write a request; raises `ValueError` if a field cannot be written."""
    names = {name.lower() for name, _ in headers.raw}
    lines = [b"%b %b HTTP/1.1" % (method.encode(), place.target)]
    if b"host" not in names:
        lines.append(b"host: " + place.host_field)
    if place.authorization is not None and b"authorization" not in names:
        lines.append(b"authorization: " + place.authorization)
    lines += [b"%b: %b" % pair for pair in headers.raw]
    sized = names & {b"content-length", b"transfer-encoding"}
    if not sized and (body or method in _WITH_CONTENT):
        lines.append(b"content-length: %d" % len(body))
    head = b"\r\n".join(lines)
    breaks = len(lines) - 1
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head:
        raise ValueError("a header field contains a line break, which cannot be sent")
    return b"%b\r\n\r\n%b" % (head, body)
