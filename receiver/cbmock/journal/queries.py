"""Queries: the SQL that finds the calls of a database.

It decides the statements. It must not know connections or when they are run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cbmock.journal import storage


def page(
    sa: Any, table: Any, after: int, operation: str | None, token: str | None
) -> Any:
    """Return the query for the next calls after an id, to an operation, with a token."""
    query = sa.select(table.c.id, table.c.coding, table.c.record)
    query = query.where(table.c.id > after)
    if token is not None:
        query = query.where(table.c.token == token)
    if operation is not None:
        named = table.c.operation == operation
        query = query.where(named | (table.c.outcome == "ambiguous"))
    return query.order_by(table.c.id).limit(storage.PAGE)


def ids(sa: Any, table: Any, after: int, token: str | None) -> Any:
    """Return the query for the ids of all calls after an id, with a token."""
    query = sa.select(table.c.id).where(table.c.id > after)
    if token is not None:
        query = query.where(table.c.token == token)
    return query.order_by(table.c.id)


def counts(sa: Any, table: Any, after: int, last: int, token: str | None) -> Any:
    """Return the query for each operation's calls after an id, and the valid ones."""
    valid = sa.func.sum(sa.case((table.c.valid, 1), else_=0))
    query = sa.select(table.c.operation, sa.func.count(), valid)
    query = query.where(table.c.operation.is_not(None))
    query = query.where(table.c.id > after, table.c.id <= last)
    if token is not None:
        query = query.where(table.c.token == token)
    return query.group_by(table.c.operation)


def rows_after(
    sa: Any, table: Any, writer: int, after: int, late: Sequence[int]
) -> Any:
    """Return the query for rows after an id, or late ones; own ones without record."""
    foreign = table.c.writer != writer
    record = sa.case((foreign, table.c.record), else_=None).label("record")
    query = sa.select(table.c.id, table.c.coding, record)
    query = query.where((table.c.id > after) | table.c.id.in_(late))
    return query.order_by(table.c.id).limit(storage.PAGE)


def totals(sa: Any, table: Any) -> Any:
    """Return the query for the number of calls, their times, and their size."""
    return sa.select(
        sa.func.count(),
        sa.func.min(table.c.received_at),
        sa.func.max(table.c.received_at),
        sa.func.coalesce(sa.func.sum(sa.func.length(table.c.record)), 0),
    )


def prunings(
    sa: Any, table: Any, keep: int | None, before: float | None
) -> Iterator[Any]:
    """Yield the deletions of calls before a time, and of all but the newest."""
    if before is not None:
        yield table.delete().where(table.c.received_at < before)
    if keep is not None:
        kept = sa.select(table.c.id).order_by(table.c.id.desc()).limit(keep)
        yield table.delete().where(table.c.id.not_in(kept))
