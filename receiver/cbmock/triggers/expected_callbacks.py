"""Expected callbacks: what a trigger makes due, and the violation if it does not come.

It decides how a missing callback is reported. It must not know how calls are matched.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.triggers.base_urls import DueTargets
from cbmock.triggers.log import DueCallback, Trigger
from cbmock.violations import Severity, Violation


@dataclass(slots=True)
class ExpectedCallback:
    """One callback that is due for one trigger, and the calls that came for it.

    `calls` are the calls at one of its URLs. `wrong` is a call that went to another URL
    instead. `ours` is True if the callback is due at the mock.
    """

    trigger: Trigger
    due: DueCallback
    ours: bool
    targets: DueTargets
    calls: list[Call] = field(default_factory=list)
    wrong: Call | None = None

    @property
    def came(self) -> bool:
        """Whether a call came, possibly at the wrong URL."""
        return bool(self.calls) or self.wrong is not None

    def takes(self, call: Call) -> bool:
        """Return whether this trigger may have made a call due, apart from its URL."""
        return call.id > self.trigger.after and call.is_for(self.due.operation)


@dataclass(frozen=True, slots=True)
class MissingCallback:
    """The callbacks of one trigger that did not come, and how severe that is.

    `nearest` is the unexpected call whose URL is most similar to the first callback's,
    None if there is none.
    """

    trigger: Trigger
    callbacks: tuple[ExpectedCallback, ...]
    severity: Severity
    nearest: Call | None = None

    def concerns(self, operation: Operation) -> bool:
        """Return whether a callback operation is among them."""
        return operation.identity in {
            each.due.operation.identity for each in self.callbacks
        }

    @property
    def violation(self) -> Violation:
        """The violation that reports it; it belongs to no call."""
        trigger = self.trigger.shown
        first = self.callbacks[0].due.shown(trigger.redaction)
        names = " or ".join(
            dict.fromkeys(each.due.operation.name for each in self.callbacks)
        )
        request = trigger.exchange.request
        return Violation(
            location="delivery",
            code="missing-callback",
            severity=self.severity,
            name=names,
            detail=f"no {names} callback was received for "
            f"{request.method} {request.target}",
            expected=first.urls[0],
            received=None if self.nearest is None else self.nearest.shown_target,
            schema=first.operation.pointer,
        )
