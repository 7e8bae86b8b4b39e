"""Receivers: where requests are sent, over HTTP or to an application in this process.

It decides how users name receivers. It must not know documents.
"""

from __future__ import annotations

import importlib
import ipaddress
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from cbmock.errors import ReceiverError
from cbmock.firing.answer_bounds import Content, Endless
from cbmock.firing.applications import CalledApplication, application
from cbmock.firing.http_client import HttpClient
from cbmock.http import url_parts
from cbmock.http.client_library import client_library

_APP = re.compile(
    r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)(?P<path>/.*)?"
)
_IN_PROCESS = "http://receiver.test"
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Target:
    """A receiver: its URL, and the application if it is in this process.

    An application that was loaded by name is started and stopped here, any other by the
    caller.
    """

    url: str
    app: Any = field(default=None, repr=False)
    is_loaded: bool = False

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
    """Read a receiver: a URL, `module:app/path`, an application, or `(app, "/path")`.

    `{name}` in it is replaced by the name of the callback or webhook.

    Raises `ReceiverError` if it is none of these.
    """
    if isinstance(to, Target):
        return to
    if not isinstance(to, str):
        app, path = to if isinstance(to, tuple) and len(to) == _PAIR else (to, "")
        if not callable(app) or (path and not str(path).startswith("/")):
            raise ReceiverError(
                f"{to!r} is not a receiver: give a URL, an ASGI or WSGI application, or "
                "(application, '/path')"
            )
        return Target(f"{_IN_PROCESS}{path}", app)
    parts = url_parts.split(to)
    if parts.scheme in {"http", "https"} and parts.netloc:
        return Target(to)
    named = _APP.fullmatch(to)
    if named is None:
        raise ReceiverError(
            f"{to!r} is not a receiver: give a URL such as http://127.0.0.1:8000/hooks, or "
            "module:app"
        )
    app = _attribute(named["module"], named["name"], to)
    return Target(_IN_PROCESS + (named["path"] or ""), app, is_loaded=True)


def effect(probe: str) -> Callable[[], Any]:
    """Return a function for the effect of deliveries: it reads a URL, or calls a function.

    Raises `ReceiverError` if the probe is neither.
    """
    if url_parts.split(probe).scheme in {"http", "https"}:
        library = client_library("firing", "fire")

        def fetch() -> Any:
            try:
                with library.stream("GET", probe, trust_env=False) as response:
                    content = Content.read(response.iter_bytes())
                    return content.decode(response.encoding or "utf-8", "replace")
            except (library.HTTPError, Endless) as error:
                raise ReceiverError(f"{probe} cannot be read: {error}") from None

        return fetch
    named = _APP.fullmatch(probe)
    if named is None:
        raise ReceiverError(f"{probe!r} is neither a URL nor module:function")
    found = _attribute(named["module"], named["name"], probe)
    if not callable(found):
        raise ReceiverError(f"{probe}: {found!r} is not callable")
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
    """An open connection to a receiver, for many requests."""

    def __init__(self, to: Target) -> None:
        """Prepare it; nothing is sent yet."""
        self._application: CalledApplication | None = None
        self._client = HttpClient()
        self.send = self._client.send
        if to.app is not None:
            self._application = application(to.app, owned=to.is_loaded)
            self.send = self._application.send

    async def __aenter__(self) -> Self:
        """Open it."""
        if self._application is not None:
            await self._application.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._client.close()
        if self._application is not None:
            await self._application.close()
