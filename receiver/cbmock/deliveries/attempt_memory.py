"""What is remembered of events, in this process or for all processes on one journal.

It decides how long events are remembered. It must not know what makes attempts one event.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import deque
from typing import Protocol

from cbmock.deliveries import answers
from cbmock.deliveries.rates import Grant, Url
from cbmock.journal.protocol import EventAttempts, JournalFailure, SharedState
from cbmock.mock.call import Call

_MOST_EVENTS = 25_000
"""The size of one generation of events; two generations are remembered."""
_MOST_REDIRECTS = 1000
_MOST_RATES = 1000
GRANTED = "granted"
"""The kind of the shared settings that are grants."""
_MOST_CALLS = 100_000
"""After this many calls since its first attempt, a shared journal forgets an event."""
_FORGET_EACH = 1000

EventKey = tuple[str | None, str, str, int | None]
"""A test's token, an operation, and an identity (or target and body digest)."""

Known = tuple[int, int, int, int, int]
"""What is known of an event: the number of attempts, the id of the first call, a digest
of its body, the id of the call that got a success, and the id of the last call if it
got no complete answer (0 for none). A plain tuple, because one is made for every
call."""


class AttemptMemory(Protocol):
    """Remembers events and redirects."""

    @staticmethod
    def digest(body: bytes) -> int:
        """Return what two bodies are compared by."""

    def count(self, key: EventKey, call: Call) -> Known | None:
        """Count one more attempt; return what was known before."""

    def expect(self, call: Call, target: str) -> None:
        """Remember that a call was redirected to a request target."""

    def expected(self, token: str | None, target: str) -> int | None:
        """Return the call that was redirected to a target; None if none was."""

    def forget(self, token: str | None) -> None:
        """Forget all events, or those of one test."""

    def arrived(self, url: Url, grant: Grant, call: Call) -> float | None:
        """Count a request; return when the one came that is as far back as the rate."""

    def announce(self, url: Url, grant: Grant | None) -> None:
        """Tell others of a grant, or of its end."""


_Events = dict[str | None, dict[int, "Known | int"]]
"""What is known of events, by test and the hash of their keys: most come once, and keeping
each key would fill the CPU cache. A number is the id of the only call, which got a success,
of an event whose body is in its key."""


class OwnMemory:
    """The events that this process has seen, in bounded memory."""

    def __init__(self) -> None:
        """Start empty."""
        self._young: _Events = {}
        self._old: _Events = {}
        self._count = 0
        """How many events are in the young generation."""
        self._redirects: dict[tuple[str | None, str], int] = {}
        self._came: dict[tuple[Url, Grant], deque[float]] = {}

    @staticmethod
    def digest(body: bytes) -> int:
        """Return what two bodies are compared by, in this process."""
        return hash(body)

    def count(self, key: EventKey, call: Call) -> Known | None:
        """Count one more attempt; return what was known before."""
        token, place = key[0], hash(key)
        young = self._young.get(token)
        found = None if young is None else young.get(place)
        if young is None or found is None:
            if token in self._old:
                found = self._old[token].get(place)
            if self._count >= _MOST_EVENTS:
                self._old, self._young, self._count = self._young, {}, 0
            self._count += 1
            young = self._young.setdefault(token, {})
        success, cut = _answered(call)
        body = key[3]
        if found is None:
            if body is not None and success:
                young[place] = call.id
            else:
                body = self.digest(call.request.body) if body is None else body
                young[place] = 1, call.id, body, success, cut
            return None
        if isinstance(found, int):
            found = 1, found, body or 0, found, 0
        count, first, body, succeeded, _ = found
        young[place] = count + 1, first, body, succeeded or success, cut
        return found

    def expect(self, call: Call, target: str) -> None:
        """Remember that a call was redirected to a request target."""
        if len(self._redirects) >= _MOST_REDIRECTS:
            self._redirects.clear()
        self._redirects[call.token, target] = call.id

    def expected(self, token: str | None, target: str) -> int | None:
        """Return the call that was redirected to a target; None if none was."""
        return self._redirects.pop((token, target), None) if self._redirects else None

    def forget(self, token: str | None) -> None:
        """Forget all events, or those of one test."""
        if token is None:
            self._young, self._old, self._count = {}, {}, 0
        else:
            self._count -= len(self._young.pop(token, ()))
            self._old.pop(token, None)
        self._redirects.clear()

    def arrived(self, url: Url, grant: Grant, call: Call) -> float | None:
        """Count a request; return when the one came that is as far back as the rate."""
        if len(self._came) >= _MOST_RATES:
            self._came.clear()
        came = self._came.setdefault((url, grant), deque(maxlen=grant.rate))
        earlier = came[0] if len(came) == grant.rate else None
        came.append(call.received_at)
        return earlier

    def announce(self, url: Url, grant: Grant | None) -> None:
        """Tell nobody: there are no others."""


