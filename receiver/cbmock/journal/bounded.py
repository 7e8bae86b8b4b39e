"""Connections to PostgreSQL that wait for its answers only some seconds.

It decides when a server that says nothing is given up. It must not know what it was asked.
Needs the extra `openapi-receiver[postgres]`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from cbmock.clocks import monotonic
from cbmock.journal import patience


class BoundedConnection(psycopg.Connection[Any]):
    """It is closed once the server has been silent too long during a statement.

    The server may carry that statement out later.
    """

    open_another: Callable[[], psycopg.Connection[Any]]

    def wait(self, gen: Any, *others: Any, **named: Any) -> Any:
        """Wait for what psycopg waits for."""
        return super().wait(self._heard(gen), *others, **named)

    def _heard(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Run psycopg's generator, and look ten times a second whether anything came."""
        heard_at = monotonic()
        try:
            event = next(gen)
            while True:
                ready = yield event
                if ready:
                    heard_at = monotonic()
                elif monotonic() - heard_at > patience.PATIENCE:
                    self._give_up()
                    heard_at = monotonic()
                event = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _give_up(self) -> None:
        """Close it, unless the server is only slow at what may take long, or is idle."""
        if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
            return  # it waits for notifications
        if patience.is_long():
            try:
                self.open_another().close()
            except psycopg.Error:
                self.close()
                raise
            return
        self.close()
        message = f"it did not answer within {patience.PATIENCE:g} s"
        raise psycopg.OperationalError(message)


def connect(
    _dialect: Any, _record: Any, arguments: Any, options: Any
) -> BoundedConnection:
    """Connect, for SQLAlchemy; a lock that others hold is waited for as long as an answer."""
    found = BoundedConnection.connect(*arguments, **options)
    found.open_another = partial(BoundedConnection.connect, *arguments, **options)
    found.autocommit = True
    found.execute(_BOUND_LOCKS, [f"{patience.PATIENCE:g}s"])
    found.autocommit = False
    return found


_BOUND_LOCKS = (
    "SELECT set_config('lock_timeout', %s, false) "
    "WHERE current_setting('lock_timeout') = '0'"
)
"""So that the server, too, gives up what is no longer waited for."""
