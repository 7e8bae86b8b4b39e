"""The journal in memory: an append-only log of calls within a bound.

It decides which calls are kept (in blocks of bytes, which the garbage collector does not
walk) and who is told of a new one. It must not know how calls come about or what people
ask about them.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.http.messages import Response
from cbmock.journal.blocks import Blocks
from cbmock.journal.index import Index
from cbmock.journal.packing import Packing
from cbmock.mock.call import Call, Scripted
from cbmock.violations import Violation

Listener = Callable[[Call], None]

MOST_CALLS = 1_000_000
MOST_BYTES = 512 * 2**20

_OVERHEAD = 8 + 16
"""What a slot and index entries weigh."""

_REMARK = 1000
"""What a violation weighs, roughly."""

_SLACK = 10_000
"""The part of the bound that is made room for when it is exceeded."""

_BATCH = 10_000
"""After how many dropped calls what they leave behind is cleared away."""


@dataclass(frozen=True, slots=True)
class _Remarks:
    """What is not said of every call, kept beside the piece."""

    violations: tuple[Violation, ...]
    candidates: tuple[Operation, ...]
    decided_by: str
    decided_between: tuple[Operation, ...]
    scripted: Scripted | None
    response: Response | None

    @property
    def size(self) -> int:
        own = 0 if self.response is None else len(self.response.body)
        return own + _REMARK * len(self.violations)


class Journal:
    """Keeps the newest calls, oldest dropped first.

    Thread-safe. Appending tells every listener, in the appending thread.
    """

    def __init__(
        self, *, most_calls: int = MOST_CALLS, most_bytes: int = MOST_BYTES
    ) -> None:
        """Bound the journal by calls and by bytes."""
        self._most_calls = most_calls
        self._most_bytes = most_bytes
        # A slot for each id from `_first` on: calls are found at once and in order, also
        # where two that were appended at the same time overtook each other.
        # It holds an address and one, or 0.
        self._slots = array("Q")
        self._blocks = Blocks()
        self._first = 1
        self._oldest = 0
        self._remarks: dict[int, _Remarks] = {}
        self._index = Index()
        self._count = 0
        self._bytes = 0
        self._last_id = 0
        self._dropped = 0
        self._changes = 0
        self._packing = Packing()
        self._redaction = Redaction()
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """Count the calls that are kept."""
        return self._count

    @property
    def dropped(self) -> int:
        """How many calls the bound has cost so far."""
        return self._dropped

    @property
    def size(self) -> int:
        """About how many bytes the calls take."""
        return self._bytes

    @property
    def changes(self) -> int:
        """How often calls were added or forgotten."""
        return self._changes

    @property
    def last_id(self) -> int:
        """The number that was taken last; 0 before the first call."""
        return self._last_id

    def next_id(self) -> int:
        """Take the next call's number."""
        with self._lock:
            self._last_id += 1
            return self._last_id

    def append(self, call: Call) -> None:
        """Keep a call, and tell those who listen."""
        with self._lock:
            head, body = self._packing.pack(call)
            self._bytes += len(head) + len(body) + _OVERHEAD
            own = None if self._packing.shares(call.response) else call.response
            if (
                call.violations
                or own is not None
                or call.decided_by != "url"
                or call.candidates
                or call.scripted
            ):
                self._remark(call, own)
            self._redaction = call.redaction  # the mock's own, the same for all
            self._changes += 1
            self._put(call.id, self._blocks.append(head, body) + 1)
            self._index.add(call)
            if self._count > self._most_calls or self._bytes > self._most_bytes:
                self._drop()
            listeners = self._listeners
        for listener in listeners:
            listener(call)

    def calls(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> tuple[Call, ...]:
        """Return the calls that are kept, in order, with an id greater than `after`.

        `operation` limits them to those that are, or may be, to the operation with that
        identity, `token` to those of one test.
        """
        return tuple(self.each(after=after, operation=operation, token=token))

    def each(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> Iterator[Call]:
        """Go through what `calls` returns now; a call is read when its turn comes."""
        with self._lock:
            ids: Iterable[int] | None = self._index.find(
                operation=operation, token=token, after=after
            )
            if ids is None:
                start = max(after + 1, self._first)
                ids = range(start, self._first + len(self._slots))
        return (
            call
            for call in map(self.get, ids)
            if call is not None
            and (token is None or call.token == token)
            and (operation is None or operation in call.identities)
        )

    def get(self, id: int) -> Call | None:
        """Return one call; None where it is unknown or no longer kept."""
        with self._lock:
            at = id - self._first
            slot = self._slots[at] if 0 <= at < len(self._slots) else 0
            if not slot:
                return None
            with self._blocks.view(slot - 1) as record:
                fields = self._packing.unpack(record)
            remarks, redaction = self._remarks.get(id, _NOTHING), self._redaction
        return Call(
            **fields | {"response": remarks.response or fields["response"]},
            violations=remarks.violations,
            candidates=remarks.candidates,
            decided_by=remarks.decided_by,
            decided_between=remarks.decided_between,
            scripted=remarks.scripted,
            redaction=redaction,
        )

    def clear(self, *, token: str | None = None) -> int:
        """Forget all calls, or those of one token; return how many."""
        with self._lock:
            before = self._count
            self._changes += 1
            if token is None:
                self._slots, self._blocks = array("Q"), Blocks()
                self._remarks, self._index, self._packing = {}, Index(), Packing()
                self._first, self._oldest = self._last_id + 1, 0
                self._count = self._bytes = 0
            else:
                for call in self.each(token=token):
                    self._forget(call.id - self._first)
            return before - self._count

    def listen(
        self,
        listener: Listener,
        *,
        after: int = 0,
        operation: str | None = None,
        token: str | None = None,
    ) -> Iterator[Call]:
        """Tell `listener` of every call from now on; return those before, none missed.

        Those before are what `each` goes through.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)
            return self.each(after=after, operation=operation, token=token)

    def ignore(self, listener: Listener) -> None:
        """Tell `listener` no more."""
        with self._lock:
            self._listeners = tuple(
                each for each in self._listeners if each is not listener
            )

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
            if at < 0:  # all that came after it has been cleared away
                self._slots = array("Q", [0] * -at) + self._slots
                self._first, self._oldest, at = id_, 0, 0
            self._slots[at] = slot
            self._oldest = min(self._oldest, at)

    def _drop(self) -> None:
        """Let go of the oldest calls until the rest is within the bound.

        Of many, some at once: each alone would be fetched from cold memory.
        """
        most_calls = self._most_calls - self._most_calls // _SLACK
        most_bytes = self._most_bytes - self._most_bytes // _SLACK
        while self._count and (self._count > most_calls or self._bytes > most_bytes):
            if self._forget(self._oldest):
                self._dropped += 1
            self._oldest += 1
        if self._oldest >= _BATCH:
            del self._slots[: self._oldest]
            self._first, self._oldest = self._first + self._oldest, 0
            self._index.forget(self._first)

    def _forget(self, at: int) -> bool:
        address = self._slots[at] - 1
        if address < 0:
            return False
        self._slots[at] = 0
        self._count -= 1
        memory, start = self._blocks.forget(address)
        self._bytes -= self._packing.size(memory, start) + _OVERHEAD
        if self._remarks:
            remarks = self._remarks.pop(self._first + at, None)
            self._bytes -= 0 if remarks is None else remarks.size
        return True

    def _remark(self, call: Call, response: Response | None) -> None:
        remarks = self._remarks[call.id] = _Remarks(
            call.violations,
            call.candidates,
            call.decided_by,
            call.decided_between,
            call.scripted,
            response,
        )
        self._bytes += remarks.size


_NOTHING = _Remarks((), (), "url", (), None, None)
