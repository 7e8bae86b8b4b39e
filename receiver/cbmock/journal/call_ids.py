"""The ids of the calls of several processes on one database.

It decides who gets which id, also while the database cannot be reached. It must not know
what is kept under an id.
"""

from __future__ import annotations

from cbmock.journal.counters import Counters
from cbmock.journal.protocol import JournalFailure, OnFailure


class CallIds:
    """Gives out ids that grow. Not thread-safe: the journal's lock guards it."""

    def __init__(self, counters: Counters, on_failure: OnFailure) -> None:
        """Go on from the last id; `JournalFailure` if the database cannot be read."""
        self._counters = counters
        self._on_failure = on_failure
        self._highest = counters.value("id")
        """The last id that was given out here. A database that was killed may have
        forgotten it, or it was given out while the database could not be reached."""
        self._free = iter(range(0))

    def next(self) -> int:
        """Take an id, of those that were reserved if there are any."""
        taken = next(self._free, None)
        if taken is None:
            self.reserve(1)
            taken = next(self._free)
        return taken

    def reserve(self, count: int) -> int | None:
        """Take ids together; count here while calls wait for the database.

        Returns the version of the settings, which costs nothing besides; None meanwhile.
        """
        version = None
        try:
            version = self._take(count)
        except JournalFailure:
            if self._on_failure == "reject":
                raise
            self._highest += count
        self._free = iter(range(self._highest - count + 1, self._highest + 1))
        return version

    def release(self) -> None:
        """Give out no more of the reserved ids."""
        self._free = iter(range(0))

    def another(self) -> int:
        """Take an id beside those that are reserved. Raises `JournalFailure`."""
        self._take(1)
        return self._highest

    def catch_up(self) -> None:
        """Tell the database of ids of which it does not know. Raises `JournalFailure`."""
        self._take(0)

    def _take(self, count: int) -> int:
        """Take ids, and return the version of the settings."""
        self._highest, version = self._counters.take_ids(self._highest, count)
        return version
