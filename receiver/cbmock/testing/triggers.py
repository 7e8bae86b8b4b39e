"""Triggers: the callbacks that a test's triggers made due, and the resulting calls.

It decides which triggers count for a test: the watched ones, and those that the test
named itself. It must not know which violations are allowed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.mock.call import Call
from cbmock.testing import client_responses
from cbmock.testing.call_view import CallView
from cbmock.triggers import correlation
from cbmock.triggers.base_urls import BaseUrls, normal
from cbmock.triggers.correlation import Correlation
from cbmock.triggers.key_evaluation import Exchange
from cbmock.triggers.log import LONGEST_KEPT, DueCallback, Trigger, due_callback
from cbmock.triggers.missing_policy import MissingPolicy

_NOTHING_DUE = Correlation()


class TriggeredCalls(tuple[Call, ...]):  # noqa: SLOT001 - a tuple with a name for its cause
    """The calls that one exchange with the sender caused, in order.

    `due` are the callbacks that the exchange made due, each with `operation` and
    `urls`.
    """

    due: tuple[DueCallback, ...]

    @classmethod
    def pairing(
        cls, calls: Iterable[Call], due: tuple[DueCallback, ...]
    ) -> TriggeredCalls:
        """Combine calls with the callbacks that were due."""
        found = cls(calls)
        found.due = due
        return found


class TriggeredQuery:
    """The calls, to any operation, at the URLs that one exchange made due."""

    def __init__(self, view: CallView, response: Any) -> None:
        """Evaluate the keys; raises `ReceiverError` if no callback is documented."""
        exchange = client_responses.read(response)
        parents = view.backend.triggers.parents
        request = exchange.request
        callbacks = parents.callbacks(request.method, request.target)
        if not callbacks:
            known = ", ".join(parents.request_lines) or "no operation of the document"
            message = (
                f"{request.method} {request.target} triggers no callback that is "
                f"documented; these do: {known}"
            )
            raise ReceiverError(message)
        mock = view.backend.mock
        self.due = tuple(due_callback(each, exchange, mock) for each in callbacks)
        self._view = view
        base_urls = BaseUrls(view.bases)
        self._targets = [
            (each.operation, base_urls.targets_of(each.urls)) for each in self.due
        ]

    def __call__(self, call: Call) -> bool:
        """Return whether a call is one of these."""
        target = normal(call.target)
        return self._view.sees(call) and any(
            target in targets and call.is_for(operation)
            for operation, targets in self._targets
        )

    def limited(self, timeout: float) -> float:
        """Return the seconds to wait: 0 if no callback is due."""
        return timeout if any(each.urls for each in self.due) else 0.0

    def among(self, calls: Iterable[Call]) -> TriggeredCalls:
        """Return the calls that have come."""
        return TriggeredCalls.pairing(filter(self, calls), self.due)


class NamedTriggers:
    """The triggers that a test named itself, by waiting for their callbacks."""

    def __init__(self) -> None:
        """Start with no triggers."""
        self._found: list[tuple[Any, Trigger]] = []

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._found)

    def add(
        self,
        view: CallView,
        operation: Operation,
        response: Any,
        due: tuple[str, ...],
        times: int,
    ) -> None:
        """Remember that a response allows `times` calls to `operation`."""
        due_here = (DueCallback(operation, due),)
        for index, (known, trigger) in enumerate(self._found):
            if _same(known, response) and trigger.due == due_here:
                more = max(times, trigger.times)
                self._found[index] = known, replace(trigger, times=more)
                return
        trigger = Trigger(
            id=0,
            token=view.token,
            seen_at=view.started,
            after=view.after,
            exchange=client_responses.read(response),
            due=due_here,
            policy=MissingPolicy(missing="off"),
            times=times,
        )
        self._found.append((response, trigger))

    def added_to(self, watched: Sequence[Trigger]) -> tuple[Trigger, ...]:
        """Return the watched and the named triggers, each exchange once."""
        times: dict[object, int] = {}
        for _, each in self._found:
            key = _identity(each.shown.exchange)
            times[key] = max(times.get(key, 1), each.times)
        identities = {_identity(each.shown.exchange) for each in watched}
        seen = [
            replace(each, times=times.get(_identity(each.shown.exchange), 1))
            for each in watched
        ]
        named = [
            each
            for _, each in self._found
            if _identity(each.shown.exchange) not in identities
        ]
        return (*seen, *named)


def correlate(
    view: CallView, named: NamedTriggers, calls: Sequence[Call]
) -> Correlation:
    """Correlate the triggers of one test with `calls`, which are all its calls."""
    log = view.backend.triggers
    since = log.watched_since(view.token)
    if log.last_id <= view.triggers_after and not named and since is None:
        return _NOTHING_DUE
    seen = log.seen()
    own = [each for each in seen if view.sees_trigger(each)]
    if not own and not named and since is None:
        return _NOTHING_DUE
    mine = {each.id for each in own}
    report = functools.partial(
        correlation.correlate,
        named.added_to(own),
        calls,
        view.bases,
        others=[each for each in seen if each.id not in mine],
        seen_since=since,
    )
    found = report()
    if not found.missing:
        return found
    # The calls of others may be many, so only missing callbacks are looked for there.
    return report(nearby=view.backend.calls(after=view.after))


def _identity(exchange: Exchange) -> object:
    """Return what identifies an exchange, apart from the name of its host."""
    request, response = exchange.request, exchange.response
    status = None if response is None else response.status
    return request.method, normal(request.target), request.body[:LONGEST_KEPT], status


def _same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, tuple) and bool(one == other))
