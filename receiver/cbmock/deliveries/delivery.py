"""Deliveries: the attempts that carry one event.

It decides which calls belong together, and what is wrong between them for any sender. It
must not know the conduct of one sender.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cbmock.deliveries.identity import identity_of
from cbmock.description.operations import Operation
from cbmock.mock.call import Call, Scripted, reference
from cbmock.violations import Violation

_SUCCESS = range(200, 300)
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The attempts of one event to one operation, in the order in which they came.

    `delivered` says whether one of them got a complete success answer.
    """

    operation: Operation
    identity: str
    attempts: tuple[Call, ...]
    delivered: bool

    def record(self) -> dict[str, Any]:
        """Return the JSON record that the control API and the command line share."""
        found = check_identity(self)
        return {
            "operation": reference(self.operation),
            "identity": self.identity,
            "attempts": [call.id for call in self.attempts],
            "delivered": self.delivered,
            "violations": [v.record() for each in found.values() for v in each],
        }


def fold(
    calls: Iterable[Call], identity: Callable[[Operation], str | None] = lambda _: None
) -> tuple[Delivery, ...]:
    """Fold calls into deliveries, in the order of their first attempts.

    `identity` returns where an operation's identity is configured to stand, None for the
    known conventions. Tests, which tokens keep apart, share no delivery. Calls to no operation, and handshakes, are no attempts, except
    where a client followed a redirect that answered an attempt, often with GET.
    """
    found: dict[tuple[str | None, str, str], list[Call]] = {}
    redirected: dict[tuple[str | None, str], tuple[str | None, str, str]] = {}
    for call in calls:
        operation = call.operation
        key = None
        if call.method == "GET":
            key = redirected.pop((call.token, call.target), None)
        if key is None:
            if operation is None or call.outcome not in ("matched", "ambiguous"):
                continue
            name = identity_of(call, identity(operation))
            key = call.token, operation.identity, name
        found.setdefault(key, []).append(call)
        location = redirect_target(call)
        if location is not None:
            redirected[call.token, location] = key
    return tuple(
        Delivery(operation, name, tuple(attempts), any(map(acknowledged, attempts)))
        for (_, _, name), attempts in found.items()
        for operation in (attempts[0].operation,)
        if operation is not None
    )


def attempts_by_call(deliveries: Iterable[Delivery]) -> Mapping[int, tuple[str, int]]:
    """Return identity and number of attempt (from 1) by the id of each call."""
    return {
        call.id: (each.identity, number)
        for each in deliveries
        for number, call in enumerate(each.attempts, 1)
    }


def redirect_target(call: Call) -> str | None:
    """Return the request target to which our answer redirected a call, None if it did not."""
    location = call.response.headers.get("location")
    if call.status not in _REDIRECTS or location is None:
        return None
    return location if location.startswith("/") else _path(location)


def _path(url: str) -> str:
    return "/" + url.split("://", 1)[-1].partition("/")[2]


def acknowledged(call: Call) -> bool:
    """Tell whether a call got a complete success answer without delay."""
    return call.scripted in (None, Scripted()) and call.status in _SUCCESS


def check_identity(
    delivery: Delivery, *, triggered: bool = False
) -> Mapping[int, tuple[Violation, ...]]:
    """Return violations by call id that hold for every sender, without configuration.

    `triggered` says that a trigger is known that made the callback due once: then another
    delivery after a success is an error, else a warning.
    """
    found: dict[int, tuple[Violation, ...]] = {}
    for number, call in enumerate(delivery.attempts[1:], 2):
        own = tuple(_repeated(delivery.attempts[: number - 1], call, triggered))
        if own:
            found[call.id] = own
    return found


def _repeated(
    before: Sequence[Call],
    call: Call,
    triggered: bool,  # noqa: FBT001 - one caller
) -> Iterator[Violation]:
    first = before[0]
    if call.body != first.body:
        yield Violation(
            location="delivery",
            code="identity-reuse",
            detail=f"the same identity came with another body in call {first.id}",
        )
        return
    success = next((each for each in before if acknowledged(each)), None)
    if success is not None:
        yield Violation(
            location="delivery",
            code="duplicate-delivery",
            severity="error" if triggered else "warning",
            detail=f"the same as call {success.id}, which was answered "
            f"{success.status}",
        )
