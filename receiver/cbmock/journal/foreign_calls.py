"""The calls that other processes commit to one database, as they come.

It decides when a process looks for them: PostgreSQL notifies it, SQLite's file is watched
by its data version. It must not know who waits for the calls.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cbmock.journal import storage
from cbmock.journal.protocol import JournalFailure

_LOOK = 0.004
"""Seconds between two looks at the data version of SQLite, a number in shared memory."""
_QUIET = 5.0
"""Seconds after which new calls are looked for although nothing was noticed."""
_LINGER = 10.0
"""Seconds that the watch goes on without listeners: mostly the next wait is near."""
_PATIENCE = 30.0
"""Seconds within which a call whose id was passed over is still expected."""
_LOOKED_BACK = 1000
_RETRY = 1.0
_WAKE = "over"

Fetch = Callable[[int, Sequence[int]], list[Any]]
"""Returns the rows after an id, and those with one of some ids, at most `PAGE`."""


class ForeignCalls:
    """Tells the row of each call that is committed, in a thread of its own, once."""

    def __init__(
        self,
        engine: Any,
        fetch: Fetch,
        tell: Callable[[Any], None],
        own: str,
        woken: Callable[[], None],
    ) -> None:
        """Read by `fetch`; `own` is what this process notifies others with.

        `woken` is called after each look, whatever it has found.
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
        self._last = 0
        self._expected: dict[int, float] = {}
        self._listeners = 0
        self._unheard_since = 0.0

    def begin(self, highest: Callable[[], int]) -> None:
        """Have one listener more, who has yet to hear of what comes after `highest`."""
        with self._lock:
            self._listeners += 1
            if self._thread is not None:
                return
            self._last = max(highest() - _LOOKED_BACK, 0)
            self._expected.clear()
            for _ in self._news():  # only which ids are missing
                pass
            self._thread = threading.Thread(
                target=self._watch, name="cbmock-journal", daemon=True
            )
            self._thread.start()

    def end(self) -> None:
        """Have one listener less."""
        with self._lock:
            self._listeners -= 1
            self._unheard_since = time.monotonic()

    def close(self, notify: Callable[[str], None]) -> None:
        """End the watch, which `notify` wakes, after a last look."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            self._over.set()
            with contextlib.suppress(JournalFailure):  # then it looks by itself
                notify(_WAKE)
            thread.join(_QUIET)
            self._over.clear()
            with contextlib.suppress(*self._failures):
                self._look()

    def _watch(self) -> None:
        while not self._is_over():
            try:
                with _changes(self._engine, self._own) as change:
                    # Once more after each connection: what came before was not noticed.
                    while not self._is_over():
                        self._look()
                        change.wait(self._over)
            except self._failures:
                self._over.wait(_RETRY)  # the database may be started again

    def _look(self) -> None:
        for row in self._news():
            self._tell(row)
        self._woken()

    def _is_over(self) -> bool:
        with self._lock:
            unheard = not self._listeners
            unheard = unheard and time.monotonic() - self._unheard_since > _LINGER
            if unheard or self._over.is_set():
                self._thread = None
                return True
        return False

    def _news(self) -> Iterator[Any]:
        """Yield the rows that were committed since, also out of the order of their ids."""
        now = time.monotonic()
        self._expected = {id: end for id, end in self._expected.items() if end > now}
        late = list(self._expected)
        while True:
            rows = self._fetch(self._last, late)
            for row in rows:
                if row.id > self._last:
                    passed = range(max(self._last + 1, row.id - _LOOKED_BACK), row.id)
                    self._expected.update(dict.fromkeys(passed, now + _PATIENCE))
                    self._last = row.id
                self._expected.pop(row.id, None)
                yield row
            if len(rows) < storage.PAGE:
                return
            late = []


# --- how a change is noticed ------------------------------------------------------------


class _DataVersion:
    """Looks at a number in the memory that processes on one SQLite file share."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._before = self._now()

    def wait(self, over: threading.Event) -> None:
        """Return once another connection has written, or it was quiet for long."""
        until = time.monotonic() + _QUIET
        while (now := self._now()) == self._before and time.monotonic() < until:
            if over.wait(_LOOK):
                return
        self._before = now

    def _now(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


class _Notifications:
    """Listens to what other processes notify through PostgreSQL."""

    def __init__(self, connection: Any, own: str) -> None:
        connection.execute(f"LISTEN {storage.CHANNEL}")
        self._connection, self._own = connection, own

    def wait(self, over: threading.Event) -> None:
        """Return once another process has notified, or it was quiet for long."""
        until = time.monotonic() + _QUIET
        while not over.is_set() and (left := until - time.monotonic()) > 0:
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
