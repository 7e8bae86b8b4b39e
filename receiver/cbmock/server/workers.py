"""Workers: several processes that answer on the same sockets, and what keeps them alive.

It decides how many run, and what happens when one dies or its parent does. It must not
know what they answer, nor where calls are kept: that is what they share.

The process that the user started forks a keeper before it has threads; the keeper forks the
workers, and another one for each that dies. A pipe that its parent holds tells each to end,
also where the parent was killed.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Sequence

from cbmock.clocks import monotonic
from cbmock.errors import ReceiverError
from cbmock.server.run import Server

_SHORTLY = 1.0
"""Seconds: a worker that lives no longer is replaced only after as long a pause."""

Work = Callable[[Server], None]
"""Serves by a server, in a process of its own, until that ends."""


class Workers:
    """Processes on the same sockets, run as a `Server` is; the sockets are shared."""

    def __init__(
        self,
        count: int,
        make: Callable[[], Server],
        work: Work,
        after: Callable[[], None],
    ) -> None:
        """Fork the keeper: this process must not have started threads yet.

        In each worker, `work` serves by the server that `make` returns there; `after` is
        called here once the last has ended.
        """
        self._after = after
        if not hasattr(os, "fork"):
            raise ReceiverError("--workers needs processes that fork, as on Linux")
        reading, self._lifeline = os.pipe()
        self._over, self._ended = threading.Event(), threading.Event()
        self._signals = 0
        sys.stdout.flush()
        sys.stderr.flush()
        self._keeper = os.fork()
        if self._keeper == 0:
            os.close(self._lifeline)
            _exiting(lambda: _Keeper(count, make, work).keep(reading))
        os.close(reading)

    @contextlib.contextmanager
    def ending_at_signals(self) -> Generator[None, None, None]:
        """End at SIGINT, SIGTERM and SIGHUP; a second one ends this process at once."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {each: signal.signal(each, self._at_signal) for each in numbers}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _at_signal(self, number: int, _frame: object) -> None:
        self._signals += 1
        if self._signals > 2:  # noqa: PLR2004 - wrappers pass on what also reaches us
            os._exit(128 + number)
        self._over.set()

    def run(self, sockets: Sequence[socket.socket]) -> None:
        """Return once this process was asked to end and the workers have ended."""
        threading.Thread(target=self._wait_for_keeper, daemon=True).start()
        self._over.wait()
        is_early = self._ended.is_set()
        for each in sockets:
            each.close()
        os.close(self._lifeline)
        self._ended.wait()
        self._after()
        if is_early:
            raise ReceiverError("the process that keeps the workers alive has ended")

    def _wait_for_keeper(self) -> None:
        os.waitpid(self._keeper, 0)
        self._ended.set()
        self._over.set()


class _Keeper:
    """Starts workers, and replaces each that dies, until the parent closes its pipe."""

    def __init__(self, count: int, make: Callable[[], Server], work: Work) -> None:
        self._count, self._make, self._work = count, make, work
        self._started: dict[int, float] = {}
        self._reading, self._lifeline = os.pipe()

    def keep(self, parent: int) -> None:
        """Keep workers alive until the pipe from the parent ends."""
        woken, wakes = os.pipe()
        for each in (woken, wakes):
            os.set_blocking(each, False)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the parent says when it is over
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        for _ in range(self._count):
            self._start()
        while parent not in select.select([parent, woken], [], [])[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 4096)
            self._replace()
        os.close(self._lifeline)
        for worker in self._started:
            os.waitpid(worker, 0)

    def _start(self) -> None:
        worker = os.fork()
        if worker == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._lifeline)
            _exiting(self._serve)
        self._started[worker] = monotonic()

    def _replace(self) -> None:
        for worker, started in list(self._started.items()):
            ended, status = os.waitpid(worker, os.WNOHANG)
            if ended:
                del self._started[worker]
                code = os.waitstatus_to_exitcode(status)
                how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
                line = f"worker {worker} ended {how}; another takes its place\n"
                sys.stderr.write(line)
                sys.stderr.flush()
                if monotonic() - started < _SHORTLY:
                    time.sleep(_SHORTLY)
                self._start()

    def _serve(self) -> None:
        server = self._make()

        def end_with_keeper() -> None:
            os.read(self._reading, 1)
            server.end()

        threading.Thread(target=end_with_keeper, daemon=True).start()
        self._work(server)


def _exiting(work: Callable[[], None]) -> None:
    """Do the work of a child, and end it there, whatever happens."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - nothing of the parent's may run in the child
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
