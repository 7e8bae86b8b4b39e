"""The journal in memory: an append-only log of calls within a bound.

It decides how calls are kept (flat records of bytes and atoms, which the garbage collector
does not walk) and who is told of a new one. It must not know how calls come about or what
people ask about them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from receiver.contract.redaction import Redaction
from receiver.description.operations import Operation
from receiver.http import Headers, Request, Response
from receiver.mock.call import Call

Listener = Callable[[Call], None]

MOST_CALLS = 1_000_000
MOST_BYTES = 512 * 2**20

# id, token, received_at, outcome, operation, violations, candidates, decided_by, method,
# target, header block, body, response, duration, decided_between, redaction
_Record = tuple[Any, ...]
_OVERHEAD = 400
"""What a record weighs beside its bytes, roughly."""


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
        self._records: deque[_Record] = deque()
        self._bytes = 0
        self._last_id = 0
        self._dropped = 0
        # Operations and the like are kept by position: a record of atoms alone is none of the
        # garbage collector's business.
        self._shared: list[Any] = []
        self._positions: dict[int, int] = {}
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """Count the calls that are kept."""
        return len(self._records)

    @property
    def dropped(self) -> int:
        """How many calls the bound has cost so far."""
        return self._dropped

    @property
    def size(self) -> int:
        """About how many bytes the calls take."""
        return self._bytes

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
        record = self._flat(call)
        size = _size(record)
        with self._lock:
            self._insert(record)
            self._bytes += size
            while self._records and (
                len(self._records) > self._most_calls or self._bytes > self._most_bytes
            ):
                self._bytes -= _size(self._records.popleft())
                self._dropped += 1
            listeners = self._listeners
        for listener in listeners:
            listener(call)

    def _insert(self, record: _Record) -> None:
        """Keep the order of ids: two that append at once may overtake each other."""
        later = []
        while self._records and self._records[-1][0] > record[0]:
            later.append(self._records.pop())
        self._records.append(record)
        self._records.extend(reversed(later))

    def calls(self, *, after: int = 0) -> tuple[Call, ...]:
        """Return the calls that are kept, in order, with an id greater than `after`."""
        return tuple(self.newest(after=after))[::-1]

    def newest(self, *, after: int = 0) -> Iterator[Call]:
        """Go through the calls from the newest back to `after`."""
        with self._lock:
            records = []
            for record in reversed(self._records):
                if record[0] <= after:
                    break
                records.append(record)
        return map(self._call, records)

    def get(self, id: int) -> Call | None:
        """Return one call; None where it is unknown or no longer kept."""
        with self._lock:
            found = self._search(id)
        return None if found is None else self._call(found)

    def _search(self, id: int) -> _Record | None:
        """Find a record; ids grow, with gaps at most where calls never came to be."""
        if not self._records:
            return None
        guess = min(id - self._records[0][0], len(self._records) - 1)
        while guess >= 0 and self._records[guess][0] > id:
            guess -= 1
        found = self._records[guess] if guess >= 0 else None
        return found if found is not None and found[0] == id else None

    def clear(self, *, token: str | None = None) -> int:
        """Forget all calls, or those of one token; return how many."""
        with self._lock:
            kept = deque(
                record
                for record in self._records
                if token is not None and record[1] != token
            )
            count = len(self._records) - len(kept)
            self._records = kept
            self._bytes = sum(map(_size, kept))
            return count

    def listen(self, listener: Listener, *, after: int = 0) -> tuple[Call, ...]:
        """Tell `listener` of every call from now on; return those before, none missed.

        Only calls with an id greater than `after` are returned.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)
            return self.calls(after=after)

    def ignore(self, listener: Listener) -> None:
        """Tell `listener` no more."""
        with self._lock:
            self._listeners = tuple(
                each for each in self._listeners if each is not listener
            )

    # --- flat records ---

    def _flat(self, call: Call) -> _Record:
        request = call.request
        return (
            call.id,
            call.token,
            call.received_at,
            call.outcome,
            self._position(call.operation),
            call.violations,
            tuple(map(self._position, call.candidates)),
            call.decided_by,
            request.method,
            request.target,
            b"\n".join(b"%b:%b" % pair for pair in request.headers.raw),
            request.body,
            call.response.status,
            # A documented answer is built once; its headers and body are shared.
            call.response.headers.raw,
            call.response.body,
            call.duration,
            tuple(map(self._position, call.decided_between)),
            self._position(call.redaction),
        )

    def _position(self, each: Operation | Redaction | None) -> int:
        position = self._positions.get(id(each))
        if position is None:
            with self._lock:
                position = len(self._shared)
                self._shared.append(each)
                self._positions[id(each)] = position
        return position

    def _at(self, positions: tuple[int, ...]) -> tuple[Operation, ...]:
        found = (self._shared[position] for position in positions)
        return tuple(each for each in found if each is not None)

    def _call(self, record: _Record) -> Call:
        return Call(
            id=record[0],
            token=record[1],
            received_at=record[2],
            outcome=record[3],
            operation=self._shared[record[4]],
            violations=record[5],
            candidates=self._at(record[6]),
            decided_by=record[7],
            decided_between=self._at(record[16]),
            request=Request(record[8], record[9], _headers(record[10]), record[11]),
            response=Response(record[12], Headers(record[13]), record[14]),
            duration=record[15],
            redaction=self._shared[record[17]],
        )


def _headers(block: bytes) -> Headers:
    if not block:
        return Headers()
    pairs = (line.partition(b":") for line in block.split(b"\n"))
    return Headers((name, value) for name, _, value in pairs)


def _size(record: _Record) -> int:
    own_answer = len(record[14]) if record[5] else 0
    return _OVERHEAD + len(record[9]) + len(record[10]) + len(record[11]) + own_answer
