"""Exchanges: the responses of HTTP clients, read as what triggered a callback.

It decides where each client keeps the request and the response. It imports no client. It
must not know keys or calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from receiver.errors import ReceiverError
from receiver.http import Headers, Response
from receiver.mock import triggers
from receiver.mock.triggers import Exchange

_PARTS = 7


def read(response: Any) -> Exchange:
    """Read a response of httpx, httpx2, requests, aiohttp or Starlette's TestClient.

    Others are given as `(method, url, headers, body, status, headers, body)`. Raises
    `ReceiverError` for anything else.
    """
    if isinstance(response, Exchange):
        return response
    if isinstance(response, tuple) and len(response) == _PARTS:
        return _of_parts(response)
    if hasattr(response, "request_info"):
        return _of_aiohttp(response)
    request = getattr(response, "request", None)
    if hasattr(request, "method") and hasattr(response, "status_code"):
        return _of_httpx_or_requests(request, response)
    message = (
        f"a {type(response).__name__} is no response that a trigger can be read from. "
        "Pass the response of httpx, requests, aiohttp or a TestClient, or "
        "(method, url, headers, body, status, headers, body)."
    )
    raise ReceiverError(message)


def _of_parts(parts: tuple[Any, ...]) -> Exchange:
    method, url, headers, body, status, answer_headers, answer = parts
    response = None
    if status is not None:
        response = Response(int(status), _headers(answer_headers), _bytes(answer))
    return triggers.exchange(
        method, str(url), _headers(headers), _bytes(body), response
    )


def _of_httpx_or_requests(request: Any, response: Any) -> Exchange:
    # httpx calls the request's content `content`, requests calls it `body`.
    body = getattr(request, "content", None)
    if body is None:
        body = getattr(request, "body", None)
    return triggers.exchange(
        request.method,
        str(request.url),
        _headers(request.headers),
        _bytes(body),
        Response(
            response.status_code, _headers(response.headers), _bytes(response.content)
        ),
    )


def _of_aiohttp(response: Any) -> Exchange:
    """Read what aiohttp keeps; the request's body is not among it."""
    asked = response.request_info
    body = getattr(response, "_body", None)
    return triggers.exchange(
        asked.method,
        str(asked.url),
        _headers(asked.headers),
        b"",
        Response(response.status, _headers(response.headers), _bytes(body)),
    )


def _headers(headers: Any) -> Headers:
    if headers is None:
        return Headers()
    pairs: Iterable[Any] = headers.items() if isinstance(headers, Mapping) else headers
    return Headers.of((_text(name), _text(value)) for name, value in pairs)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else bytes(body)
