"""Events: a stream of the journal's calls (Server-Sent Events).

It decides how calls are written, and how a stream is resumed. It must not know who
listens.
"""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

from starlette.types import Receive

from cbmock.journal.protocol import Journal
from cbmock.journal.slices import in_slices
from cbmock.journal.waiting import CallFilter
from cbmock.mock.call import Call, dumps
from cbmock.server.exchange import Client
from cbmock.server.sending import PendingWaits

_QUIET = 15.0
"""Seconds without a call after which a comment is sent, so that proxies keep the stream
open."""
_MOST_COMING = 10_000
"""How many ids of calls are kept for a client that does not read."""
_FEW_PAUSE, _MANY_PAUSE = 0.05, 1.0
"""Seconds between the events of a stream with `most`: it should cost the calls nothing, and
nobody reads faster."""
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
    most: int | None = None,
) -> AsyncIterator[bytes]:
    """Yield an event for each call, earlier calls first, until the client disconnects.

    `record` makes the data of an event. If more than `most` calls have been recorded since
    the last event, one event has their ids only: a client that shows a few of them asks
    for those. Calls are read from the journal, so that a slow client costs little memory:
    only some ids are kept, and then that there are more.
    """
    coming = _Coming(asyncio.get_running_loop(), among)
    earlier = journal.listen(
        coming.notice, after=among.after, operation=among.operation, token=among.token
    )
    try:
        yield b"retry: 1000\n\n"
        newest: deque[int] = deque(maxlen=_TOLD_TWICE)
        described = functools.partial(_described, wanted, record, newest.append)
        async for events in in_slices(described(earlier)):
            yield b"".join(events)
        sent = frozenset(newest)
        while True:
            ids = [each for each in coming.take(journal) if each not in sent]
            is_bundled = most is not None and len(ids) > most
            if is_bundled:
                yield _event("calls", ids[-1], {"ids": ids})
            else:
                found = filter(None, map(journal.get, ids))
                async for events in in_slices(described(found)):
                    yield b"".join(events)
            if most is not None:
                pause = _MANY_PAUSE if is_bundled else _FEW_PAUSE
                paused = asyncio.sleep(pause, result=True)
                if await waits.run(paused, receive, client) is None:
                    return
            went_on = await waits.run(_either(coming.changed), receive, client)
            if went_on is None:
                return
            if not went_on:
                yield b": quiet\n\n"
    finally:
        journal.ignore(coming.notice)


class _Coming:
    """The calls that have not been sent yet: their ids, up to a limit."""

    def __init__(self, loop: asyncio.AbstractEventLoop, among: CallFilter) -> None:
        self._loop = loop
        self._among = among
        self._ids: deque[int] = deque()
        self._more_since: int | None = None
        self._is_woken = False
        self.changed = asyncio.Event()
        self.notice = (
            self._notice
        )  # one object: the journal compares listeners by identity

    def _notice(self, call: Call) -> None:
        """Note a call; called in the thread that records it."""
        if self._more_since is not None or not self._among.admits(call):
            return
        if len(self._ids) < _MOST_COMING:
            self._ids.append(call.id)
        else:
            self._more_since = self._ids[-1]
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self.changed.set)

    def take(self, journal: Journal) -> list[int]:
        """Return the ids that have not been sent yet."""
        self._is_woken = False  # first: a call that comes now wakes again
        self.changed.clear()
        ids = [self._ids.popleft() for _ in range(len(self._ids))]
        if self._more_since is not None:
            after, self._more_since = self._more_since, None
            among = self._among
            more = journal.ids(
                after=after, operation=among.operation, token=among.token
            )
            ids += more[:_MOST_COMING]
            if len(more) > _MOST_COMING:
                self._more_since = ids[-1]
                self.changed.set()
        return ids


async def _either(changed: asyncio.Event) -> bool:
    """Wait for a change; return False if there was none for some seconds."""
    try:
        await asyncio.wait_for(changed.wait(), _QUIET)
    except TimeoutError:
        return False
    return True


def _described(
    wanted: Callable[[Call], bool],
    record: Callable[[Call], dict[str, Any]],
    note: Callable[[int], None],
    calls: Iterable[Call],
) -> Iterator[bytes]:
    """Yield the event of each call; it is empty for one that is not wanted."""
    for call in calls:
        note(call.id)
        yield _event("call", call.id, record(call)) if wanted(call) else b""


def _event(kind: str, id: int, record: dict[str, Any]) -> bytes:
    return f"id: {id}\nevent: {kind}\ndata: {dumps(record)}\n\n".encode()
