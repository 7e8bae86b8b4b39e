"""Watching a WSGI application: `Watch` for PEP 3333.

It decides which parts of an exchange are copied. The request's body is read before the
application gets it, the response's is copied while it is streamed. It must not know
calls.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from cbmock.http.messages import Headers, Request, Response
from cbmock.server.watch import LARGEST_BODY, Watch
from cbmock.triggers.key_evaluation import Exchange
from cbmock.triggers.log import Trigger

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WatchWSGI:
    """Wraps a WSGI application; `watch` keeps the observed exchanges."""

    def __init__(self, app: WSGI, watch: Watch) -> None:
        """Wrap `app`."""
        self._app = app
        self._watch = watch

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve one request; observe it if it may trigger a callback."""
        exchange = _exchange(environ)
        request = exchange.request
        if not self._watch.triggers_callback(request.method, request.target):
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        whole = len(body) <= LARGEST_BODY
        exchange = replace(exchange, request=replace(request, body=body))
        copied = _CopiedResponse(
            self._watch, self._watch.begin(exchange), exchange, whole=whole
        )
        try:
            return copied.copying(self._app(environ, copied.starting(start_response)))
        except BaseException:
            copied.end()
            raise


class _CopiedResponse:
    """The answer to one request, copied while it is streamed."""

    def __init__(
        self, watch: Watch, begun: Trigger, exchange: Exchange, *, whole: bool
    ) -> None:
        self._watch = watch
        self._begun = begun
        self._exchange = exchange
        self._whole = whole
        self._status = 500  # a server's answer for an application that fails
        self._headers = Headers()
        self._body: list[bytes] = []
        self._size = 0
        self._ended = False

    def starting(self, start_response: Callable[..., Any]) -> Callable[..., Any]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            self._status = int(status.split(" ", 1)[0])
            self._headers = Headers.of(headers)
            return start_response(status, headers, *more)

        return start

    def copying(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        try:
            for part in parts:
                self._size += len(part)
                if self._size <= LARGEST_BODY:
                    self._body.append(part)
                yield part
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
            self.end()

    def end(self) -> None:
        if self._ended:
            return
        self._ended = True
        answer = Response(self._status, self._headers, b"".join(self._body))
        whole = self._whole and self._size <= LARGEST_BODY
        exchange = replace(self._exchange, response=answer)
        self._watch.end(self._begun, exchange, whole=whole)


def _exchange(environ: dict[str, Any]) -> Exchange:
    path = quote(
        (environ.get("SCRIPT_NAME") or "") + (environ.get("PATH_INFO") or "/"),
        errors="replace",
    )
    query = environ.get("QUERY_STRING")
    target = f"{path}?{query}" if query else path
    fields = [
        (name.removeprefix("HTTP_").replace("_", "-").lower(), str(value))
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    ]
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME") or "localhost"
    origin = f"{environ.get('wsgi.url_scheme', 'http')}://{host}"
    request = Request(environ["REQUEST_METHOD"], target, Headers.of(fields))
    return Exchange(origin + target, request)
