"""A call as a row of a database, and back.

It decides what is in the columns. It must not know SQL, nor when rows are written.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import orjson

from cbmock.journal.compression import RecordCompression
from cbmock.journal.records import Records
from cbmock.mock.call import Call


class CallRow(NamedTuple):
    """The columns of a call."""

    id: int
    token: str | None
    operation: str | None
    outcome: str
    valid: bool
    received_at: float
    writer: int
    coding: int
    record: bytes
    event: str | None


class CallRows:
    """Makes rows of calls, and calls of rows."""

    def __init__(self, records: Records, compression: RecordCompression) -> None:
        """Read records by `records`, and compress them by `compression`."""
        self._records, self._compression = records, compression

    def row(self, call: Call, writer: int) -> CallRow:
        """Return the values of a call's columns, written by the process `writer`."""
        operation = None if call.operation is None else call.operation.identity
        text = _text(call.record())
        coding, record = self._compression.compressed(operation, text)
        return CallRow(
            call.id,
            call.token,
            operation,
            call.outcome,
            call.valid,
            call.received_at,
            writer,
            coding,
            record,
            call.event,
        )

    def call(self, row: Any) -> Call:
        """Return the call of a row that has `coding` and `record`."""
        text = self._compression.restored(row.coding, row.record)
        return self._records.call(json.loads(text))


def _text(record: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(record, default=str)
    except TypeError:  # half a surrogate pair, or a number longer than 64 bits
        return json.dumps(record, separators=(",", ":"), default=str).encode()
