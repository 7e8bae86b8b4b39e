"""How long a database may be silent, or locked, before it is given up.

What is known to take long, as reading or pruning a large journal, may take longer as long as
the server accepts connections.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PATIENCE = 5.0
"""Seconds in which a database has to answer; nothing else is answered meanwhile."""
LONGEST_MIGRATION = 30.0
"""Seconds for which SQLite's file is waited for while another process may migrate it."""

_IS_LONG: ContextVar[bool] = ContextVar("cbmock_journal_is_long", default=False)


@contextmanager
def long_work() -> Iterator[None]:
    """Do inside what may take longer; it need not be the same in other threads."""
    token = _IS_LONG.set(True)
    try:
        yield
    finally:
        _IS_LONG.reset(token)


def is_long() -> bool:
    """Return whether that which is done now may take longer."""
    return _IS_LONG.get()
