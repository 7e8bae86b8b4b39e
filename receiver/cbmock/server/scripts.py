"""Scripts: which reply is next, for each operation and each test.

It decides which script answers a call, and counts how often a reply was given. It must
not know how a reply changes an answer, or how the answer is sent.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.mock.responses import scripted_reply, scripted_response
from cbmock.mock.responses.scripted_reply import Reply


class Script:
    """The remaining replies to one operation, in order. Thread-safe.

    `token` is the test that it is for, None for every test. If processes share it,
    `take` counts for all of them: it returns how many replies have been given, None if
    another script has replaced this one, 0 if they have to be counted here.
    """

    def __init__(
        self,
        operation: Operation,
        token: str | None,
        first: Iterable[Reply],
        take: Callable[[], int | None] | None = None,
        on_begin: Callable[[float], None] | None = None,
    ) -> None:
        """Begin with these replies; `on_begin` is called when a timed first reply starts."""
        self.operation = operation
        self.token = token
        self._all = tuple(first)
        self._take = take
        self._on_begin = on_begin
        self._replies = list(self._all)
        self._given = 0
        self._began: dict[int, float] = {}
        self._ended: dict[int, int] = {}
        self._reported: set[int] = set()
        self._lock = threading.Lock()

    def append(self, reply: Reply) -> None:
        """Add one more reply."""
        with self._lock:
            self._all = (*self._all, reply)
            self._replies.append(reply)

    def next(self, at: float) -> Reply | None:
        """Return the next reply, for a call at a time in seconds since the epoch.

        None once all have been given as often, or for as long, as requested.
        """
        taken = 0 if self._take is None else self._take()
        if taken is None:
            return None
        with self._lock:
            if taken:
                self._go_to(taken - 1)
            while self._replies and self._is_over(at):
                before = self._ended.setdefault(self._place, self._given)
                self._given = max(self._given - before, 0) if taken else 0
                del self._replies[0]
            if not self._replies:
                return None
            self._given += 1
            return self._replies[0]

    def begin(self, at: float) -> None:
        """Start the time of the first reply, which another process gave at `moment`."""
        with self._lock:
            self._began.setdefault(0, at)

    @property
    def _place(self) -> int:
        return len(self._all) - len(self._replies)

    def _is_over(self, at: float) -> bool:
        lasts = self._replies[0].lasts
        if lasts is None:
            return self._given >= self._limit()
        place = self._place
        if place not in self._began:
            self._began[place] = at
            if place == 0 and self._on_begin is not None:
                self._on_begin(at)
        return at - self._began[place] >= lasts

    def go_to(self, taken: int) -> None:
        """Continue as if this many replies had been given already.

        It stays beyond a reply whose time is over.
        """
        with self._lock:
            before = self._place, self._replies, self._given
            self._go_to(taken)
            if self._place < before[0]:
                _, self._replies, self._given = before

    def _go_to(self, taken: int) -> None:
        self._replies, self._given = list(self._all), taken
        while self._replies and self._given > self._limit():
            self._given -= int(self._limit())
            del self._replies[0]

    def is_first(self, status: int) -> bool:
        """Return whether the script has not answered with this status before."""
        with self._lock:
            first = status not in self._reported
            self._reported.add(status)
            return first

    def _limit(self) -> float:
        first = self._replies[0]
        if first.lasts is not None:
            return math.inf
        if first.times is not None:
            return first.times
        return 1 if len(self._replies) > 1 else math.inf

    @property
    def unused(self) -> tuple[Reply, ...]:
        """The replies that were given less often than requested."""
        left = self.left
        begun = bool(left and self._given) and self._limit() == math.inf
        return left[1:] if begun else left

    @property
    def left(self) -> tuple[Reply, ...]:
        """The remaining replies; `times` is how often each will be given."""
        with self._lock:
            if not self._replies:
                return ()
            first, *others = self._replies
            remaining = self._limit() - self._given
            if remaining == math.inf:
                return (first, *others)
            begun = () if remaining <= 0 else (replace(first, times=int(remaining)),)
            return (*begun, *others)


class Scripts:
    """The scripts of one mock, by operation and test."""

    def __init__(self, mock: Mock) -> None:
        """Begin with none: everything is answered as documented."""
        self.mock = mock
        self._scripts: dict[tuple[str, str | None], Script] = {}
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        """Return whether there are scripts."""
        return bool(self._scripts)

    def check(self, operation: Operation, reply: Reply) -> Reply:
        """Return a reply; raises `ReceiverError` if it does not fit the operation."""
        if reply.by is None:
            scripted_response.answer(
                reply, operation, self.mock.responses_of(operation)
            )
        return reply

    def put(
        self, operation: Operation, token: str | None, first: Iterable[Reply]
    ) -> Script:
        """Replace the script of an operation for this test.

        The replies must have been checked.
        """
        return self._keep(Script(operation, token, first))

    def _keep(self, script: Script) -> Script:
        with self._lock:
            self._scripts[script.operation.identity, script.token] = script
        return script

    def remove(
        self, operation: Operation | None = None, token: str | None = None
    ) -> int:
        """Remove the scripts of an operation and a test, None for any; return the count."""
        with self._lock:
            gone = [
                (identity, whose)
                for identity, whose in self._scripts
                if (operation is None or identity == operation.identity)
                and (token is None or whose == token)
            ]
            for key in gone:
                del self._scripts[key]
        return len(gone)

    def all(self) -> tuple[Script, ...]:
        """Return all scripts, also the completed ones."""
        with self._lock:
            return tuple(self._scripts.values())

    async def play(self, call: Call) -> Call:
        """Return a call with its scripted answer, if there is one."""
        found = self._next(call)
        if found is None:
            return call
        operation, reply, script = found
        try:
            if reply.by is not None:
                # In a thread: it may send requests to this server.
                made, error = await asyncio.to_thread(_call_function, reply.by, call)
                if error is not None:
                    return scripted_response.failed(call, operation, error)
                made = await made if inspect.isawaitable(made) else made
                if made is None:
                    return call
                reply = _final(made)
            responses = self.mock.responses_of(operation)
            played = scripted_response.play(call, reply, operation, responses)
            if script.is_first(played.status):
                return played
            return scripted_response.without_repeats(played)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - pytest.fail() raises one too
            return scripted_response.failed(call, operation, error)

    def _next(self, call: Call) -> tuple[Operation, Reply, Script] | None:
        """Find the next reply: the test's own script precedes the one for all tests.

        A handshake has its own answer, and uses no reply of the operation.
        """
        if call.operation is None or call.outcome == "handshake":
            return None
        others = call.candidates if call.outcome == "ambiguous" else ()
        for operation in (call.operation, *others):
            for token in dict.fromkeys((call.token, None)):
                script = self._scripts.get((operation.identity, token))
                reply = None if script is None else script.next(call.received_at)
                if script is not None and reply is not None:
                    return operation, reply, script
        return None


def _call_function(
    by: Callable[[Call], Any], call: Call
) -> tuple[Any, None] | tuple[None, BaseException]:
    """Call it; return an error as a value, because a future cannot raise StopIteration."""
    try:
        return by(call), None
    except BaseException as error:  # noqa: BLE001 - pytest.fail() raises one too
        return None, error


def _final(made: Any) -> Reply:
    reply = scripted_reply.from_value(made)
    if reply.by is not None:
        raise ReceiverError(
            "the function returned another function; return a reply instead."
        )
    return reply
