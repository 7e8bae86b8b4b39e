"""How a call is stored in a database: the tables, a call's row, and its compression.

It decides what a journal's file or database holds. It must not know when calls are written.
Needs the extra `openapi-receiver[journal]`.
"""

from __future__ import annotations

import json
from typing import Any

from cbmock.errors import ReceiverError
from cbmock.mock.call import Call

_COMPRESSED_FROM = 256
_RAW, _ZSTD = 0, 1


def tables(sa: Any) -> tuple[Any, Any, Any]:
    """Return the table of calls, that of counters, and both for their making."""
    tables = sa.MetaData()
    calls = sa.Table(
        "cbmock_calls",
        tables,
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("token", sa.Text, index=True),
        sa.Column("operation", sa.Text, index=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("valid", sa.Boolean, nullable=False, index=True),
        sa.Column("received_at", sa.Double, nullable=False, index=True),
        sa.Column("coding", sa.SmallInteger, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
    counters = sa.Table(
        "cbmock_counters",
        tables,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    return calls, counters, tables


def engine(sa: Any, url: str) -> Any:
    """Return the engine of a URL, set so that what is committed is durable."""
    if url.startswith("postgresql:"):
        url = url.replace("postgresql:", "postgresql+psycopg:", 1)
    if not url.startswith("sqlite"):
        # A cluster of encoding SQL_ASCII sends octets, which SQLAlchemy cannot read.
        encoding = {"client_encoding": "utf8"}
        return sa.create_engine(url, pool_pre_ping=True, connect_args=encoding)
    engine = sa.create_engine(url, connect_args={"timeout": 30})

    sa.event.listen(engine, "connect", _make_durable)
    return engine


def _make_durable(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # what is committed outlives the machine
    cursor.close()


def row(call: Call) -> dict[str, Any]:
    """Return the columns of a call."""
    text = json.dumps(call.record(), separators=(",", ":"), default=str).encode()
    coding, record = _encoded(text)
    operation = None if call.operation is None else call.operation.identity
    return {
        "id": call.id,
        "token": call.token,
        "operation": operation,
        "outcome": call.outcome,
        "valid": call.valid,
        "received_at": call.received_at,
        "coding": coding,
        "record": record,
    }


def _encoded(text: bytes) -> tuple[int, bytes]:
    """Compress a record where that pays."""
    if len(text) < _COMPRESSED_FROM:
        return _RAW, text
    import zstandard  # noqa: PLC0415 - few keep their calls in a database

    smaller = zstandard.ZstdCompressor(level=3).compress(text)
    return (_ZSTD, smaller) if len(smaller) < len(text) else (_RAW, text)


def decoded(coding: int, record: bytes) -> bytes:
    """Return the JSON of a record."""
    if coding == _RAW:
        return record
    import zstandard  # noqa: PLC0415 - few keep their calls in a database

    return zstandard.ZstdDecompressor().decompress(record)


def reason(error: Exception) -> str:
    """Return the first line of what a database said."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().partition("\n")[0]


def library() -> Any:
    """Return SQLAlchemy; `ReceiverError` where it is not installed."""
    try:
        import sqlalchemy  # noqa: PLC0415 - an extra
    except ImportError:
        raise ReceiverError(
            "a journal in a database needs SQLAlchemy: pip install 'openapi-receiver[journal]'"
        ) from None
    return sqlalchemy
