"""The journal in a database: every call is committed before its answer leaves.

It decides when calls are committed and how ids are given out to several processes. It must
not know how calls are stored. Needs the extra `openapi-receiver[journal]`.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.journal import patience, storage
from cbmock.journal.call_blocks import BlockRow, CallBlocks, EventRow
from cbmock.journal.call_ids import CallIds
from cbmock.journal.compression import RecordCompression
from cbmock.journal.counters import Counters
from cbmock.journal.dictionaries import DictionaryRows
from cbmock.journal.foreign_calls import ForeignCalls
from cbmock.journal.listeners import Listeners
from cbmock.journal.outage import Outage
from cbmock.journal.protocol import (
    CallCounts,
    JournalFailure,
    Listener,
    OnFailure,
    SharedState,
)
from cbmock.journal.records import Records
from cbmock.journal.shared_state import SharedRows
from cbmock.journal.statements import Insert, Statements
from cbmock.journal.stored_blocks import StoredBlocks
from cbmock.journal.unwritten_calls import UnwrittenCalls
from cbmock.mock.call import Call
from cbmock.mock.faults import Sent

if TYPE_CHECKING:
    import sqlalchemy as sa

T = TypeVar("T")


class DatabaseJournal:
    """Keeps calls in SQLite or PostgreSQL; see `Journal`.

    `known` are the operations of the document, to which records are mapped back.
    Several processes may share one database.
    """

    def __init__(
        self,
        url: str,
        known: Iterable[Operation] = (),
        *,
        on_failure: OnFailure = "reject",
    ) -> None:
        """Open the database and create its tables, or raise `ReceiverError`."""
        self._sa = storage.library()
        self._url = Redaction().target(url)
        self._on_failure = on_failure
        self._lock = threading.RLock()
        self._listeners = Listeners()
        self._batch: list[Call] | None = None
        self._changes = 0
        try:
            self._engine = storage.engine(self._sa, url)
            storage.prepare(self._sa, self._engine, url)
        except self._sa.exc.SQLAlchemyError as error:
            shown = Redaction().target(url)
            raise ReceiverError(f"--journal {shown}: {storage.reason(error)}") from None
        self._outage = Outage(
            self._url,
            partial(storage.use, self._sa, self._engine),
            storage.failures(self._engine),
        )
        self._statements = Statements(self._engine, self._outage)
        self._counters = Counters(self._statements)
        self._ids = CallIds(self._counters, on_failure)
        self.on_wake: Callable[[], None] | None = None
        self.on_waiting: Callable[[JournalFailure], None] | None = None
        self.shared: SharedState = SharedRows(
            self._sa, self._counters, self._transaction, on_failure
        )
        dictionaries = DictionaryRows(self._sa, self._counters, self._transaction)
        self._records = Records(known)
        self._blocks = CallBlocks(self._records, RecordCompression(dictionaries))
        self._stored = StoredBlocks(
            self._sa, self._blocks, self._transaction, self._query
        )
        self._unwritten = UnwrittenCalls(
            self._ids, self._stored, partial(self._insert, together=False)
        )
        self.be_another()

    def be_another(self) -> None:
        """Reset the journal for a forked process; it was closed before the fork."""
        self._writer = secrets.randbits(62) + 1
        self._foreign = ForeignCalls(
            self._engine,
            self._written,
            self._tell_foreign,
            str(self._writer),
            lambda: None if self.on_wake is None else self.on_wake(),
        )

    # --- writing ---

    def next_id(self) -> int:
        """Take the next call's id, greater than the ids of all calls answered so far.

        A `batch` takes the ids of its calls together.
        """
        with self._lock:
            return self._ids.next()

    def append(self, call: Call) -> None:
        """Commit a call, then notify every listener; in a `batch`, at its end.

        Raises `JournalFailure` if the database cannot be written to.
        """
        with self._lock:
            if self._batch is not None:
                self._batch.append(call)
                return
        self._commit([call])

    @contextlib.contextmanager
    def batch(self, size: int = 1) -> Iterator[int | None]:
        """Commit all calls appended inside in one transaction, at the block's end."""
        with self._lock:
            version = self._ids.reserve(size)
            self._batch = []
        try:
            yield version
        finally:
            with self._lock:
                calls, self._batch = self._batch or [], None
                self._ids.release()
        if calls:
            self._commit(calls)

    def amend(self, id: int, *, sent: Sent, duration: float) -> None:
        """Record how much of a scripted answer was sent, and after how many seconds."""
        with self._lock:
            self._changes += 1
            self._unwritten.amend(id, sent, duration)
            self.write_waiting()

    def write_waiting(self) -> int:
        """Write calls that wait in memory; return how many could not be written."""
        with self._lock:
            try:
                self._unwritten.write(self._writer)
            except JournalFailure:
                self._unwritten.write_later(self.write_waiting)
            return self._unwritten.missing

    def _commit(self, calls: list[Call]) -> None:
        with self._lock:
            try:
                if self._unwritten:
                    self._unwritten.write(self._writer)
                self._insert(calls)
            except JournalFailure as failure:
                if self._on_failure == "reject":
                    raise
                self._wait(calls, failure)
            self._changes += 1
        for call in calls:
            self._listeners.tell(call)

    def _wait(self, calls: Sequence[Call], failure: JournalFailure) -> None:
        if self._unwritten.add(calls) and self.on_waiting is not None:
            self.on_waiting(failure)
        self._unwritten.write_later(self.write_waiting)

    def _insert(self, calls: Sequence[Call], *, together: bool = True) -> None:
        """Commit calls, and tell other processes."""
        blocks, events = self._blocks.rows(calls, self._writer, together=together)
        inserts = [Insert("cbmock_blocks", BlockRow._fields, blocks)]
        if events:
            inserts.append(Insert("cbmock_events", EventRow._fields, events))
        self._statements.insert(*inserts)
        with contextlib.suppress(JournalFailure):  # others look by themselves
            self._counters.notify(str(self._writer))

    def _transaction(self, work: Callable[[sa.Connection], T]) -> T:
        """Do work in a transaction of its own; reopens a lost connection."""
        return self._outage.attempt(partial(self._begun, work))

    def _begun(self, work: Callable[[sa.Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    def _query(self, query: Any) -> list[Any]:
        """Return the rows that a query finds, however long the database looks for them."""
        with patience.long_work():
            return self._outage.attempt(
                partial(self._begun, lambda c: list(c.execute(query))),
                is_possible=not self._statements.notifies,
            )

    # --- reading ---

    @property
    def last_id(self) -> int:
        """The id that was taken last, by any process; 0 before the first call."""
        return self._counters.value("id")

    @property
    def dropped(self) -> int:
        """How many calls were dropped: none unless the user prunes the journal."""
        return 0

    @property
    def changes(self) -> int:
        """A number that grows whenever this process adds or deletes calls."""
        return self._changes

    def __len__(self) -> int:
        """Count the calls that are kept."""
        return self._stored.count()

    def calls(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> tuple[Call, ...]:
        """Return the calls that are kept, ordered by id."""
        return tuple(self.each(after=after, operation=operation, token=token))

    def ids(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> Sequence[int]:
        """Return the ids of the calls that `calls` would return."""
        if operation is None:
            return self._stored.ids(after, token)
        found = self.each(after=after, operation=operation, token=token)
        return [each.id for each in found]

    def counts(self, *, after: int = 0, token: str | None = None) -> CallCounts:
        """Count the calls to each operation."""
        return self._stored.counts(after, token)

    def each(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> Iterator[Call]:
        """Iterate over the calls that are kept, ordered by id, a page at a time."""
        return self._stored.each(after, operation, token)

    def get(self, id: int) -> Call | None:
        """Return one call; None if it is unknown or no longer kept."""
        with self._lock:
            for call in self._batch or ():  # it waits to be committed
                if call.id == id:
                    return call
            if (waiting := self._unwritten.get(id)) is not None:
                return waiting
        return self._stored.get(id)

    def clear(self, *, token: str | None = None) -> int:
        """Delete all calls, or those of one token; return how many."""
        with self._lock:
            self._changes += 1
            return self._stored.clear(token) + self._unwritten.forget(token)

    def prune(
        self,
        *,
        keep: int | None = None,
        before: float | None = None,
        size: int | None = None,
    ) -> int:
        """Delete the oldest calls, as `StoredJournal.prune` says; return how many."""
        with self._lock:
            self._changes += 1
        with patience.long_work():
            return self._stored.prune(keep, before, size)

    def info(self) -> dict[str, Any]:
        """Return the number of calls, their first and last time, and their size."""
        return self._stored.info()

    # --- listening ---

    def listen(
        self,
        listener: Listener,
        *,
        after: int = 0,
        operation: str | None = None,
        token: str | None = None,
        own: bool = False,
    ) -> Iterator[Call]:
        """Notify `listener` of every call from now on; return earlier ones.

        It may also be notified of a call that is among the earlier ones. With `own`, it
        is notified only of calls of this process.
        """
        with self._lock:
            self._listeners.add(listener, own=own)
        if not own:
            self._foreign.begin(self._stored.highest)
        return self.each(after=after, operation=operation, token=token)

    def ignore(self, listener: Listener) -> None:
        """Stop notifying `listener`."""
        with self._lock:
            ended = self._listeners.remove(listener)
        for _ in range(ended):
            self._foreign.end()

    def know(self, operations: Iterable[Operation]) -> None:
        """Give later calls the operations of another version of the document."""
        self._records.know(operations)

    def _written(self, after: int, late: Sequence[int]) -> list[Any]:
        """Return blocks after an id or with one of these ids; own ones without content."""
        return self._stored.written(self._writer, after, late)

    def _tell_foreign(self, row: Any) -> None:
        if row.content is not None:
            calls = self._blocks.calls(row)
            with self._lock:
                self._changes += 1
            for call in calls:
                self._listeners.tell_foreign(call)

    def close(self) -> None:
        """Close every connection; the next use opens them again."""
        self._unwritten.close()
        self._foreign.close(self._counters.notify)
        self._outage.close()
        self._statements.close()
        self._engine.dispose()
