"""Numbers that all processes on one database share: the last id, the settings' version.

It decides how they grow, on a connection of its own beside the transactions that write
calls. It must not know what they count. A number is not durable by itself; it is
committed before the call that uses it, which is durable.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from cbmock.journal import storage
from cbmock.journal.protocol import EventAttempts, JournalFailure


class Counters:
    """The rows of `cbmock_counters`. Thread-safe; reopens a lost connection."""

    def __init__(self, engine: Any, url: str) -> None:
        """Connect at the first use."""
        self._errors = storage.failures(engine)
        self._engine, self._url = engine, url
        self._connection: Any = None
        self._lock = threading.Lock()
        self._is_sqlite = engine.dialect.name == "sqlite"
        mark = "?" if self._is_sqlite else "%s"
        self._add = (
            f"UPDATE cbmock_counters SET value = value + {mark} WHERE name = {mark} "  # noqa: S608 - `mark` is one of two
            "RETURNING value"
        )
        self._take = (
            f"UPDATE cbmock_settings SET taken = taken + 1 WHERE version = {mark} "  # noqa: S608 - (the same)
            "AND value IS NOT NULL RETURNING taken"
        )
        self._attempt = (
            "INSERT INTO cbmock_attempts "  # noqa: S608 - (the same)
            "(event, token, count, first, body, success, cut, cut_before) "
            f"VALUES ({mark}, {mark}, 1, {mark}, {mark}, {mark}, {mark}, 0) "
            "ON CONFLICT (event) DO UPDATE SET count = cbmock_attempts.count + 1, "
            "cut_before = cbmock_attempts.cut, cut = excluded.cut, "
            "success = CASE cbmock_attempts.success WHEN 0 THEN excluded.success "
            "ELSE cbmock_attempts.success END "
            "RETURNING count, first, body, success, cut_before"
        )
        self._first = f"SELECT first FROM cbmock_attempts WHERE event = {mark}"  # noqa: S608 - (the same)
        self._old = f"DELETE FROM cbmock_attempts WHERE first < {mark}"  # noqa: S608 - (the same)
        self._forget = f"DELETE FROM cbmock_attempts WHERE token = {mark}"  # noqa: S608 - (the same)
        self._read = f"SELECT value FROM cbmock_counters WHERE name = {mark}"  # noqa: S608 - (the same)

    def add(self, name: str, count: int) -> int:
        """Increase a number and return it. Raises `JournalFailure`."""
        return int(self._run(self._add, count, name)[0][0])

    def value(self, name: str) -> int:
        """Return a number. Raises `JournalFailure`."""
        return int(self._run(self._read, name)[0][0])

    def take(self, version: int) -> int | None:
        """Count one use of a version's value; see `SharedState.take`."""
        rows = self._run(self._take, version)
        return int(rows[0][0]) if rows else None

    def attempt(
        self, event: int, token: str | None, one: EventAttempts
    ) -> EventAttempts | None:
        """Count one more attempt; see `SharedState.attempt`."""
        values = (one.first, one.body, one.success, one.cut)
        (row,) = self._run(self._attempt, event, token, *values)
        count, first, body, success, cut = map(int, row)
        if count == 1:
            return None
        own = success == one.success
        return EventAttempts(count - 1, first, body, 0 if own else success, cut)

    def first_attempt(self, event: int) -> int | None:
        """Return the call of an event's first attempt; None if there was none."""
        rows = self._run(self._first, event)
        return int(rows[0][0]) if rows else None

    def forget_attempts(self, token: str | None, before: int | None = None) -> None:
        """Forget all events, those of one test, or those first attempted before a call."""
        if before is not None:
            self._run(self._old, before)
        elif token is None:
            self._run("DELETE FROM cbmock_attempts")
        else:
            self._run(self._forget, token)

    def notify(self, text: str) -> None:
        """Notify other processes of PostgreSQL; SQLite has no notifications."""
        if not self._is_sqlite:
            self._run("SELECT pg_notify(%s, %s)", storage.CHANNEL, text)

    def _run(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            try:
                return self._rows(statement, values)
            except self._errors:
                self._drop()
            try:
                return self._rows(statement, values)
            except self._errors as error:
                self._drop()
                raise JournalFailure(
                    f"the journal {self._url}: {storage.reason(error)}"
                ) from None

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        if self._connection is None:
            self._connection = storage.bare_connection(self._engine)
        cursor = self._connection.execute(statement, values)
        return [] if cursor.description is None else list(cursor.fetchall())

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*self._errors):
                connection.close()

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._lock:
            self._drop()
