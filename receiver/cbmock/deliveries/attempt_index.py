"""The index of attempts: which attempt of which event each call is, as it comes.

It decides how attempts are counted at a small cost for each call, and in bounded memory:
of events that have not been heard of for long, the count begins anew. It must not know how
calls are kept, beyond reading one by its id, nor threads: whoever owns it lets one in at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from cbmock.deliveries import answers, repeats
from cbmock.deliveries.conduct import Conduct
from cbmock.deliveries.identity import named_identity, quick_identity
from cbmock.deliveries.rates import GrantedRates
from cbmock.deliveries.settings import NONE, DeliverySettings
from cbmock.description.operations import Operation
from cbmock.http.messages import Headers
from cbmock.mock.call import Call
from cbmock.violations import Severity, Violation

_MOST_EVENTS = 25_000
"""Events of one generation; two of them are remembered."""
_MOST_REDIRECTS = 1000
_MOST_HEADERS = 1024
_OUTCOMES = frozenset({"matched", "ambiguous"})

_PATH_VARIABLE = re.compile(r"/[^/?{}]*\{(?!\$)[^{}]*\}")

_AttemptKey = tuple[str | None, str, str, int | None]


_Known = tuple[int, int, int, int, int]
"""What is known of an event: how many attempts came, the first call, a hash of its body,
the call that got a success, and one to which no whole answer left just now (0 for none).
A plain tuple, as every call makes one."""


class _OperationAttempts(NamedTuple):
    """An operation, kept so that its id is not reused, and what is configured for it."""

    operation: Operation
    name: str
    identity: str | None
    conduct: Conduct | None
    redelivers: bool
    puts_by_name: bool
    """Whether it is a PUT with a variable in its path: the same again is a repeat (RFC 9110
    §9.2.2)."""


class AttemptIndex:
    """Counts attempts by what their senders call the event, else by what they sent."""

    def __init__(
        self, get: Callable[[int], Call | None], settings: DeliverySettings = NONE
    ) -> None:
        """Start empty; `get` returns an earlier call by its id."""
        self._get = get
        self._settings = settings
        self._young: dict[_AttemptKey, _Known] = {}
        self._old: dict[_AttemptKey, _Known] = {}
        self._redirects: dict[tuple[str | None, str], tuple[int, Conduct | None]] = {}
        self._nameless: dict[int, Headers] = {}
        self._rates = GrantedRates()
        self._operations: dict[int, _OperationAttempts] = {}

    def forget(self, token: str | None = None) -> None:
        """Forget all events, or those of one test."""
        for known in (self._young, self._old):
            for key in [k for k in known if token in (None, k[0])]:
                del known[key]
        self._redirects.clear()
        self._rates.forget()

    def take(self, call: Call) -> Call:
        """Return the call as the attempt that it is, with what that shows."""
        operation = call.operation
        if operation is None or call.outcome not in _OUTCOMES:
            if call.outcome == "handshake":
                self._rates.grant(call)
            return self._redirected(call) if self._redirects else call
        settings = self._operations.get(id(operation)) or self._learn(operation)
        event = self._event(call, settings)
        sent: tuple[str, int | None]
        if event is None:
            sent = call.request.target, hash(call.request.body)
        else:
            sent = event, None
        key = call.token, settings.name, *sent
        before = self._young.get(key) or self._old.get(key)
        self._remember(key, _after(before, call))
        if call.response.status in answers.REDIRECTS:
            self._expect(call, settings.conduct)
        found: tuple[Violation, ...] = ()
        attempts = 0
        if before is not None:
            attempts, _, body, success, cut = before
            counts = success and (event is not None or settings.puts_by_name)
            changed = event is not None and body != hash(call.request.body)
            if changed or cut or (counts and not settings.redelivers):
                found = tuple(self._repeated(call, before, settings, event))
        if self._rates:
            found += self._rates.count(call)
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
        """Return the identity that the sender gives; most senders repeat their headers."""
        headers = call.request.headers
        if settings.identity is None:
            if id(headers) in self._nameless:
                return None
            quick = quick_identity(headers)
            if quick:
                return quick
            if quick is not None:
                if headers.recurring:
                    if len(self._nameless) >= _MOST_HEADERS:
                        self._nameless.clear()
                    self._nameless[id(headers)] = headers
                return None
        return named_identity(call, settings.identity)

    def _remember(self, key: _AttemptKey, known: _Known) -> None:
        if len(self._young) >= _MOST_EVENTS:
            self._old, self._young = self._young, {}
        self._young[key] = known

    def _repeated(
        self,
        call: Call,
        before: _Known,
        settings: _OperationAttempts,
        event: str | None,
    ) -> Iterator[Violation]:
        """Compare a call with those before it, as far as they are still kept."""
        _, first_id, body, success_id, cut_id = before
        conduct = settings.conduct
        if event is not None and body != hash(call.body):
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

    def _expect(self, call: Call, conduct: Conduct | None) -> None:
        location = answers.redirect_target(call)
        if location is None:
            return
        if len(self._redirects) >= _MOST_REDIRECTS:
            self._redirects.clear()
        self._redirects[call.token, location] = call.id, conduct

    def _redirected(self, call: Call) -> Call:
        """Say of what matches nothing that it follows our redirect, where it does."""
        expected = self._redirects.pop((call.token, call.target), None)
        redirected = None if expected is None else self._get(expected[0])
        if expected is None or redirected is None:
            return call
        violation = repeats.followed(call, redirected, expected[1])
        return replace(call, violations=(violation,))


def _puts_by_name(operation: Operation) -> bool:
    template = operation.expression or operation.name
    return (operation.method or "").upper() == "PUT" and bool(
        _PATH_VARIABLE.search(template)
    )


def _after(before: _Known | None, call: Call) -> _Known:
    """Return what is known of an event after one more attempt."""
    success = call.id if answers.acknowledged(call) else 0
    cut = call.id if call.scripted is not None and answers.is_cut(call) else 0
    if before is None:
        return 1, call.id, hash(call.request.body), success, cut
    attempts, first, body, succeeded, _ = before
    return attempts + 1, first, body, succeeded or success, cut
