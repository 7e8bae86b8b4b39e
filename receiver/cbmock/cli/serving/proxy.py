"""The proxy of `cbmock serve`, which sees what makes callbacks due.

It decides how the options on it are read. It must not know how a trigger is matched with
calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, get_args

import click

from cbmock.cli._options import option_group
from cbmock.triggers.missing_policy import Missing, MissingPolicy

if TYPE_CHECKING:
    from cbmock.server.app import App
    from cbmock.server.proxy import Forward
    from cbmock.server.run import Running


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
            "The callbacks that they make due are reported.\n"
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
    """Which API it stands in front of, and what is expected of that."""

    forward: Forward
    port: int
    policy: MissingPolicy

    def front(self, app: App, host: str) -> Proxy:
        """Bind a proxy that sees every trigger; `ReceiverError` where that fails."""
        from cbmock.server.proxy import ProxyApp  # noqa: PLC0415 - few need it
        from cbmock.server.run import Running  # noqa: PLC0415 - few need it
        from cbmock.server.watch import Watch  # noqa: PLC0415 - few need it

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
    from cbmock.server.proxy import Forward  # noqa: PLC0415 - few need it

    return ProxyChoice(Forward(upstream), proxy_port, MissingPolicy(missing, settle))


takes_proxy = option_group(
    "proxy",
    _choice,
    click.option(
        "--proxy",
        "upstream",
        metavar="URL",
        default=None,
        help="Stand in front of your API at URL, and see which callbacks it owes.",
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
        help="What it is that no callback comes; `auto` is an error unless events are "
        "subscribed to, `every` asks for each of several callbacks.",
    ),
    click.option(
        "--settle",
        default=5.0,
        show_default=True,
        type=click.FloatRange(0, 3600),
        help="Seconds within which a callback has to come.",
    ),
)
"""Gives a command these options as one argument `proxy`, None without --proxy."""
