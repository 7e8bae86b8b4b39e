"""Access: who may use the control API and the page of a running mock.

Both show the bodies and credentials of every call. So pages of other origins may not
read them, and other machines only with the token. It decides by a request's headers
alone, and must not know what is requested.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from cbmock.http import media_types, url_parts
from cbmock.http.messages import Headers, Response
from cbmock.http.query import cookies
from cbmock.mock.responses import problems

COOKIE = "cbmock_token"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared, not bound
_WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The requirements on a request to the control API.

    `hosts` are the names that Host may have, None for any name; `any_address` also
    admits every IP address. `token` is the token that a request must have, None for no
    token.
    """

    hosts: frozenset[str] | None = None
    any_address: bool = False
    token: str | None = None

    def refusal(self, method: str, headers: Headers) -> Response | None:
        """Return the refusal of a request; None if the request is admitted."""
        host = headers.get("host") or ""
        if not self._is_ours(host):
            return problems.details(
                421,
                "Not a host of this mock",
                f"the request is for the host {host[:200]!r}, which is not one of this "
                "mock's; add it with `--public-url`",
            )
        origin = headers.get("origin")
        if origin is not None and _authority(origin) != host.lower():
            return problems.details(
                403,
                "Not from this origin",
                f"a page of {origin[:200]!r} may not use the control API",
            )
        if self.token is not None and not self._knows_token(headers, self.token):
            refused = problems.details(
                401,
                "The token is missing or wrong",
                "send `Authorization: Bearer` with the token of this mock",
            )
            challenge = ("www-authenticate", 'Bearer realm="cbmock"')
            fields = Headers.of([*refused.headers, challenge])
            return Response(refused.status, fields, refused.body)
        if method in _WITH_CONTENT and not _is_json(headers):
            return problems.details(
                415,
                "The content is not labelled as JSON",
                "send `Content-Type: application/json`",
            )
        return None

    def _is_ours(self, host: str) -> bool:
        if self.hosts is None:
            return True
        name = _host_name(host)
        if name in self.hosts or name.endswith(".localhost"):
            return True
        return self.any_address and _address(name) is not None

    @staticmethod
    def _knows_token(headers: Headers, token: str) -> bool:
        scheme, _, given = (headers.get("authorization") or "").partition(" ")
        candidates = [given.strip()] if scheme.lower() == "bearer" else []
        candidates += [
            unquote(value, errors="replace")
            for name, value in cookies(headers)
            if name == COOKIE
        ]
        return any(is_token(each, token) for each in candidates)


OPEN = Access()
"""Admits every request: here the outer application decides."""


def cookie_value(token: str) -> str:
    """Return a token as a cookie carries it: any text may be a token."""
    return quote(token, safe="", errors="replace")


def is_token(given: str, token: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(
        given.encode("utf-8", "replace"), token.encode("utf-8", "replace")
    )


def listening(
    host: str, urls: Iterable[str] = (), *, token: str | None = None
) -> Access:
    """Return the access to a server that listens on `host`; `urls` lead to it too.

    If other machines can reach it, a token is made unless one is given.
    """
    names = {_host_name(url_parts.split(each).netloc) for each in urls}
    if token is None and not is_local(host):
        token = secrets.token_urlsafe(24)
    return Access(
        hosts=frozenset(_LOCAL | names | {host.lower()}) - {""},
        any_address=host in _WILDCARDS,
        token=token,
    )


def is_local(host: str) -> bool:
    """Return whether only this machine can reach a server that listens on `host`."""
    address = _address(host)
    return host in _LOCAL if address is None else address.is_loopback


def _authority(origin: str) -> str | None:
    """Return the host and port of an origin; None if it has none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # a host such as `[`
        return None


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _host_name(host: str) -> str:
    """Return a host without its port, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _is_json(headers: Headers) -> bool:
    stated = media_types.parse(headers.get("content-type") or "")
    return stated is not None and stated.is_json
