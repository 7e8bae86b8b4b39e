"""Receivers: where a request is sent, over HTTP or to an application in this process.

It decides how much of an answer is read, and for how long. It must not know documents.
Needs the extra `openapi-receiver[fire]`.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import ipaddress
import re
import sys
import time
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from cbmock.errors import ReceiverError
from cbmock.http import content_codings, url_parts
from cbmock.http.client_library import client_library
from cbmock.http.messages import Headers, Response

_APP = re.compile(
    r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)(?P<path>/.*)?"
)
_IN_PROCESS = "http://receiver.test"
_TIMEOUT = 30.0
LONGEST = 60.0
"""Seconds that a whole answer may take."""
LARGEST = content_codings.LARGEST
"""Octets that an answer may have."""
_ASGI_ARGUMENTS = 3
_PAIR = 2


class NoResponse(Exception):
    """The receiver gave no response; the message says why."""


class _Endless(Exception):
    """An answer is longer than what is read of it, in octets or in seconds."""


class _Content:
    """The octets of an answer, taken as they come; raises `_Endless`."""

    def __init__(self) -> None:
        self._octets = bytearray()
        self._end = time.monotonic() + LONGEST

    def take(self, octets: bytes) -> None:
        self._octets += octets
        if len(self._octets) > LARGEST:
            raise _too_long()
        if time.monotonic() > self._end:
            raise _too_slow()

    @classmethod
    def read(cls, chunks: Iterable[bytes]) -> bytes:
        found = cls()
        for each in chunks:
            found.take(each)
        return bytes(found._octets)

    @classmethod
    async def as_it_comes(cls, chunks: AsyncIterable[bytes]) -> bytes:
        found = cls()
        async for each in chunks:
            found.take(each)
        return bytes(found._octets)


def _too_long() -> _Endless:
    return _Endless(f"the answer is longer than {LARGEST} octets")


def _too_slow() -> _Endless:
    return _Endless(f"the answer takes more than {LONGEST:g} s")


@dataclass(frozen=True, slots=True)
class Target:
    """A receiver as users name it: its URL, and the application where it is one."""

    url: str
    app: Any = field(default=None, repr=False)

    @property
    def is_local(self) -> bool:
        """Return whether requests stay on this machine."""
        host = urlsplit(self.url).hostname or ""
        if self.app is not None or host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def target(to: object) -> Target:
    """Read what users name: a URL, `module:app/path`, an application, `(app, "/path")`.

    `{name}` in it stands for the name of the callback or webhook.

    Raises `ReceiverError` where it is none of these.
    """
    if isinstance(to, Target):
        return to
    if not isinstance(to, str):
        app, path = to if isinstance(to, tuple) and len(to) == _PAIR else (to, "")
        if not callable(app) or (path and not str(path).startswith("/")):
            raise ReceiverError(
                f"{to!r} is no receiver: give a URL, an ASGI or WSGI application, or "
                "(application, '/path')"
            )
        return Target(f"{_IN_PROCESS}{path}", app)
    parts = url_parts.split(to)
    if parts.scheme in {"http", "https"} and parts.netloc:
        return Target(to)
    named = _APP.fullmatch(to)
    if named is None:
        raise ReceiverError(
            f"{to!r} is no receiver: give a URL such as http://127.0.0.1:8000/hooks, or "
            "module:app"
        )
    app = _attribute(named["module"], named["name"], to)
    return Target(_IN_PROCESS + (named["path"] or ""), app)


def effect(probe: str) -> Callable[[], Any]:
    """Return what asks for the effect of deliveries: a URL's body, or a function's value.

    Raises `ReceiverError` where the probe is neither.
    """
    if url_parts.split(probe).scheme in {"http", "https"}:
        library = client_library("firing", "fire")

        def fetch() -> Any:
            try:
                with library.stream("GET", probe, trust_env=False) as response:
                    content = _Content.read(response.iter_bytes())
                    return content.decode(response.encoding or "utf-8", "replace")
            except (library.HTTPError, _Endless) as error:
                raise ReceiverError(f"{probe} cannot be read: {error}") from None

        return fetch
    named = _APP.fullmatch(probe)
    if named is None:
        raise ReceiverError(f"{probe!r} is neither a URL nor module:function")
    found = _attribute(named["module"], named["name"], probe)
    if not callable(found):
        raise ReceiverError(f"{probe}: {found!r} cannot be called")
    function: Callable[[], Any] = found
    return function


def _attribute(module: str, dotted: str, written: str) -> Any:
    found: Any = _module(module, written)
    for name in dotted.split("."):
        if not hasattr(found, name):
            raise ReceiverError(f"{written}: {found!r} has no attribute {name!r}")
        found = getattr(found, name)
    return found


def _module(name: str, to: str) -> Any:
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ReceiverError(f"{to}: {error}") from None


class Connection:
    """An open way to a receiver; one for many requests."""

    def __init__(self, to: Target, timeout: float = _TIMEOUT) -> None:
        """Prepare the client; nothing is sent yet."""
        self._library = client_library("firing", "fire")
        self._send = self._over_http
        transport = None
        if to.app is not None and not _is_asgi(to.app):
            self._wsgi = self._library.WSGITransport(
                _ending_wsgi(to.app), raise_app_exceptions=False
            )
            self._send = self._to_wsgi
        elif to.app is not None:
            transport = self._library.ASGITransport(
                _ending_asgi(to.app), raise_app_exceptions=False
            )
        self._client = self._library.AsyncClient(
            transport=transport,
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        """Open the client."""
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what is open."""
        await self._client.__aexit__(kind, error, trace)

    async def send(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> Response:
        """Send one request; raises `NoResponse`."""
        fields = [(name, value) for name, value in headers.raw]
        request = self._library.Request(method, url, headers=fields, content=body)
        try:
            async with asyncio.timeout(LONGEST):
                got = await self._send(request)
        except TimeoutError:
            raise NoResponse(f"no response from {url}: {_too_slow()}") from None
        except (self._library.HTTPError, _Endless) as error:
            reason = str(error) or type(error).__name__
            raise NoResponse(f"no response from {url}: {reason}") from None
        return Response(got.status_code, Headers(got.headers.raw), got.content)

    async def _over_http(self, request: Any) -> Any:
        response = await self._client.send(request, stream=True)
        try:
            # The octets as they came: content codings are read where they are checked.
            content = await _Content.as_it_comes(response.aiter_raw())
        finally:
            await response.aclose()
        return _Received(response.status_code, response.headers, content)

    async def _to_wsgi(self, request: Any) -> Any:
        def call() -> Any:
            response = self._wsgi.handle_request(request)
            content = b"".join(response.stream)
            return _Received(response.status_code, response.headers, content)

        return await asyncio.to_thread(call)


@dataclass(frozen=True, slots=True)
class _Received:
    status_code: int
    headers: Any
    content: bytes


def _ending_asgi(app: Callable[..., Any]) -> Callable[..., Any]:
    """Return the application, stopped where its answer does not end by itself.

    Its transport keeps the whole answer, and gives the loop no turn in the meantime: what
    is too long is refused when it is read from there.
    """

    async def until_it_is_too_much(scope: Any, receive: Any, send: Any) -> None:
        size = 0

        async def counted(message: Any) -> None:
            nonlocal size
            await send(message)
            size += len(message.get("body", b""))
            if size > LARGEST:
                raise _too_long()
            await asyncio.sleep(0)

        await app(scope, receive, counted)

    return until_it_is_too_much


def _ending_wsgi(app: Callable[..., Any]) -> Callable[..., Any]:
    """Return the application, stopped where its answer does not end by itself."""

    def until_it_is_too_much(environ: Any, start_response: Any) -> Iterable[bytes]:
        return _passed_on(app(environ, start_response))

    return until_it_is_too_much


def _passed_on(chunks: Iterable[bytes]) -> Iterator[bytes]:
    content = _Content()
    try:
        for each in chunks:
            content.take(each)
            yield each
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


def _is_asgi(app: Callable[..., Any]) -> bool:
    """Return whether it is an ASGI application; a WSGI one takes two arguments."""
    if inspect.iscoroutinefunction(app):
        return True
    if inspect.iscoroutinefunction(getattr(type(app), "__call__", None)):  # noqa: B004 - its kind is asked
        return True
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return False
    required = [each for each in parameters if each.default is inspect.Parameter.empty]
    return len(required) == _ASGI_ARGUMENTS
