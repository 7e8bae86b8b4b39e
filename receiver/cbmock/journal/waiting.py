"""Waiting until calls have come, without polling.

It decides when a wait is over, for threads and for event loops. It must not know why
the calls are awaited.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cbmock.journal.protocol import Journal
from cbmock.mock.call import Call

CallPredicate = Callable[[Call], bool]


@dataclass(frozen=True, slots=True)
class CallFilter:
    """A filter on indexed fields, applied before the predicate.

    It selects calls with an id greater than `after`, to the operation with the identity
    `operation`, and with `token`; of the existing calls only the first `most`.
    """

    after: int = 0
    operation: str | None = None
    token: str | None = None
    most: int | None = None

    def admits(self, call: Call) -> bool:
        """Return whether a call has the operation and the token."""
        return self.token in (None, call.token) and (
            self.operation is None or self.operation in call.identities
        )


ALL = CallFilter()


class _Collector:
    """Collects the calls that a predicate accepts; calls `done` once there are enough."""

    def __init__(
        self, wanted: CallPredicate, count: int, done: Callable[[], object]
    ) -> None:
        self.found: dict[int, Call] = {}
        self.error: Exception | None = None
        self._wanted = wanted
        self._count = count
        self._done = done
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> None:
        with self._lock:
            self._take(call)

    def _take(self, call: Call) -> None:
        try:
            wanted = self.error is None and self._wanted(call)
        except Exception as error:  # noqa: BLE001 - the user's own, raised where they wait
            self.error = error
            self._done()
            return
        if wanted:
            self.found[call.id] = call  # perhaps again
            if len(self.found) >= self._count:
                self._done()

    def result(self) -> tuple[Call, ...]:
        """Return the calls, or raise the exception of the user's predicate."""
        if self.error is not None:
            raise self.error
        return tuple(self.found.values())

    @contextmanager
    def collecting(self, journal: Journal, among: CallFilter) -> Iterator[None]:
        """Collect the calls of the journal, then the new ones, each once."""
        try:
            # New calls wait for this lock, so that they come after the earlier ones.
            with self._lock:
                before = journal.listen(
                    self,
                    after=among.after,
                    operation=among.operation,
                    token=among.token,
                )
                if self._count <= 0:
                    self._done()
                for call in before:
                    if among.most is not None and len(self.found) >= among.most:
                        break
                    self._take(call)
            yield
        finally:
            journal.ignore(self)


def wait(
    journal: Journal,
    wanted: CallPredicate,
    *,
    count: int,
    timeout: float,
    among: CallFilter = ALL,
    over: threading.Event | None = None,
) -> tuple[Call, ...]:
    """Return the wanted calls once there are `count`, or those found at the timeout.

    `timeout` is in seconds. `among` filters the calls before `wanted` is called.
    Setting `over` ends the wait.
    """
    done = threading.Event() if over is None else over
    collector = _Collector(wanted, count, done.set)
    with collector.collecting(journal, among):
        done.wait(timeout)
    return collector.result()


async def wait_async(
    journal: Journal,
    wanted: CallPredicate,
    *,
    count: int,
    timeout: float,
    among: CallFilter = ALL,
) -> tuple[Call, ...]:
    """Do the same as `wait` without blocking the event loop."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    collector = _Collector(wanted, count, lambda: loop.call_soon_threadsafe(done.set))
    with collector.collecting(journal, among):
        try:
            await asyncio.wait_for(done.wait(), timeout)
        except TimeoutError:
            return collector.result()
    return collector.result()
