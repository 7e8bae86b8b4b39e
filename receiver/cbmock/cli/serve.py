"""`cbmock serve`: the mock on a port, with a line for each call."""

from __future__ import annotations

import functools
import gc
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Self, get_args

import click

from cbmock import sources
from cbmock.cli._options import Reading, reads_spec
from cbmock.cli._serve_triggers import TriggerLines
from cbmock.cli.list_ import operations_table
from cbmock.contract.policy import SecurityMode
from cbmock.journal.memory import MemoryJournal
from cbmock.journal.protocol import Journal
from cbmock.mock.call import Call, dumps
from cbmock.mock.mock import Mock
from cbmock.reports import text
from cbmock.reports.operation_list import listing
from cbmock.reports.text import numbered
from cbmock.server import access
from cbmock.server.app import App
from cbmock.server.run import Server
from cbmock.server.sockets import listen
from cbmock.signatures.configured import configured
from cbmock.triggers.missing_policy import Missing, MissingPolicy

if TYPE_CHECKING:
    from cbmock.server.proxy import Forward

_MOST_FINDINGS = 10


@click.command("serve")
@reads_spec
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    default=4020,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port; 0 takes a free one and prints it.",
)
@click.option(
    "--on-violation",
    type=click.Choice(["reject", "accept", "documented"]),
    default="reject",
    show_default=True,
    help="Answer a breach with a problem (RFC 9457), the success, or the documented error.",
)
@click.option("--public-url", default=None, help="What senders reach the mock by.")
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
    help="Report what is not documented; exit with 1 if a call broke the contract.",
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
    reading: Reading,
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
    signature: str | None,
    secrets: tuple[str, ...],
    *,
    strict: bool,
    prefer: bool,
    token: str | None,
) -> None:
    """Serve the callbacks and webhooks of SPEC as mocks, and check every call."""
    forward = None if upstream is None else _forward(upstream)
    known = tuple(sources.secret(each) for each in secrets)
    mock = reading.mock(
        security=security,
        strict=strict,
        on_violation=on_violation,
        prefer=prefer,
        signatures=configured(signature, known),
        signing_secrets=known,
        public_url=public_url,
    )
    listening = listen(host, port)
    url = listening.public(public_url)
    journal = MemoryJournal()
    tally = Tally(mock)
    printer = Printer(_line(format_))
    journal.listen(tally)
    journal.listen(printer)
    app = App(mock, journal, base_url=url)
    app.bases = (url, listening.url)
    app.access = access.listening(host, app.bases, token=token)
    if app.access.token is not None:
        click.echo(_exposed(host, url, app.access.token), err=True)
    lines = TriggerLines(app, functools.partial(click.echo, err=format_ == "json"))
    server = Server(app)
    gc.freeze()  # what was made of the document stays too
    before: AbstractContextManager[object] = nullcontext()
    if forward is not None:
        from cbmock.cli._serve_proxy import proxy  # noqa: PLC0415 - few need it

        policy = MissingPolicy(missing, settle)
        before = front = proxy(app, forward, host=host, port=proxy_port, policy=policy)
        click.echo(front.greeting, err=format_ == "json")
    with server.ending_at_signals(), printer, before:
        _greet(mock, url, listening.url, to_stderr=format_ == "json")
        with _telling_findings(mock, journal):
            server.run(listening.sockets)
    lines.look()
    click.echo(tally.summary(lines.broken), err=format_ == "json")
    if strict and (tally.broken or lines.broken):
        sys.exit(1)


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


def _greet(mock: Mock, url: str, listens_at: str, *, to_stderr: bool) -> None:
    found = listing(mock, url)
    lines = [f"cbmock plays the receiver of {found['document']} at {url}", ""]
    if listens_at != url:
        lines.insert(1, f"It listens at {listens_at}.")
    if found["operations"]:
        lines += [f"  {line}" for line in operations_table(found["operations"])]
    else:
        lines.append("  nothing to receive: the document has no callbacks or webhooks")
    hint = ""
    if any(each.operation.key is not None for each in mock.mounts):
        hint = f"Any callback is recognised below {url} too. "
    lines += ["", f"{hint}Ctrl-C ends.", ""]
    click.echo("\n".join(lines), err=to_stderr)


