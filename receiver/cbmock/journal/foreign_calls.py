"""Calls that other processes commit to the same database.

It decides when a process looks for them: PostgreSQL sends notifications; for SQLite the
data version of the file is watched. It must not know who waits for the calls.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from cbmock.clocks import monotonic
from cbmock.journal import storage
from cbmock.journal.known_ids import LOOKED_BACK, MOST_MISSING, PATIENCE
from cbmock.journal.protocol import JournalFailure

_LOOK = 0.004
"""Seconds between two reads of SQLite's data version, a number in shared memory."""
_QUIET = 5.0
"""Seconds after which new calls are looked for without a notification."""
_LINGER = 10.0
"""Seconds that the watch continues without listeners, because the next wait is often
soon."""
_LATE_AT_ONCE = 1000
"""How many skipped ids one query looks for."""
_RETRY = 1.0
_WAKE = "over"

Fetch = Callable[[int, Sequence[int]], list[Any]]
"""Returns the blocks after an id, and those with one of some ids, at most `PAGE`."""


class ForeignCalls:
    """Passes on the row of each committed block once, in a thread of its own."""

    def __init__(
        self,
        engine: Any,
        fetch: Fetch,
        tell: Callable[[Any], None],
        own: str,
        woken: Callable[[], None],
    ) -> None:
        """Read rows by `fetch`; `own` is the name under which this process notifies others.

        `woken` is called after each look, even if it found nothing.
        """
        self._engine, self._fetch, self._tell, self._own = engine, fetch, tell, own
        self._woken = woken
        self._failures: tuple[type[Exception], ...] = (
            *storage.failures(engine),
            JournalFailure,
        )
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self._last = self._known = 0
        self._expected: dict[int, float] = {}
        self._listeners = 0
        self._unheard_since = 0.0

    def begin(self, highest: Callable[[], int]) -> None:
        """Add a listener, which is notified of calls after `highest`."""
        with self._lock:
            self._listeners += 1
            if self._thread is not None:
                return
            self._last = self._known = max(highest() - LOOKED_BACK, 0)
            self._expected.clear()
            for _ in self._news():  # only to see which ids are missing
                pass
            self._thread = threading.Thread(
                target=self._watch, name="cbmock-journal", daemon=True
            )
            self._thread.start()

    def end(self) -> None:
        """Remove a listener."""
        with self._lock:
            self._listeners -= 1
            self._unheard_since = monotonic()

    def close(self, notify: Callable[[str], None]) -> None:
        """End the watch after a last look; `notify` wakes it."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            self._over.set()
            with contextlib.suppress(JournalFailure):  # it also looks unnotified
                notify(_WAKE)
            thread.join(_QUIET)
            self._over.clear()
            with contextlib.suppress(*self._failures):
                self._look()

    def _watch(self) -> None:
        while not self._is_over():
            try:
                with _changes(self._engine, self._own) as change:
                    # Look after each connect: earlier calls sent no notification here.
                    while not self._is_over():
                        self._look()
                        change.wait(self._over)
            except self._failures:
                self._over.wait(_RETRY)  # the database may be restarting

    def _look(self) -> None:
        for row in self._news():
            self._tell(row)
        self._woken()

    def _is_over(self) -> bool:
        with self._lock:
            unheard = not self._listeners
            unheard = unheard and monotonic() - self._unheard_since > _LINGER
            if unheard or self._over.is_set():
                self._thread = None
                return True
        return False

    def _news(self) -> Iterator[Any]:
        """Yield the blocks committed since the last look, also if ids are out of order."""
        now = monotonic()
        self._expected = {id: end for id, end in self._expected.items() if end > now}
        expected = iter(list(self._expected))
        late = list(islice(expected, _LATE_AT_ONCE))
        while True:
            rows = self._fetch(self._last, late)
            for row in rows:
                # Calls between the ids of a block were committed together with it.
                passed = range(max(self._known + 1, row.id - MOST_MISSING), row.id)
                self._expected.update(dict.fromkeys(passed, now + PATIENCE))
                self._expected.pop(row.id, None)
                self._last = max(self._last, row.id)
                self._known = max(self._known, row.last)
                yield row
            if len(rows) == storage.PAGE:
                late = [each for each in late if each in self._expected]
            elif not (late := list(islice(expected, _LATE_AT_ONCE))):
                return


# --- how a change is noticed ------------------------------------------------------------


class _DataVersion:
    """Watches a number in the memory that processes on one SQLite file share."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._before = self._now()

    def wait(self, over: threading.Event) -> None:
        """Return once another connection has written, or after a timeout."""
        until = monotonic() + _QUIET
        while (now := self._now()) == self._before and monotonic() < until:
            if over.wait(_LOOK):
                return
        self._before = now

    def _now(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


class _Notifications:
    """Listens to notifications of other processes through PostgreSQL."""

    def __init__(self, connection: Any, own: str) -> None:
        connection.execute(f"LISTEN {storage.CHANNEL}")
        self._connection, self._own = connection, own

    def wait(self, over: threading.Event) -> None:
        """Return once another process has sent a notification, or after a timeout."""
        until = monotonic() + _QUIET
        while not over.is_set() and (left := until - monotonic()) > 0:
            heard = self._connection.notifies(timeout=left, stop_after=1)
            if any(each.payload != self._own for each in list(heard)):
                return


@contextlib.contextmanager
def _changes(engine: Any, own: str) -> Iterator[_DataVersion | _Notifications]:
    connection = storage.bare_connection(engine)
    try:
        if engine.dialect.name == "sqlite":
            yield _DataVersion(connection)
        else:
            yield _Notifications(connection, own)
    finally:
        connection.close()
