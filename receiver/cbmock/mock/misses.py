"""Misses: calls for requests that match no operation.

It decides what the violation says: the nearest operations, those that cannot be read, and
what may have gone wrong. It must not know how routes are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.handshakes import table
from cbmock.handshakes.handshake_request import HandshakeRequest
from cbmock.http.messages import Request
from cbmock.http.methods import REGISTERED
from cbmock.mock.call import Call
from cbmock.mock.responses import problems
from cbmock.mock.routing import event_names, undocumented_events
from cbmock.mock.routing.distinguishing import SentRequest
from cbmock.mock.routing.ranking import Choice
from cbmock.mock.routing.router import RouteMatch, Router
from cbmock.mock.routing.routes import Candidate, shape
from cbmock.mock.routing.suggestions import misspelt
from cbmock.mock.routing.urls import mounts
from cbmock.violations import Violation, errors, shortened

_MOST = 3


class Misses:
    """Builds the calls for requests that match no served operation."""

    def __init__(
        self, router: Router, operations: Sequence[Operation], redaction: Redaction
    ) -> None:
        """Take all operations, also those that cannot be read."""
        self._router = router
        self._operations = operations
        self._redaction = redaction

    @cached_property
    def _unreadable(self) -> dict[str, Operation]:
        """The operations that would be served if they could be read."""
        found = (each for each in self._operations if each.error is not None)
        return {each.identity: each for each in found if each.is_wanted}

    @cached_property
    def _unreadable_router(self) -> Router:
        readable = (replace(each, error=None) for each in self._unreadable.values())
        return Router(mounts(readable))

    @staticmethod
    def unknown_method(request: Request, match: RouteMatch) -> Violation | None:
        """Return the violation of a method that neither HTTP nor the document knows."""
        if match.allow or request.method in REGISTERED:
            return None
        detail = f"the method {request.method[:50]!r} is not known"
        return Violation(location="delivery", code="unknown-method", detail=detail)

    def call(
        self,
        request: Request,
        match: RouteMatch,
        *,
        id: int,
        now: float,
        token: str | None,
    ) -> Call:
        """Return the call of a request whose URL, or method there, is not documented."""
        unreadable = tuple(
            self._unreadable[each.operation.identity]
            for each in self._unreadable_at(request)
        )
        nearest = tuple(route.operation for route in match.nearest)
        if unreadable:
            violation = _unreadable_at(request, unreadable[0])
            nearest, match = (*unreadable, *nearest)[:_MOST], match._replace(allow=())
        else:
            violation = _violation(request, match)
            if not match.allow:
                found = violation.detail + self._or_misspelt(request)
                violation = replace(violation, detail=found)
        call = self._call(request, violation, nearest, id, match.allow)
        return replace(call, received_at=now, token=token)

    def chosen(
        self,
        request: Request,
        choice: Choice,
        match: RouteMatch,
        id: int,
        now: float,
        token: str | None,
    ) -> Call | None:
        """Return the call of a request that is not for the operation that was chosen.

        It is for one that cannot be read, or its event is not documented.
        """
        unread = self._intended(request, choice)
        if unread is not None:
            nearest: tuple[Operation, ...] = (unread,)
            violation = _unreadable_at(request, unread)
        elif choice.undocumented is not None:
            event = choice.undocumented
            nearest = undocumented_events.nearest_named(
                event, event.among or [each.operation for each in match.candidates]
            )
            violation = undocumented_events.violation(event, nearest)
        else:
            return None
        call = self._call(request, violation, nearest, id)
        return replace(call, received_at=now, token=token)

    def _intended(self, request: Request, choice: Choice) -> Operation | None:
        """Return the operation that a request is for although it cannot be read.

        More of its URL is literal than of the chosen one's, or the event of an invalid
        request has its name.
        """
        fitting = self._unreadable_at(request)
        chosen = choice.candidate
        for each in fitting:
            if not each.violations and each.route.weight > chosen.route.weight:
                return self._unreadable[each.operation.identity]
        event = choice.undocumented
        if event is not None:
            unread = self._unreadable.values()
            alike = (each for each in unread if event_names.names(event.name, each))
            return next(alike, None)
        if not fitting or not errors(choice.verdict.violations):
            return None
        named = self._named(request, chosen, fitting)
        return None if named is None else self._unreadable.get(named.identity)

    @staticmethod
    def _named(
        request: Request, chosen: Candidate, unread: Sequence[Candidate]
    ) -> Operation | None:
        """Return the operation that has the name of the request's event."""
        texts = event_names.hints(request, SentRequest(request).members.value)
        operations = (each.operation for each in (chosen, *unread))
        called = event_names.called(texts, [(each, each) for each in operations])
        return None if called is None else called[0]

    def with_others(
        self, request: Request, candidate: Candidate, violations: tuple[Violation, ...]
    ) -> tuple[Violation, ...]:
        """Add hints about what else an invalid request may be.

        A key that is only an expression matches every URL, even a misspelt one. An
        operation of the same URL may be unreadable. The request may also be a handshake.
        """
        failed = errors(violations)
        if not failed:
            return violations
        other = self._other_than(candidate, request) if candidate.is_bare else None
        found = "" if other is None else f"; {other}"
        found += self._or_unread(request, candidate) + _handshake(request)
        if not found:
            return violations
        first = failed[0]
        extended = replace(first, detail=first.detail + found)
        return tuple(extended if each is first else each for each in violations)

    def _or_unread(self, request: Request, chosen: Candidate) -> str:
        unread = self._unreadable_at(request)
        if not unread or self._named(request, chosen, unread) is chosen.operation:
            return ""
        names = " or ".join(each.operation.name for each in unread[:_MOST])
        return f"; or it is for {names}, which cannot be read"

    def _other_than(self, candidate: Candidate, request: Request) -> str | None:
        path = self._router.path_of(request.target)
        for route in self._router.near(path, request.method):
            operation = route.operation
            if operation is candidate.operation or not misspelt(route, path):
                continue
            named = f"{shape(route)} ({operation.name}, {operation.method})"
            if self._router.fits(route, path):
                return f"or {request.method[:50]} is the wrong method for {named}"
            return f"or the URL is a misspelt {named}"
        return None

    def _or_misspelt(self, request: Request) -> str:
        """Name an operation that cannot be read if its URL is like that of a miss."""
        path = self._router.path_of(request.target)
        near = self._unreadable_router.near(path, request.method)
        for route in near if self._unreadable else ():
            if misspelt(route, path):
                named = f"{route.operation.name}, {route.operation.method}"
                return f"; or a misspelt {shape(route)} ({named}), which cannot be read"
        return ""

    def _unreadable_at(self, request: Request) -> tuple[Candidate, ...]:
        if not self._unreadable:
            return ()
        match = self._unreadable_router.find(request)
        if match.allow:
            return tuple(
                Candidate(each)
                for each in match.nearest
                if each.operation.method is None
            )
        return match.candidates

    def _call(
        self,
        request: Request,
        violation: Violation,
        nearest: tuple[Operation, ...],
        id: int,
        allow: tuple[str, ...] = (),
    ) -> Call:
        violation = self._redaction.violation(violation)
        problem = problems.response(
            (violation,), call_id=id, candidates=nearest, allow=allow
        )
        if request.method == "HEAD":
            problem = replace(problem, body=b"")
        return Call(
            id=id,
            token=None,
            received_at=0.0,
            outcome="wrong_method" if allow else "unmatched",
            operation=None,
            violations=(violation,),
            candidates=nearest,
            request=request,
            response=problem,
            redaction=self._redaction,
        )


