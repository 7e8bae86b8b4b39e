"""A database that does not answer: waited for only some seconds, then away until it answers.

It decides how long a database may be silent, and that nobody waits for one that is away: a
thread asks it meanwhile. It must not know what is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from cbmock.clocks import monotonic
from cbmock.journal import storage
from cbmock.journal.protocol import JournalFailure

T = TypeVar("T")

LONG = 1.0
"""Seconds after which a failure shows that others would have to wait as well."""
_PAUSE = 1.0
"""Seconds between two questions to a database that is away."""


class Outage:
    """Whether a database is away: everything fails at once then. Thread-safe."""

    def __init__(
        self, url: str, ask: Callable[[], object], errors: tuple[type[Exception], ...]
    ) -> None:
        """`ask` raises one of `errors` if the database cannot be used; `url` is shown."""
        self._url, self._ask, self._errors = url, ask, errors
        self._lock = threading.Lock()
        self._reason = ""
        self._over: threading.Event | None = None

    def attempt(self, work: Callable[[], T], *, is_possible: bool = False) -> T:
        """Do work; raises `JournalFailure`, at once if the database is away.

        Work that `is_possible` is done even then.
        """
        if self._over is not None and not is_possible:
            raise JournalFailure(self._reason)
        began = monotonic()
        try:
            return work()
        except self._errors as error:
            reason = f"the journal {self._url}: {storage.reason(error)}"
            if monotonic() - began >= LONG:
                self._begin(reason)
            raise JournalFailure(reason) from None

    def _begin(self, reason: str) -> None:
        with self._lock:
            if self._over is None:
                self._reason, self._over = reason, threading.Event()
                threading.Thread(
                    target=self._wait,
                    args=(self._over,),
                    name="cbmock-journal-away",
                    daemon=True,
                ).start()

    def _wait(self, over: threading.Event) -> None:
        while self._is_slow() and not over.wait(_PAUSE):
            pass
        with self._lock:
            if self._over is over:
                self._over = None

    def _is_slow(self) -> bool:
        """Return whether it fails, and not at once: such a failure delays nobody."""
        began = monotonic()
        try:
            self._ask()
        except self._errors:
            return monotonic() - began >= LONG
        return False

    def close(self) -> None:
        """Ask no more; the next failure begins another outage."""
        with self._lock:
            if self._over is not None:
                self._over.set()
                self._over = None