class _ComparedByAll(OwnMemory):
    @staticmethod
    def digest(body: bytes) -> int:
        """Return what two bodies are compared by: the same in every process."""
        octets = hashlib.blake2b(body, digest_size=8).digest()
        return int.from_bytes(octets, "big", signed=True)


class SharedMemory:
    """The events that all processes on one journal have seen, counted together.

    While the journal cannot be written to, each process counts for itself.
    """

    def __init__(self, state: SharedState) -> None:
        """Start empty, for all processes."""
        self._state = state
        self._own = _ComparedByAll()
        state.forget_attempts(None)

    @staticmethod
    def digest(body: bytes) -> int:
        """Return what two bodies are compared by: the same in every process."""
        return _ComparedByAll.digest(body)

    def count(self, key: EventKey, call: Call) -> Known | None:
        """Count one more attempt; return what was known before."""
        try:
            return self._counted(key, call)
        except JournalFailure:
            return self._own.count(key, call)

    def _counted(self, key: EventKey, call: Call) -> Known | None:
        if call.id % _FORGET_EACH == 0:
            self._state.forget_attempts(None, before=call.id - _MOST_CALLS)
        success, cut = _answered(call)
        one = EventAttempts(1, call.id, self.digest(call.request.body), success, cut)
        before = self._state.attempt(self._event(key), call.token, one)
        if before is None:
            return None
        return before.count, before.first, before.body, before.success, before.cut

    def expect(self, call: Call, target: str) -> None:
        """Remember that a call was redirected to a request target."""
        event = self._event((call.token, "redirect", target, None))
        try:
            self._state.attempt(event, call.token, EventAttempts(1, call.id, 0, 0, 0))
        except JournalFailure:
            self._own.expect(call, target)

    def expected(self, token: str | None, target: str) -> int | None:
        """Return the call that was redirected to a target; None if there is none."""
        try:
            found = self._state.first_attempt(
                self._event((token, "redirect", target, None))
            )
        except JournalFailure:
            found = None
        return self._own.expected(token, target) if found is None else found

    def forget(self, token: str | None) -> None:
        """Forget all events, or those of one test."""
        self._own.forget(token)
        self._state.forget_attempts(token)

    def arrived(self, url: Url, grant: Grant, call: Call) -> float | None:
        """Count a request; return when the one came that is as far back as the rate.

        Requests have numbers, and each is kept by its own, with its time as its body.
        """
        try:
            return self._arrived(url, grant, call)
        except JournalFailure:
            return self._own.arrived(url, grant, call)

    def _arrived(self, url: Url, grant: Grant, call: Call) -> float | None:
        token, path = url
        moment = EventAttempts(1, call.id, round(call.received_at * 1000), 0, 0)
        counted = self._event((token, "rate", path, grant.by))
        before = self._state.attempt(counted, token, moment)
        number = 0 if before is None else before.count

        def numbered(at: int) -> EventAttempts | None:
            event = self._event((token, f"rate {grant.by}", path, at))
            return self._state.attempt(event, token, moment)

        numbered(number)
        earlier = None if number < grant.rate else numbered(number - grant.rate)
        return None if earlier is None else earlier.body / 1000

    def announce(self, url: Url, grant: Grant | None) -> None:
        """Tell the others of a grant, or of its end."""
        token, path = url
        with contextlib.suppress(JournalFailure):  # each counts for itself meanwhile
            key = f"{token or ''} {path}"
            self._state.put(GRANTED, key, {"url": url, "grant": grant})

    def _event(self, key: EventKey) -> int:
        parts = ("" if each is None else str(each) for each in key)
        return self.digest("\0".join(parts).encode("utf-8", "replace"))


def _answered(call: Call) -> tuple[int, int]:
    """Return the call's id if it got a success, and if it was cut; otherwise 0 for each."""
    success = call.id if answers.acknowledged(call) else 0
    cut = call.id if call.scripted is not None and answers.is_cut(call) else 0
    return success, cut
