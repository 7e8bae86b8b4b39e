"""`cbmock serve`: the mock on a port, with a line for each call."""

from __future__ import annotations

import functools
import gc
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, get_args

import click

from cbmock import sources
from cbmock.cli._options import SpecOptions, reads_spec
from cbmock.cli._settings import DEFAULT_HOST, DEFAULT_PORT, current
from cbmock.cli.serving.endpoint import Endpoint, reads_endpoint
from cbmock.cli.serving.session import FailOn, Session
from cbmock.cli.serving.settings import play, signatures_of
from cbmock.contract.policy import SecurityMode
from cbmock.errors import ReceiverError
from cbmock.journal.database import DatabaseJournal, OnFailure, is_database
from cbmock.journal.memory import MemoryJournal
from cbmock.journal.protocol import Journal, JournalFailure
from cbmock.mock.mock import Mock
from cbmock.reports.text import printable
from cbmock.server import access
from cbmock.server.app import App
from cbmock.server.run import Server
from cbmock.server.sockets import listen
from cbmock.triggers.missing_policy import Missing, MissingPolicy

if TYPE_CHECKING:
    from cbmock.server.proxy import Forward


@click.command("serve")
@reads_spec
@click.option(
    "--host", default=DEFAULT_HOST, show_default=True, help="Where to listen."
)
@reads_endpoint
@click.option(
    "--port",
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port; 0 takes a free one and prints it.",
)
@click.option(
    "--on-violation",
    type=click.Choice(["reject", "accept", "documented"]),
    default="reject",
    show_default=True,
    help="Answer a violation with a problem (RFC 9457), the success, or the documented error.",
)
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
    "--security",
    type=click.Choice(["explicit", "inherit", "off"]),
    default="explicit",
    show_default=True,
    help="Ask for the credentials of callbacks and webhooks, the document's too, or none.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Report what is not documented, as errors; implies --fail-on error.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default=None,
    help="The severity of violations from which the exit code is 1; without --strict: "
    "never.",
)
@click.option(
    "--prefer",
    is_flag=True,
    help="Let requests ask for an answer: `Prefer: code=404, example=key`, or `?__code=404`.",
)
@click.option(
    "--token",
    default=None,
    help="What the control API asks for: `Authorization: Bearer TOKEN`. One is made, and "
    "printed, where --host opens the mock to other machines.",
)
@click.option(
    "--show-secrets",
    is_flag=True,
    help="Show credentials; without it, what is named like one is shown as ***.",
)
@click.option(
    "--hide",
    "hidden_names",
    multiple=True,
    metavar="NAME",
    help="A header, query parameter or form field to hide too; may be repeated.",
)
@click.option(
    "--hide-form-fields",
    is_flag=True,
    help="Hide form fields that are named like credentials, in bodies too.",
)
# --- triggers ---
@click.option(
    "--proxy",
    "upstream",
    metavar="URL",
    default=None,
    help="Stand in front of your API at URL, and see which callbacks it owes.",
)
@click.option(
    "--proxy-port",
    default=0,
    type=click.IntRange(0, 65535),
    help="Where the proxy listens; 0 takes a free port and prints it.",
)
@click.option(
    "--missing",
    type=click.Choice(get_args(Missing)),
    default="auto",
    show_default=True,
    help="What it is that no callback comes; `auto` is an error unless events are "
    "subscribed to, `every` asks for each of several callbacks.",
)
@click.option(
    "--settle",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0, 3600),
    help="Seconds within which a callback has to come.",
)
@click.option(
    "--journal",
    "journal_url",
    default="memory:",
    show_default=True,
    metavar="URL",
    help="Where calls are kept: memory:, sqlite:///calls.db, postgresql://….",
)
@click.option(
    "--on-journal-failure",
    type=click.Choice(get_args(OnFailure)),
    default="reject",
    show_default=True,
    help="Where a call cannot be kept: answer 503, or keep it in memory until it can.",
)
@click.option(
    "--signature",
    default=None,
    metavar="SCHEME",
    help="The scheme by which requests must be signed: standard-webhooks, stripe, …",
)
@click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="SECRET",
    help="env:NAME, file:PATH, or the text itself; may be repeated while keys rotate.",
)
def command(
    reading: SpecOptions,
    host: str,
    port: int,
    on_violation: str,
    public_url: str | None,
    format_: str,
    security: SecurityMode,
    upstream: str | None,
    proxy_port: int,
    missing: Missing,
    settle: float,
    journal_url: str,
    on_journal_failure: OnFailure,
    signature: str | None,
    secrets: tuple[str, ...],
    port_file: str | None,
    script: str | None,
    fail_on: FailOn | None,
    endpoint: Endpoint,
    *,
    reloads: bool,
    strict: bool,
    prefer: bool,
    token: str | None,
    hidden_names: tuple[str, ...],
    hide_form_fields: bool,
    show_secrets: bool,
) -> None:
    """Serve the callbacks and webhooks of SPEC as mocks, and check every call.

    Ctrl-C, SIGTERM and SIGHUP end it with a summary, a second one at once. Exit code 2
    where calls could not be written to standard output.
    """
    config = current()
    forward = None if upstream is None else _forward(upstream)
    listening = listen(host, port, uds=endpoint.uds, tls=endpoint.tls is not None)
    for each in listening.sockets:
        click.get_current_context().call_on_close(each.close)
    url = listening.public(public_url)
    known = tuple(sources.secret(each) for each in secrets)
    make = functools.partial(
        reading.mock,
        security=security,
        strict=strict,
        on_violation=on_violation,
        prefer=prefer,
        signatures=signatures_of(signature, known, config),
        signing_secrets=known,
        public_url=None if public_url is None else url,
        hidden_names=hidden_names,
        hide_form_fields=hide_form_fields,
        show_secrets=show_secrets,
    )
    mock = make()
    journal = _journal(journal_url, mock, on_journal_failure)
    app = App(mock, journal, base_url=url, limits=endpoint.limits)
    app.bases = (url, listening.url)
    app.on_journal_failure = _tell_failure
    app.access = access.listening(host, app.bases, token=token)
    if app.access.token is not None:
        click.echo(_exposed(host, url, app.access.token), err=True)
    if endpoint.greeting is not None:
        click.echo(endpoint.greeting, err=True)
    play(app, script, config)
    session = Session(app, format_, listening.url)
    beside: list[AbstractContextManager[object]] = []
    if forward is not None:
        from cbmock.cli.serving.proxy import proxy  # noqa: PLC0415 - few need it

        policy = MissingPolicy(missing, settle)
        front = proxy(app, forward, host=host, port=proxy_port, policy=policy)
        beside.append(front)
        click.echo(front.greeting, err=format_ == "json")
    if reloads:
        from cbmock.cli.serving.reload import reloading  # noqa: PLC0415 - few need it

        beside.append(
            reloading(app, make, lambda: play(app, script, config), session.say)
        )
    server = Server(app, tls=endpoint.tls)
    gc.freeze()  # what was made of the document stays too
    with server.ending_at_signals():
        session.run(server, listening.sockets, beside, port_file)
    session.end(fail_on or ("error" if strict else "never"))


def _journal(url: str, mock: Mock, on_failure: OnFailure) -> Journal:
    if url in {"memory:", "memory"}:
        return MemoryJournal()
    if not is_database(url):
        raise ReceiverError(
            f"--journal {url}: give memory:, sqlite:///FILE or postgresql://…"
        )
    return DatabaseJournal(url, mock.operations, on_failure=on_failure)


def _tell_failure(failure: JournalFailure) -> None:
    click.echo(f"not kept, answered 503: {printable(failure.message)}", err=True)


def _exposed(host: str, url: str, token: str) -> str:
    """Say who reaches the control API, and by which token."""
    reached = (
        "this machine" if access.is_local(host) else f"everyone who reaches {host}"
    )
    return (
        f"The control API and the page, which show bodies and headers of all calls, are "
        f"open to {reached} with the token {token}: {url}/_cbmock/?token={token}"
    )


def _forward(upstream: str) -> Forward:
    from cbmock.server.proxy import Forward  # noqa: PLC0415 - few need it

    return Forward(upstream)
