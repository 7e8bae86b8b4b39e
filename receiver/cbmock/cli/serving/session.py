"""One run of `cbmock serve`: what it prints from beginning to end.

It decides what goes to standard output or standard error, and the exit code. It must
not know how the mock is made.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cbmock.cli._output import say_briefly
from cbmock.cli.serving import status_line
from cbmock.cli.serving.findings import reporting_findings
from cbmock.cli.serving.lines import (
    Tally,
    conduct,
    dropped,
    ended,
    greeting,
    line_of,
    listening,
)
from cbmock.cli.serving.losses import JournalLosses
from cbmock.cli.serving.printer import Printer
from cbmock.cli.serving.status_line import StatusLine
from cbmock.cli.serving.triggers import TriggerLines
from cbmock.clocks import wall
from cbmock.errors import ReceiverError
from cbmock.journal.protocol import JournalFailure
from cbmock.mock.call import Call
from cbmock.server.app import App
from cbmock.server.run import Server

if TYPE_CHECKING:
    from cbmock.server.workers import Workers

_MOST_JUDGED = 20_000
"""A number of calls: more would delay the end of the mock, and need much memory."""

FailOn = Literal["error", "warning", "never"]


class Session:
    """The output about one application, in one format."""

    def __init__(
        self,
        app: App,
        format_: str,
        listens_at: str,
        losses: JournalLosses,
        *,
        is_plain: bool = True,
        of_workers: bool = False,
    ) -> None:
        """Listen to the calls and triggers of the application, or of its workers.

        On a terminal, a status line is shown below the lines, unless `is_plain`.
        """
        self._app = app
        self._losses = app.on_journal_failure = losses
        self._is_own = not of_workers
        self.is_json = format_ == "json"
        self._listens_at = listens_at
        self._line = line_of(format_)
        self._tally = Tally()
        status = None
        if not (is_plain or self.is_json) and status_line.is_possible():
            status = StatusLine(
                self._tally.counts,
                len({each.operation.identity for each in app.mock.mounts}),
            )
        self._printer = Printer(dropped(format_), status)
        self.listen(self._tally)
        self.listen(self._print)
        self._triggers = TriggerLines(app, self.say)

    def listen(self, listener: Callable[[Call], None]) -> None:
        """Give every call from now on to `listener`, those of workers too."""
        self._app.journal.listen(listener, own=self._is_own)

    def say(self, text: str) -> None:
        """Print a line that is not about a call; with JSON, to standard error."""
        if self.is_json:
            with contextlib.suppress(OSError):  # the reader has ended
                click.echo(text, err=True)
        else:
            self._printer(text)

    def _print(self, call: Call) -> None:
        self._printer(self._line(call))

    def run(
        self,
        server: Server | Workers,
        sockets: Sequence[socket.socket],
        before: Iterable[AbstractContextManager[object]],
        port_file: str | None,
    ) -> None:
        """Serve until the server ends."""
        app = self._app
        with self._printer, contextlib.ExitStack() as stack:
            for each in before:
                stack.enter_context(each)
            click.echo(
                greeting(app.mock, app.base_url, self._listens_at), err=self.is_json
            )
            if self.is_json:
                is_shared = app.journal.shared is not None
                self._printer(listening(app.mock, app.base_url, is_shared=is_shared))
            if port_file is not None:
                _write_port(Path(port_file), self._listens_at)
            with reporting_findings(app.mock, app.journal):
                server.run(sockets)
            app.journal.write_waiting()  # for what is looked at now
            try:
                self._triggers.look()
                self._judge_conduct()
            except JournalFailure as failure:
                self._losses.report(
                    f"conduct was not checked at the end: {failure.message}"
                )
            if self.is_json:
                self._printer(ended(self._tally.calls))

    def _judge_conduct(self) -> None:
        """Print the calls that break the configured conduct, now that all have arrived."""
        app = self._app
        if not app.delivery_settings.conducts:
            return
        last = app.journal.last_id
        calls = tuple(app.journal.each(after=max(last - _MOST_JUDGED, 0)))
        if last > _MOST_JUDGED:
            self.say(
                f"Conduct was checked in the last {_MOST_JUDGED} calls; `cbmock verify` "
                "checks all calls of a journal."
            )
        from cbmock.deliveries import judging  # noqa: PLC0415 - 20 ms, only where configured

        found = judging.judge_calls(calls, app.delivery_settings, now=wall())
        for call in calls:
            if call.id in found:
                self._tally.misconducted(call, found[call.id])
                self._printer(conduct(call, found[call.id], is_json=self.is_json))

    def end(self, fail_on: FailOn) -> None:
        """Print the summary, and exit with the right exit code."""
        printer, tally = self._printer, self._tally
        failing = {
            "error": tally.broken + self._triggers.broken,
            "warning": tally.broken + tally.warned + self._triggers.broken,
            "never": 0,
        }[fail_on]
        summary = tally.summary(self._app.mock, self._triggers.broken)
        lost = self._losses.total

        def say() -> None:
            with contextlib.suppress(OSError):  # the reader has ended
                click.echo(summary, err=self.is_json or printer.has_lost)
                if lost is not None:
                    click.echo(lost, err=True)

        code = 2 if printer.has_lost or lost is not None else int(failing > 0)
        if printer.is_stuck:
            say_briefly(say)
            click.get_current_context().close()  # temporary files, a Unix socket
            # Python would wait for standard output without end.
            os._exit(code)
        say()
        if code:
            sys.exit(code)


def _write_port(file: Path, listens_at: str) -> None:
    """Write the file atomically, since a program may read it as soon as it exists.

    A pipe or device is written to, not replaced.
    """
    line = listens_at.rpartition(":")[2] + "\n"
    unfinished = file.parent / f"{file.name}.{os.getpid()}"
    try:
        if file.exists() and not file.is_file():
            file.write_text(line, "utf-8")
            return
        unfinished.write_text(line, "utf-8")
        unfinished.replace(file)
    except OSError as error:
        message = f"--port-file {file}: cannot be written: {error.strerror or error}"
        raise ReceiverError(message) from None
