"""What `cbmock serve` does about triggers: the proxy that sees them, and their lines.

It must not know how a trigger is matched with calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from cbmock.server.app import App
from cbmock.server.proxy import Forward, ProxyApp
from cbmock.server.run import Running
from cbmock.server.watch import Watch
from cbmock.triggers.missing_policy import MissingPolicy


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that listens at `url` and hands on to `upstream`."""

    url: str
    upstream: str
    running: Running

    @property
    def greeting(self) -> str:
        """Say what to do with it."""
        return (
            f"Send your API's requests to {self.url}, they go on to {self.upstream}.\n"
            "What they make due is correlate_log.\n"
        )

    def __enter__(self) -> Self:
        """Start it."""
        self.running.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.running.stop()


def proxy(
    app: App, forward: Forward, *, host: str, port: int, policy: MissingPolicy
) -> Proxy:
    """Bind a proxy that sees every trigger; `ReceiverError` where that is not possible."""
    watch = Watch(
        forward,
        app.triggers,
        policy=policy,
        token=lambda: app.token,
        last_call=lambda: app.journal.last_id,
        origin=forward.upstream,
    )
    running = Running(ProxyApp(watch), host=host, port=port)
    app.triggers.watch(None, app.journal.last_id)
    return Proxy(running.url, forward.upstream, running)
