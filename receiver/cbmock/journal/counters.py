"""Numbers that all processes on one database share: the last id, the settings' version.

It decides how they grow, beside the transactions that write calls. It must not know
what they count. A number is not durable by itself; it is
committed before the call that uses it, which is durable.
"""

from __future__ import annotations

from cbmock.journal import storage
from cbmock.journal.protocol import EventAttempts
from cbmock.journal.statements import Statements

_ADD = "UPDATE cbmock_counters SET value = value + ? WHERE name = ? RETURNING value"
_TAKE_IDS = (
    "UPDATE cbmock_counters SET value = CASE WHEN value < ? THEN ? ELSE value END + ? "
    "WHERE name = 'id' RETURNING value, "
    "(SELECT value FROM cbmock_counters WHERE name = 'settings')"
)
_READ = "SELECT value FROM cbmock_counters WHERE name = ?"
_TAKE = (
    "UPDATE cbmock_settings SET taken = CASE WHEN taken < ? THEN ? ELSE taken END + ? "
    "WHERE version = ? AND value IS NOT NULL RETURNING taken"
)
_ATTEMPT = (
    "INSERT INTO cbmock_attempts "
    "(event, token, count, first, body, success, cut, cut_before) "
    "VALUES (?, ?, 1, ?, ?, ?, ?, 0) "
    "ON CONFLICT (event) DO UPDATE SET count = cbmock_attempts.count + 1, "
    "cut_before = cbmock_attempts.cut, cut = excluded.cut, "
    "success = CASE cbmock_attempts.success WHEN 0 THEN excluded.success "
    "ELSE cbmock_attempts.success END "
    "RETURNING count, first, body, success, cut_before"
)
_FIRST = "SELECT first FROM cbmock_attempts WHERE event = ?"
_FORGET_OLD = "DELETE FROM cbmock_attempts WHERE first < ?"
_FORGET_TEST = "DELETE FROM cbmock_attempts WHERE token = ?"


class Counters:
    """The rows of `cbmock_counters`. Thread-safe."""

    def __init__(self, statements: Statements) -> None:
        """Read and write by statements."""
        self._statements = statements
        self._run = statements.run

    def add(self, name: str, count: int) -> int:
        """Increase a number and return it. Raises `JournalFailure`."""
        return int(self._run(_ADD, count, name)[0][0])

    def take_ids(self, least: int, count: int) -> tuple[int, int]:
        """Return the last of some ids after `least`, and the settings' version then."""
        last, version = self._run(_TAKE_IDS, least, least, count)[0]
        return int(last), int(version)

    def value(self, name: str) -> int:
        """Return a number. Raises `JournalFailure`."""
        return int(self._statements.read(_READ, name)[0][0])

    def take(self, version: int, least: int, count: int) -> int | None:
        """Count uses of a version's value after `least`; see `SharedState.take`."""
        rows = self._run(_TAKE, least, least, count, version)
        return int(rows[0][0]) if rows else None

    def attempt(
        self, event: int, token: str | None, one: EventAttempts
    ) -> EventAttempts | None:
        """Count one more attempt; see `SharedState.attempt`."""
        values = (one.first, one.body, one.success, one.cut)
        (row,) = self._run(_ATTEMPT, event, token, *values)
        count, first, body, success, cut = map(int, row)
        if count == 1:
            return None
        own = success == one.success
        return EventAttempts(count - 1, first, body, 0 if own else success, cut)

    def first_attempt(self, event: int) -> int | None:
        """Return the call of an event's first attempt; None if there was none."""
        rows = self._statements.read(_FIRST, event)
        return int(rows[0][0]) if rows else None

    def forget_attempts(self, token: str | None, before: int | None = None) -> None:
        """Forget all events, those of one test, or those first attempted before a call."""
        if before is not None:
            self._run(_FORGET_OLD, before)
        elif token is None:
            self._run("DELETE FROM cbmock_attempts")
        else:
            self._run(_FORGET_TEST, token)

    def notify(self, text: str) -> None:
        """Notify other processes of PostgreSQL, soon; SQLite has no notifications."""
        if self._statements.notifies:
            self._statements.send("SELECT pg_notify(?, ?)", storage.CHANNEL, text)
