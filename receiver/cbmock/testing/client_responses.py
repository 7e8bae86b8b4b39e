"""Exchanges: the responses of HTTP clients, read as triggers of callbacks.

It decides where each client stores the request and the response. It imports no client.
It must not know keys or calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers, Response
from cbmock.triggers import key_evaluation
from cbmock.triggers.key_evaluation import Exchange

Unread = frozenset[Literal["request", "response"]]

_NO_ANSWER: Unread = frozenset({"response"})
_PARTS = 7
_REQUEST_PARTS = 4
_WITH_BODY = 2


def read(response: Any) -> Exchange:
    """Read a response of httpx, httpx2, requests, aiohttp or a framework's test client.

    `(response, body)` adds the body of a request that the response does not keep: those
    of aiohttp, and requests that were streamed; the body is bytes, text, or the value
    that was sent as JSON or as the fields of a form. `(request, response)`, or `(request,
    response, body)` where the key reads the response's body, are of urllib and
    http.client; the request is urllib's, or `(method, url, headers, body)`. Others are
    given as `(method, url, headers, body,
    status, headers, body)`. Raises `ReceiverError` for anything else.
    """
    if isinstance(response, Exchange):
        return response
    if isinstance(response, tuple) and len(response) == _PARTS:
        return _of_parts(response)
    if isinstance(response, tuple) and _is_request(response[0]):
        return _of_urllib(*response)
    if isinstance(response, tuple) and len(response) == _WITH_BODY:
        return _with_body(read(response[0]), response[1])
    if hasattr(response, "request_info"):
        return _of_aiohttp(response)
    if hasattr(response, "wsgi_request"):
        return _of_django(response)
    request = getattr(response, "request", None)
    if hasattr(request, "method") and hasattr(response, "status_code"):
        return _of_httpx_or_requests(request, response)
    message = (
        f"a {type(response).__name__} is not a response that a trigger can be read from. "
        "Pass the response of httpx, requests, aiohttp, a TestClient or Django's client; "
        "(request, response) of urllib or http.client; or (method, url, headers, body, "
        "status, headers, body)."
    )
    raise ReceiverError(message)


def began(response: Any, known_by: float) -> float:
    """Return the latest time at which a request can have begun, by its client's measure."""
    if isinstance(response, tuple) and len(response) == _WITH_BODY:
        response = response[0]
    elapsed = _attempt(response, "elapsed")
    return known_by - (elapsed.total_seconds() if isinstance(elapsed, timedelta) else 0)


def _of_parts(parts: tuple[Any, ...]) -> Exchange:
    method, url, headers, body, status, answer_headers, answer = parts
    response = None
    if status is not None:
        response = Response(int(status), _headers(answer_headers), _bytes(answer))
    return key_evaluation.exchange(
        method, str(url), _headers(headers), _bytes(body), response
    )


def _is_request(value: Any) -> bool:
    is_urllibs = hasattr(value, "full_url") and hasattr(value, "get_method")
    return is_urllibs or (isinstance(value, tuple) and len(value) == _REQUEST_PARTS)


def _of_urllib(request: Any, response: Any, answer: Any = None) -> Exchange:
    """Read a request, and the response of http.client, which forgets its body."""
    if not isinstance(request, tuple):
        body = request.data
        request = request.get_method(), request.full_url, request.headers, body
    headers = response.headers.items()
    found = _of_parts((*request, response.status, headers, answer))
    return found if answer is not None else replace(found, unread=_NO_ANSWER)


def _with_body(found: Exchange, body: Any) -> Exchange:
    headers = found.request.headers
    if not isinstance(body, str | bytes | bytearray):
        try:
            body = json.dumps(body)
        except TypeError as error:
            message = (
                f"`trigger=(response, body)`: {error}. Pass the body as bytes, as text, or "
                "as the value that was sent as JSON or as the fields of a form."
            )
            raise ReceiverError(message) from error
        # How a client writes a value is its own affair: the value is read here as it is.
        kept = ((n, v) for n, v in headers if n.lower() not in _OF_WRITING)
        headers = Headers.of((*kept, ("content-type", "application/json")))
    request = replace(found.request, headers=headers, body=_bytes(body))
    return replace(found, request=request, unread=found.unread - {"request"})


def _of_httpx_or_requests(request: Any, response: Any) -> Exchange:
    unread: Unread = frozenset()
    # httpx calls the request's content `content`, requests calls it `body`. Neither is
    # available after streaming.
    if hasattr(type(request), "content"):
        body = _attempt(request, "content")
        body = _sent_again(request) if body is _NEVER_READ else body
    else:
        body = _attempt(request, "body")
    environ = getattr(request, "environ", None)
    if isinstance(environ, dict):  # werkzeug's: the application has read its stream
        body = _attempt(environ.get("wsgi.input"), "getvalue")
        body = _attempt_call(body)
    if not isinstance(body, str | bytes | bytearray | None):
        body, unread = None, unread | {"request"}
    answer = _attempt(response, "data" if isinstance(environ, dict) else "content")
    if not isinstance(answer, bytes):
        answer, unread = None, unread | {"response"}
    return key_evaluation.exchange(
        request.method,
        str(request.url),
        _headers(request.headers),
        _bytes(body),
        Response(response.status_code, _headers(response.headers), _bytes(answer)),
        unread,
    )


def _sent_again(request: Any) -> Any:
    """Read the stream of a multipart form, which httpx builds again from its fields.

    A stream that was read already gives less than was sent, and is not available.
    """
    body = _attempt_call(lambda: b"".join(request.stream))
    sent = request.headers.get("content-length")
    return body if isinstance(body, bytes) and str(len(body)) == sent else _NEVER_READ


def _of_django(response: Any) -> Exchange:
    """Read what Django's test client keeps; a streamed body is not available."""
    request = response.wsgi_request
    body = _attempt(request, "body")
    read = isinstance(body, bytes)
    answer = b"".join(response) if response.streaming else response.content
    return key_evaluation.exchange(
        request.method,
        request.build_absolute_uri(),
        _headers(request.headers),
        body if read else b"",
        Response(response.status_code, _headers(response.headers), answer),
        frozenset() if read else frozenset({"request"}),
    )


def _of_aiohttp(response: Any) -> Exchange:
    """Read what aiohttp keeps, which is not the request's body."""
    request = response.request_info
    headers = _headers(request.headers)
    body = getattr(response, "_body", None)
    unread: Unread = frozenset()
    if "transfer-encoding" in headers or headers.get("content-length") not in _NOTHING:
        unread |= {"request"}
    if body is None:
        unread |= {"response"}
    return key_evaluation.exchange(
        request.method,
        str(request.url),
        headers,
        b"",
        Response(response.status, _headers(response.headers), _bytes(body)),
        unread,
    )


_NOTHING = (None, "0")
_OF_WRITING = ("content-type", "content-encoding")
_NEVER_READ = object()


def _attempt(message: Any, name: str) -> Any:
    """Return a body, or None if the client has discarded it."""
    try:
        return getattr(message, name)
    except Exception:  # noqa: BLE001 - each client raises its own, and none is imported
        return _NEVER_READ


def _attempt_call(method: Any) -> Any:
    try:
        return method()
    except Exception:  # noqa: BLE001 - a stream that is closed, or another kind of stream
        return _NEVER_READ


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
