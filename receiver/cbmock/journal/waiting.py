"""Waiting until calls have come, without polling.

It decides when a wait is over, for threads and for event loops. It must not know why
the calls are awaited.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cbmock.journal.protocol import Journal
from cbmock.journal.slices import in_slices
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
    """Collects the calls that a predicate accepts; calls `done` once there are enough.

    Those that come while the earlier ones are read are kept apart: they stand after them.
    """

    def __init__(
        self,
        wanted: CallPredicate,
        count: int,
        among: CallFilter,
        done: Callable[[], object],
    ) -> None:
        self.error: Exception | None = None
        self._among = among
        self._earlier: dict[int, Call] = {}
        self._new: dict[int, Call] = {}
        self._wanted = wanted
        self._count = count
        self._done = done
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> None:
        with self._lock:
            if call.id not in self._earlier and self._among.admits(call):
                self._take(call, self._new)

    def read(self, before: Iterable[Call]) -> Iterator[None]:
        """Take the earlier calls, one with each step."""
        most = self._among.most
        if self._count <= 0:
            self._done()
        for call in before:
            if most is not None and len(self._earlier) >= most:
                return
            with self._lock:
                self._new.pop(call.id, None)  # another process may tell it again
                self._take(call, self._earlier)
            yield

    def _take(self, call: Call, into: dict[int, Call]) -> None:
        try:
            wanted = self.error is None and self._wanted(call)
        except Exception as error:  # noqa: BLE001 - the user's own, raised where they wait
            self.error = error
            self._done()
            return
        if wanted:
            into[call.id] = call
            if len(self._earlier) + len(self._new) >= self._count:
                self._done()

    def result(self) -> tuple[Call, ...]:
        """Return the calls, or raise the exception of the user's predicate."""
        if self.error is not None:
            raise self.error
        with self._lock:
            return (*self._earlier.values(), *self._new.values())

    @contextmanager
    def listening(self, journal: Journal) -> Iterator[Iterator[None]]:
        """Collect new calls; the value takes the earlier ones while it is iterated."""
        among = self._among
        try:
            before = journal.listen(
                self, after=among.after, operation=among.operation, token=among.token
            )
            yield self.read(before)
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

    `timeout` is in seconds, and may be infinite. `among` filters the calls before `wanted`
    is called. Setting `over` ends the wait.
    """
    done = threading.Event() if over is None else over
    collector = _Collector(wanted, count, among, done.set)
    with collector.listening(journal) as earlier:
        for _ in earlier:
            pass
        done.wait(min(timeout, threading.TIMEOUT_MAX))
    return collector.result()


async def wait_async(
    journal: Journal,
    wanted: CallPredicate,
    *,
    count: int,
    timeout: float,
    among: CallFilter = ALL,
) -> tuple[Call, ...]:
    """Do the same as `wait` without blocking the event loop.

    Earlier calls are read first, however many there are.
    """
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    collector = _Collector(
        wanted, count, among, lambda: loop.call_soon_threadsafe(done.set)
    )
    with collector.listening(journal) as earlier:
        async for _ in in_slices(earlier):
            pass
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), timeout)
    return collector.result()
