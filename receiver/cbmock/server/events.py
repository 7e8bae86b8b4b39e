"""Events: a stream of the journal's calls (Server-Sent Events).

It decides how calls are written, and how a stream is resumed. Calls with lower ids may
come later. So an event's id is not its call's: all calls up to it have been sent. A stream
that goes on after it may repeat some, and misses none. It must not know who listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import threading
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from starlette.types import Receive

from cbmock.journal.known_ids import KnownIds
from cbmock.journal.protocol import Journal, JournalFailure
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
_MOST_SENT = 10_000
"""How many ids of sent calls are remembered, since a call may come twice."""


async def stream(
    journal: Journal,
    among: CallFilter,
    wanted: Callable[[Call], bool],
    waits: PendingWaits,
    receive: Receive,
    client: Client | None,
    record: Callable[[Call], dict[str, Any]],
    most: int | None = None,
) -> AsyncGenerator[bytes]:
    """Yield an event for each call, earlier calls first, until the client disconnects.

    `record` makes the data of an event. If more than `most` calls have been recorded since
    the last event, one event has their ids only: a client that shows a few of them asks
    for those. Calls are read from the journal, so that a slow client costs little memory:
    only some ids are kept, and then that there are more.
    """
    known = await asyncio.to_thread(KnownIds, journal, among.after)
    coming = _Coming(asyncio.get_running_loop(), among, copy.deepcopy(known))
    try:
        earlier = coming.begin(journal)
        yield b"retry: 1000\n\n"
        sent = _SentIds()
        described = functools.partial(_described, wanted, record)
        before = (call for call in earlier if sent.add(call.id))
        async for events in in_slices(described(coming.after(before, known))):
            yield b"".join(events)
        while True:
            ids = [each for each in coming.take(journal) if sent.add(each[0])]
            is_bundled = most is not None and len(ids) > most
            if is_bundled:
                yield _event("calls", ids[-1][1], {"ids": [id_ for id_, _ in ids]})
            else:
                found = ((journal.get(id_), up_to) for id_, up_to in ids)
                async for events in in_slices(described(found)):
                    yield b"".join(events)
            pause = 0.0
            if most is not None:
                pause = _MANY_PAUSE if is_bundled else _FEW_PAUSE
            changed = _either(coming.changed, pause)
            went_on = await waits.run(changed, receive, client)
            if went_on is None:
                return
            if not went_on:
                yield b": quiet\n\n"
    finally:
        journal.ignore(coming.notice)


async def until_failure(events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the events until the journal fails; then clients ask again, for those after."""
    async with contextlib.aclosing(events):
        with contextlib.suppress(JournalFailure):
            async for each in events:
                yield each


class _SentIds:
    """The ids of the last calls that were sent."""

    def __init__(self) -> None:
        self._ids: OrderedDict[int, None] = OrderedDict()

    def add(self, id: int) -> bool:
        """Add a call; return whether it has not been sent."""
        if id in self._ids:
            return False
        self._ids[id] = None
        if len(self._ids) > _MOST_SENT:
            self._ids.popitem(last=False)
        return True


class _Coming:
    """The calls that have not been sent yet: their ids, up to a limit.

    Each is there with the id up to which all calls are sent once it is.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, among: CallFilter, known: KnownIds
    ) -> None:
        self._loop = loop
        self._among = among
        self._has_all = among.operation is None and among.token is None
        self._known = known
        self._lock = threading.Lock()
        self._ids: deque[int] = deque()
        self._highest = self._last_sent = 0
        self._more_since: int | None = None
        self._rest: Iterator[tuple[int, int]] = iter(())
        self._is_woken = False
        self.changed = asyncio.Event()
        self.notice = (
            self._notice
        )  # one object: the journal compares listeners by identity

    def begin(self, journal: Journal) -> Iterator[Call]:
        """Listen to a journal; return the calls before."""
        among = self._among
        return journal.listen(
            self.notice,
            after=among.after,
            operation=among.operation,
            token=among.token,
        )

    def _notice(self, call: Call) -> None:
        """Note a call; called in the thread that records it, so it does little."""
        id_ = call.id
        is_full = self._more_since is not None or len(self._ids) >= _MOST_COMING
        if (is_full or not self._has_all) and not self._admit(call):
            return
        self._ids.append(id_)
        # Too low if two threads are here at once: then some calls are read again.
        self._highest = max(self._highest, id_)
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self.changed.set)

    def _admit(self, call: Call) -> bool:
        """Admit a call that is wanted, while there is room; return whether its id is kept here.

        Any other is known from now on: it is not sent, or read from the journal later.
        """
        with self._lock:
            if self._among.admits(call):
                is_new = call.id > self._highest
                if self._more_since is None:
                    if len(self._ids) < _MOST_COMING or not is_new:
                        return True
                    self._more_since = self._highest
                elif call.id <= self._more_since:
                    return True
            self._known.add(call.id)
            return False

    def after(
        self, earlier: Iterable[Call], known: KnownIds
    ) -> Iterator[tuple[Call, int]]:
        """Yield the earlier calls, which stand before these, with their ids.

        `known` is what was known before; a call may have come since, but not been noticed.
        """
        for call in earlier:
            with self._lock:
                self._known.add(call.id)
            yield call, min(call.id, known.add(call.id))

    def take(self, journal: Journal) -> list[tuple[int, int]]:
        """Return the ids that have not been sent yet, at most so many at once."""
        self._is_woken = False  # first: a call that comes now wakes again
        self.changed.clear()
        found = list(islice(self._rest, _MOST_COMING))
        if found:
            self.changed.set()  # there may be more
            return found
        return self._noticed(journal)

    def _noticed(self, journal: Journal) -> list[tuple[int, int]]:
        with self._lock:
            ids = [self._ids.popleft() for _ in range(len(self._ids))]
            found = [(each, self._known.add(each)) for each in ids]
            after, self._more_since = self._more_since, None
            up_to = self._known.up_to
        if not self._has_all:
            found = list(self._no_later(found))
        if after is not None:
            found = [(id_, min(known, after)) for id_, known in found]
            among = self._among
            more = journal.ids(
                after=after, operation=among.operation, token=among.token
            )
            self._rest = ((each, min(each, up_to)) for each in more)
            self.changed.set()
        return found

    def _no_later(self, found: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Lower what goes beyond the last that is sent: calls that are not sent are known."""
        for id_, up_to in found:
            self._last_sent = max(self._last_sent, id_)
            yield id_, min(up_to, self._last_sent)


async def _either(changed: asyncio.Event, pause: float) -> bool:
    """Wait for a change, after a pause; return False if there was none for some seconds."""
    await asyncio.sleep(pause)
    try:
        await asyncio.wait_for(changed.wait(), _QUIET)
    except TimeoutError:
        return False
    return True


def _described(
    wanted: Callable[[Call], bool],
    record: Callable[[Call], dict[str, Any]],
    calls: Iterable[tuple[Call | None, int]],
) -> Iterator[bytes]:
    """Yield the event of each call; it is empty for one that is not wanted or kept."""
    for call, up_to in calls:
        if call is not None and wanted(call):
            yield _event("call", up_to, record(call))
        else:
            yield b""


def _event(kind: str, id: int, record: dict[str, Any]) -> bytes:
    return f"id: {id}\nevent: {kind}\ndata: {dumps(record)}\n\n".encode()
