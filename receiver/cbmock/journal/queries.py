"""Queries: the SQL that finds the calls of a database.

It decides the statements. It must not know connections or when they are run. Each row is
a block of calls with ids from `id` to `last`, between which other blocks may have calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cbmock.journal import storage
from cbmock.journal.call_blocks import SPAN


def page(
    sa: Any,
    table: Any,
    beyond: int,
    after: int,
    operation: str | None,
    token: str | None,
) -> Any:
    """Return the query for the next blocks: those beyond an id, with calls after one.

    They are those to an operation (or that may be), with a token.
    """
    query = sa.select(table.c.id, table.c.coding, table.c.content)
    query = query.where(table.c.id > max(beyond, after - SPAN), table.c.last > after)
    if token is not None:
        query = query.where(table.c.token == token)
    if operation is not None:
        query = query.where((table.c.operation == operation) | table.c.ambiguous)
    return query.order_by(table.c.id).limit(storage.PAGE)


def ids(sa: Any, table: Any, after: int, token: str | None) -> Any:
    """Return the query for all blocks with ids after one, with a token.

    Their content is null if a block has all the ids from its first to its last.
    """
    has_all = table.c.last - table.c.id + 1 == table.c.calls
    content = sa.case((has_all, None), else_=table.c.content).label("content")
    query = sa.select(table.c.id, table.c.last, table.c.coding, content)
    query = query.where(table.c.id > after - SPAN, table.c.last > after)
    return query if token is None else query.where(table.c.token == token)


def around(sa: Any, table: Any, first: int, last: int) -> Any:
    """Return the query for all blocks that may have a call with one of these ids."""
    query = sa.select(table.c.id, table.c.writer, table.c.coding, table.c.content)
    query = query.where(table.c.id.between(first - SPAN + 1, last))
    return query.where(table.c.last >= first).order_by(table.c.id)


def counts(sa: Any, table: Any, after: int, last: int, token: str | None) -> Any:
    """Return the query for each operation's calls in blocks after an id, and the valid ones."""
    query = sa.select(
        table.c.operation, sa.func.sum(table.c.calls), sa.func.sum(table.c.valid)
    )
    query = query.where(table.c.operation.is_not(None))
    query = query.where(table.c.id > after, table.c.last <= last)
    if token is not None:
        query = query.where(table.c.token == token)
    return query.group_by(table.c.operation)


def blocks_after(
    sa: Any, table: Any, writer: int, after: int, late: Sequence[int]
) -> Any:
    """Return the query for blocks after an id, or late ones; own ones without content."""
    foreign = table.c.writer != writer
    content = sa.case((foreign, table.c.content), else_=None).label("content")
    query = sa.select(table.c.id, table.c.last, table.c.coding, content)
    query = query.where((table.c.id > after) | table.c.id.in_(late))
    return query.order_by(table.c.id).limit(storage.PAGE)


def totals(sa: Any, table: Any) -> Any:
    """Return the query for the number of calls, their times, and their size."""
    return sa.select(
        sa.func.coalesce(sa.func.sum(table.c.calls), 0),
        sa.func.min(table.c.received_at),
        sa.func.max(table.c.until),
        sa.func.coalesce(sa.func.sum(sa.func.length(table.c.content)), 0),
    )


def block_back(sa: Any, table: Any, count: int) -> Any:
    """Return the query for the last block that has, with those after it, this many calls.

    It gives the block's id, and how many calls they have.
    """
    return _back(sa, table, table.c.calls, count)


def block_beyond(sa: Any, table: Any, size: int) -> Any:
    """Return the query for the last block with which those after it exceed a size."""
    return _back(sa, table, sa.func.length(table.c.content), size + 1)


def _back(sa: Any, table: Any, number: Any, least: int) -> Any:
    total = sa.func.sum(number).over(order_by=table.c.id.desc()).label("total")
    counted = sa.select(table.c.id, total).subquery()
    query = sa.select(counted).where(counted.c.total >= least)
    return query.order_by(counted.c.id.desc()).limit(1)


def lost_events(sa: Any, events: Any, blocks: Any) -> Any:
    """Return the deletion of the events of calls that are no longer there."""
    call = events.c.call
    its = (blocks.c.id > call - SPAN) & (blocks.c.id <= call) & (blocks.c.last >= call)
    return events.delete().where(~sa.exists().where(its))
