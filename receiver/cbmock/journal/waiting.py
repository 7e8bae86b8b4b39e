"""Waiting: until calls have come, without polling.

It decides when a wait is over, for threads and for event loops. It must not know what the
calls are wanted for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cbmock.journal.memory import Journal
from cbmock.mock.call import Call

Wanted = Callable[[Call], bool]


@dataclass(frozen=True, slots=True)
class Among:
    """Which calls of a journal come into question at all, so that few are looked at.

    Those with an id greater than `after`, to the operation with the identity
    `operation`, with `token`; of those that have come already the first `most`.
    """

    after: int = 0
    operation: str | None = None
    token: str | None = None
    most: int | None = None


ALL = Among()


class _Gathering:
    """Collects the calls that are wanted, and says once there are enough."""

    def __init__(self, wanted: Wanted, count: int, done: Callable[[], object]) -> None:
        self.found: list[Call] = []
        self.fault: Exception | None = None
        self._wanted = wanted
        self._count = count
        self._done = done
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> None:
        with self._lock:
            self._take(call)

    def _take(self, call: Call) -> None:
        try:
            wanted = self.fault is None and self._wanted(call)
        except Exception as fault:  # noqa: BLE001 - the user's own, raised where they wait
            self.fault = fault
            self._done()
            return
        if wanted:
            self.found.append(call)
            if len(self.found) >= self._count:
                self._done()

    def result(self) -> tuple[Call, ...]:
        """Return what was found, or raise what the user's own predicate raised."""
        if self.fault is not None:
            raise self.fault
        return tuple(self.found)

    @contextmanager
    def of(self, journal: Journal, among: Among) -> Iterator[None]:
        """Take in what the journal has, then what comes, each call once."""
        try:
            # Calls that arrive meanwhile wait for their turn at the lock.
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
    wanted: Wanted,
    *,
    count: int,
    timeout: float,
    among: Among = ALL,
) -> tuple[Call, ...]:
    """Return the wanted calls once there are `count`, or what there is at the timeout.

    `timeout` is in seconds; `among` says which calls are asked at all.
    """
    done = threading.Event()
    gathering = _Gathering(wanted, count, done.set)
    with gathering.of(journal, among):
        done.wait(timeout)
    return gathering.result()


async def wait_async(
    journal: Journal,
    wanted: Wanted,
    *,
    count: int,
    timeout: float,
    among: Among = ALL,
) -> tuple[Call, ...]:
    """Do what `wait` does without blocking the event loop."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    gathering = _Gathering(wanted, count, lambda: loop.call_soon_threadsafe(done.set))
    with gathering.of(journal, among):
        try:
            await asyncio.wait_for(done.wait(), timeout)
        except TimeoutError:
            return gathering.result()
    return gathering.result()
