"""Confirming: fetching the URL that a handshake names, if it is on this machine.

It is fetched after the answer, in a thread of its own. It must not know handshakes, or
decide which URLs are fetched.
"""

from __future__ import annotations

import logging
import threading
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

_PATIENCE = 10.0
_LOG = logging.getLogger("cbmock")


class _Stays(HTTPRedirectHandler):
    """Follows no redirect, since it may lead to another machine."""

    def redirect_request(self, *_: Any) -> None:
        """Refuse."""


# No proxy from the environment: the URL is on this machine.
_OPENER = build_opener(ProxyHandler({}), _Stays)


def confirm(url: str) -> threading.Thread:
    """Start fetching a URL; a failure is logged as a warning."""
    thread = threading.Thread(target=_fetch, args=(url,), daemon=True)
    thread.start()
    return thread


def _fetch(url: str) -> None:
    try:
        request = Request(url, headers={"user-agent": "cbmock"})  # noqa: S310 - http, on loopback
        with _OPENER.open(request, timeout=_PATIENCE) as answer:
            answer.read(1)
    except (OSError, ValueError) as error:
        _LOG.warning("the handshake could not be confirmed at %s: %s", url, error)
        if isinstance(error, HTTPError):
            error.close()
