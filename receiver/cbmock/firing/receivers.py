"""Receivers: where a request is sent, over HTTP or to an application in this process.

It must not know documents. Needs the extra `openapi-receiver[fire]`.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import ipaddress
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from cbmock.errors import ReceiverError
from cbmock.http.client_library import client_library
from cbmock.http.messages import Headers, Response

_APP = re.compile(
    r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)(?P<path>/.*)?"
)
_IN_PROCESS = "http://receiver.test"
_TIMEOUT = 30.0
_ASGI_ARGUMENTS = 3
_PAIR = 2


class NoResponse(Exception):
    """The receiver gave no response; the message says why."""


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
    parts = urlsplit(to)
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
    if urlsplit(probe).scheme in {"http", "https"}:
        library = client_library("firing", "fire")

        def fetch() -> Any:
            try:
                return library.get(probe, trust_env=False).text
            except library.HTTPError as error:
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
            self._wsgi = self._library.WSGITransport(to.app, raise_app_exceptions=False)
            self._send = self._to_wsgi
        elif to.app is not None:
            transport = self._library.ASGITransport(to.app, raise_app_exceptions=False)
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
            got = await self._send(request)
        except self._library.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise NoResponse(f"no response from {url}: {reason}") from None
        return Response(got.status_code, Headers(got.headers.raw), got.content)

    async def _over_http(self, request: Any) -> Any:
        response = await self._client.send(request, stream=True)
        try:
            # The octets as they came: content codings are read where they are checked.
            content = b"".join([chunk async for chunk in response.aiter_raw()])
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
