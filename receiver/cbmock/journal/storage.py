"""How calls are stored in a database: the tables, and connections to them.

It decides what a journal's file or database contains, and how an older one is migrated
to this version. It must not know when calls are written. Needs the extra
`openapi-receiver[journal]`.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from cbmock import extras
from cbmock.contract.security.redaction import Redaction
from cbmock.errors import ReceiverError
from cbmock.journal import patience

VERSION = 5
PAGE = 100
"""How many blocks of calls are read at once."""
CHANNEL = "cbmock_calls"
"""The channel by which processes on one PostgreSQL notify each other."""

_MIGRATIONS = {
    1: ("ALTER TABLE cbmock_calls ADD COLUMN writer BIGINT NOT NULL DEFAULT 0",),
    2: (
        "ALTER TABLE cbmock_calls ADD COLUMN event TEXT",
        "DROP INDEX ix_cbmock_calls_token",
        "DROP INDEX ix_cbmock_calls_valid",
        "CREATE INDEX cbmock_calls_token ON cbmock_calls (token) WHERE token IS NOT NULL",
        "CREATE INDEX cbmock_calls_event ON cbmock_calls (event) WHERE event IS NOT NULL",
        "CREATE INDEX cbmock_calls_invalid ON cbmock_calls (valid) WHERE NOT valid",
    ),
    3: (),
    4: (
        """
        INSERT INTO cbmock_blocks (id, last, calls, valid, token, operation, ambiguous,
                                   received_at, until, writer, coding, content)
        SELECT id, id, 1, CASE WHEN valid THEN 1 ELSE 0 END, token, operation,
               outcome = 'ambiguous', received_at, received_at, writer, coding, record
        FROM cbmock_calls
        """,
        """
        INSERT INTO cbmock_events (event, call)
        SELECT event, id FROM cbmock_calls WHERE event IS NOT NULL
        """,
        "DROP TABLE cbmock_calls",
    ),
}
"""The statements that migrate a version to the next; new tables are created anyway."""

_LOCK = f"SELECT pg_advisory_xact_lock({zlib.crc32(CHANNEL.encode())})"
"""The statement by which a process waits for others that create or migrate tables."""

_COUNTERS = {"version": VERSION, "id": 0, "settings": 0, "trigger": 0, "dictionary": 0}
"""The numbers that processes share, with their first values."""


class Tables(NamedTuple):
    """The tables of a journal; `all` creates them."""

    blocks: Any
    events: Any
    counters: Any
    settings: Any
    attempts: Any
    dictionaries: Any
    all: Any


def tables(sa: Any) -> Tables:
    """Return the tables: calls, numbers, other shared values, and dictionaries."""
    tables = sa.MetaData()
    blocks, events = _blocks(sa, tables), _events(sa, tables)
    counters = sa.Table(
        "cbmock_counters",
        tables,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    settings = sa.Table(
        "cbmock_settings",
        tables,
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text),
        sa.Column("taken", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, index=True),
    )
    attempts = sa.Table(
        "cbmock_attempts",
        tables,
        sa.Column("event", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("token", sa.Text, index=True),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("count", "first", "body", "success", "cut", "cut_before")
        ),
    )
    dictionaries = sa.Table(
        "cbmock_dictionaries",
        tables,
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("operation", sa.Text, nullable=False, index=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    return Tables(blocks, events, counters, settings, attempts, dictionaries, tables)


def _blocks(sa: Any, tables: Any) -> Any:
    # In SQLite only an INTEGER is the row's own number, which needs no index beside it.
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    blocks = sa.Table(
        "cbmock_blocks",
        tables,
        sa.Column("id", number, primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("valid", sa.Integer, nullable=False),
        sa.Column("token", sa.Text),
        sa.Column("operation", sa.Text, index=True),
        sa.Column("ambiguous", sa.Boolean, nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("until", sa.Double, nullable=False, index=True),
        sa.Column("writer", sa.BigInteger, nullable=False),
        sa.Column("coding", sa.SmallInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    # Most calls are valid and have no token: a partial index of the others costs those
    # nothing.
    for name, column, others in (
        ("token", blocks.c.token, blocks.c.token.is_not(None)),
        ("invalid", blocks.c.valid, blocks.c.valid < blocks.c.calls),
        ("ambiguous", blocks.c.ambiguous, blocks.c.ambiguous),
    ):
        where = {"sqlite_where": others, "postgresql_where": others}
        sa.Index(f"cbmock_blocks_{name}", column, **where)
    return blocks


def _events(sa: Any, tables: Any) -> Any:
    return sa.Table(
        "cbmock_events",
        tables,
        sa.Column("event", sa.Text, primary_key=True),
        sa.Column("call", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )


def prepare(sa: Any, engine: Any, url: str) -> None:
    """Create missing tables; migrate an older version, refuse a newer one.

    Several processes that start together do so one after the other.
    """
    counters = tables(sa).counters
    with patience.long_work(), _alone(engine) as connection:
        tables(sa).all.create_all(connection)
        query = sa.select(counters.c.name, counters.c.value)
        found = dict(connection.execute(query).fetchall())
        version = found.get("version", VERSION)
        if version > VERSION:
            raise ReceiverError(
                f"--journal {Redaction().target(url)} is of version {version}, this is {VERSION}: "
                "use the cbmock that wrote it, or another file"
            )
        for each in range(version, VERSION):
            for statement in _MIGRATIONS[each]:
                connection.execute(sa.text(statement))
        version_row = counters.update().where(counters.c.name == "version")
        connection.execute(version_row.values(value=VERSION))
        for name, value in _COUNTERS.items():
            if name not in found:
                connection.execute(counters.insert().values(name=name, value=value))


@contextmanager
def _alone(engine: Any) -> Iterator[Any]:
    """Begin a transaction that no other process prepares the database in."""
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        if is_sqlite:
            _bound_locks(connection.exec_driver_sql, patience.LONGEST_MIGRATION)
        else:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_sqlite else _LOCK)
        yield connection
        if is_sqlite:
            _bound_locks(connection.exec_driver_sql, patience.PATIENCE)


def _bound_locks(execute: Any, seconds: float) -> None:
    execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")


def engine(sa: Any, url: str) -> Any:
    """Return the engine of a URL, configured so that commits are durable."""
    if url.startswith("postgresql:"):
        extras.need("psycopg", "a journal on PostgreSQL")
        url = url.replace("postgresql:", "postgresql+psycopg:", 1)
    if not url.startswith("sqlite"):
        # A cluster with the encoding SQL_ASCII sends bytes, which SQLAlchemy cannot
        # read.
        options: dict[str, Any] = {"client_encoding": "utf8"}
        if not _bounds_connecting(sa.make_url(url)):
            options["connect_timeout"] = max(2, round(patience.PATIENCE))
        engine = sa.create_engine(
            url,
            pool_pre_ping=True,
            pool_timeout=patience.PATIENCE,
            connect_args=options,
        )
        sa.event.listen(engine, "do_connect", _connect)
        return engine
    engine = sa.create_engine(url, connect_args={"timeout": patience.PATIENCE})
    sa.event.listen(engine, "connect", _make_durable)
    return engine


def _bounds_connecting(url: Any) -> bool:
    """Return whether the user says how long connecting may take."""
    return "connect_timeout" in url.query or "PGCONNECT_TIMEOUT" in os.environ


def _connect(*given: Any) -> Any:
    from cbmock.journal.bounded import connect  # noqa: PLC0415 - an extra

    return connect(*given)


def _make_durable(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # commits survive a crash of the machine
    cursor.close()


def bare_connection(engine: Any, *, durable: bool = False) -> Any:
    """Return a driver's connection on which each statement is a transaction of its own.

    Its commits are `durable`, or keep their order with later ones without waiting for
    the disk.
    """
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    if engine.dialect.name == "sqlite":
        connection.isolation_level = None
        if not durable:
            connection.execute("PRAGMA synchronous=NORMAL")
    else:
        connection.rollback()
        connection.autocommit = True
        if not durable:
            connection.execute("SET synchronous_commit = off")
    return connection


def use(sa: Any, engine: Any) -> None:
    """Write durably, but change nothing; raises one of `failures` if that is not possible."""
    connection = bare_connection(engine, durable=True)
    try:
        if engine.dialect.name == "sqlite":
            connection.execute("BEGIN IMMEDIATE")
        else:
            names = ", ".join(tables(sa).all.tables)
            with patience.long_work():  # one that waits is enough
                connection.execute(
                    f"BEGIN; LOCK TABLE {names} IN ROW EXCLUSIVE MODE; "  # noqa: S608 - all of it our own
                    "UPDATE cbmock_counters SET value = value; COMMIT"
                )
    finally:
        connection.close()


def failures(engine: Any) -> tuple[type[Exception], ...]:
    """Return the exceptions that mean that a database cannot be reached or used."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - an extra

    return SQLAlchemyError, engine.dialect.dbapi.Error


def reason(error: Exception) -> str:
    """Return the first line of a database's error."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().partition("\n")[0]


def library() -> Any:
    """Return SQLAlchemy; raises `ReceiverError` if it is not installed."""
    extras.need("sqlalchemy", "a journal in a database")
    import sqlalchemy  # noqa: PLC0415 - an extra

    return sqlalchemy
