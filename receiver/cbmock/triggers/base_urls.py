"""Addresses: the URLs by which the mock is reached.

It decides whether a URL is one of the mock's, and by which request target it arrives. It
must not know operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from cbmock.mock.routing import url_templates

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - names
_PORTS = {"http": 80, "https": 443}
# What stands in a request target as it is; clients encode the rest (RFC 3986 §2).
_SAFE = "%/:@!$&'()*+,;=?-._~[]"


class Addresses:
    """Absolute base URLs, each with or without a path."""

    def __init__(self, urls: Iterable[str]) -> None:
        """Keep the bases, the longest first."""
        bases = {url.rstrip("/") for url in urls if url}
        self._bases = tuple(sorted(bases, key=len, reverse=True))
        self._places = {_authority(url) for url in self._bases}

    def target_of(self, url: str) -> str:
        """Return the request target by which a URL arrives, in its normal form.

        A base's own path stays with whatever forwards to the mock. A URL elsewhere
        arrives by its path and query.
        """
        url = url.partition("#")[0]
        for base in self._bases:
            rest = url[len(base) :]
            if url.startswith(base) and rest[:1] in ("", "/", "?"):
                return normal(rest)
        return normal("".join(re.findall(r"[/?].*", url.split("://", 1)[-1])[:1]))

    def owns(self, url: str) -> bool:
        """Tell whether a URL leads to the mock; the names of one's own host are equal."""
        return _authority(url) in self._places


def normal(target: str) -> str:
    """Write a target as clients send it, what never had to be encoded decoded."""
    path = target if target.startswith("/") else f"/{target}"
    return url_templates.normal(quote(path, safe=_SAFE, errors="replace"))


def _authority(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    own = "localhost" if host in _LOOPBACK else host
    return own, port or _PORTS.get(parts.scheme.lower())
