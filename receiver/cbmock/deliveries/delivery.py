"""Deliveries: the attempts that carry one event.

It decides which calls belong together, and which differences between them are
violations for any sender. It must not know the conduct of one sender.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cbmock.deliveries import answers, repeats
from cbmock.deliveries.conduct import Conduct
from cbmock.deliveries.identity import identity_of, subscription
from cbmock.description.operations import Operation
from cbmock.mock.call import Call, reference
from cbmock.violations import Severity, Violation


@dataclass(frozen=True, slots=True)
class Delivery:
    """The attempts of one event to one operation, in the order in which they came.

    `delivered` says whether one of them got a complete success answer.
    """

    operation: Operation
    identity: str
    attempts: tuple[Call, ...]
    delivered: bool

    def record(self, violations: Iterable[Violation] = ()) -> dict[str, Any]:
        """Return the JSON record that the control API and the command line share."""
        return {
            "operation": reference(self.operation),
            "identity": self.identity,
            "attempts": [call.id for call in self.attempts],
            "delivered": self.delivered,
            "violations": [each.record() for each in violations],
        }


_DeliveryKey = tuple[str | None, str, str, str]
"""A test's token, an operation, the URL that a client chose, and an identity."""


def fold(
    calls: Iterable[Call], identity: Callable[[Operation], str | None] = lambda _: None
) -> tuple[Delivery, ...]:
    """Group calls into deliveries, in the order of their first attempts.

    `identity` returns where an operation's identity is, None for the known conventions.
    Calls with different test tokens never share a delivery, nor do calls to different URLs
    of which each was chosen by a client. Handshakes and calls to no
    operation are not attempts, unless a client followed a redirect that answered an
    attempt (often with GET).
    """
    found: dict[_DeliveryKey, list[Call]] = {}
    redirected: dict[tuple[str | None, str], _DeliveryKey] = {}
    for call in calls:
        operation = call.operation
        key = None
        if call.method == "GET":
            key = redirected.pop((call.token, call.target), None)
        if key is None:
            if operation is None or call.outcome not in ("matched", "ambiguous"):
                continue
            name = identity_of(call, identity(operation))
            place = subscription(call.request.target, operation.expression)
            key = call.token, operation.identity, place, name
        found.setdefault(key, []).append(call)
        location = answers.redirect_target(call)
        if location is not None:
            redirected[call.token, location] = key
    return tuple(
        Delivery(
            operation, name, tuple(attempts), any(map(answers.acknowledged, attempts))
        )
        for (_, _, _, name), attempts in found.items()
        for operation in (attempts[0].operation,)
        if operation is not None
    )


def check_identity(
    delivery: Delivery, *, triggered: bool = False, conduct: Conduct | None = None
) -> Mapping[int, tuple[Violation, ...]]:
    """Return violations by call id that hold for every sender, without configuration.

    With `triggered`, a known trigger made the callback due once; another delivery after
    a success then has severity error, otherwise warning. `conduct` is what is required
    of this sender, if anything.
    """
    found: dict[int, tuple[Violation, ...]] = {}
    severity: Severity = "error" if triggered else "warning"
    first, success = delivery.attempts[0], None
    for before, call in pairwise(delivery.attempts):
        success = success or (before if answers.acknowledged(before) else None)
        if answers.follows(before, call):
            found[call.id] = (repeats.followed(call, before, conduct),)
            continue
        own = tuple(repeats.reused(call, first, conduct))
        if not own and success is not None:
            own = tuple(repeats.duplicated(call, success, conduct, severity))
        elif not own and answers.is_cut(before):
            own = tuple(repeats.sent_again(call, before))
        if own:
            found[call.id] = own
    return found
