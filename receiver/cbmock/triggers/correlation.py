"""Correlation of triggers and calls: callbacks that came, are missing, or were not due.

It decides by ids and URLs only, so that a call may come before, during or after the
response that makes it due. It must not know clocks, tests, or allowed violations.

OpenAPI says where a callback goes, not that it is sent, nor when or how often (OAS 3.1.1
§4.8.18). So only these are reported, to avoid false alarms for conforming senders:

- A callback is *due* if the key gives a URL for an exchange that the sender did not refuse
  (status below 400). Only URLs of the mock are checked.
- For a trigger that the sender accepted (2xx), **one** of its callbacks is expected: often
  several are documented and only one comes, success or failure. If none came it is
  missing: an error, or a warning where the parent registers for later events (its path or
  operationId is about subscriptions, webhooks and the like).
- A call to a callback operation at a URL that no trigger's key gives is a
  `wrong-callback-url` if one is expected elsewhere, else `unasked`; only if every exchange
  was observed.
- Any number of calls may come to one URL, as events do. The *same* delivery again, after a
  success answer, is a `duplicate-delivery` unless another trigger made it due. The same
  after a failure is a retry, also after an answer that a script delayed, cut or withheld,
  because the sender may not have received it.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cbmock.description.runtime_expressions import Source
from cbmock.http.messages import SUCCESS
from cbmock.journal.protocol import Journal
from cbmock.mock.call import Call, Scripted
from cbmock.triggers.base_urls import (
    BaseUrls,
    fits,
    is_template,
    normal,
)
from cbmock.triggers.expected_callbacks import ExpectedCallback, MissingCallback
from cbmock.triggers.log import Trigger, TriggerLog
from cbmock.violations import Severity, Violation

# Sources that no evaluation can read: the base may be any URL that was agreed on.
_NEVER_READ = (Source.OPAQUE, Source.RESPONSE_QUERY, Source.RESPONSE_PATH)
_SUBSCRIBES = re.compile(
    r"subscri|web-?_?hook|listener|stream|regist|watch|observ|feed|hub\b|notif\w*$",
    re.IGNORECASE,
)
# Names of headers that identify an event, and of those that identify a request only.
_EVENT_ID = re.compile(r"(?:^|-)(?:id|delivery|key|guid|sequence|number)$")
_REQUEST_ID = re.compile(r"request|correlation|trace|span|b3|key-?id|client")


@dataclass(frozen=True, slots=True)
class Correlation:
    """The callbacks that triggers make due, matched with the calls that came.

    `violations` are by the id of the call.
    """

    expected: tuple[ExpectedCallback, ...] = ()
    violations: Mapping[int, tuple[Violation, ...]] = field(default_factory=dict)
    missing: tuple[MissingCallback, ...] = ()


def correlate(
    triggers: Sequence[Trigger],
    calls: Sequence[Call],
    bases: Iterable[str],
    *,
    others: Sequence[Trigger] = (),
    nearby: Sequence[Call] = (),
    seen_since: int | None = None,
) -> Correlation:
    """Match calls with the triggers that made them due.

    `calls` are in order of their ids. `bases` are the mock's URLs. `others` are
    triggers that may explain a call, but whose callbacks are not expected here.
    `nearby` are calls that are not checked, but may have gone to a wrong URL. After the
    call `seen_since`, every exchange with the sender is among the triggers; None if
    some may be missing.
    """
    base_urls = BaseUrls(bases)
    expected = [each for trigger in triggers for each in _callbacks(trigger, base_urls)]
    matcher = _CallMatcher(expected)
    left = [call for call in calls if not matcher.assign(call)]
    explained = [each for trigger in others for each in _callbacks(trigger, base_urls)]
    violations = matcher.duplicates
    unexpected = []
    for call in left:
        if _explained(call, expected, explained):
            continue
        unexpected.append(call)
        if seen_since is not None and call.id > seen_since and _has_trigger(call):
            violations[call.id] = (_unexpected(call, expected),)
    # A wrong path may have led to no operation at all, or to another test.
    checked = {call.id for call in calls}
    near = (*unexpected, *(call for call in nearby if call.id not in checked))
    missing = tuple(_missing(expected, near))
    return Correlation(tuple(expected), violations, missing)


def _callbacks(trigger: Trigger, base_urls: BaseUrls) -> Iterable[ExpectedCallback]:
    for due in trigger.due:
        ours = any(map(base_urls.owns, due.urls))
        targets = base_urls.targets_of(due.urls)
        yield ExpectedCallback(trigger, due, ours, targets)


class _CallMatcher:
    """Assigns each call to the trigger that made it due."""

    def __init__(self, expected: Iterable[ExpectedCallback]) -> None:
        self.duplicates: dict[int, tuple[Violation, ...]] = {}
        self._by_target: dict[str, list[ExpectedCallback]] = defaultdict(list)
        self._events: dict[Hashable, tuple[ExpectedCallback, Call]] = {}
        for each in expected:
            for target in each.targets.templates:
                self._by_target[target].append(each)
        self._templates = [*filter(is_template, self._by_target)]

    def assign(self, call: Call) -> bool:
        """Add a call to the callback expected at its URL; return False if none is."""
        candidates = [
            each for each in self._at(normal(call.target)) if each.takes(call)
        ]
        if not candidates:
            return False
        event = _event(call)
        before = self._events.get(event)
        # Every trigger gets a first call before any gets a second one.
        free = next((e for e in candidates if len(e.calls) < e.trigger.times), None)
        if before is not None and not _acknowledged(before[1]):
            chosen = before[0]  # a retry
        elif free is not None:
            chosen = free
        else:
            chosen = candidates[-1]
            if before is not None:
                chosen = before[0]
                self.duplicates[call.id] = (_duplicate(before[1]),)
        chosen.calls.append(call)
        self._events[event] = chosen, call
        return True

    def _at(self, target: str) -> Iterable[ExpectedCallback]:
        yield from self._by_target.get(target, ())
        for template in self._templates:
            if fits(template, target):
                yield from self._by_target[template]


def _acknowledged(call: Call) -> bool:
    """Return whether a call got a complete success answer without delay."""
    on_time = call.scripted in (None, Scripted())
    return on_time and call.status in SUCCESS


def _event(call: Call) -> Hashable:
    """Return what identifies a delivery: its content and the ids of the event."""
    ids = tuple(
        (name.lower(), value)
        for name, value in call.request.headers
        if _EVENT_ID.search(name.lower()) and not _REQUEST_ID.search(name.lower())
    )
    return call.method, normal(call.target), call.body, ids


def _has_trigger(call: Call) -> bool:
    """Return whether only a trigger can have given the call's URL."""
    operation = call.operation
    key = None if operation is None else operation.key
    if key is None or key.base is None:
        return False
    return key.base.source not in _NEVER_READ


