"""The journal in memory: an append-only log of calls with a maximum size.

It decides which calls are kept, and notifies listeners of new ones. Calls are stored in
compressed blocks of bytes, which the garbage collector does not scan. It must not know
how calls are made or what users ask about them.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.journal.blocks import Blocks
from cbmock.journal.index import CallIndex
from cbmock.journal.listeners import Listeners
from cbmock.journal.packing import CallCodec
from cbmock.journal.protocol import CallCounts, Listener, counted
from cbmock.mock.call import Call
from cbmock.mock.faults import Sent

MOST_CALLS = 1_000_000
MOST_BYTES = 512 * 2**20

_OVERHEAD = 8 + 4 + 16
"""Bytes for a call's slot, its place in a block and its index entries."""

_VIOLATION_SIZE = 1000
"""Bytes that a violation needs, roughly."""

_SLACK = 1000
"""Divisor: when a limit is exceeded, this fraction of it is freed at once."""

_BATCH = 10_000
"""The number of dropped calls after which their slots and index entries are removed."""


_Extras = dict[str, Any]
"""Fields of a call, by name, that most calls do not have: kept as objects."""


class MemoryJournal:
    """Keeps the newest calls and drops the oldest first; see `Journal`."""

    def __init__(
        self, *, most_calls: int = MOST_CALLS, most_bytes: int = MOST_BYTES
    ) -> None:
        """Limit the journal to a number of calls and a number of bytes."""
        self._most_calls = most_calls
        self._most_bytes = most_bytes
        # One slot for each id from `_first` on, so that a call is found by its id and
        # calls stay in order even if two threads append in another order.
        # A slot is address + 1; 0 means empty.
        self._slots = array("Q")
        self._blocks = Blocks()
        self._first = 1
        self._oldest = 0
        self._extras: dict[int, _Extras] = {}
        self._index = CallIndex()
        self._count = 0
        self._bytes = 0
        self.last_id = 0
        self._dropped = 0
        self.changes = 0
        self._codec = CallCodec()
        self._redaction = Redaction()
        self._listeners = Listeners()
        self._lock = threading.RLock()

    @property
    def shared(self) -> None:
        """None, because only one process uses this journal."""
        return None

    def __len__(self) -> int:
        """Count the calls that are kept."""
        return self._count

    @property
    def dropped(self) -> int:
        """How many calls were dropped to stay within the limits."""
        return self._dropped

    @property
    def size(self) -> int:
        """The approximate size of the calls in bytes, before compression."""
        return self._bytes

    def next_id(self) -> int:
        """Take the next call's id."""
        with self._lock:
            self.last_id += 1
            return self.last_id

    def append(self, call: Call) -> None:
        """Keep a call, then notify every listener in this thread."""
        with self._lock:
            head, body, left_out = self._codec.pack(call)
            slot = self._blocks.append(head, body) + 1
            self._bytes += len(head) + len(body) + _OVERHEAD
            if call.violations or left_out or call.scripted or call.sent != "whole":
                self._keep_extras(call, left_out)
            self._redaction = call.redaction  # the same for all calls of a mock
            self.changes += 1
            self._put(call.id, slot)
            self._index.add(call)
            if self._count > self._most_calls or self._bytes > self._most_bytes:
                self._drop()
        self._listeners.tell(call)

    def write_waiting(self) -> int:
        """Return 0: no call waits for memory."""
        return 0

    def amend(self, id: int, *, sent: Sent, duration: float) -> None:
        """Record how much of a scripted answer was sent, and after how many seconds."""
        with self._lock:
            extras = self._extras.get(id)
            if extras is not None:
                self._extras[id] = {**extras, "sent": sent, "duration": duration}
                self.changes += 1

    def batch(self, size: int = 1) -> AbstractContextManager[None]:  # noqa: ARG002 - (of `Journal`)
        """Do nothing: each call is kept when it is appended."""
        return _AT_ONCE

    def calls(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> tuple[Call, ...]:
        """Return the calls that are kept, ordered by id, with an id greater than `after`.

        `operation` keeps only calls that are, or may be, to the operation with that
        identity, `token` only those of one test.
        """
        return tuple(self.each(after=after, operation=operation, token=token))

    def ids(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> Sequence[int]:
        """Return the ids of the calls that `calls` would return, without reading them."""
        with self._lock:
            found = self._found(after, operation, token)
            last = self._first + len(self._slots) - 1
            return [
                each
                for each in found
                if self._first <= each <= last and self._slots[each - self._first]
            ]

    def counts(self, *, after: int = 0, token: str | None = None) -> CallCounts:
        """Count the calls to each operation without reading them, unless of one test."""
        with self._lock:
            last = self._first + len(self._slots) - 1
            if token is not None:
                return counted(self.each(after=after, token=token), last)
            dropped = self._first + self._oldest - 1
            return CallCounts(self._index.counts(max(after, dropped)), last)

    def each(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> Iterator[Call]:
        """Iterate over what `calls` would return now, reading one call at a time."""
        with self._lock:
            ids = self._found(after, operation, token)
        return filter(None, map(self.get, ids))

    def _found(
        self, after: int, operation: str | None, token: str | None
    ) -> Sequence[int]:
        """Return the ids of the calls that are asked for; some may be kept no longer."""
        found = self._index.find(operation=operation, token=token, after=after)
        if found is not None:
            return found
        start = max(after + 1, self._first)
        return range(start, self._first + len(self._slots))

    def get(self, id: int) -> Call | None:
        """Return one call; None if it is unknown or no longer kept."""
        with self._lock:
            at = id - self._first
            slot = self._slots[at] if 0 <= at < len(self._slots) else 0
            if not slot:
                return None
            with self._blocks.view(slot - 1) as record:
                fields = self._codec.unpack(record)
            extras, redaction = self._extras.get(id, _NOTHING), self._redaction
        return Call(**{**fields, **extras}, redaction=redaction)

    def clear(self, *, token: str | None = None) -> int:
        """Delete all calls, or those of one token; return how many."""
        with self._lock:
            before = self._count
            self.changes += 1
            if token is None:
                self._slots, self._blocks = array("Q"), Blocks()
                self._extras, self._index, self._codec = {}, CallIndex(), CallCodec()
                self._first, self._oldest = self.last_id + 1, 0
                self._count = self._bytes = 0
            else:
                for call in self.each(token=token):
                    self._index.discount(call)
                    self._forget(call.id - self._first)
            return before - self._count

    def listen(
        self,
        listener: Listener,
        *,
        after: int = 0,
        operation: str | None = None,
        token: str | None = None,
        own: bool = False,
    ) -> Iterator[Call]:
        """Notify `listener` of every call from now on; return the earlier ones.

        No call is missed between the two. The earlier ones are those of `each`. If
        processes share the journal, `listener` may also be notified of an earlier call.
        With `own`, it is notified only of calls of this process.
        """
        with self._lock:
            self._listeners.add(listener, own=own)
            return self.each(after=after, operation=operation, token=token)

    def ignore(self, listener: Listener) -> None:
        """Stop notifying `listener`."""
        with self._lock:
            self._listeners.remove(listener)

    def know(self, operations: Iterable[Operation]) -> None:
        """Do nothing: each call is kept with its own operation."""

    # --- slots ---

    def _put(self, id_: int, slot: int) -> None:
        self._count += 1
        at = id_ - self._first
        missing = at - len(self._slots)
        if not missing:
            self._slots.append(slot)
        elif missing > 0:
            self._slots.extend([0] * missing + [slot])
        else:
            if at < self._oldest:  # dropped calls that are later are counted no more
                self._index.forget(self._first + self._oldest)
            if at < 0:  # all later calls have been deleted
                self._slots = array("Q", [0] * -at) + self._slots
                self._first, self._oldest, at = id_, 0, 0
            self._slots[at] = slot
            self._oldest = min(self._oldest, at)

    def _drop(self) -> None:
        """Drop the oldest calls until the rest fits the limits.

        Dropping in batches avoids cache misses.
        """
        most_calls = self._most_calls - self._most_calls // _SLACK
        most_bytes = self._most_bytes - self._most_bytes // _SLACK
        self._drop_blocks(most_calls, most_bytes)
        while self._count and (self._count > most_calls or self._bytes > most_bytes):
            if self._forget(self._oldest):
                self._dropped += 1
            self._oldest += 1
        if self._oldest >= _BATCH:
            del self._slots[: self._oldest]
            self._first, self._oldest = self._first + self._oldest, 0
            self._index.forget(self._first)

    def _drop_blocks(self, most_calls: int, most_bytes: int) -> None:
        """Drop whole blocks, which takes less time, where blocks are far below the limits."""
        count = 0
        for block in self._blocks.whole():
            size, at, end = block.size, self._oldest, self._oldest + block.entries
            slots = self._slots[at:end]
            if (
                (self._count <= most_calls and self._bytes <= most_bytes)
                or block.entries > self._most_calls // _SLACK
                or size > self._most_bytes // _SLACK
                or len(slots) < block.entries
                or not block.start < min(slots) <= max(slots) <= block.start + size
            ):
                break
            self._slots[at:end] = array("Q", bytes(8 * block.entries))
            for each in range(at, end) if self._extras else ():
                extras = self._extras.pop(self._first + each, _NOTHING)
                self._bytes -= _size(extras)
            self._bytes -= size + block.entries * _OVERHEAD
            self._count -= block.entries
            self._dropped += block.entries
            self._oldest = end
            count += 1
        self._blocks.forget_whole(count)

    def _forget(self, at: int) -> bool:
        address = self._slots[at] - 1
        if address < 0:
            return False
        self._slots[at] = 0
        self._count -= 1
        self._bytes -= self._blocks.forget(address) + _OVERHEAD
        if self._extras:
            self._bytes -= _size(self._extras.pop(self._first + at, _NOTHING))
        return True

    def _keep_extras(self, call: Call, left_out: tuple[str, ...]) -> None:
        names = ("violations", "scripted", "sent", *left_out)
        extras = self._extras[call.id] = {each: getattr(call, each) for each in names}
        self._bytes += _size(extras)


_AT_ONCE = nullcontext()
_NOTHING: _Extras = {"violations": ()}


def _size(extras: _Extras) -> int:
    own = len(extras["response"].body) if "response" in extras else 0
    return own + _VIOLATION_SIZE * len(extras["violations"])
