"""What is remembered of events: in this process, or for all processes on one journal.

It decides how long events are remembered. It must not know what makes attempts one event.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

from cbmock.deliveries import answers
from cbmock.journal.protocol import EventAttempts, SharedState
from cbmock.mock.call import Call

_MOST_EVENTS = 25_000
"""Events of one generation; two of them are remembered."""
_MOST_REDIRECTS = 1000
_MOST_CALLS = 100_000
"""Calls since its first attempt after which processes together forget an event."""
_FORGET_EACH = 1000

EventKey = tuple[str | None, str, str, int | None]
"""A test's token, an operation, and an identity, or else target and digest of the body."""

Known = tuple[int, int, int, int, int]
"""What is known of an event: how many attempts came, the first call, a digest of its body,
the call that got a success, and one to which no whole answer left just now (0 for none).
A plain tuple, as every call makes one."""


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
        """Return the call that was redirected to a target; None where none was."""

    def forget(self, token: str | None) -> None:
        """Forget all events, or those of one test."""


class OwnMemory:
    """What this process has seen, in bounded memory."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._young: dict[EventKey, Known] = {}
        self._old: dict[EventKey, Known] = {}
        self._redirects: dict[tuple[str | None, str], int] = {}

    @staticmethod
    def digest(body: bytes) -> int:
        """Return what two bodies are compared by, in this process."""
        return hash(body)

    def count(self, key: EventKey, call: Call) -> Known | None:
        """Count one more attempt; return what was known before."""
        before = self._young.get(key) or self._old.get(key)
        if len(self._young) >= _MOST_EVENTS:
            self._old, self._young = self._young, {}
        success, cut = _answered(call)
        if before is None:
            self._young[key] = 1, call.id, hash(call.request.body), success, cut
        else:
            count, first, body, succeeded, _ = before
            self._young[key] = count + 1, first, body, succeeded or success, cut
        return before

    def expect(self, call: Call, target: str) -> None:
        """Remember that a call was redirected to a request target."""
        if len(self._redirects) >= _MOST_REDIRECTS:
            self._redirects.clear()
        self._redirects[call.token, target] = call.id

    def expected(self, token: str | None, target: str) -> int | None:
        """Return the call that was redirected to a target; None where none was."""
        return self._redirects.pop((token, target), None) if self._redirects else None

    def forget(self, token: str | None) -> None:
        """Forget all events, or those of one test."""
        for known in (self._young, self._old):
            for key in [k for k in known if token in (None, k[0])]:
                del known[key]
        self._redirects.clear()


class SharedMemory:
    """What all processes on one journal have seen: their attempts are counted together."""

    def __init__(self, state: SharedState) -> None:
        """Begin with nothing, for all of them."""
        self._state = state
        state.forget_attempts(None)

    @staticmethod
    def digest(body: bytes) -> int:
        """Return what two bodies are compared by: the same in every process."""
        octets = hashlib.blake2b(body, digest_size=8).digest()
        return int.from_bytes(octets, "big", signed=True)

    def count(self, key: EventKey, call: Call) -> Known | None:
        """Count one more attempt; return what was known before."""
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
        self._state.attempt(event, call.token, EventAttempts(1, call.id, 0, 0, 0))

    def expected(self, token: str | None, target: str) -> int | None:
        """Return the call that was redirected to a target; None where none was."""
        return self._state.first_attempt(self._event((token, "redirect", target, None)))

    def forget(self, token: str | None) -> None:
        """Forget all events, or those of one test."""
        self._state.forget_attempts(token)

    def _event(self, key: EventKey) -> int:
        parts = ("" if each is None else str(each) for each in key)
        return self.digest("\0".join(parts).encode("utf-8", "replace"))


def _answered(call: Call) -> tuple[int, int]:
    """Return the call where it got a success, and where no whole answer left; else 0."""
    success = call.id if answers.acknowledged(call) else 0
    cut = call.id if call.scripted is not None and answers.is_cut(call) else 0
    return success, cut