def _explained(
    call: Call, expected: Iterable[ExpectedCallback], others: Iterable[ExpectedCallback]
) -> bool:
    """Return whether a trigger whose URL is not fully known may explain a call."""
    for each in expected:
        if not each.due.exact and each.takes(call):
            each.calls.append(call)
            return True
    target = normal(call.target)
    return any(
        each.takes(call) and (target in each.targets or _maybe_due(each, call))
        for each in others
    )


def _maybe_due(expected: ExpectedCallback, call: Call) -> bool:
    """Return whether a trigger whose URL is not fully known may have made a call due.

    A trigger of another test leads to a URL below that test's own URL.
    """
    return not expected.due.exact and expected.trigger.token in (None, call.token)


# --- violations ---------------------------------------------------------------------------


def _unexpected(call: Call, expected: Sequence[ExpectedCallback]) -> Violation:
    """Compare a call with the callbacks that are still expected for its operation."""
    open_ = [
        each for each in expected if each.ours and not each.came and each.takes(call)
    ]
    if not open_:
        return _unasked(call)
    likely = max(open_, key=lambda each: _similarity(each, call.target))
    likely.wrong = call
    operation, trigger = likely.due.operation, likely.trigger.shown
    request, due = trigger.exchange.request, likely.due.shown(trigger.redaction)
    return Violation(
        location="url",
        code="wrong-callback-url",
        detail=f"due at {due.urls[0]}, as {operation.expression} gives it for "
        f"{request.method} {request.target}",
        expected=due.urls[0],
        received=call.shown_target,
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
        detail=f"no observed {lines} registered this URL for {operation.name}",
        received=call.shown_target,
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


def _missing(
    expected: Sequence[ExpectedCallback], unexpected: Sequence[Call]
) -> Iterable[MissingCallback]:
    by_trigger: dict[int, list[ExpectedCallback]] = defaultdict(list)
    for each in expected:
        trigger = each.trigger
        if each.ours and trigger.succeeded and trigger.policy.missing != "off":
            by_trigger[id(trigger)].append(each)
    for group in by_trigger.values():
        absent = [each for each in group if not each.came]
        some_came = len(absent) < len(group)
        if not absent or (some_came and group[0].trigger.policy.missing != "every"):
            continue
        trigger = group[0].trigger
        near = [call for call in unexpected if call.id > trigger.after]
        nearest = max(
            near, key=lambda call: _similarity(absent[0], call.target), default=None
        )
        yield MissingCallback(trigger, tuple(absent), _severity(trigger), nearest)


def _severity(trigger: Trigger) -> Severity:
    severity = trigger.policy.missing
    if severity == "auto":
        parent = trigger.due[0].operation.parent
        assert parent is not None
        names = (*parent.path.split("/"), parent.operation_id or "")
        severity = "warning" if any(map(_SUBSCRIBES.search, names)) else "error"
    return "warning" if severity == "warning" else "error"


def _similarity(expected: ExpectedCallback, target: str) -> float:
    return max(similarity(url, target) for url in expected.targets.templates)


def similarity(due: str, target: str) -> float:
    """Return how alike two request targets are, from 0 to 1."""
    return difflib.SequenceMatcher(None, due[:500], target[:500]).ratio()


def correlate_log(
    log: TriggerLog, journal: Journal, token: str | None = None, after: int = 0
) -> Correlation:
    """Correlate the triggers of a log with the calls of a journal, of all tests or of one.

    Triggers up to the id `after` are left out.
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
