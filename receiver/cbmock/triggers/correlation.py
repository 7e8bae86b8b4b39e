"""Correlation: which call each trigger caused, which did not come, which nobody asked for.

It decides by ids and URLs alone, so that a call may come before, during or after the
response that makes it due. It must not know clocks, tests, or what is allowed.

OpenAPI says where a callback goes, not that it is sent, nor when or how often (OAS 3.1.1
§4.8.18). So what can be held against a sender without an alarm on one that conforms is:

- A callback is *due* where the key gives a URL for an exchange that the sender did not
  refuse (status below 400). Only URLs below the mock are judged.
- A trigger that the sender took (2xx) is owed **one** of its callbacks: of several that are
  documented often only one comes, success or failure. It is `missing` if none came. Where
  the parent registers for events to come (its path or operationId speaks of subscriptions,
  webhooks and the like) silence is no breach, only a warning.
- A call to a callback operation that no trigger's key gives is a `wrong-callback-url` if
  one is owed elsewhere, else `unasked`; only where every exchange was seen.
- Any number of calls may come to one URL, as events do. The *same* delivery again, after it
  was answered with success, is a `duplicate-delivery` unless another trigger asked for it.
  The same after a failure is a retry, also after an answer that a script delayed, cut or
  withheld: nobody knows whether the sender still took it.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cbmock.description.operations import Operation
from cbmock.description.runtime_expressions import Source
from cbmock.journal.memory import Journal
from cbmock.mock.call import Call, Scripted
from cbmock.triggers.base_urls import Addresses, normal
from cbmock.triggers.log import DueCallback, Trigger, Triggers
from cbmock.violations import Severity, Violation

_SUCCESS = range(200, 300)
# What no evaluation finds: the base may be any URL that was agreed on.
_NEVER_READ = (Source.OPAQUE, Source.RESPONSE_QUERY, Source.RESPONSE_PATH)
_SUBSCRIBES = re.compile(
    r"subscri|web-?_?hook|listener|stream|regist|watch|observ|feed|hub\b|notif\w*$",
    re.IGNORECASE,
)
# What names one event in the header of a delivery, beside what only names a request.
_EVENT_ID = re.compile(r"(?:^|-)(?:id|delivery|key|guid|sequence|number)$")
_REQUEST_ID = re.compile(r"request|correlation|trace|span|b3|key-?id|client")


@dataclass(slots=True)
class Owed:
    """One callback that is due for one trigger, and what came of it.

    `calls` are those at one of its URLs, `wrong` the one that went elsewhere in its
    stead, `ours` whether it is due at the mock.
    """

    trigger: Trigger
    due: DueCallback
    ours: bool
    targets: frozenset[str]
    calls: list[Call] = field(default_factory=list)
    wrong: Call | None = None

    @property
    def came(self) -> bool:
        """Whether something came, be it at the wrong URL."""
        return bool(self.calls) or self.wrong is not None

    def takes(self, call: Call) -> bool:
        """Tell whether a call may be due to this trigger, whatever its URL."""
        return call.id > self.trigger.after and call.is_for(self.due.operation)


@dataclass(frozen=True, slots=True)
class Breach:
    """A trigger that was not kept: which of its callbacks did not come, and how bad.

    `nearest` is the call whose URL comes closest to the first, None where nothing came
    that was not asked for.
    """

    trigger: Trigger
    owed: tuple[Owed, ...]
    severity: Severity
    nearest: Call | None = None

    def concerns(self, operation: Operation) -> bool:
        """Tell whether it is about a callback operation."""
        return operation.identity in {each.due.operation.identity for each in self.owed}

    @property
    def violation(self) -> Violation:
        """The breach as a value; there is no call that it could stand on."""
        first = self.owed[0].due
        names = " or ".join(
            dict.fromkeys(each.due.operation.name for each in self.owed)
        )
        request = self.trigger.exchange.request
        return Violation(
            location="delivery",
            code="missing",
            severity=self.severity,
            name=names,
            detail=f"{request.method} {request.target} made {names} due, it did not come",
            expected=first.urls[0],
            received=None if self.nearest is None else self.nearest.target,
            schema=first.operation.pointer,
        )


@dataclass(frozen=True, slots=True)
class Correlation:
    """Everything that triggers and calls say about each other.

    `strays` are violations by the id of the call that they are about.
    """

    owed: tuple[Owed, ...] = ()
    strays: Mapping[int, tuple[Violation, ...]] = field(default_factory=dict)
    missing: tuple[Breach, ...] = ()


def correlate(
    triggers: Sequence[Trigger],
    calls: Sequence[Call],
    bases: Iterable[str],
    *,
    others: Sequence[Trigger] = (),
    nearby: Sequence[Call] = (),
    seen_since: int | None = None,
) -> Correlation:
    """Match calls with the triggers that they are due to.

    `calls` are in order of their ids. `bases` are the mock's URLs; `others` are triggers
    that may explain a call, but are owed nothing here, `nearby` calls that are not judged
    but may be what went astray. From the call after `seen_since` on every exchange with
    the sender is among the triggers; None where some may not be.
    """
    addresses = Addresses(bases)
    owed = [each for trigger in triggers for each in _owed(trigger, addresses)]
    matching = _Matching(owed)
    left = [call for call in calls if not matching.place(call)]
    explained = [each for trigger in others for each in _owed(trigger, addresses)]
    strays = matching.duplicates
    astray = []
    for call in left:
        if _explained(call, owed, explained):
            continue
        astray.append(call)
        if seen_since is not None and call.id > seen_since and _has_trigger(call):
            strays[call.id] = (_stray(call, owed),)
    # A wrong path may have led to no operation at all, or to another test.
    judged = {call.id for call in calls}
    near = (*astray, *(call for call in nearby if call.id not in judged))
    return Correlation(tuple(owed), strays, tuple(_missing(owed, near)))


def _owed(trigger: Trigger, addresses: Addresses) -> Iterable[Owed]:
    for due in trigger.due:
        ours = any(map(addresses.owns, due.urls))
        targets = frozenset(map(addresses.target_of, due.urls))
        yield Owed(trigger, due, ours, targets)


class _Matching:
    """Gives each call to the trigger that it is due to."""

    def __init__(self, owed: Iterable[Owed]) -> None:
        self.duplicates: dict[int, tuple[Violation, ...]] = {}
        self._places: dict[str, list[Owed]] = defaultdict(list)
        self._events: dict[Hashable, tuple[Owed, Call]] = {}
        for each in owed:
            for target in each.targets:
                self._places[target].append(each)

    def place(self, call: Call) -> bool:
        """Add a call to what is owed at its URL; False where nothing is."""
        here = self._places.get(normal(call.target), ())
        fits = [each for each in here if each.takes(call)]
        if not fits:
            return False
        event = _event(call)
        before = self._events.get(event)
        # Each trigger is given a call before any is given a second one.
        free = next((e for e in fits if len(e.calls) < e.trigger.times), None)
        if before is not None and not _acknowledged(before[1]):
            chosen = before[0]  # a retry
        elif free is not None:
            chosen = free
        else:
            chosen = fits[-1]
            if before is not None:
                chosen = before[0]
                self.duplicates[call.id] = (_duplicate(before[1]),)
        chosen.calls.append(call)
        self._events[event] = chosen, call
        return True


def _acknowledged(call: Call) -> bool:
    """Tell whether a call was answered with success, whole and at once."""
    on_time = call.scripted in (None, Scripted())
    return on_time and call.status in _SUCCESS


def _event(call: Call) -> Hashable:
    """Return what tells one delivery from another: its content and the event's id."""
    ids = tuple(
        (name.lower(), value)
        for name, value in call.headers
        if _EVENT_ID.search(name.lower()) and not _REQUEST_ID.search(name.lower())
    )
    return call.method, normal(call.target), call.body, ids


