"""Events: a stream of the journal's calls (Server-Sent Events).

It decides how calls are written, and how a stream is resumed. It must not know who
listens.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from starlette.types import Receive

from cbmock.journal.protocol import Journal
from cbmock.journal.waiting import CallFilter
from cbmock.mock.call import Call, dumps
from cbmock.server.exchange import Client
from cbmock.server.sending import PendingWaits

_QUIET = 15.0
"""Seconds without a call after which a comment is sent, so that proxies keep the stream
open."""
_MOST_COMING = 10_000
"""How many ids of calls are kept for a client that does not read."""
_TOLD_TWICE = 1000
"""How many earlier calls are looked at again, since another process may have recorded
them later."""


async def stream(
    journal: Journal,
    among: CallFilter,
    wanted: Callable[[Call], bool],
    waits: PendingWaits,
    receive: Receive,
    client: Client | None,
    record: Callable[[Call], dict[str, Any]],
) -> AsyncIterator[bytes]:
    """Yield an event for each call, earlier calls first, until the client disconnects.

    `record` makes the data of an event. Calls are read from the journal, so that a slow
    client costs little memory: only some ids are kept, and then that there are more.
    """
    coming = _Coming(asyncio.get_running_loop())
    earlier = journal.listen(
        coming.notice, after=among.after, operation=among.operation, token=among.token
    )
    try:
        yield b"retry: 1000\n\n"
        sent: deque[int] = deque(maxlen=_TOLD_TWICE)
        for call in earlier:
            sent.append(call.id)
            if wanted(call):
                yield _event(call.id, record(call))
        while True:
            coming.changed.clear()
            for call in coming.calls(journal, among):
                if call.id not in sent and wanted(call):
                    yield _event(call.id, record(call))
            went_on = await waits.run(_either(coming.changed), receive, client)
            if went_on is None:
                return
            if not went_on:
                yield b": quiet\n\n"
    finally:
        journal.ignore(coming.notice)


class _Coming:
    """The calls that have not been sent yet: their ids, up to a limit."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ids: deque[int] = deque()
        self._more_since: int | None = None
        self.changed = asyncio.Event()
        self.notice = (
            self._notice
        )  # one object: the journal compares listeners by identity

    def _notice(self, call: Call) -> None:
        """Note a call; called in the thread that records it."""
        if self._more_since is None:
            if len(self._ids) < _MOST_COMING:
                self._ids.append(call.id)
            else:
                self._more_since = self._ids[-1]
        self._loop.call_soon_threadsafe(self.changed.set)

    def calls(self, journal: Journal, among: CallFilter) -> Iterator[Call]:
        """Yield those that the journal still has."""
        while self._ids:
            found = journal.get(self._ids.popleft())
            if found is not None and _is_among(found, among):
                yield found
        if self._more_since is not None:
            after, self._more_since = self._more_since, None
            yield from journal.each(
                after=after, operation=among.operation, token=among.token
            )


def _is_among(call: Call, among: CallFilter) -> bool:
    return among.token in (None, call.token) and (
        among.operation is None or among.operation in call.identities
    )


async def _either(changed: asyncio.Event) -> bool:
    """Wait for a change; return False if there was none for some seconds."""
    try:
        await asyncio.wait_for(changed.wait(), _QUIET)
    except TimeoutError:
        return False
    return True


def _event(id: int, record: dict[str, Any]) -> bytes:
    return f"id: {id}\nevent: call\ndata: {dumps(record)}\n\n".encode()
