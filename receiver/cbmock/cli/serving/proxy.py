"""The proxy of `cbmock serve`, which observes the requests that trigger callbacks.

It decides how its options are read. It must not know how triggers are matched with
calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, get_args

import click

from cbmock.cli._numbers import Number
from cbmock.cli._options import option_group
from cbmock.triggers.missing_policy import Missing, MissingPolicy

if TYPE_CHECKING:
    from cbmock.server.app import App
    from cbmock.server.proxy import Forward
    from cbmock.server.run import Running


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that listens at `url` and forwards to `upstream`."""

    url: str
    upstream: str
    running: Running

    @property
    def greeting(self) -> str:
        """Return a message that says how to use it."""
        return (
            f"Send your API's requests to {self.url}; they are forwarded to {self.upstream}.\n"
            "Their callbacks are checked and reported.\n"
        )

    def __enter__(self) -> Self:
        """Start it."""
        self.running.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.running.stop()


@dataclass(frozen=True, slots=True)
class ProxyChoice:
    """The API behind the proxy, and how missing callbacks are reported."""

    forward: Forward
    port: int
    policy: MissingPolicy

    def front(self, app: App, host: str) -> Proxy:
        """Bind a proxy that observes every trigger; raises `ReceiverError` if it fails."""
        from cbmock.server.proxy import ProxyApp  # noqa: PLC0415 - 50 ms, few need it
        from cbmock.server.run import Running  # noqa: PLC0415 - 100 ms, few need it
        from cbmock.server.watch import Watch  # noqa: PLC0415 - 50 ms, few need it

        watch = Watch(
            self.forward,
            app.triggers,
            policy=self.policy,
            token=lambda: app.token,
            last_call=lambda: app.journal.last_id,
            origin=self.forward.upstream,
        )
        running = Running(ProxyApp(watch), host=host, port=self.port)
        app.triggers.watch(None, app.journal.last_id)
        return Proxy(running.url, self.forward.upstream, running)


def _choice(
    upstream: str | None, proxy_port: int, missing: Missing, settle: float
) -> ProxyChoice | None:
    if upstream is None:
        return None
    from cbmock.server.proxy import Forward  # noqa: PLC0415 - 50 ms, few need it

    return ProxyChoice(Forward(upstream), proxy_port, MissingPolicy(missing, settle))


takes_proxy = option_group(
    "proxy",
    _choice,
    click.option(
        "--proxy",
        "upstream",
        metavar="URL",
        default=None,
        help="Run a proxy in front of your API at URL, to see which callbacks it has to send.",
    ),
    click.option(
        "--proxy-port",
        default=0,
        type=click.IntRange(0, 65535),
        help="Where the proxy listens; 0 takes a free port and prints it.",
    ),
    click.option(
        "--missing",
        type=click.Choice(get_args(Missing)),
        default="auto",
        show_default=True,
        help="The severity of a missing callback. `auto` is an error unless events are "
        "subscribed to; `every` expects each of several callbacks.",
    ),
    click.option(
        "--settle",
        default=5.0,
        show_default=True,
        type=Number(0, 3600),
        help="Seconds within which a callback must arrive.",
    ),
)
"""Gives a command these options as one argument, `proxy`; None without --proxy."""
