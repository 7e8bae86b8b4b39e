"""Applications in this process: called without a socket, by ASGI or WSGI.

It decides how a request is passed to an application. It must not know documents.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from uvicorn import Config
from uvicorn.lifespan.on import LifespanOn

from cbmock.errors import ReceiverError
from cbmock.firing import answer_bounds
from cbmock.firing.answer_bounds import Content, Endless, NoResponse, too_long, too_slow
from cbmock.http.client_library import client_library
from cbmock.http.messages import Headers, Response

_ASGI_ARGUMENTS = 3
_FAILED = Response(
    500,
    Headers([(b"content-type", b"text/plain; charset=utf-8")]),
    b"Internal Server Error",
)
_CLIENT = ("127.0.0.1", 123)
_PORTS = {"http": 80, "https": 443}


class CalledApplication(Protocol):
    """An application that can be called."""

    async def open(self) -> None:
        """Start it, if it is ours to start."""

    async def send(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> Response:
        """Send one request; raises `NoResponse`."""

    async def close(self) -> None:
        """Stop it, if it is ours to stop."""


class AsgiApplication:
    """An ASGI application. Its lifespan is run only if it is `owned`."""

    def __init__(self, app: Callable[..., Any], *, owned: bool) -> None:
        """Keep the application; nothing runs yet."""
        self._app = app
        self._lifespan: LifespanOn | None = None
        if owned:
            self._lifespan = LifespanOn(Config(app, log_config=None, interface="asgi3"))

    async def open(self) -> None:
        """Start it; raises `ReceiverError` if its startup fails."""
        if self._lifespan is not None:
            await self._lifespan.startup()
            if self._lifespan.should_exit:
                raise ReceiverError("the application failed to start")

    async def close(self) -> None:
        """End it."""
        if self._lifespan is not None:
            await self._lifespan.shutdown()

    async def send(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> Response:
        """Send one request; if the application raises, the answer is 500, as from servers."""
        exchange = _AsgiExchange(body)
        scope = _scope(method, url, headers, body)
        if self._lifespan is not None:
            scope["state"] = self._lifespan.state.copy()
        try:
            async with asyncio.timeout(answer_bounds.LONGEST):
                await self._app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            if not exchange.is_complete:
                raise NoResponse(f"no response from {url}: {too_slow()}") from None
        except Endless as error:
            raise NoResponse(f"no response from {url}: {error}") from None
        except Exception:  # noqa: BLE001 - an application may raise anything
            return exchange.response() or _FAILED
        response = exchange.response()
        if response is None:
            raise NoResponse(f"no response from {url}: the application sent none")
        return response


class _AsgiExchange:
    """One request to an application, and its answer."""

    def __init__(self, body: bytes) -> None:
        self._events = [{"type": "http.request", "body": body, "more_body": False}]
        self._start: dict[str, Any] | None = None
        self._content = bytearray()
        self._completed = asyncio.Event()

    @property
    def is_complete(self) -> bool:
        """Whether the answer has ended."""
        return self._completed.is_set()

    async def receive(self) -> dict[str, Any]:
        if self._events:
            return self._events.pop()
        await self._completed.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body" and not self.is_complete:
            self._content += message.get("body", b"")
            if len(self._content) > answer_bounds.LARGEST:
                raise too_long()
            if message.get("more_body", False):
                await asyncio.sleep(0)  # an endless answer can be stopped
            else:
                self._completed.set()

    def response(self) -> Response | None:
        """Return the answer; None if it was not sent completely."""
        if self._start is None or not self.is_complete:
            return None
        fields = [(bytes(a), bytes(b)) for a, b in self._start.get("headers", ())]
        return Response(self._start["status"], Headers(fields), bytes(self._content))


def _scope(method: str, url: str, headers: Headers, body: bytes) -> dict[str, Any]:
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    fields = [(name.lower(), value) for name, value in headers.raw]
    names = {name for name, _ in fields}
    if b"host" not in names:
        fields.insert(0, (b"host", parts.netloc.encode()))
    if body and not names & {b"content-length", b"transfer-encoding"}:
        fields.append((b"content-length", b"%d" % len(body)))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme,
        "path": unquote(parts.path) or "/",
        "raw_path": (parts.path or "/").encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": fields,
        "server": (parts.hostname, port),
        "client": _CLIENT,
    }


class WsgiApplication:
    """A WSGI application, called in threads. Needs the extra `openapi-receiver[fire]`."""

    def __init__(self, app: Callable[..., Any]) -> None:
        """Keep the application."""
        self._library = client_library("firing at a WSGI application", "fire")
        self._transport = self._library.WSGITransport(
            _ending(app), raise_app_exceptions=False
        )

    async def open(self) -> None:
        """Do nothing: WSGI has no start."""

    async def close(self) -> None:
        """Do nothing: WSGI has no end."""

    async def send(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> Response:
        """Send one request; raises `NoResponse`."""
        request = self._library.Request(
            method, url, headers=[*headers.raw], content=body
        )
        try:
            async with asyncio.timeout(answer_bounds.LONGEST):
                return await asyncio.to_thread(self._call, request)
        except TimeoutError:
            raise NoResponse(f"no response from {url}: {too_slow()}") from None
        except Endless as error:
            raise NoResponse(f"no response from {url}: {error}") from None

    def _call(self, request: Any) -> Response:
        got = self._transport.handle_request(request)
        return Response(got.status_code, Headers(got.headers.raw), b"".join(got.stream))


def _ending(app: Callable[..., Any]) -> Callable[..., Any]:
    """Return the application, stopped if its answer does not end."""

    def until_it_is_too_much(environ: Any, start_response: Any) -> Iterable[bytes]:
        return _passed_on(app(environ, start_response))

    return until_it_is_too_much


def _passed_on(chunks: Iterable[bytes]) -> Iterable[bytes]:
    content = Content()
    try:
        for each in chunks:
            content.take(each)
            yield each
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


def application(app: Callable[..., Any], *, owned: bool) -> CalledApplication:
    """Return what calls an application; one with two parameters is WSGI."""
    return AsgiApplication(app, owned=owned) if _is_asgi(app) else WsgiApplication(app)


def _is_asgi(app: Callable[..., Any]) -> bool:
    if inspect.iscoroutinefunction(app):
        return True
    if inspect.iscoroutinefunction(getattr(type(app), "__call__", None)):  # noqa: B004 - to find out which kind it is
        return True
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return False
    required = [each for each in parameters if each.default is inspect.Parameter.empty]
    return len(required) == _ASGI_ARGUMENTS