def _has_trigger(call: Call) -> bool:
    """Tell whether a call's URL is one that only a trigger can have given."""
    operation = call.operation
    key = None if operation is None else operation.key
    if key is None or key.base is None:
        return False
    return key.base.source not in _NEVER_READ


def _explained(call: Call, owed: Iterable[Owed], others: Iterable[Owed]) -> bool:
    """Find what may have asked for a call at a URL that cannot be told in full."""
    for each in owed:
        if not each.due.exact and each.takes(call):
            each.calls.append(call)
            return True
    target = normal(call.target)
    return any(
        each.takes(call) and (target in each.targets or _vaguely(each, call))
        for each in others
    )


def _vaguely(owed: Owed, call: Call) -> bool:
    """Tell whether a call may be due to what asked for nobody knows which URL.

    What was asked for in another test led below that test's own URL.
    """
    return not owed.due.exact and owed.trigger.token in (None, call.token)


# --- what is said of it -------------------------------------------------------------------


def _stray(call: Call, owed: Sequence[Owed]) -> Violation:
    """Hold a call against what is still owed, of its own operation."""
    open_ = [each for each in owed if each.ours and not each.came and each.takes(call)]
    if not open_:
        return _unasked(call)
    meant = max(open_, key=lambda each: _likeness(each, call.target))
    meant.wrong = call
    operation, request = meant.due.operation, meant.trigger.exchange.request
    return Violation(
        location="url",
        code="wrong-callback-url",
        detail=f"due at {meant.due.urls[0]}, as {operation.expression} gives it for "
        f"{request.method} {request.target}",
        expected=meant.due.urls[0],
        received=call.target,
        schema=operation.pointer,
    )


