"""`cbmock serve`: the mock on a port, with a line for each call."""

from __future__ import annotations

import contextlib
import functools
import gc
import socket
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from cbmock.cli._options import SpecOptions, reads_spec
from cbmock.cli._settings import current
from cbmock.cli.serving.checks import Checks, takes_checks
from cbmock.cli.serving.endpoint import Endpoint, takes_endpoint
from cbmock.cli.serving.journal import JournalChoice, takes_journal
from cbmock.cli.serving.proxy import ProxyChoice, takes_proxy
from cbmock.cli.serving.session import FailOn, Session
from cbmock.cli.serving.settings import deliveries_of, play
from cbmock.mock.mock import Mock
from cbmock.server import access
from cbmock.server.app import App
from cbmock.server.run import Server

if TYPE_CHECKING:
    from cbmock.server.workers import Workers


@click.command("serve")
@reads_spec
@takes_endpoint
@click.option(
    "--public-url",
    default=None,
    help="What senders reach the mock by; {port} in it stands for the port.",
)
@click.option(
    "--port-file",
    default=None,
    metavar="FILE",
    help="Write the port to FILE once the mock listens.",
)
@click.option(
    "--responses",
    "script",
    default=None,
    metavar="FILE",
    help="Scripted responses by operation: JSON, YAML or TOML.",
)
@click.option(
    "--reload",
    "reloads",
    is_flag=True,
    help="Read SPEC again when its files change; calls and scripts are kept.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Each call as a line of text or of JSON.",
)
@click.option(
    "--plain",
    "is_plain",
    is_flag=True,
    help="No status line below the calls on a terminal.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default=None,
    help="The severity of violations from which the exit code is 1; without --strict: "
    "never.",
)
@click.option(
    "--token",
    default=None,
    help="What the control API asks for: `Authorization: Bearer TOKEN`. One is made, and "
    "printed, where --host opens the mock to other machines.",
)
@takes_checks
@takes_journal
@takes_proxy
def command(
    reading: SpecOptions,
    public_url: str | None,
    format_: str,
    port_file: str | None,
    script: str | None,
    fail_on: FailOn | None,
    endpoint: Endpoint,
    checks: Checks,
    journal: JournalChoice,
    proxy: ProxyChoice | None,
    *,
    reloads: bool,
    is_plain: bool,
    token: str | None,
) -> None:
    """Serve the callbacks and webhooks of SPEC as mocks, and check every call.

    Ctrl-C, SIGTERM and SIGHUP end it with a summary, a second one at once. Exit code 2
    where calls could not be written to standard output.
    """
    config = current()
    listening = endpoint.listen()
    for each in listening.sockets:
        click.get_current_context().call_on_close(each.close)
    url = listening.public(public_url)
    public = None if public_url is None else url
    make = functools.partial(checks.mock, reading, config, public, endpoint.tls)
    mock = make()
    app = _opened(mock, journal, endpoint, (url, listening.url), token)
    play(app, script, config)
    server = _server(app, endpoint, journal.workers, listening.sockets, make, reloads)
    session = Session(
        app,
        format_,
        listening.url,
        is_plain=is_plain,
        of_workers=journal.workers > 1,
    )
    beside = _proxied(app, endpoint, proxy, into_errors=format_ == "json")
    if reloads:
        from cbmock.cli.serving.reload import reloading  # noqa: PLC0415 - few need it

        beside.append(
            reloading(app, make, lambda: play(app, script, config), session.say)
        )
    with server.ending_at_signals():
        session.run(server, listening.sockets, beside, port_file)
    session.end(fail_on or ("error" if checks.strict else "never"))


def _proxied(
    app: App, endpoint: Endpoint, proxy: ProxyChoice | None, *, into_errors: bool
) -> list[AbstractContextManager[object]]:
    """Return the proxy that runs beside the mock, if one was asked for."""
    if proxy is None:
        return []
    front = proxy.front(app, endpoint.host)
    click.echo(front.greeting, err=into_errors)
    return [front]


def _server(
    app: App,
    endpoint: Endpoint,
    workers: int,
    sockets: Sequence[socket.socket],
    make: Callable[[], Mock],
    reloads: bool,  # noqa: FBT001 - of the command
) -> Server | Workers:
    """Return what serves: this process, or several that it starts."""
    gc.freeze()  # what was made of the document stays too
    new = functools.partial(Server, app, tls=endpoint.tls, http2=endpoint.http2)
    journal = app.journal
    if workers == 1:
        return new()
    from cbmock.journal.database import DatabaseJournal  # noqa: PLC0415 - few need it
    from cbmock.server.workers import Workers  # noqa: PLC0415 - few need it

    assert isinstance(journal, DatabaseJournal), "as the options say"
    journal.close()  # no connection may be of two processes

    def work(server: Server) -> None:
        journal.be_another()
        with contextlib.ExitStack() as beside:
            if reloads:
                from cbmock.cli.serving.reload import reloading  # noqa: PLC0415 - few need it

                beside.enter_context(reloading(app, make, _nothing, _nothing))
            server.run(sockets)

    found = Workers(workers, new, work, journal.close)
    if app.shared is not None:
        journal.on_wake = app.shared.load
    return found


def _nothing(*_: object) -> None:
    """Leave it to the process that started the workers."""


def _opened(
    mock: Mock,
    journal: JournalChoice,
    endpoint: Endpoint,
    bases: tuple[str, str],
    token: str | None,
) -> App:
    """Return the application as it may be reached, and say by whom."""
    app = App(
        mock,
        journal.open(mock),
        base_url=bases[0],
        limits=endpoint.limits,
        deliveries=deliveries_of(current()),
        of_workers=journal.workers > 1,
    )
    app.bases = bases
    app.access = access.listening(endpoint.host, bases, token=token)
    if app.access.token is not None:
        click.echo(_exposed(endpoint.host, bases[0], app.access.token), err=True)
    if endpoint.greeting is not None:
        click.echo(endpoint.greeting, err=True)
    return app


def _exposed(host: str, url: str, token: str) -> str:
    """Say who reaches the control API, and by which token."""
    reached = (
        "this machine" if access.is_local(host) else f"everyone who reaches {host}"
    )
    return (
        f"The control API and the page, which show bodies and headers of all calls, are "
        f"open to {reached} with the token {token}: {url}/_cbmock/?token={token}"
    )