def _violation(request: Request, match: RouteMatch) -> Violation:
    """Return what is wrong with a request that has no candidates."""
    if match.allow:
        return _method(request, match)
    detail = _nothing_at(request)
    if match.hint:
        detail += f": {match.hint}"
    if match.nearest:
        detail += f"; nearest: {_listed(match)}"
    detail += _handshake(request)
    return _unmatched(request, detail)


def _handshake(request: Request) -> str:
    """Return the hint that a request looks like a known handshake, and how to answer it."""
    return table.hint(HandshakeRequest(request))


def _nothing_at(request: Request) -> str:
    return f"no callback or webhook is at {shortened(request.path) or '/'}"


def _unmatched(request: Request, detail: str) -> Violation:
    return Violation(
        location="url", code="unmatched", detail=detail, received=request.target[:500]
    )


def _unreadable_at(request: Request, operation: Operation) -> Violation:
    detail = (
        f"{_nothing_at(request)} that can be read; {operation.name} fits, but is not "
        f"served: {operation.error}"
    )
    return _unmatched(request, detail)


def _method(request: Request, match: RouteMatch) -> Violation:
    allowed = ", ".join(match.allow)
    return Violation(
        location="method",
        code="method",
        detail=(
            f"{request.method[:50]} is not documented at this URL, only {allowed}: "
            f"{_listed(match)}{_handshake(request)}"
        ),
        expected=list(match.allow),
        received=request.method[:50],
    )


def _listed(match: RouteMatch) -> str:
    return ", ".join(
        f"{route.operation.name} ({route.operation.method} {shape(route)})"
        for route in match.nearest
    )
