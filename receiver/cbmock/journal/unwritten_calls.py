"""Calls that wait in memory for a database that cannot be written to.

It decides that each is written once, also if its commit succeeded although that was not
heard, or if its id was given to another call. It must not know how calls are stored.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from cbmock.journal.call_ids import CallIds
from cbmock.journal.known_ids import MOST_MISSING
from cbmock.journal.stored_blocks import StoredBlocks
from cbmock.mock.call import Call
from cbmock.mock.faults import Sent

_MOST_WAITING = MOST_MISSING  # others expect no more
_AT_ONCE = 1000
"""How many of the calls that waited are committed together."""
_RETRY = 1.0
"""Seconds after which the database is tried again, if no call does so before."""


class UnwrittenCalls:
    """Calls, and changes of calls. Not thread-safe: the journal's lock guards it."""

    def __init__(
        self,
        ids: CallIds,
        stored: StoredBlocks,
        insert: Callable[[Sequence[Call]], None],
    ) -> None:
        """Write by `insert`, which puts each call in a row of its own.

        So there can be only one with its id.
        """
        self._ids, self._stored, self._insert = ids, stored, insert
        self._calls: OrderedDict[int, Call] = OrderedDict()
        self._amendments: OrderedDict[int, tuple[Sent, float]] = OrderedDict()
        self._new_ids: OrderedDict[int, int] = OrderedDict()
        self._retry: threading.Timer | None = None
        self._dropped = 0

    def __bool__(self) -> bool:
        """Return whether anything waits."""
        return bool(self._calls or self._amendments)

    @property
    def missing(self) -> int:
        """How many calls wait, or had to be dropped."""
        return len(self._calls) + self._dropped

    def add(self, calls: Sequence[Call]) -> bool:
        """Let calls wait; return whether no others did.

        The oldest are dropped if there are too many.
        """
        are_first = not self._calls
        for call in calls:
            self._calls[call.id] = call
            self._dropped += _bound(self._calls)
        return are_first

    def get(self, id: int) -> Call | None:
        """Return a call that waits."""
        return self._calls.get(id)

    def amend(self, id: int, sent: Sent, duration: float) -> None:
        """Let a change wait, of a call that waits or was written."""
        self._amendments[self._new_ids.get(id, id)] = sent, duration
        _bound(self._amendments)

    def forget(self, token: str | None) -> int:
        """Forget all calls, or those of one token; return how many."""
        gone = [call.id for call in self._calls.values() if token in (None, call.token)]
        for each in gone:
            del self._calls[each]
        return len(gone)

    def write(self, writer: int) -> None:
        """Write all, as the process `writer`. Raises `JournalFailure`; the rest waits on."""
        if self._calls:
            self._ids.catch_up()
        while self._calls:
            self._write_some(list(islice(self._calls.values(), _AT_ONCE)), writer)
        while self._amendments:
            id_, (sent, duration) = next(iter(self._amendments.items()))
            self._stored.amend(id_, sent=sent, duration=duration)
            del self._amendments[id_]

    def _write_some(self, calls: Sequence[Call], writer: int) -> None:
        # A commit may have succeeded although its connection was lost.
        own, others = self._stored.kept([each.id for each in calls], writer)
        for each in calls:
            if each.id in others:
                self._renumber(each)
        new = [each for each in calls if each.id not in own and each.id not in others]
        if new:
            self._insert(new)
        for each in calls:
            self._calls.pop(each.id, None)

    def _renumber(self, call: Call) -> None:
        """Give a call another id before it is written, so that it is found by that too."""
        id_ = self._ids.another()
        del self._calls[call.id]
        self._calls[id_] = replace(call, id=id_)
        self._new_ids[call.id] = id_
        _bound(self._new_ids)
        if call.id in self._amendments:
            self._amendments[id_] = self._amendments.pop(call.id)

    # --- trying again ---

    def write_later(self, write: Callable[[], object]) -> None:
        """Call `write` soon, in a thread of its own, unless that is to be done already."""

        def try_again() -> None:
            self._retry = None
            write()

        if self._retry is None:
            self._retry = threading.Timer(_RETRY, try_again)
            self._retry.daemon = True
            self._retry.start()

    def close(self) -> None:
        """Try no more by itself."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None


def _bound(waiting: OrderedDict[int, Any]) -> int:
    """Drop the oldest if there are too many; return how many were dropped."""
    if len(waiting) <= _MOST_WAITING:
        return 0
    waiting.popitem(last=False)
    return 1
