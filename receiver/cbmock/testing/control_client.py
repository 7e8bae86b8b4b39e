"""Remote: the control API of a mock that runs in another process.

It decides how a request is sent over HTTP, and which responses are errors. It must
not know what is requested.
"""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from cbmock.errors import ReceiverError
from cbmock.http import url_parts

_GRACE = 10.0
"""Seconds that a response may take beyond the requested wait."""
_TIMED_OUT = 408
_UNAUTHORIZED = 401
# Ignore proxies of the environment: the mock is local.
_OPENER = build_opener(ProxyHandler({}))


class NoMockAnswers(ReceiverError):
    """No mock answers at a URL."""


class TokenNeeded(ReceiverError):
    """The mock requires its token."""


class Remote:
    """The control API of a running mock, at `url` as `cbmock serve` prints it.

    `access` is the token, if the control API requires one. Raises `NoMockAnswers` if it
    does not answer, `TokenNeeded` if the token is missing or wrong, and `ReceiverError`
    if it rejects a request.
    """

    def __init__(self, url: str, access: str | None = None) -> None:
        """Remember the address; nothing is sent yet."""
        if url_parts.split(url).scheme not in ("http", "https"):
            message = f"{url!r} is not a URL of a mock: it starts with http://"
            raise ReceiverError(message)
        self.url = url.rstrip("/")
        self._headers = {
            "accept": "application/json",
            "content-type": "application/json",
        }
        if access is not None:
            self._headers["authorization"] = f"Bearer {access}"

    def get(self, path: str, **query: Any) -> Any:
        """Send `GET path`; return None if the wait timed out."""
        return self.ask("GET", path, **query)

    def ask(self, method: str, path: str, value: Any = None, **query: Any) -> Any:
        """Send a request with `value` as its JSON, None for no body."""
        fields = urlencode(
            {k: v for k, v in query.items() if v is not None}, errors="replace"
        )
        patience = _GRACE + float(query.get("timeout", 0.0))
        url = f"{self.url}/_cbmock/api/{path}" + (f"?{fields}" if fields else "")
        request = Request(  # noqa: S310 - http
            url,
            None if value is None else json.dumps(value).encode(),
            headers=self._headers,
            method=method,
        )
        try:
            with _OPENER.open(request, timeout=patience) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                if error.code == _TIMED_OUT:
                    return None
                if error.code == _UNAUTHORIZED:
                    message = (
                        f"{self.url} asks for its token, which `cbmock serve` was given or "
                        "printed: set CBMOCK_TOKEN, or pass access_token= to Receiver.at"
                    )
                    raise TokenNeeded(message) from None
                raise ReceiverError(self._refused(error)) from None
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            message = (
                f"no mock answers at {self.url}: {reason}. "
                "Start one with `cbmock serve SPEC`, or pass its URL."
            )
            raise NoMockAnswers(message) from None

    def listed(self, path: str, name: str, **query: Any) -> list[Any]:
        """Send `GET path`; return the list in the member `name` of the response."""
        answer = self.get(path, **query)
        found = answer.get(name) if isinstance(answer, dict) else None
        if not isinstance(found, list):
            message = f"{self.url}: its answer has no {name}: is this a mock's URL?"
            raise ReceiverError(message)
        return found

    def _refused(self, error: HTTPError) -> str:
        try:
            detail = json.load(error)["detail"]
        except (ValueError, KeyError, TypeError):
            detail = f"it answers {error.code}: is this a mock's URL?"
        return f"{self.url}: {detail}"
