"""Events: the calls of a journal as they come, for whoever listens (SSE).

It decides how calls are written to a stream that is resumed where it broke off. It must
not know who listens.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.types import Receive

from cbmock.journal.protocol import Journal
from cbmock.journal.waiting import CallFilter
from cbmock.mock.call import Call, dumps
from cbmock.server.exchange import Client
from cbmock.server.sending import PendingWaits

_QUIET = 15.0
"""Seconds after which a comment is sent, so that no proxy takes the stream for dead."""
_TOLD_TWICE = 1000
"""How many of the earlier calls may be reported again, as calls of another process."""


async def stream(
    journal: Journal,
    among: CallFilter,
    wanted: Callable[[Call], bool],
    waits: PendingWaits,
    receive: Receive,
    client: Client | None,
    record: Callable[[Call], dict[str, Any]],
) -> AsyncIterator[bytes]:
    """Yield an event for each call, those that have come first, until the client ends.

    `record` is what an event holds. Calls are read off the journal, so that a slow client costs no memory.
    """
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()
    coming: deque[int] = deque()

    def notice(call: Call) -> None:
        coming.append(call.id)
        loop.call_soon_threadsafe(changed.set)

    earlier = journal.listen(
        notice, after=among.after, operation=among.operation, token=among.token
    )
    try:
        yield b"retry: 1000\n\n"
        sent: deque[int] = deque(maxlen=_TOLD_TWICE)
        for call in earlier:
            sent.append(call.id)
            if wanted(call):
                yield _event(call.id, record(call))
        while True:
            changed.clear()
            while coming:
                id = coming.popleft()
                found = None if id in sent else journal.get(id)
                if found is not None and _is_among(found, among) and wanted(found):
                    yield _event(found.id, record(found))
            went_on = await waits.run(_either(changed), receive, client)
            if went_on is None:
                return
            if not went_on:
                yield b": quiet\n\n"
    finally:
        journal.ignore(notice)


def _is_among(call: Call, among: CallFilter) -> bool:
    return among.token in (None, call.token) and (
        among.operation is None or among.operation in call.identities
    )


async def _either(changed: asyncio.Event) -> bool:
    """Wait for a change; tell whether there was one before it was quiet for long."""
    try:
        await asyncio.wait_for(changed.wait(), _QUIET)
    except TimeoutError:
        return False
    return True


def _event(id: int, record: dict[str, Any]) -> bytes:
    return f"id: {id}\nevent: call\ndata: {dumps(record)}\n\n".encode()
