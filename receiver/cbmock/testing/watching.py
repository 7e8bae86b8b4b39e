"""ReceiverTriggers: a test's requests that make callbacks due.

It decides how triggers are passed in. It must not know how they are judged.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Protocol, cast, overload

from starlette.types import ASGIApp

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.server.watch import Watch
from cbmock.server.watch_wsgi import WSGI, WatchWSGI
from cbmock.testing import client_requests
from cbmock.testing.assertions import Assertions
from cbmock.testing.call_view import CallView
from cbmock.testing.expectation import DEFAULT_TIMEOUT
from cbmock.testing.triggers import TriggeredCalls
from cbmock.testing.waits import block
from cbmock.triggers.missing_policy import Missing, MissingPolicy

if TYPE_CHECKING:
    from cbmock.testing.watched_server import WatchedServer

_WSGI_ARGUMENTS = 2
_ASGI_ARGUMENTS = 3


def _is_wsgi(app: Any) -> bool:
    """Return whether an application is WSGI rather than ASGI, or raise `ReceiverError`."""
    __tracebackhide__ = True
    try:
        # What is built in takes anything, or whatever it is: no application.
        wanted = {} if inspect.isbuiltin(app) else inspect.signature(app).parameters
        parameters = wanted.values()
    except (TypeError, ValueError):
        parameters = {}.values()
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        call = app if inspect.isroutine(app) else type(app).__call__
        return not inspect.iscoroutinefunction(call)
    required = [each for each in parameters if each.default is each.empty]
    if len(required) not in (_WSGI_ARGUMENTS, _ASGI_ARGUMENTS):
        message = (
            f"a {type(app).__name__} cannot be watched: pass an ASGI application (Starlette, "
            "FastAPI, Django's get_asgi_application()) or a WSGI one (Flask, Django's "
            "get_wsgi_application()), or a server that runs: its URL, or a live_server."
        )
        raise ReceiverError(message)
    return len(required) == _WSGI_ARGUMENTS


def _url_of(app: Any) -> str | None:
    """Return the URL of a running server; None for an application."""
    url = app if isinstance(app, str) else getattr(app, "url", None)
    return url if isinstance(url, str) and not callable(app) else None


class LiveServer(Protocol):
    """A server started by a fixture, such as those of pytest-django and pytest-flask."""

    @property
    def url(self) -> str:
        """The server's URL."""


class ReceiverTriggers:
    """The part of a Receiver that knows the requests to the API under test."""

    _view: CallView
    _assertions: Assertions
    _watched: list[WatchedServer]

    @overload
    def watch(
        self, app: ASGIApp, missing: Missing = "auto", settle: float = DEFAULT_TIMEOUT
    ) -> Watch: ...

    @overload
    def watch(
        self,
        app: str | LiveServer,
        missing: Missing = "auto",
        settle: float = DEFAULT_TIMEOUT,
    ) -> WatchedServer: ...

    @overload
    def watch(
        self, app: WSGI, missing: Missing = "auto", settle: float = DEFAULT_TIMEOUT
    ) -> WatchWSGI: ...

    def watch(
        self,
        app: ASGIApp | WSGI | str | LiveServer,
        missing: Missing = "auto",
        settle: float = DEFAULT_TIMEOUT,
    ) -> Watch | WatchWSGI | WatchedServer:
        """Return the API under test, watched: every request that triggers a callback.

        Use it in place of `app`, or as `app.add_middleware(cbmock.watch)`; a WSGI app as
        `app.wsgi_app = cbmock.watch(app.wsgi_app)` with Flask. For a running server (a
        URL, or a live_server of Django or Flask), the result has a `url`: send requests
        there instead, until the test ends. The end of the test reports further
        violations: `missing-callback` (no callback came within `settle` seconds of a
        2xx response), `wrong-callback-url`, `unasked` (no request registered that URL)
        and `duplicate-delivery` (the same again, although it was answered 2xx). Their
        location is `delivery` or `url`. `allow_violations` accepts each of them.

        `missing` is the severity of a missing callback. `"auto"` is an error, or a
        warning if the request registers for later events (its path or operationId
        mentions subscriptions, webhooks and so on). `"error"` is always an error.
        `"every"` is an error even if only one of several documented callbacks is
        missing. `"warning"` is always a warning, and `"off"` reports nothing.
        """
        __tracebackhide__ = True
        url = _url_of(app)
        is_wsgi = url is None and _is_wsgi(app)
        backend, token = self._view.backend, self._view.token
        policy = MissingPolicy(missing, settle)
        backend.triggers.watch(token, backend.last_id(token))
        watch = functools.partial(
            Watch,
            triggers=backend.triggers,
            policy=policy,
            token=lambda: backend.current if token is None else token,
            last_call=lambda: backend.last_id(token),
        )
        if url is not None:
            from cbmock.testing.watched_server import WatchedServer  # noqa: PLC0415 - 100 ms, loads a client

            found = WatchedServer(url, watch)
            self._watched.append(found)
            return found
        watched = watch(cast("ASGIApp", app))
        return WatchWSGI(cast("WSGI", app), watched) if is_wsgi else watched

    def triggered_by(
        self, response: Any, timeout: float = DEFAULT_TIMEOUT
    ) -> TriggeredCalls:
        """Return the calls, to any operation, that a response made due.

        They are the calls at exactly the URLs that the keys give; `.due` has the URLs.
        Waits up to `timeout` seconds for the first call if one is due, then returns
        those that have come, possibly none. `response` is what `wait_for(trigger=)`
        takes.
        """
        __tracebackhide__ = True
        found = self._assertions.triggered_by(response, timeout)
        return block(found, self._view)

    def register(self, request: Any, operation: str | Operation) -> Any:
        """Return `request` with the callback URL put in where the document reads it.

        `request` is what a client's method takes (`{"json": {...}, "params": {...}}`) or
        a Request of httpx or requests; a new one is returned. The URL is put where the
        key of `operation` reads it: a query parameter, a header, a cookie, or a member
        of the body. Raises `ReceiverError` if no request can carry the URL.
        """
        found = self._assertions.operation(operation)
        mock = self._view.backend.mock
        path = client_requests.path_of(found, mock)
        return client_requests.put(request, self._view.url + path, found, mock)