_AT_EASE = 1.0
"""Seconds without a call after which there is time for more than answering."""


@contextmanager
def _telling_findings(mock: Mock, journal: Journal) -> Iterator[None]:
    """Say which examples break their own schemas, while the mock serves already."""
    over = threading.Event()

    def tell() -> None:
        told: dict[str, None] = {}
        for mount, _ in zip(mock.mounts, _leisure(journal, over), strict=False):
            from cbmock.cli.lint import written  # noqa: PLC0415 - it serves already

            told |= dict.fromkeys(map(written, mock.findings_of(mount.operation)))
            if len(told) > _MOST_FINDINGS:
                break
        lines = list(told)[:_MOST_FINDINGS]
        if len(told) > _MOST_FINDINGS:
            lines.append("… `cbmock lint` shows the others")
        if lines:
            with suppress(OSError):  # whoever read them has gone
                click.echo("\n".join(lines), err=True)

    teller = threading.Thread(target=tell, name="cbmock-findings")
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def _leisure(journal: Journal, over: threading.Event) -> Iterator[None]:
    """Go on as long as no calls come, for they come first, and until it is over."""
    calls = -1
    while not over.is_set():
        if calls == journal.last_id:
            yield
        else:
            calls = journal.last_id
            over.wait(_AT_EASE)


def _line(format_: str) -> Callable[[Call], str]:
    if format_ == "json":
        return lambda call: dumps(call.record())
    asked = click.get_current_context().color
    if not (sys.stdout.isatty() if asked is None else asked):
        return text.line
    colours = {"ok": "green", "violation": "red", "no match": "yellow"}

    def line(call: Call) -> str:
        word = text.verdict(call)
        return text.line(call).replace(
            word, click.style(word, fg=colours.get(word, "blue")), 1
        )

    return line


class Tally:
    """Counts calls for the summary."""

    def __init__(self, mock: Mock) -> None:
        """Start at nothing."""
        self._served = tuple(each.operation for each in mock.mounts)
        self._names = mock.names
        self._called: set[int] = set()  # by id, since operations live as long as we
        self.calls = 0
        self.broken = 0

    def __call__(self, call: Call) -> None:
        """Count one call."""
        self.calls += 1
        if not call.valid:
            self.broken += 1
        self._called.add(id(call.operation))

    def summary(self, unkept: int = 0) -> str:
        """Say it in a few lines; `unkept` is how often a trigger was not answered for."""
        lines = [f"{numbered(self.calls)}, {self.broken} with violations."]
        if unkept:
            lines.append(f"Callbacks missing or astray: {unkept}.")
        uncalled = [each for each in self._served if id(each) not in self._called]
        if uncalled:
            names = sorted(map(self._names.shortest, uncalled))
            lines.append("Never called: " + ", ".join(names))
        return "\n".join(lines)


_BATCH = 0.02
"""Seconds that lines may wait for others, so that a flood is written in few strokes."""


class Printer:
    """Prints calls from a thread of its own, so that answering never waits for a reader.

    A line is made where its call is: a thread that made many at a time would hold up the
    answers meanwhile.
    """

    def __init__(self, line: Callable[[Call], str]) -> None:
        """Write each call as `line` does."""
        self._line = line
        self._closed = False
        self._waiting: deque[str] = deque()
        self._some = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._print, name="cbmock-printer")

    def __call__(self, call: Call) -> None:
        """Take a call to be printed."""
        self._waiting.append(self._line(call))
        if not self._some.is_set():
            self._some.set()

    def __enter__(self) -> Self:
        """Begin to print."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Print what is left, then end."""
        self._over.set()
        self._some.set()
        self._thread.join()

    def _print(self) -> None:
        while not self._over.is_set():
            self._some.wait()
            self._over.wait(_BATCH)
            self._some.clear()
            lines = []
            while self._waiting:
                lines.append(self._waiting.popleft())
            if lines and not self._closed:
                self._write("\n".join((*lines, "")))

    def _write(self, text: str) -> None:
        # Not by click, which looks for colours to take out of a text that has none.
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError:
            # Whoever read the lines has gone (`| head`); the calls go on.
            self._closed = True
