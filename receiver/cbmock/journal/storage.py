"""How a call is stored in a database: the tables, and a call's row.

It decides what a journal's file or database contains, and how an older one is migrated
to this version. It must not know when calls are written. Needs the extra
`openapi-receiver[journal]`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cbmock.contract.security.redaction import Redaction
from cbmock.errors import ReceiverError
from cbmock.journal.call_rows import CallRow

VERSION = 4
PAGE = 500
"""How many calls are read at once."""
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
}
"""The statements that migrate a version to the next; new tables are created anyway."""

_COUNTERS = {"version": VERSION, "id": 0, "settings": 0, "trigger": 0, "dictionary": 0}
"""The numbers that processes share, with their first values."""


class Tables(NamedTuple):
    """The tables of a journal; `all` creates them."""

    calls: Any
    counters: Any
    settings: Any
    attempts: Any
    dictionaries: Any
    all: Any


def tables(sa: Any) -> Tables:
    """Return the tables: calls, numbers, other shared values, and dictionaries."""
    tables = sa.MetaData()
    calls = _calls(sa, tables)
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
    return Tables(calls, counters, settings, attempts, dictionaries, tables)


def _calls(sa: Any, tables: Any) -> Any:
    calls = sa.Table(
        "cbmock_calls",
        tables,
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("token", sa.Text),
        sa.Column("operation", sa.Text, index=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("valid", sa.Boolean, nullable=False),
        sa.Column("received_at", sa.Double, nullable=False, index=True),
        sa.Column("writer", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("coding", sa.SmallInteger, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("event", sa.Text),
    )
    # Most calls are valid, have no token, and many have no event: a partial index of
    # the others costs those nothing.
    for name, column, others in (
        ("token", calls.c.token, calls.c.token.is_not(None)),
        ("event", calls.c.event, calls.c.event.is_not(None)),
        ("invalid", calls.c.valid, ~calls.c.valid),
    ):
        where = {"sqlite_where": others, "postgresql_where": others}
        sa.Index(f"cbmock_calls_{name}", column, **where)
    return calls


def prepare(sa: Any, engine: Any, url: str) -> None:
    """Create missing tables; migrate an older version, refuse a newer one."""
    counters = tables(sa).counters
    tables(sa).all.create_all(engine)
    with engine.begin() as connection:
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


def engine(sa: Any, url: str) -> Any:
    """Return the engine of a URL, configured so that commits are durable."""
    if url.startswith("postgresql:"):
        url = url.replace("postgresql:", "postgresql+psycopg:", 1)
    if not url.startswith("sqlite"):
        # A cluster with the encoding SQL_ASCII sends bytes, which SQLAlchemy cannot
        # read.
        encoding = {"client_encoding": "utf8"}
        return sa.create_engine(url, pool_pre_ping=True, connect_args=encoding)
    engine = sa.create_engine(url, connect_args={"timeout": 30})

    sa.event.listen(engine, "connect", _make_durable)
    return engine


def _make_durable(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # commits survive a crash of the machine
    cursor.close()


def bare_connection(engine: Any) -> Any:
    """Return a driver's connection on which each statement is a transaction of its own.

    Its commits keep their order with later ones, but do not wait for the disk.
    """
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    if engine.dialect.name == "sqlite":
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=NORMAL")
    else:
        connection.rollback()
        connection.autocommit = True
        connection.execute("SET synchronous_commit = off")
    return connection


def failures(engine: Any) -> tuple[type[Exception], ...]:
    """Return the exceptions that mean that a database cannot be reached or used."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - an extra

    return SQLAlchemyError, engine.dialect.dbapi.Error


def insert(connection: Any, rows: list[CallRow]) -> None:
    """Write rows with the driver itself, in a third of the time of compiled inserts."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    names = ", ".join(CallRow._fields)
    marks = ", ".join(mark for _ in CallRow._fields)
    statement = f"INSERT INTO cbmock_calls ({names}) VALUES ({marks})"  # noqa: S608 - both our own
    connection.exec_driver_sql(statement, rows)


def reason(error: Exception) -> str:
    """Return the first line of a database's error."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().partition("\n")[0]


def library() -> Any:
    """Return SQLAlchemy; raises `ReceiverError` if it is not installed."""
    try:
        import sqlalchemy  # noqa: PLC0415 - an extra
    except ImportError:
        raise ReceiverError(
            "a journal in a database needs SQLAlchemy: pip install 'openapi-receiver[journal]'"
        ) from None
    return sqlalchemy
