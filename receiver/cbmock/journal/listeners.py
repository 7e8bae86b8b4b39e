"""Who is notified of a journal's calls, and of whose.

It must not know how calls are kept.
"""

from __future__ import annotations

from cbmock.journal.protocol import Listener
from cbmock.mock.call import Call


class Listeners:
    """Listeners to the calls of this process, and those that hear of others' calls too.

    The tuples are replaced, never changed, so that going through one needs no lock.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._all: tuple[Listener, ...] = ()
        self._to_others: tuple[Listener, ...] = ()

    def add(self, listener: Listener, *, own: bool) -> None:
        """Notify a listener from now on, with `own` of calls of this process only."""
        self._all = (*self._all, listener)
        if not own:
            self._to_others = (*self._to_others, listener)

    def remove(self, listener: Listener) -> int:
        """Notify it no more; return how often it listened to others' calls."""
        before = len(self._to_others)
        self._all, self._to_others = (
            tuple(each for each in some if each is not listener)
            for some in (self._all, self._to_others)
        )
        return before - len(self._to_others)

    def tell(self, call: Call) -> None:
        """Notify all of a call of this process."""
        for listener in self._all:
            listener(call)

    def tell_foreign(self, call: Call) -> None:
        """Notify those that want to hear of another process's call."""
        for listener in self._to_others:
            listener(call)
