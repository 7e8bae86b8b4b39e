"""What every journal can do, whether it keeps calls in memory or in a database.

It decides what the server, waits and reports may ask of a journal. It must not know how
calls are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.mock.call import Call
from cbmock.mock.faults import Sent

Listener = Callable[[Call], None]

OnFailure = Literal["reject", "memory"]
"""If the database cannot be written to: refuse the call, or keep it in memory until
then."""


class JournalFailure(ReceiverError):
    """The journal cannot keep a call now; no part of it was kept."""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """The current value, None if it was deleted. `taken` is how often it was used."""

    kind: str
    key: str
    value: Any
    taken: int
    version: int


@dataclass(frozen=True, slots=True)
class EventAttempts:
    """What is known of an event: the number of attempts, and the id of the first call.

    `body` is a digest of its body, `success` the id of the call that got a success.
    `cut` is the id of the last call if it got no complete answer. 0 stands for none.
    """

    count: int
    first: int
    body: int
    success: int
    cut: int


class CallCounts(NamedTuple):
    """How many calls came to each operation, and how many of them were valid.

    The operations are named by their identities. No call after `last_id` is counted.
    """

    by_operation: Mapping[str, tuple[int, int]]
    last_id: int


def counted(calls: Iterable[Call], last_id: int) -> CallCounts:
    """Return the counts of some calls."""
    found: dict[str, tuple[int, int]] = {}
    for call in calls:
        if call.operation is not None:
            received, valid = found.get(call.operation.identity, (0, 0))
            found[call.operation.identity] = received + 1, valid + call.valid
    return CallCounts(found, last_id)


class SharedState(Protocol):
    """What processes on one journal share besides calls: values by kind and key.

    Every method raises `JournalFailure`.
    """

    def version(self) -> int:
        """Return a number that grows with every change by any process."""

    def number(self, name: str) -> int:
        """Return the next number of a name; every process gets another one."""

    def changes(self, after: int) -> list[SettingChange]:
        """Return the changes since a version, in their order."""

    def put(self, kind: str, key: str, value: Any) -> int:
        """Replace a value, or delete it with None; return the new version."""

    def attempt(
        self, event: int, token: str | None, one: EventAttempts
    ) -> EventAttempts | None:
        """Count an attempt of an event; return what was known before it, or None."""

    def first_attempt(self, event: int) -> int | None:
        """Return the id of an event's first call; None if there is none."""

    def forget_attempts(self, token: str | None, before: int | None = None) -> None:
        """Forget all events, those of one test, or those first attempted before a call."""

    def take(self, version: int) -> int | None:
        """Use the value of a version once; return how often it has been used.

        None if another version has replaced it, 0 if who asks must count for itself.
        """


class Journal(Protocol):
    """An append-only log of calls. Every method may be called from any thread.

    A query with `operation` (an operation's identity) returns the calls that are, or may
    be, to it; with `token` those of one test; with `after` those with a greater id.
    """

    @property
    def shared(self) -> SharedState | None:
        """What processes on one journal share besides calls; None for one process."""

    @property
    def last_id(self) -> int:
        """The last id; 0 before the first call."""

    @property
    def dropped(self) -> int:
        """How many calls were dropped to stay within the journal's limits."""

    @property
    def changes(self) -> int:
        """A number that grows whenever calls are added or deleted."""

    def __len__(self) -> int:
        """Count the calls that are kept."""

    def next_id(self) -> int:
        """Take the next call's id; ids grow and are never given out twice."""

    def append(self, call: Call) -> None:
        """Keep a call, then notify every listener in this thread.

        Raises `JournalFailure` if it cannot be kept.
        """

    def batch(self, size: int = 1) -> AbstractContextManager[int | None]:
        """Keep `size` calls, appended inside, together: durable at the block's end.

        Gives the current version of what processes share, None if it is unknown.
        """

    def write_waiting(self) -> int:
        """Write calls that wait for a database; return how many could not be written."""

    def amend(self, id: int, *, sent: Sent, duration: float) -> None:
        """Record how much of a scripted answer was sent, and after how many seconds."""

    def calls(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> tuple[Call, ...]:
        """Return the calls that are kept, ordered by id."""

    def ids(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> Sequence[int]:
        """Return the ids of the calls that `calls` would return, without reading them."""

    def counts(self, *, after: int = 0, token: str | None = None) -> CallCounts:
        """Count the calls to each operation."""

    def each(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> Iterator[Call]:
        """Iterate over the calls that are kept now, ordered by id, reading one at a time."""

    def get(self, id: int) -> Call | None:
        """Return one call; None if it is unknown or no longer kept."""

    def clear(self, *, token: str | None = None) -> int:
        """Delete all calls, or those of one token; return how many."""

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

    def ignore(self, listener: Listener) -> None:
        """Stop notifying `listener`."""

    def know(self, operations: Iterable[Operation]) -> None:
        """Give later calls the operations of another version of the document."""


class StoredJournal(Journal, Protocol):
    """A journal that outlives its process, and that several processes may share."""

    on_wake: Callable[[], None] | None
    """Called when another process has changed what they share."""

    on_waiting: Callable[[JournalFailure], None] | None
    """Called when calls begin to wait in memory, because they cannot be written."""

    def be_another(self) -> None:
        """Reset the journal for a forked process; it was closed before the fork."""

    def info(self) -> dict[str, Any]:
        """Return the number of calls, their first and last time, and their size."""

    def prune(
        self,
        *,
        keep: int | None = None,
        before: float | None = None,
        size: int | None = None,
    ) -> int:
        """Delete all but the newest `keep` calls, and calls older than `before`.

        `before` is in seconds since the epoch. Of the rest, the newest stay that have at
        most `size` bytes as `info` counts them. Returns how many were deleted.
        """

    def close(self) -> None:
        """Close every connection; the next use opens them again."""
