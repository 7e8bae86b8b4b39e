"""Workers: several processes that answer on the same sockets, and their keeper.

It decides how many run, and what happens if one of them or the parent dies. It must not
know what they answer, or where calls are kept.

The user's process forks a keeper before it starts threads. The keeper forks the
workers, and a new one for each that dies. Each process ends when the pipe that its
parent holds is closed, which also happens if the parent is killed.
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
from collections.abc import Callable, Sequence

from cbmock.clocks import monotonic
from cbmock.errors import ReceiverError
from cbmock.server.run import Server

_SHORTLY = 1.0
"""Seconds: a worker that lived for less is replaced only after this pause."""

Tell = Callable[[str], None]
"""Sends a line of a worker, of less than 4096 bytes, to the process that started it."""
Work = Callable[[Server, Tell], None]
"""Runs a server in a process of its own until the server ends."""


class Workers:
    """Processes that share sockets; run like a `Server`."""

    def __init__(
        self,
        count: int,
        make: Callable[[], Server],
        work: Work,
        hear: Tell,
        after: Callable[[], None],
    ) -> None:
        """Fork the keeper; this process must not have started threads yet.

        In each worker, `work` serves by the server that `make` returns there. Here `hear`
        is called with each line that one tells, `after` once the last has ended.
        """
        self._hear, self._after = hear, after
        if not hasattr(os, "fork"):
            raise ReceiverError(
                "--workers needs a system that can fork processes, such as Linux"
            )
        reading, self._lifeline = os.pipe()
        self._heard, telling = os.pipe()
        self._over, self._ended = threading.Event(), threading.Event()
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            self._keeper = os.fork()
        except OSError as error:
            message = f"no process can be started: {error.strerror or error}"
            raise ReceiverError(message) from None
        if self._keeper == 0:
            os.close(self._lifeline)
            os.close(self._heard)
            _exiting(lambda: _Keeper(count, make, work, telling).keep(reading))
        os.close(reading)
        os.close(telling)

    def end(self) -> None:
        """Ask the workers to end; from any thread."""
        self._over.set()

    def run(self, sockets: Sequence[socket.socket]) -> None:
        """Let the workers begin; return once this process was asked to end and they have."""
        os.write(self._lifeline, b"\n")
        threading.Thread(target=self._wait_for_keeper, daemon=True).start()
        hearing = threading.Thread(target=self._listen, daemon=True)
        hearing.start()
        self._over.wait()
        is_early = self._ended.is_set()
        for each in sockets:
            each.close()
        with contextlib.suppress(BrokenPipeError):  # the keeper has ended
            os.write(self._lifeline, b"\n")
        self._ended.wait()
        os.close(self._lifeline)
        hearing.join(_SHORTLY)  # it ends with the last worker
        self._after()
        if is_early:
            raise ReceiverError("the process that keeps the workers alive has ended")

    def _wait_for_keeper(self) -> None:
        os.waitpid(self._keeper, 0)
        self._ended.set()
        self._over.set()

    def _listen(self) -> None:
        with os.fdopen(self._heard, encoding="utf-8") as lines:
            for line in lines:
                self._hear(line)


class _Keeper:
    """Starts workers, and replaces those that die, until the parent closes its pipe."""

    def __init__(
        self, count: int, make: Callable[[], Server], work: Work, telling: int
    ) -> None:
        self._count, self._make, self._work = count, make, work
        self._telling = telling
        self._started: dict[int, float] = {}
        self._reading, self._lifeline = os.pipe()

    def keep(self, parent: int) -> None:
        """Keep workers alive, from the first byte of the parent's pipe to the second.

        A parent that ends before they have ended is waited for no longer: nor are they.
        """
        woken, wakes = os.pipe()
        for each in (woken, wakes):
            os.set_blocking(each, False)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the parent says when it is over
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        if not os.read(parent, 1):
            return  # it has ended before it could hear of calls
        for _ in range(self._count):
            self._start()
        while parent not in self._ready(parent, woken):
            self._replace()
        os.close(self._lifeline)
        is_alone = not os.read(parent, 1)
        while self._started:
            if not is_alone and parent in self._ready(parent, woken):
                for worker in self._started:
                    os.kill(worker, signal.SIGKILL)
                return
            self._reap(wait=is_alone)

    @staticmethod
    def _ready(parent: int, woken: int) -> list[int]:
        """Wait until the parent says something, or a child has ended."""
        ready = select.select([parent, woken], [], [])[0]
        with contextlib.suppress(BlockingIOError):
            os.read(woken, 4096)
        return ready

    def _start(self) -> None:
        worker = os.fork()
        if worker == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._lifeline)
            _exiting(self._serve)
        self._started[worker] = monotonic()

    def _replace(self) -> None:
        for worker, (lived, code) in self._reap().items():
            how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            line = f"worker {worker} ended {how}; another takes its place\n"
            sys.stderr.write(line)
            sys.stderr.flush()
            if lived < _SHORTLY:
                time.sleep(_SHORTLY)
            self._start()

    def _reap(self, *, wait: bool = False) -> dict[int, tuple[float, int]]:
        """Return those that have ended: for how long each lived, and its exit code."""
        found = {}
        for worker, started in list(self._started.items()):
            ended, status = os.waitpid(worker, 0 if wait else os.WNOHANG)
            if ended:
                del self._started[worker]
                code = os.waitstatus_to_exitcode(status)
                found[worker] = (monotonic() - started, code)
        return found

    def _serve(self) -> None:
        server = self._make()

        def end_with_keeper() -> None:
            os.read(self._reading, 1)
            server.end()

        threading.Thread(target=end_with_keeper, daemon=True).start()
        self._work(server, self._tell)

    def _tell(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # nobody is left to hear it
            os.write(self._telling, f"{line}\n".encode())


def _exiting(work: Callable[[], None]) -> None:
    """Do the work of a child process, and always end it there."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - the parent's code must not run in the child
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
