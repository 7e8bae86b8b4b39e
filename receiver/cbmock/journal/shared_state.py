"""What processes on one database share besides calls: values by kind and key.

It decides how other processes learn of a change, and counts how often a value is used.
It must not know what the values mean.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from cbmock.journal import storage
from cbmock.journal.counters import Counters
from cbmock.journal.protocol import (
    EventAttempts,
    JournalFailure,
    OnFailure,
    SettingChange,
)

_MOST_BEHIND = 10_000
"""After this many changes, the record of a deleted value is removed."""

_MOST_USED = 1000
"""How many values are remembered with how often they were used."""


class SharedRows:
    """The rows of `cbmock_settings`, as `SharedState`; every method raises `JournalFailure`."""

    def __init__(
        self,
        sa: Any,
        counters: Counters,
        transaction: Callable[[Callable[[Any], Any]], Any],
        on_failure: OnFailure,
    ) -> None:
        """Write with `transaction`, which runs work on a connection and commits it."""
        self._on_failure = on_failure
        self._uncounted: Counter[int] = Counter()
        self._taken: dict[int, int] = {}
        """How often values were used, as far as is known here: a database that was killed
        may have forgotten it."""
        self._sa, self._counters, self._transaction = sa, counters, transaction
        self._rows = storage.tables(sa).settings
        self._numbers = storage.tables(sa).counters

    def version(self) -> int:
        """Return a number that grows with every change by any process."""
        return self._counters.value("settings")

    def number(self, name: str) -> int:
        """Return the next number of a name; every process gets another one."""
        return self._counters.add(name, 1)

    def changes(self, after: int) -> list[SettingChange]:
        """Return the changes since a version, in their order."""
        row = self._rows.c
        query = self._sa.select(row.kind, row.key, row.value, row.taken, row.version)
        query = query.where(row.version > after).order_by(row.version)
        found: Any = self._transaction(lambda c: list(c.execute(query)))
        return [
            SettingChange(
                kind, key, None if text is None else json.loads(text), *numbers
            )
            for kind, key, text, *numbers in found
        ]

    def put(self, kind: str, key: str, value: Any) -> int:
        """Replace a value, or delete it with None; return the new version."""
        rows, numbers = self._rows, self._numbers
        text = None if value is None else json.dumps(value)

        def write(connection: Any) -> int:
            grow = numbers.update().where(numbers.c.name == "settings")
            grow = grow.values(value=numbers.c.value + 1).returning(numbers.c.value)
            version = int(connection.execute(grow).scalar_one())
            same = (rows.c.kind == kind) & (rows.c.key == key)
            old = rows.c.value.is_(None) & (rows.c.version < version - _MOST_BEHIND)
            connection.execute(rows.delete().where(same | old))
            connection.execute(
                rows.insert().values(
                    kind=kind, key=key, value=text, taken=0, version=version
                )
            )
            return version

        version: int = self._transaction(write)
        self._counters.notify("settings")
        return version

    def attempt(
        self, event: int, token: str | None, one: EventAttempts
    ) -> EventAttempts | None:
        """Count an attempt of an event; return what was known before it, or None."""
        return self._counters.attempt(event, token, one)

    def first_attempt(self, event: int) -> int | None:
        """Return the id of an event's first call; None if there is none."""
        return self._counters.first_attempt(event)

    def forget_attempts(self, token: str | None, before: int | None = None) -> None:
        """Forget all events, those of one test, or those first attempted before a call."""
        self._counters.forget_attempts(token, before)

    def take(self, version: int) -> int | None:
        """Use the value of a version once; return how often it has been used.

        None if another version has replaced it, 0 if calls wait in memory meanwhile: this
        use is counted with the next one.
        """
        count = self._uncounted.pop(version, 0) + 1
        try:
            taken = self._counters.take(version, self._taken.get(version, 0), count)
        except JournalFailure:
            if self._on_failure == "reject":
                raise
            self._uncounted[version] += count
            return 0
        self._note(version, taken or 0)
        return taken

    def _note(self, version: int, taken: int) -> None:
        """Remember how often a value was used; the oldest is forgotten if there are many."""
        self._taken[version] = max(taken, self._taken.pop(version, 0))
        if len(self._taken) > _MOST_USED:
            del self._taken[next(iter(self._taken))]
