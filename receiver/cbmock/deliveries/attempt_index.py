"""The index of attempts: which attempt of which event each call is.

It decides how attempts are counted at a small cost for each call and in bounded memory:
events without an attempt for a long time are forgotten. It must not know how calls are
kept, beyond reading one by its id or threads: its owner admits one thread at a time.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from cbmock.deliveries import answers, repeats
from cbmock.deliveries.attempt_memory import AttemptMemory, Known, OwnMemory
from cbmock.deliveries.conduct import Conduct
from cbmock.deliveries.identity import (
    NONE_GIVES_IT,
    identity_field,
    named_identity,
    subscription,
)
from cbmock.deliveries.rates import GrantedRates
from cbmock.deliveries.settings import NONE, DeliverySettings
from cbmock.description.operations import Operation
from cbmock.http.messages import HeaderForm, Headers
from cbmock.journal.protocol import JournalFailure
from cbmock.mock.call import Call
from cbmock.violations import Severity, Violation

_MOST_HEADERS = 1024
_OUTCOMES = frozenset({"matched", "ambiguous"})

_PATH_VARIABLE = re.compile(r"/[^/?{}]*\{(?!\$)[^{}]*\}")


class _OperationAttempts(NamedTuple):
    """An operation, kept so that its id is not reused, and what is configured for it."""

    operation: Operation
    name: str
    identity: str | None
    conduct: Conduct | None
    redelivers: bool
    puts_by_name: bool
    """Whether it is a PUT with a variable in its path: sending it again is a repeat
    (RFC 9110 §9.2.2)."""


class AttemptIndex:
    """Counts attempts by the event's identity, or else by the target and body."""

    def __init__(
        self,
        get: Callable[[int], Call | None],
        settings: DeliverySettings = NONE,
        memory: AttemptMemory | None = None,
    ) -> None:
        """Start empty; `get` returns an earlier call by its id."""
        self._read = get
        self._settings = settings
        self._memory = OwnMemory() if memory is None else memory
        self._places: dict[int, tuple[HeaderForm, int | None]] = {}
        self.rates = GrantedRates(self._memory)
        self._operations: dict[int, _OperationAttempts] = {}

    def _get(self, id: int) -> Call | None:
        """Return an earlier call; None if it cannot be read, which is no reason to fail."""
        with contextlib.suppress(JournalFailure):
            return self._read(id)
        return None

    def forget(self, token: str | None = None) -> None:
        """Forget all events, or those of one test."""
        self._memory.forget(token)
        self.rates.forget()

    def take(self, call: Call) -> Call:
        """Return the call with its event, attempt number and resulting violations."""
        operation = call.operation
        if operation is None or call.outcome not in _OUTCOMES:
            if call.outcome == "handshake":
                self.rates.grant(call)
            return self._redirected(call)
        settings = self._operations.get(id(operation)) or self._learn(operation)
        event = self._event(call, settings)
        sent, digest = call.request.target, None
        if event is None:
            digest = self._memory.digest(call.request.body)
        else:
            sent = f"{subscription(sent, operation.expression)} {event}"
        before = self._memory.count((call.token, settings.name, sent, digest), call)
        if call.response.status in answers.REDIRECTS:
            self._expect(call)
        found: tuple[Violation, ...] = ()
        attempts = 0
        if before is not None:
            attempts, _, body, success, cut = before
            counts = success and (event is not None or settings.puts_by_name)
            changed = event is not None and self._is_other(body, call)
            if changed or cut or (counts and not settings.redelivers):
                found = tuple(self._repeated(call, before, settings, event))
        if self.rates.granted:
            found += self.rates.count(call)
        call.become_attempt(event, attempts + 1, found)
        return call

    def _learn(self, operation: Operation) -> _OperationAttempts:
        conduct = self._settings.conduct(operation)
        known = _OperationAttempts(
            operation,
            operation.identity,
            self._settings.identity(operation),
            conduct,
            redelivers=conduct is not None and conduct.redelivers,
            puts_by_name=_puts_by_name(operation),
        )
        self._operations[id(operation)] = known
        return known

    def _event(self, call: Call, settings: _OperationAttempts) -> str | None:
        """Return the identity that the sender gives, None if there is none."""
        if settings.identity is None:
            headers = call.request.headers
            known = self._places.get(id(headers.form))
            place = self._place(headers) if known is None else known[1]
            if place == NONE_GIVES_IT:
                return None
            if place is not None:
                event = headers.raw[place][1].decode("latin-1").strip()
                if event:
                    return event
        return named_identity(call, settings.identity)

    def _place(self, headers: Headers) -> int | None:
        """Find which header field gives the identity; it is the same for all of a form."""
        place = identity_field(headers)
        if headers.form is not None:
            if len(self._places) >= _MOST_HEADERS:
                self._places.clear()
            self._places[id(headers.form)] = headers.form, place
        return place

    def _is_other(self, digest: int, call: Call) -> bool:
        return digest != self._memory.digest(call.request.body)

    def _repeated(
        self,
        call: Call,
        before: Known,
        settings: _OperationAttempts,
        event: str | None,
    ) -> Iterator[Violation]:
        """Compare a call with the earlier ones that are still kept."""
        _, first_id, body, success_id, cut_id = before
        conduct = settings.conduct
        if event is not None and self._is_other(body, call):
            first = self._get(first_id)
            found = () if first is None else tuple(repeats.reused(call, first, conduct))
            if found:
                yield from found
                return
        counts = event is not None or settings.puts_by_name
        wanted = success_id if counts and not settings.redelivers else 0
        success = self._get(wanted) if wanted else None
        cut = self._get(cut_id) if cut_id else None
        if success is not None:
            severity: Severity = "info" if event is None else "warning"
            yield from repeats.duplicated(call, success, conduct, severity)
        elif cut is not None:
            yield from repeats.sent_again(call, cut)

    # --- redirects ---

    def _expect(self, call: Call) -> None:
        location = answers.redirect_target(call)
        if location is not None:
            self._memory.expect(call, location)

    def _redirected(self, call: Call) -> Call:
        """Add a violation to an unmatched call that follows a redirect of the mock."""
        expected = self._memory.expected(call.token, call.target)
        redirected = None if expected is None else self._get(expected)
        if redirected is None or redirected.operation is None:
            return call
        conduct = self._settings.conduct(redirected.operation)
        violation = repeats.followed(call, redirected, conduct)
        return replace(call, violations=(violation,))


def _puts_by_name(operation: Operation) -> bool:
    template = operation.expression or operation.name
    return (operation.method or "").upper() == "PUT" and bool(
        _PATH_VARIABLE.search(template)
    )
