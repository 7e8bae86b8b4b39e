"""The journal in a database: every call is committed before its answer leaves.

It decides when calls are committed and how ids are given out to several processes. It must
not know how a call is stored. Needs the extra `openapi-receiver[journal]`.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.journal import queries, storage
from cbmock.journal.call_ids import CallIds
from cbmock.journal.call_rows import CallRows
from cbmock.journal.compression import RecordCompression
from cbmock.journal.counters import Counters
from cbmock.journal.dictionaries import DictionaryRows
from cbmock.journal.foreign_calls import ForeignCalls
from cbmock.journal.listeners import Listeners
from cbmock.journal.protocol import (
    CallCounts,
    JournalFailure,
    Listener,
    OnFailure,
    SharedState,
)
from cbmock.journal.records import Records
from cbmock.journal.shared_state import SharedRows
from cbmock.mock.call import Call
from cbmock.mock.faults import Sent

if TYPE_CHECKING:
    import sqlalchemy as sa

T = TypeVar("T")

_MOST_WAITING = 100_000


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
        self._waiting: list[Call] = []
        self._batch: list[Call] | None = None
        self._changes = 0
        self._calls = storage.tables(self._sa).calls
        try:
            self._engine = storage.engine(self._sa, url)
            storage.prepare(self._sa, self._engine, url)
        except self._sa.exc.SQLAlchemyError as error:
            shown = Redaction().target(url)
            raise ReceiverError(f"--journal {shown}: {storage.reason(error)}") from None
        self._counters = Counters(self._engine, self._url)
        self._ids = CallIds(self._counters, on_failure)
        self.on_wake: Callable[[], None] | None = None
        self.shared: SharedState = SharedRows(
            self._sa, self._counters, self._transaction
        )
        dictionaries = DictionaryRows(self._sa, self._counters, self._transaction)
        self._codec = CallRows(Records(known), RecordCompression(dictionaries))
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
    def batch(self, size: int = 1) -> Iterator[None]:
        """Commit all calls appended inside in one transaction, at the block's end."""
        with self._lock:
            self._ids.reserve(size)
            self._batch = []
        try:
            yield
        finally:
            with self._lock:
                calls, self._batch = self._batch or [], None
                self._ids.release()
        if calls:
            self._commit(calls)

    def amend(self, id: int, *, sent: Sent) -> None:
        """Record how much of a scripted answer was sent, once that is known."""
        call = self.get(id)
        if call is None:
            return
        row = self._codec.row(replace(call, sent=sent), self._writer)
        update = self._calls.update().where(self._calls.c.id == id)
        update = update.values(coding=row.coding, record=row.record)
        self._transaction(lambda connection: connection.execute(update))
        with self._lock:
            self._changes += 1

    @property
    def unwritten(self) -> int:
        """How many calls wait in memory for a database that cannot be written to."""
        return len(self._waiting)

    def _commit(self, calls: list[Call]) -> None:
        with self._lock:
            waiting = [*self._waiting, *calls]
            try:
                self._insert(waiting)
            except JournalFailure:
                if self._on_failure == "reject":
                    raise
                self._waiting = waiting[-_MOST_WAITING:]
            else:
                self._waiting = []
            self._changes += 1
        for call in calls:
            self._listeners.tell(call)

    def _insert(self, calls: list[Call]) -> None:
        """Commit calls, also those that waited; then notify the listeners."""
        if self._waiting:
            self._ids.catch_up()
            taken = self._kept_ids([call.id for call in self._waiting])
            calls = [
                replace(each, id=self._counters.add("id", 1))
                if each.id in taken
                else each
                for each in calls
            ]
        rows = [self._codec.row(call, self._writer) for call in calls]
        self._transaction(lambda connection: storage.insert(connection, rows))
        with contextlib.suppress(JournalFailure):  # others look by themselves
            self._counters.notify(str(self._writer))

    def _kept_ids(self, ids: list[int]) -> set[int]:
        """Return the ids among these that another process has used meanwhile."""
        column = self._calls.c.id
        query = self._sa.select(column).where(column.between(ids[0], ids[-1]))
        return {row.id for row in self._rows(query)}

    def _transaction(self, work: Callable[[sa.Connection], T]) -> T:
        """Do work in a transaction of its own; reopens a lost connection."""
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except self._sa.exc.SQLAlchemyError as error:
            raise JournalFailure(
                f"the journal {self._url}: {storage.reason(error)}"
            ) from None

    # --- reading ---

    def _rows(self, query: Any) -> list[Any]:
        return self._transaction(lambda connection: list(connection.execute(query)))

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
        return self._number(self._sa.func.count(self._calls.c.id))

    def calls(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> tuple[Call, ...]:
        """Return the calls that are kept, ordered by id."""
        return tuple(self.each(after=after, operation=operation, token=token))

    def ids(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> Sequence[int]:
        """Return the ids of the calls that `calls` would return."""
        if operation is not None:  # a call that may be to several is read
            found = self.each(after=after, operation=operation, token=token)
            return [each.id for each in found]
        query = queries.ids(self._sa, self._calls, after, token)
        return [row.id for row in self._rows(query)]

    def counts(self, *, after: int = 0, token: str | None = None) -> CallCounts:
        """Count the calls to each operation."""
        last = self._highest()
        rows = self._rows(queries.counts(self._sa, self._calls, after, last, token))
        return CallCounts(
            {name: (received, valid) for name, received, valid in rows}, last
        )

    def each(
        self, *, after: int = 0, operation: str | None = None, token: str | None = None
    ) -> Iterator[Call]:
        """Iterate over the calls that are kept, ordered by id, a page at a time."""
        while True:
            rows = self._rows(
                queries.page(self._sa, self._calls, after, operation, token)
            )
            for row in rows:
                call = self._codec.call(row)
                if operation is None or operation in call.identities:
                    yield call
            if len(rows) < storage.PAGE:
                return
            after = rows[-1].id

    def get(self, id: int) -> Call | None:
        """Return one call; None if it is unknown or no longer kept."""
        with self._lock:
            for call in self._batch or ():  # it waits to be committed
                if call.id == id:
                    return call
        table = self._calls
        query = self._sa.select(table.c.coding, table.c.record).where(table.c.id == id)
        return next(map(self._codec.call, self._rows(query)), None)

    def clear(self, *, token: str | None = None) -> int:
        """Delete all calls, or those of one token; return how many."""
        delete = self._calls.delete()
        if token is not None:
            delete = delete.where(self._calls.c.token == token)
        return self._deleted(delete)

    def prune(self, *, keep: int | None = None, before: float | None = None) -> int:
        """Delete all but the newest `keep` calls, and calls older than `before`.

        `before` is in seconds since the epoch. Returns how many were deleted.
        """
        old = queries.prunings(self._sa, self._calls, keep, before)
        return sum(self._deleted(each) for each in old)

    def _deleted(self, delete: Any) -> int:
        with self._lock:
            self._changes += 1
        return int(self._transaction(lambda c: c.execute(delete).rowcount))

    def info(self) -> dict[str, Any]:
        """Return the number of calls, their first and last time, and their size."""
        (row,) = self._rows(queries.totals(self._sa, self._calls))
        return dict(zip(("calls", "first", "last", "bytes"), row, strict=True))

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
            self._foreign.begin(self._highest)
        return self.each(after=after, operation=operation, token=token)

    def ignore(self, listener: Listener) -> None:
        """Stop notifying `listener`."""
        with self._lock:
            ended = self._listeners.remove(listener)
        for _ in range(ended):
            self._foreign.end()

    def _highest(self) -> int:
        return self._number(self._sa.func.max(self._calls.c.id))

    def _number(self, function: Any) -> int:
        query = self._sa.select(function)
        return int(self._transaction(lambda c: c.execute(query).scalar()) or 0)

    def _written(self, after: int, late: Sequence[int]) -> list[Any]:
        """Return rows after an id or with one of these ids; own ones without record."""
        return self._rows(
            queries.rows_after(self._sa, self._calls, self._writer, after, late)
        )

    def _tell_foreign(self, row: Any) -> None:
        if row.record is not None:
            call = self._codec.call(row)
            with self._lock:
                self._changes += 1
            self._listeners.tell_foreign(call)

    def close(self) -> None:
        """Close every connection; the next use opens them again."""
        self._foreign.close(self._counters.notify)
        self._counters.close()
        self._engine.dispose()