def _unasked(call: Call) -> Violation:
    operation = call.operation
    assert operation is not None
    parent = operation.parent
    lines = "" if parent is None else f"{parent.method} {parent.path}"
    return Violation(
        location="delivery",
        code="unasked",
        detail=f"no {lines} that was seen asked for {operation.name} at this URL",
        received=call.target,
        schema=operation.pointer,
    )


def _duplicate(before: Call) -> Violation:
    return Violation(
        location="delivery",
        code="duplicate-delivery",
        detail=f"the same as call {before.id}, which was answered {before.status}; one "
        "trigger makes one callback due",
        expected=1,
        received=2,
    )


def _missing(owed: Sequence[Owed], astray: Sequence[Call]) -> Iterable[Breach]:
    by_trigger: dict[int, list[Owed]] = defaultdict(list)
    for each in owed:
        trigger = each.trigger
        if each.ours and trigger.succeeded and trigger.terms.missing != "off":
            by_trigger[id(trigger)].append(each)
    for group in by_trigger.values():
        lacking = [each for each in group if not each.came]
        some_came = len(lacking) < len(group)
        if not lacking or (some_came and group[0].trigger.terms.missing != "every"):
            continue
        trigger = group[0].trigger
        near = [call for call in astray if call.id > trigger.after]
        nearest = max(
            near, key=lambda call: _likeness(lacking[0], call.target), default=None
        )
        yield Breach(trigger, tuple(lacking), _severity(trigger), nearest)


def _severity(trigger: Trigger) -> Severity:
    asked = trigger.terms.missing
    if asked == "auto":
        parent = trigger.due[0].operation.parent
        assert parent is not None
        names = (*parent.path.split("/"), parent.operation_id or "")
        asked = "warning" if any(map(_SUBSCRIBES.search, names)) else "error"
    return "warning" if asked == "warning" else "error"


def _likeness(owed: Owed, target: str) -> float:
    return max(
        difflib.SequenceMatcher(None, wanted[:500], target[:500]).ratio()
        for wanted in owed.targets
    )


def judged(
    log: Triggers, journal: Journal, token: str | None = None, after: int = 0
) -> Correlation:
    """Say what came of the triggers that were seen, of all tests or of one.

    `after` leaves out triggers up to that id.
    """
    seen = log.seen()
    own = [each for each in seen if each.id > after and token in (None, each.token)]
    mine = {each.id for each in own}
    calls = journal.calls()
    return correlate(
        own,
        [call for call in calls if token in (None, call.token)],
        log.bases,
        others=[each for each in seen if each.id not in mine],
        nearby=calls,
        seen_since=log.watched_since(token),
    )
