"""Triggers as records: what was due for each, and which calls came.

It decides which facts are shown, for the control API and for reports. It must not know how
calls are matched with triggers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from cbmock.http.json_text import as_json_body
from cbmock.http.messages import Request, Response
from cbmock.mock.call import reference
from cbmock.mock.timestamps import timestamp
from cbmock.triggers.correlation import Correlation
from cbmock.triggers.expected_callbacks import ExpectedCallback, MissingCallback
from cbmock.triggers.log import Trigger


def listing(
    correlation: Correlation, now: float, *, besides: Iterable[Trigger] = ()
) -> list[dict[str, Any]]:
    """Return the triggers that callbacks are expected for, and those `besides`, in order.

    Their callbacks are missing once they have settled; `now` is in seconds since the epoch.
    """
    triggers = {_key(each.trigger): each.trigger for each in correlation.expected}
    triggers |= {_key(each): each for each in besides}
    expected: dict[int, list[ExpectedCallback]] = defaultdict(list)
    for each in correlation.expected:
        expected[_key(each.trigger)].append(each)
    missing: dict[int, list[MissingCallback]] = defaultdict(list)
    for one in correlation.missing:
        if now >= one.trigger.settled_at:
            missing[_key(one.trigger)].append(one)
    found = sorted(triggers.items(), key=lambda each: each[1].id)
    return [_record(trigger, expected[key], missing[key]) for key, trigger in found]


def _key(trigger: Trigger) -> int:
    """Return what a trigger is known by; those that a test names itself have no number."""
    return trigger.id or -id(trigger)


def _record(
    trigger: Trigger,
    expected: Iterable[ExpectedCallback],
    missing: Sequence[MissingCallback],
) -> dict[str, Any]:
    exchange_ = trigger.shown.exchange
    response = exchange_.response
    return {
        "id": trigger.id,
        "token": trigger.token,
        "seen_at": timestamp(trigger.seen_at),
        "request": {
            "method": exchange_.request.method,
            "url": exchange_.url,
            **_message(exchange_.request),
        },
        "response": None
        if response is None
        else {"status": response.status, **_message(response)},
        "due": [_due(each, missing) for each in expected],
        "violations": [each.violation.record() for each in missing],
    }


def _message(message: Request | Response) -> dict[str, Any]:
    body, encoded = as_json_body(message.body)
    headers = [list(pair) for pair in message.headers]
    return {"headers": headers, "body": body, "body_base64": encoded}


def _due(
    expected: ExpectedCallback, missing: Sequence[MissingCallback]
) -> dict[str, Any]:
    due = expected.due
    if expected.calls:
        state = "fulfilled"
    elif expected.wrong is not None:
        state = "wrong-url"
    elif due.exact and not due.urls:
        state = "not-due"
    elif not expected.ours and due.urls:
        state = "elsewhere"
    else:
        is_missing = any(expected in each.callbacks for each in missing)
        state = "missing" if is_missing else "awaited"
    return {
        "operation": reference(due.operation),
        "expression": due.operation.expression,
        "urls": list(due.shown(expected.trigger.redaction).urls),
        "exact": due.exact,
        "state": state,
        "calls": [call.id for call in expected.calls],
        "violations": [each.record() for each in due.violations],
    }
