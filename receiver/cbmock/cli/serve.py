"""`cbmock serve`: the mock on a port, with a line for each call."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager

import click

from cbmock.cli._options import SpecOptions, reads_spec
from cbmock.cli._settings import current
from cbmock.cli.serving.checks import Checks, takes_checks
from cbmock.cli.serving.endpoint import Endpoint, takes_endpoint
from cbmock.cli.serving.journal import JournalChoice, takes_journal
from cbmock.cli.serving.losses import JournalLosses
from cbmock.cli.serving.processes import Processes
from cbmock.cli.serving.proxy import ProxyChoice, takes_proxy
from cbmock.cli.serving.session import FailOn, Session
from cbmock.cli.serving.settings import deliveries_of, play, with_its_scripts
from cbmock.mock.mock import Mock
from cbmock.server import access
from cbmock.server.app import App
from cbmock.server.signals import ending_at_signals


@click.command("serve")
@reads_spec
@takes_endpoint
@click.option(
    "--public-url",
    default=None,
    help="The URL by which senders reach the mock; {port} in it is replaced by the port.",
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
    help="Print each call as a line of text or of JSON.",
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
    help="The lowest severity of violations that gives exit code 1; default: never, with "
    "--strict error.",
)
@click.option(
    "--token",
    default=None,
    help="The token of the control API (`Authorization: Bearer TOKEN`). One is made, and "
    "printed, if --host opens the mock to other machines.",
)
@click.option(
    "--forward-to",
    default=None,
    metavar="URL",
    help="Send each call on to URL too, as it came; {name} in it is the operation's name.",
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
    forward_to: str | None,
) -> None:
    """Serve the callbacks and webhooks of SPEC as mocks, and check every call.

    Ctrl-C, SIGTERM and SIGHUP end it with a summary; a second one ends it at once. Exit
    code 2 if calls could not be written to standard output.
    """
    config = current()
    listening = endpoint.listen()
    url = listening.public(public_url)
    public = None if public_url is None else url
    make = functools.partial(checks.mock, reading, config, public, endpoint.tls)
    app = _opened(make(), journal, endpoint, (url, listening.url), token)
    play_scripts = functools.partial(play, app, script, config)
    play_scripts()
    losses = JournalLosses(app.journal)
    again = functools.partial(with_its_scripts, make, script, config)
    serving = Processes(app, endpoint, listening.sockets, again, losses, reloads)
    server = serving.server(journal.workers)
    session = Session(
        app,
        format_,
        listening.url,
        losses,
        is_plain=is_plain,
        of_workers=journal.workers > 1,
    )
    beside = _companions(app, endpoint.host, proxy, forward_to, session)
    if reloads:
        from cbmock.cli.serving.reload import reloading  # noqa: PLC0415 - 30 ms, few need it

        beside.append(reloading(app, again, play_scripts, session.say))
    run = functools.partial(session.run, server, listening.sockets, beside, port_file)
    ending_at_signals(run, server.end, click.get_current_context().close)
    session.end(fail_on or ("error" if checks.strict else "never"))


def _companions(
    app: App,
    host: str,
    proxy: ProxyChoice | None,
    forward_to: str | None,
    session: Session,
) -> list[AbstractContextManager[object]]:
    """Return what runs beside the mock, as --proxy and --forward-to say."""
    beside: list[AbstractContextManager[object]] = []
    if proxy is not None:
        front = proxy.front(app, host)
        click.echo(front.greeting, err=session.is_json)
        beside.append(front)
    if forward_to is not None:
        from cbmock.cli.serving.forwarding import forwarding  # noqa: PLC0415 - 0.8 ms, few need it

        beside.append(forwarding(app, forward_to, session))
    return beside


def _opened(
    mock: Mock,
    journal: JournalChoice,
    endpoint: Endpoint,
    bases: tuple[str, str],
    token: str | None,
) -> App:
    """Return the application with its access, and print who has access."""
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
    """Print who can use the control API, and the token."""
    reached = (
        "this machine" if access.is_local(host) else f"everyone who can reach {host}"
    )
    return (
        f"The control API and the page, which show bodies and headers of all calls, are "
        f"open to {reached} with the token {token}: {url}/_cbmock/?token={token}"
    )
