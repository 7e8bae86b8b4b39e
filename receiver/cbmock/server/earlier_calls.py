"""Earlier calls that later ones are compared with.

It decides which calls of a database are kept in memory. It must not know what they are
compared by.
"""

from __future__ import annotations

from cbmock.journal.protocol import Journal
from cbmock.mock.call import Call

_MOST_REMEMBERED = 200


class EarlierCalls:
    """The calls of a journal, by their ids."""

    def __init__(self, journal: Journal) -> None:
        """Read from a journal."""
        self._journal = journal
        self._remembered: dict[int, Call] = {}

    def get(self, id: int) -> Call | None:
        """Return a call; None if it is no longer kept."""
        found = self._remembered.get(id) or self._journal.get(id)
        if found is not None and self._journal.shared is not None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[id] = found
        return found

    def clear(self) -> None:
        """Forget what is kept in memory."""
        self._remembered.clear()
