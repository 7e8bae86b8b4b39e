"""Waiting: until calls have come, without polling.

It decides when a wait is over, for threads and for event loops. It must not know what the
calls are wanted for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from receiver.journal.memory import Journal
from receiver.mock.call import Call

Wanted = Callable[[Call], bool]


class _Gathering:
    """Collects the calls that are wanted, and says once there are enough."""

    def __init__(self, wanted: Wanted, count: int, done: Callable[[], object]) -> None:
        self.found: list[Call] = []
        self._wanted = wanted
        self._count = count
        self._done = done
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> None:
        with self._lock:
            self._take(call)

    def _take(self, call: Call) -> None:
        if self._wanted(call):
            self.found.append(call)
            if len(self.found) >= self._count:
                self._done()

    @contextmanager
    def of(self, journal: Journal, after: int) -> Iterator[None]:
        """Take in what the journal has, then what comes, each call once."""
        try:
            # Calls that arrive meanwhile wait for their turn at the lock.
            with self._lock:
                for call in journal.listen(self, after=after):
                    self._take(call)
            yield
        finally:
            journal.ignore(self)


def wait(
    journal: Journal, wanted: Wanted, *, count: int, timeout: float, after: int = 0
) -> tuple[Call, ...]:
    """Return the wanted calls once there are `count`, or what there is at the timeout.

    `timeout` is in seconds; calls up to the id `after` do not count.
    """
    done = threading.Event()
    gathering = _Gathering(wanted, count, done.set)
    with gathering.of(journal, after):
        done.wait(timeout)
    return tuple(gathering.found)


async def wait_async(
    journal: Journal, wanted: Wanted, *, count: int, timeout: float, after: int = 0
) -> tuple[Call, ...]:
    """Do what `wait` does without blocking the event loop."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    gathering = _Gathering(wanted, count, lambda: loop.call_soon_threadsafe(done.set))
    with gathering.of(journal, after):
        try:
            await asyncio.wait_for(done.wait(), timeout)
        except TimeoutError:
            return tuple(gathering.found)
    return tuple(gathering.found)
