"""Calls that are committed together, as rows of a database, and back.

It decides which calls share a row: those of one test to one operation. Their records are
compressed together, which takes a tenth of the time and of the bytes of compressing each.
It must not know SQL, nor when rows are written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from cbmock.journal.compression import RecordCompression
from cbmock.journal.record_texts import RecordTexts
from cbmock.journal.records import Records
from cbmock.mock.call import Call

SPAN = 256
"""The ids of a block are less than this apart, so that few rows may contain an id. All
calls with ids between them are committed together."""
_LARGEST = 2**18
"""A block is no longer than this, before compression, unless one call is."""


class BlockRow(NamedTuple):
    """The columns of a block: `id` is the first call's, `until` the last one's time."""

    id: int
    last: int
    calls: int
    valid: int
    token: str | None
    operation: str | None
    ambiguous: bool
    received_at: float
    until: float
    writer: int
    coding: int
    content: bytes


class EventRow(NamedTuple):
    """The identity that the sender gave its delivery, and the id of the call."""

    event: str
    call: int


class _OpenBlock:
    """Calls that share a row, with their records."""

    def __init__(self, first: Call, record: bytes) -> None:
        self.calls, self.records, self._size = [first], [record], len(record)

    def takes(self, call: Call, record: bytes) -> bool:
        """Add a call, unless it is too far away or the block would be too long."""
        size = self._size + len(record)
        if size > _LARGEST or call.id - self.calls[0].id >= SPAN:
            return False
        self.calls.append(call)
        self.records.append(record)
        self._size = size
        return True


class CallBlocks:
    """Makes rows of calls, and calls of rows."""

    def __init__(self, records: Records, compression: RecordCompression) -> None:
        """Read records by `records`, and compress them by `compression`."""
        self._records, self._compression = records, compression
        self._texts = RecordTexts()

    def rows(
        self, calls: Iterable[Call], writer: int, *, together: bool = True
    ) -> tuple[list[BlockRow], list[EventRow]]:
        """Return the rows of calls, written by the process `writer`.

        Each gets a block of its own, unless they may be put `together`.
        """
        ordered = sorted(calls, key=_by_id)
        records = list(map(self._texts.text, ordered))
        if together and _fit_in_one(ordered, records):
            rows = [self._row(ordered, records, writer)]
        else:
            found = _divided(ordered, records, together=together)
            rows = [self._row(each.calls, each.records, writer) for each in found]
        return rows, [
            EventRow(column_text(each.event), each.id)
            for each in ordered
            if each.event is not None
        ]

    def _row(
        self, calls: Sequence[Call], records: Sequence[bytes], writer: int
    ) -> BlockRow:
        first, last = calls[0], calls[-1]
        operation = None if first.operation is None else first.operation.identity
        coding, content = self._compression.compressed(operation, records)
        times = [each.received_at for each in calls]
        return BlockRow(
            first.id,
            last.id,
            len(calls),
            sum([each.valid for each in calls]),
            None if first.token is None else column_text(first.token),
            operation,
            first.outcome == "ambiguous",
            min(times),
            max(times),
            writer,
            coding,
            content,
        )

    def calls(self, row: Any) -> list[Call]:
        """Return the calls of a row that has `coding` and `content`, ordered by id."""
        text = self._compression.restored(row.coding, row.content)
        return [self._records.call(json.loads(each)) for each in text.split(b"\n")]

    def ordered(self, rows: Iterable[Any]) -> Iterator[Call]:
        """Yield the calls of rows that are ordered by `id`, ordered by id themselves.

        The ids of two blocks may be mixed: a call comes once no later row can have one
        before it.
        """
        waiting: list[Call] = []
        for row in rows:
            at = _before(waiting, row.id)
            yield from waiting[:at]
            waiting = sorted((*waiting[at:], *self.calls(row)), key=_by_id)
        yield from waiting


def _fit_in_one(calls: Sequence[Call], records: Sequence[bytes]) -> bool:
    """Return whether calls, ordered by id, belong into one row, as most do."""
    if not calls:
        return False
    first, count = calls[0], len(calls)
    return (
        calls[-1].id - first.id == count - 1 < SPAN
        and sum(map(len, records)) <= _LARGEST
        and len({(one.token, one.outcome, id(one.operation)) for one in calls}) == 1
    )


def _divided(
    calls: Sequence[Call], records: Sequence[bytes], *, together: bool
) -> list[_OpenBlock]:
    """Return the blocks of calls that are ordered by id."""
    blocks: list[_OpenBlock] = []
    open_: dict[tuple[str | None, int, bool], _OpenBlock] = {}
    following = 0
    for call, record in zip(calls, records, strict=True):
        if call.id != following or not together:
            open_.clear()
        following = call.id + 1
        key = call.token, id(call.operation), call.outcome == "ambiguous"
        block = open_.get(key)
        if block is None or not block.takes(call, record):
            block = open_[key] = _OpenBlock(call, record)
            blocks.append(block)
    return blocks


def column_text(text: str) -> str:
    """Return a text as a column may hold it: without NUL and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


_by_id = attrgetter("id")


def _before(calls: Sequence[Call], id_: int) -> int:
    """Return how many of some calls, ordered by id, come before an id."""
    return next((at for at, call in enumerate(calls) if call.id > id_), len(calls))
