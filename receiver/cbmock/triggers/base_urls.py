"""The base URLs under which the mock is reached.

They decide whether a URL leads to the mock, and which request target it has there. They
must not know operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from cbmock.mock.routing import url_templates

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - names
_PORTS = {"http": 80, "https": 443}
# Characters of a request target that clients do not encode (RFC 3986 §2).
_SAFE = "%/:@!$&'()*+,;=?-._~[]"


class BaseUrls:
    """Absolute base URLs, each with or without a path."""

    def __init__(self, urls: Iterable[str]) -> None:
        """Keep the base URLs, the longest first."""
        bases = {url.rstrip("/") for url in urls if url}
        self._bases = tuple(sorted(bases, key=len, reverse=True))
        self._places = {_authority(url) for url in self._bases}

    def target_of(self, url: str) -> str:
        """Return the request target that a URL has at the mock, in its normal form.

        The path of a base URL is removed by whatever forwards to the mock. For any other
        URL it is path and query.
        """
        url = url.partition("#")[0]
        for base in self._bases:
            rest = url[len(base) :]
            if url.startswith(base) and rest[:1] in ("", "/", "?"):
                return normal(rest)
        return normal("".join(re.findall(r"[/?].*", url.split("://", 1)[-1])[:1]))

    def owns(self, url: str) -> bool:
        """Tell whether a URL leads to the mock; all names of the local host are equal."""
        return _authority(url) in self._places


def normal(target: str) -> str:
    """Return a target as clients send it, without needless percent-encoding."""
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
