"""Statements that are given to the driver itself, in a small part of SQLAlchemy's time.

It decides how values reach the driver, and which commits are durable: those of calls, while
those of numbers do not wait for the disk. It must not know what the statements say. A
connection that was lost is opened again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeVar

from cbmock.clocks import monotonic
from cbmock.journal import storage
from cbmock.journal.outage import LONG, Outage

T = TypeVar("T")

SQLValue = int | float | str | bytes | None


class Insert(NamedTuple):
    """Rows for a table, of at least one."""

    table: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]

    def statement(self, count: int) -> str:
        """Return the statement for a number of rows."""
        return _insertion(self.table, self.columns, count)


@lru_cache(maxsize=32)
def _insertion(table: str, columns: tuple[str, ...], count: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    rows = ", ".join([row] * count)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {rows}"  # noqa: S608 - all of it our own


class Statements:
    """Runs statements with `?` for each value. Thread-safe."""

    def __init__(self, engine: Any, outage: Outage) -> None:
        """Connect at the first use; nobody waits in an `outage`."""
        errors = storage.failures(engine)
        self._attempt = outage.attempt
        self.notifies = engine.dialect.name != "sqlite"
        if self.notifies:
            self._soon, self._durable = (
                _Reopened(partial(_PostgreSQL, engine, durable=durable), errors)
                for durable in (False, True)
            )
        else:
            self._soon = self._durable = _Reopened(partial(_SQLite, engine), errors)

    def run(self, statement: str, *values: SQLValue) -> list[tuple[Any, ...]]:
        """Commit a statement, soon durable; return its rows. Raises `JournalFailure`.

        Numbers may come as their digits.
        """
        return self._attempt(
            lambda: self._soon.use(lambda one: one.run(statement, values), again=True)
        )

    def read(self, statement: str, *values: SQLValue) -> list[tuple[Any, ...]]:
        """Return the rows of a query; SQLite answers it while others lock the file."""
        return self._attempt(
            lambda: self._soon.use(lambda one: one.run(statement, values), again=True),
            is_possible=not self.notifies,
        )

    def send(self, statement: str, *values: SQLValue) -> None:
        """Let PostgreSQL commit a statement, and do not wait until it has."""
        self._attempt(
            lambda: self._soon.use(lambda one: one.send(statement, values), again=True)
        )

    def insert(self, first: Insert, *others: Insert) -> None:
        """Commit rows together, durable at once. Raises `JournalFailure`.

        It is not tried again on another connection: it may have been committed.
        """
        self._attempt(lambda: self._durable.use(lambda one: one.insert(first, *others)))

    def close(self) -> None:
        """Close the connections; the next use opens them again."""
        self._soon.close()
        self._durable.close()


class _Reopened:
    """A connection that is opened when it is used, and again after an error."""

    def __init__(
        self, connect: Callable[[], Any], errors: tuple[type[Exception], ...]
    ) -> None:
        self._connect, self._errors = connect, errors
        self._connection: Any = None
        self._lock = threading.Lock()

    def use(self, work: Callable[[Any], T], *, again: bool = False) -> T:
        with self._lock:
            if self._connection is not None and self._connection.is_lost:
                self._drop()
            began = monotonic()
            try:
                return self._used(work)
            except self._errors:
                self._drop()
                if not again or monotonic() - began >= LONG:
                    raise
            try:
                return self._used(work)
            except self._errors:
                self._drop()
                raise

    def _used(self, work: Callable[[Any], T]) -> T:
        if self._connection is None:
            self._connection = self._connect()
        return work(self._connection)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*self._errors):
                connection.close()

    def close(self) -> None:
        with self._lock:
            self._drop()


class _SQLite:
    """A connection to SQLite's file; each statement is a transaction of its own.

    It is one for all statements: each of two would read again what the other has written.
    """

    is_lost = False

    def __init__(self, engine: Any) -> None:
        self._connection = storage.bare_connection(engine, durable=True)
        self._execute = self._connection.execute
        self._is_durable = True
        self.close = self._connection.close

    def run(
        self, statement: str, values: tuple[SQLValue, ...]
    ) -> list[tuple[Any, ...]]:
        self._be(durable=False)
        rows: list[tuple[Any, ...]] = self._execute(statement, values).fetchall()
        return rows

    def _be(self, *, durable: bool) -> None:
        """Let commits wait for the disk from now on, or not."""
        if self._is_durable is not durable:
            self._execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._is_durable = durable

    def insert(self, *inserts: Insert) -> None:
        self._be(durable=True)
        execute = self._execute
        if len(inserts) == 1 and len(inserts[0].rows) == 1:
            execute(inserts[0].statement(1), inserts[0].rows[0])
            return
        execute("BEGIN IMMEDIATE")
        try:
            for each in inserts:
                self._connection.executemany(each.statement(1), each.rows)
            execute("COMMIT")
        except BaseException:
            with contextlib.suppress(self._connection.Error):
                execute("ROLLBACK")
            raise


class _PostgreSQL:
    """A connection through libpq, which runs each statement in a third of psycopg's time.

    Statements are prepared. All rows of all tables are inserted by one, which is a
    transaction of its own and one round trip.
    """

    def __init__(self, engine: Any, *, durable: bool) -> None:
        from psycopg import errors, generators, pq  # noqa: PLC0415 - an extra

        self._connection = storage.bare_connection(engine, durable=durable)
        self.close = self._connection.close
        self._libpq = self._connection.pgconn
        self._results = generators.execute
        self._failure, self._errors = errors.error_from_result, (errors.Error,)
        self._good = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)
        self._prepared: dict[str, bytes] = {}
        self._is_sent = False

    @property
    def is_lost(self) -> bool:
        """Whether the server has closed the connection meanwhile, as far as is known."""
        with contextlib.suppress(*self._errors):
            # A server that stops says so first: the end is read after that.
            self._libpq.consume_input()
            self._libpq.consume_input()
        return bool(self._libpq.status)

    def run(self, statement: str, values: Sequence[SQLValue]) -> list[tuple[Any, ...]]:
        self._libpq.send_query_prepared(*self._arguments(statement, values))
        result = self._answer()
        return [
            tuple(result.get_value(row, column) for column in range(result.nfields))
            for row in range(result.ntuples)
        ]

    def send(self, statement: str, values: Sequence[SQLValue]) -> None:
        self._libpq.send_query_prepared(*self._arguments(statement, values))
        self._is_sent = True

    def _arguments(
        self, statement: str, values: Sequence[SQLValue]
    ) -> tuple[bytes, list[bytes | None], list[int]]:
        """Return what libpq runs a statement by, once the one that was sent is over."""
        if self._is_sent:
            self._connection.wait(self._results(self._libpq))
            self._is_sent = False
        name = self._prepared.get(statement) or self._prepare(statement)
        return name, [*map(_octets, values)], [*map(_is_binary, values)]

    def insert(self, *inserts: Insert) -> None:
        parts = [each for insert in inserts for each in _parts(insert)]
        if len(parts) == len(inserts):
            self._insert(parts)
            return
        self._ask(b"BEGIN")
        try:
            for each in parts:
                self._insert([each])
            self._ask(b"COMMIT")
        except BaseException:
            with contextlib.suppress(*self._errors):
                self._ask(b"ROLLBACK")
            raise

    def _insert(self, inserts: Sequence[Insert]) -> None:
        """Insert rows by one statement."""
        values = [each for insert in inserts for row in insert.rows for each in row]
        *before, last = (each.statement(len(each.rows)) for each in inserts)
        others = ", ".join(f"part{at} AS ({each})" for at, each in enumerate(before))
        self.run(f"WITH {others} {last}" if before else last, values)

    def _prepare(self, statement: str) -> bytes:
        if len(self._prepared) >= _MOST_PREPARED:
            self._ask(b"DEALLOCATE ALL")
            self._prepared.clear()
        first, *rest = statement.split("?")
        numbered = first + "".join(f"${at}{each}" for at, each in enumerate(rest, 1))
        name = b"cbmock%d" % len(self._prepared)
        self._libpq.send_prepare(name, numbered.encode())
        self._answer()
        self._prepared[statement] = name
        return name

    def _ask(self, statement: bytes) -> None:
        self._libpq.send_query(statement)
        self._answer()

    def _answer(self) -> Any:
        """Return the result of what was sent; raises if it comes too late."""
        (result,) = self._connection.wait(self._results(self._libpq))
        if result.status not in self._good:
            raise self._failure(result, "utf-8")
        return result


_MOST_PREPARED = 256
_MOST_VALUES = 2**14
"""PostgreSQL takes four times as many in one statement."""


def _parts(insert: Insert) -> Iterator[Insert]:
    """Divide rows so that one statement takes each part."""
    most = _MOST_VALUES // len(insert.columns)
    for at in range(0, len(insert.rows), most):
        yield insert._replace(rows=insert.rows[at : at + most])


def _octets(value: SQLValue) -> bytes | None:
    """Return a value as libpq takes it."""
    if value is None or isinstance(value, bytes):
        return value
    return str(value).encode()


def _is_binary(value: SQLValue) -> int:
    return isinstance(value, bytes)
