"""The blocks of a database: how calls are found, changed and deleted.

It decides what is read for a question, and that a block loses the calls that are deleted.
It must not know how calls come into the database, nor who asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from cbmock.journal import queries, storage
from cbmock.journal.call_blocks import SPAN, CallBlocks, column_text
from cbmock.journal.protocol import CallCounts
from cbmock.mock.call import Call
from cbmock.mock.faults import Sent


class StoredBlocks:
    """The rows of `cbmock_blocks`; every method raises `JournalFailure`."""

    def __init__(
        self,
        sa: Any,
        blocks: CallBlocks,
        transaction: Callable[[Callable[[Any], Any]], Any],
        rows: Callable[[Any], list[Any]],
    ) -> None:
        """Write with `transaction`, which runs work and commits it; read by `rows`.

        That returns the rows that a query finds.
        """
        self._sa, self._blocks, self._transaction = sa, blocks, transaction
        self.rows = rows
        tables = storage.tables(sa)
        self._table, self._events = tables.blocks, tables.events

    def _number(self, function: Any) -> int:
        (row,) = self.rows(self._sa.select(function))
        return int(row[0] or 0)

    def count(self) -> int:
        """Count the calls."""
        return self._number(self._sa.func.sum(self._table.c.calls))

    def highest(self) -> int:
        """Return the last id; 0 if there are no calls."""
        return self._number(self._sa.func.max(self._table.c.last))

    def get(self, id: int) -> Call | None:
        """Return one call; None if it is not there."""
        found = self._around(id, id)
        return next(
            (call for _, calls in found for call in calls if call.id == id), None
        )

    def _around(self, first: int, last: int) -> Iterator[tuple[Any, list[Call]]]:
        """Yield the rows that may have a call with one of these ids, with their calls."""
        for row in self.rows(queries.around(self._sa, self._table, first, last)):
            yield row, self._blocks.calls(row)

    def kept(self, ids: Sequence[int], writer: int) -> tuple[set[int], set[int]]:
        """Return which of these ids are there: of calls of this process, and of others."""
        own: set[int] = set()
        others: set[int] = set()
        for row, calls in self._around(min(ids), max(ids)):
            into = own if row.writer == writer else others
            into.update({call.id for call in calls}.intersection(ids))
        return own, others

    def each(
        self, after: int, operation: str | None, token: str | None
    ) -> Iterator[Call]:
        """Iterate over calls, ordered by id, a page of blocks at a time."""
        for call in self._blocks.ordered(self._pages(after, operation, token)):
            if call.id > after and (operation is None or operation in call.identities):
                yield call

    def ids(self, after: int, token: str | None) -> list[int]:
        """Return the ids of the calls that `each` returns; few calls are read for them."""
        token = None if token is None else column_text(token)
        found: list[int] = []
        for row in self.rows(queries.ids(self._sa, self._table, after, token)):
            if row.content is None:
                found += range(row.id, row.last + 1)
            else:
                found += [call.id for call in self._blocks.calls(row)]
        return sorted(each for each in found if each > after)

    def _pages(
        self, after: int, operation: str | None, token: str | None
    ) -> Iterator[Any]:
        token = None if token is None else column_text(token)
        beyond = 0
        while True:
            rows = self.rows(
                queries.page(self._sa, self._table, beyond, after, operation, token)
            )
            yield from rows
            if len(rows) < storage.PAGE:
                return
            beyond = rows[-1].id

    def counts(self, after: int, token: str | None) -> CallCounts:
        """Count the calls to each operation after an id."""
        last = self.highest()
        known = None if token is None else column_text(token)
        query = queries.counts(self._sa, self._table, after, last, known)
        found = Counter[str](), Counter[str]()
        for name, *numbers in self.rows(query):
            for into, number in zip(found, numbers, strict=True):
                into[name] += int(number)
        for row, calls in self._around(after, after):
            for call in calls if row.id <= after else ():  # it begins before
                if call.id > after and call.operation and token in (None, call.token):
                    found[0][call.operation.identity] += 1
                    found[1][call.operation.identity] += call.valid
        received, valid = found
        return CallCounts(
            {each: (received[each], valid[each]) for each in received}, last
        )

    def info(self) -> dict[str, Any]:
        """Return the number of calls, their first and last time, and their size."""
        (row,) = self.rows(queries.totals(self._sa, self._table))
        calls, first, last, size = row
        return {"calls": int(calls), "first": first, "last": last, "bytes": int(size)}

    def written(self, writer: int, after: int, late: Sequence[int]) -> list[Any]:
        """Return blocks after an id or with one of these ids; own ones without content."""
        return self.rows(
            queries.blocks_after(self._sa, self._table, writer, after, late)
        )

    # --- changes ---

    def amend(self, id: int, *, sent: Sent, duration: float) -> None:
        """Change how much of a call's answer was sent, and after how many seconds."""
        for row, calls in self._around(id, id):
            if any(call.id == id for call in calls):
                changed = [
                    replace(call, sent=sent, duration=duration)
                    if call.id == id
                    else call
                    for call in calls
                ]
                self._transaction(partial(self._replace, row, changed))

    def clear(self, token: str | None) -> int:
        """Delete all calls, or those of one token; return how many."""
        if token is None:
            deleted = self._delete(self._sa.true())
            self._forget_events()
            return deleted
        removed = [
            {"e": column_text(call.event), "c": call.id}
            for call in self.each(0, None, token)
            if call.event is not None
        ]
        return self._delete(self._table.c.token == column_text(token), removed)

    def prune(self, keep: int | None, before: float | None, size: int | None) -> int:
        """Delete the oldest calls; return how many. See `StoredJournal.prune`."""
        block, deleted = self._table.c, 0
        if before is not None:
            begun = (block.received_at < before) & (block.until >= before)
            deleted += self._thin(begun, lambda call: call.received_at >= before)
            deleted += self._delete(block.until < before)
        if keep is not None:
            oldest = self._oldest(keep)
            begun = (block.id < oldest) & (block.last >= oldest)
            deleted += self._thin(begun, lambda call: call.id >= oldest)
            deleted += self._delete(block.last < oldest)
        if size is not None:
            for row in self.rows(queries.block_beyond(self._sa, self._table, size)):
                deleted += self._delete(block.id <= row.id)
        self._forget_events()
        return deleted

    def _oldest(self, keep: int) -> int:
        """Return the id of the first call that stays if the newest ones are kept."""
        if not keep:
            return self.highest() + 1
        found = self.rows(queries.block_back(self._sa, self._table, keep))
        if not found:
            return 0
        ((first, counted_back),) = found
        ids: list[int] = []
        for row, calls in self._around(first, first + SPAN - 1):
            later = [call.id for call in calls if call.id >= first]
            counted_back += len(later) if row.id < first else 0
            ids += later
        oldest: int = sorted(ids)[counted_back - keep]
        return oldest

    def _delete(self, condition: Any, events: Sequence[dict[str, Any]] = ()) -> int:
        """Delete blocks, and some events; return how many calls the blocks had."""
        count = self._sa.select(self._sa.func.sum(self._table.c.calls)).where(condition)
        event = self._events.c
        bound = self._sa.bindparam
        removed = (event.event == bound("e")) & (event.call == bound("c"))

        def work(connection: Any) -> int:
            deleted = int(connection.execute(count).scalar() or 0)
            connection.execute(self._table.delete().where(condition))
            if events:
                connection.execute(self._events.delete().where(removed), events)
            return deleted

        found: int = self._transaction(work)
        return found

    def _forget_events(self) -> None:
        """Delete the events of calls that are no longer there."""
        old = queries.lost_events(self._sa, self._events, self._table)
        self._transaction(lambda connection: connection.execute(old))

    def _thin(self, condition: Any, stays: Callable[[Call], bool]) -> int:
        """Delete some of the calls of blocks; return how many."""
        query = self._sa.select(self._table).where(condition)
        deleted = 0
        for row in self.rows(query):
            calls = self._blocks.calls(row)
            kept = [call for call in calls if stays(call)]
            deleted += len(calls) - len(kept)
            self._transaction(partial(self._replace, row, kept))
        return deleted

    def _replace(self, row: Any, calls: Sequence[Call], connection: Any) -> None:
        """Put other calls in the place of a block."""
        rows, _ = self._blocks.rows(calls, row.writer)
        connection.execute(self._table.delete().where(self._table.c.id == row.id))
        if rows:
            connection.execute(self._table.insert(), [each._asdict() for each in rows])
