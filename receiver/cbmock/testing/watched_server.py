"""A server that runs already, watched: what its clients send goes through a proxy.

It decides nothing of its own: the proxy hands on, and the watch sees.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from cbmock.server.proxy import Forward, ProxyApp
from cbmock.server.run import Running


class WatchedServer:
    """Stands in front of a server: send requests to `url` in its place."""

    def __init__(self, upstream: str, watch: Callable[..., ASGIApp]) -> None:
        """Listen at once; `watch` is what sees the requests."""
        forward = Forward(upstream)
        watched = watch(forward, origin=forward.upstream)
        self._running = Running(ProxyApp(watched), host="127.0.0.1", port=0)
        self.url = self._running.url + urlsplit(forward.upstream).path
        self._running.start()

    def __str__(self) -> str:
        """Return its URL, as live servers do."""
        return self.url

    def stop(self) -> None:
        """End the proxy; the server goes on."""
        self._running.stop()
