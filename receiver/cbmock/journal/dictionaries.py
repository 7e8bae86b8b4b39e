"""Dictionaries of records' compression: the rows of `cbmock_dictionaries`.

It must not know what dictionaries are for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cbmock.journal import storage
from cbmock.journal.counters import Counters


class DictionaryRows:
    """The rows, as `DictionaryStore`; every method raises `JournalFailure`."""

    def __init__(
        self,
        sa: Any,
        counters: Counters,
        transaction: Callable[[Callable[[Any], Any]], Any],
    ) -> None:
        """Read and write with `transaction`, which runs work and commits it."""
        self._sa, self._counters, self._transaction = sa, counters, transaction
        self._rows = storage.tables(sa).dictionaries

    def newest(self, operation: str) -> int | None:
        """Return the number of an operation's newest dictionary, from 1."""
        row = self._rows.c
        query = self._sa.select(self._sa.func.max(row.number))
        query = query.where(row.operation == operation)
        found: int | None = self._transaction(lambda c: c.execute(query).scalar())
        return found

    def add(self, operation: str, content: bytes) -> int:
        """Keep a dictionary, and return its number."""
        number = self._counters.add("dictionary", 1)
        insert = self._rows.insert()
        insert = insert.values(number=number, operation=operation, content=content)
        self._transaction(lambda connection: connection.execute(insert))
        return number

    def read(self, number: int) -> bytes:
        """Return a dictionary."""
        query = self._sa.select(self._rows.c.content)
        query = query.where(self._rows.c.number == number)
        return bytes(self._transaction(lambda c: c.execute(query).scalar_one()))
