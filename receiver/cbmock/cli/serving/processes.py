"""The processes of `cbmock serve`: this one, or workers that it starts.

It decides what a worker does besides answering. It must not know what is printed.
"""

from __future__ import annotations

import contextlib
import gc
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from cbmock.cli.serving.endpoint import Endpoint
from cbmock.cli.serving.losses import JournalLosses, LossesOfWorker
from cbmock.mock.mock import Mock
from cbmock.server.app import App
from cbmock.server.run import Server

if TYPE_CHECKING:
    from cbmock.journal.protocol import StoredJournal
    from cbmock.server.workers import Workers


_YOUNG = 10_000
"""How many new objects the garbage collector waits for, instead of 700: the value of a body
of 100 KB has more, all of which it would look at, though they are freed without it."""


@dataclass(frozen=True, slots=True)
class Processes:
    """An application on its sockets, served by this process or by several."""

    app: App
    endpoint: Endpoint
    sockets: Sequence[socket.socket]
    make: Callable[[], Mock]
    losses: JournalLosses
    reloads: bool

    def server(self, workers: int) -> Server | Workers:
        """Return what serves: this process, or those that it starts."""
        gc.freeze()  # what was made of the document stays too
        gc.set_threshold(_YOUNG)
        return self._own() if workers == 1 else self._workers(workers)

    def _own(self) -> Server:
        return Server(self.app, tls=self.endpoint.tls, http2=self.endpoint.http2)

    def _workers(self, count: int) -> Workers:
        from cbmock.server.workers import Workers  # noqa: PLC0415 - 2 ms, few need it

        journal = cast("StoredJournal", self.app.journal)  # as the options say
        journal.close()  # no connection may be of two processes

        def work(server: Server, tell: Callable[[str], None]) -> None:
            journal.be_another()
            losses = self.app.on_journal_failure = LossesOfWorker(journal, tell)
            with contextlib.ExitStack() as beside:
                beside.callback(losses.end)
                if self.reloads:
                    from cbmock.cli.serving.reload import reloading  # noqa: PLC0415 - 20 ms, few need it

                    beside.enter_context(
                        reloading(self.app, self.make, _nothing, _nothing)
                    )
                server.run(self.sockets)

        found = Workers(count, self._own, work, self.losses.hear, journal.close)
        if self.app.shared is not None:
            journal.on_wake = self.app.shared.load
        return found


def _nothing(*_: object) -> None:
    """Leave it to the process that started the workers."""
