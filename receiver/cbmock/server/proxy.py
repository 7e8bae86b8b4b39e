"""The reverse proxy in front of a sender that runs no code of cbmock.

It decides which parts of a message it forwards (RFC 9110 §7.6), and what clients get if
the sender cannot be reached. Bodies are streamed in both directions. It must not know
callbacks.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cbmock.errors import ReceiverError
from cbmock.http import url_parts
from cbmock.http.client_library import client_library
from cbmock.http.messages import HeaderCache, Headers, Request, Response
from cbmock.mock.responses import problems
from cbmock.server.limits import DEFAULT, Limits
from cbmock.server.sending import PendingWaits
from cbmock.server.targets import sent_target
from cbmock.violations import Violation

RawHeaders = list[tuple[bytes, bytes]]

# RFC 9110 §7.6.1, and a field that old proxies send.
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_OWN = frozenset({b"host", b"x-forwarded-host", b"x-forwarded-proto"})
_CONNECT = 10.0
_READ = 300.0
"""Seconds that connecting to the sender, and each pause in its answer, may take."""


def origin_of(url: str) -> str:
    """Read the URL of the sender; raises `ReceiverError` if it is invalid."""
    parts = url_parts.split(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
        message = f"{url!r} is not a URL to forward requests to, such as http://localhost:8000"
        raise ReceiverError(message)
    return url.rstrip("/")


class Forward:
    """An ASGI application that forwards requests to `upstream`."""

    def __init__(self, upstream: str) -> None:
        """Prepare; nothing is connected yet."""
        self._httpx: Any = client_library("the proxy", "proxy")
        self.upstream = origin_of(upstream)
        # Made once: it takes tens of milliseconds.
        self._tls = ssl.create_default_context()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other scopes are refused."""
        incoming = _IncomingRequest(receive, has_body=_has_body(scope))
        relaying = asyncio.ensure_future(
            self._relay(scope, incoming, _ResponseWriter(send))
        )
        gone = asyncio.ensure_future(incoming.disconnected())
        try:
            await asyncio.wait({relaying, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (relaying, gone):
                task.cancel()
            ended, _ = await asyncio.gather(relaying, gone, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended

    async def _relay(
        self, scope: Scope, incoming: _IncomingRequest, answer: _ResponseWriter
    ) -> None:
        httpx = self._httpx
        # A client for each request: the sender decides about its connections.
        client = httpx.AsyncClient(
            verify=self._tls,
            timeout=httpx.Timeout(_READ, connect=_CONNECT),
            trust_env=False,
        )
        try:
            # Built by hand, because a client would add its own headers.
            request = httpx.Request(
                scope["method"],
                self.upstream + _below_base(sent_target(scope)),
                headers=self._request_headers(scope),
                content=incoming.body() if incoming.has_body else None,
            )
            async with client:
                response = await client.send(request, stream=True)
                try:
                    headers = self._response_headers(scope, response)
                    await answer.start(response.status_code, headers)
                    async for part in response.aiter_raw():
                        await answer.part(part)
                finally:
                    await response.aclose()
            await answer.end()
        except _ClientGone:
            return
        except _OddAnswer as error:
            await answer.fail(502, "The sender's answer is not valid HTTP", error)
        except httpx.TimeoutException as error:
            await answer.fail(504, "The sender does not answer in time", error)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            await answer.fail(502, "The sender cannot be reached", error)

    def _request_headers(self, scope: Scope) -> RawHeaders:
        """Return the end-to-end headers to forward, and those that say for whom."""
        given = Headers(scope["headers"])
        kept = [
            (name, value)
            for name, value in _end_to_end(scope["headers"])
            if name.lower() not in _OWN and name.lower() != b"x-forwarded-for"
        ]
        client = (scope.get("client") or ("unknown",))[0]
        forwarded = ", ".join((*given.all("x-forwarded-for"), client))
        own = [
            ("x-forwarded-for", forwarded),
            ("x-forwarded-host", given.get("x-forwarded-host") or given.get("host")),
            ("x-forwarded-proto", given.get("x-forwarded-proto") or scope["scheme"]),
            ("via", "1.1 cbmock"),
        ]
        kept += Headers.of((name, value) for name, value in own if value).raw
        return kept

    def _response_headers(self, scope: Scope, response: Any) -> RawHeaders:
        """Return the headers for the client; a redirect leads through the proxy again.

        Raises `_OddAnswer` if the answer cannot be sent on by a server.
        """
        status: int = response.status_code
        if not _LOWEST <= status <= _HIGHEST:
            message = f"its status is {status}"
            raise _OddAnswer(message)
        host = Headers(scope["headers"]).get("host")
        upstream = self.upstream.encode()
        here = f"{scope['scheme']}://{host}".encode("latin-1")
        found = []
        # RFC 9110 §8.6, and RFC 9112 §6.3: chunks override a length.
        has_length = (
            status not in _BODILESS and "transfer-encoding" not in response.headers
        )
        for name, value in _end_to_end(response.headers.raw):
            if not _NAME.fullmatch(name) or _NO_VALUE.search(value):
                message = (
                    f"its header {name[:100]!r} has bytes that a header must not have"
                )
                raise _OddAnswer(message)
            if name.lower() == b"content-length" and not has_length:
                continue
            own = name.lower() in (b"location", b"content-location")
            rest = value[len(upstream) :]
            if host and own and value.startswith(upstream) and rest[:1] in _URL_ENDS:
                found.append((name, here + rest))
            else:
                found.append((name, value))
        return found


_LOWEST, _HIGHEST = 200, 599
_BODILESS = (204, 304)
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NO_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class _ClientGone(Exception):
    """The client disconnected before its request was complete."""


class _OddAnswer(Exception):
    """The sender's answer cannot be sent on."""


_URL_ENDS = (b"", b"/", b"?", b"#")


class _IncomingRequest:
    """The incoming request: its body, then whether the client still waits."""

    def __init__(self, receive: Receive, *, has_body: bool) -> None:
        self.has_body = has_body
        self._receive = receive
        self._read = asyncio.Event()
        if not has_body:
            self._read.set()

    async def body(self) -> AsyncIterator[bytes]:
        message: Message = {"type": "http.request", "more_body": True}
        while message.get("more_body"):
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _ClientGone
            yield message.get("body", b"")
        self._read.set()

    async def disconnected(self) -> None:
        """Return once the client has disconnected."""
        await self._read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


class _ResponseWriter:
    """The outgoing response, or the problem in place of it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = False

    async def start(self, status: int, headers: RawHeaders) -> None:
        self._started = True
        await self._send(
            {"type": "http.response.start", "status": status, "headers": headers}
        )

    async def part(self, body: bytes) -> None:
        await self._send(
            {"type": "http.response.body", "body": body, "more_body": True}
        )

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})

    async def fail(self, status: int, title: str, error: Exception) -> None:
        """Answer that the sender failed; a body that has begun is cut off."""
        if self._started:
            return
        detail = f"{type(error).__name__}: {error}".removesuffix(": ")
        response = problems.details(status, title, detail)
        await self.start(response.status, list(response.headers.raw))
        await self._send({"type": "http.response.body", "body": response.body})


class ProxyApp:
    """The proxy as the server runs it."""

    def __init__(self, app: ASGIApp, *, limits: Limits = DEFAULT) -> None:
        """Serve `app`, which forwards requests."""
        self._app = app
        self.limits = limits
        self.headers = HeaderCache()
        self.gathers = self.sorts = False
        self.pending_waits = (
            PendingWaits()
        )  # always empty: a request ends with its client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        await self._app(scope, receive, send)

    def target(self, _url: bytes) -> None:
        """Return None: every request waits for the upstream."""

    def take(self, *_arrived: Iterable[Any]) -> list[Response]:
        """Answer no requests: all of them wait."""
        return []

    take_known = take

    def refuse(self, _request: Request, violation: Violation) -> Response:
        """Refuse bytes that are not a request."""
        return problems.response((violation,), call_id=None)


def _end_to_end(raw: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """Leave out the fields for one connection only (RFC 9110 §7.6.1)."""
    pairs = list(raw)
    named = {
        option.strip().lower()
        for name, value in pairs
        if name.lower() == b"connection"
        for option in value.split(b",")
    }
    gone = _HOP_BY_HOP | named
    return [(name, value) for name, value in pairs if name.lower() not in gone]


def _has_body(scope: Scope) -> bool:
    names = {name.lower() for name, _ in scope["headers"]}
    return bool(names & {b"content-length", b"transfer-encoding"})


def _below_base(target: str) -> str:
    """Return a target without dot segments, which could leave the base path."""
    if not target.startswith("/"):  # as `OPTIONS *` has it
        target = f"/{target}"
    path, mark, query = target.partition("?")
    if "." not in path and "%2" not in path:
        return target
    kept: list[str] = []
    segments = path.split("/")[1:]
    for at, segment in enumerate(segments, 1):
        dots = unquote(segment)
        if dots not in (".", ".."):
            kept.append(segment)
            continue
        if dots == ".." and kept:
            kept.pop()
        if at == len(segments):
            kept.append("")
    return "/" + "/".join(kept) + mark + query
