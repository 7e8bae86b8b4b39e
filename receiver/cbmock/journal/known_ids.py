"""Up to which id all calls of a journal are known, although they may come in another order.

It decides how long a call with a skipped id is expected: its process may still answer it,
or has ended. It must not know how calls become known.
"""

from __future__ import annotations

from collections import OrderedDict

from cbmock.clocks import monotonic
from cbmock.journal.protocol import Journal

PATIENCE = 30.0
"""Seconds during which a call with a skipped id is still expected."""
LOOKED_BACK = 1000
"""How many ids before the last one may still be expected at the beginning."""
MOST_MISSING = 100_000
"""How many skipped ids are expected later: a process that waited for the database may
commit as many calls at once."""


class KnownIds:
    """The ids of known calls. Not thread-safe."""

    def __init__(self, journal: Journal, after: int = 0) -> None:
        """Begin with the calls that are kept; those up to `after` are known anyway."""
        self._highest = journal.last_id
        first = max(self._highest - LOOKED_BACK, after) + 1
        self._missing: OrderedDict[int, float] = OrderedDict()
        self._miss(first, self._highest)
        for each in journal.ids(after=first - 1):
            self.add(each)

    def add(self, id: int) -> int:
        """Note that a call is known; return up to which id all are."""
        if id > self._highest:
            if id > self._highest + 1:
                self._miss(max(self._highest + 1, id - MOST_MISSING), id - 1)
            self._highest = id
        elif self._missing:
            self._missing.pop(id, None)
        return self.up_to if self._missing else self._highest

    def _miss(self, first: int, last: int) -> None:
        until = monotonic() + PATIENCE
        self._missing.update(dict.fromkeys(range(first, last + 1), until))

    @property
    def up_to(self) -> int:
        """Up to which id all calls are known, or not expected any more."""
        while self._missing:
            first, until = next(iter(self._missing.items()))
            if monotonic() < until:
                return first - 1
            del self._missing[first]
        return self._highest
