"""The messages of failed assertions on calls.

It decides what a failed test prints. It must not know pytest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.reports.differences import Difference
from cbmock.reports.nearest_call import Criteria, NearestCall, is_due, nearest_call
from cbmock.reports.text import (
    brief,
    fitted,
    numbered,
    place,
    printable,
    timeline,
    verdict,
    violations,
)
from cbmock.reports.url_differences import url_difference
from cbmock.triggers.expected_callbacks import ExpectedCallback, MissingCallback
from cbmock.triggers.key_evaluation import DueUrls
from cbmock.violations import Violation

_LONGEST_REASON = 300
"""The first line of a failure; pytest's summary, JUnit and CI pages show only this."""


def missing(
    operation: Operation,
    *,
    wanted: str,
    found: Sequence[Call],
    calls: Sequence[Call],
    matching: Criteria,
    timeout: float,
    started: float,
    url: str,
    naming: Callable[[Operation], str],
    due: DueUrls | None = None,
    hint: str | None = None,
    late: Sequence[Call] = (),
    strays: Sequence[str] = (),
) -> str:
    """Return the message for too few or too many calls.

    `wanted` is how many calls were due, `found` are the calls that count, and `late`
    those that would count if they had come in time. `strays` are lines about calls at
    other URLs. `matching` is what was required of the calls. `naming` returns the name
    by which users call an operation. `due` has the URLs that a callback's key gives for
    the trigger, None without a trigger.
    """
    others = [call for call in calls if call.is_for(operation) and call not in found]
    nearest = None if found else nearest_call(operation, others, calls, matching, due)
    differences = () if nearest is None else nearest.differences
    why = _shortfall(found, late, calls, strays, differences, due)
    lines = [
        f"{operation.name} was due {wanted} within {timeout:g} s, {len(found)} came{why}.",
        "",
        f"expected: {operation.method} {_expected(operation, url, due)}",
    ]
    if nearest is not None:
        lines += nearest.lines(started)
        lines += _wrong_url(nearest, others, due)
    received = [f"  {each}" for each in strays] or [timeline(calls, started)]
    lines += ["received:", *received, *_elsewhere(operation, calls)]
    is_absent = hint is None and not strays and all(call.valid for call in calls)
    passing = _passing_line(
        operation, found, late, nearest, matching, naming, is_absent=is_absent
    )
    if passing is not None and not (found and others):
        lines += ["", f"If this is intended: {passing}"]
    if hint is not None:
        lines += ["", hint]
    return "\n".join(lines)


def _wrong_url(
    nearest: NearestCall, others: Sequence[Call], due: DueUrls | None
) -> list[str]:
    """Show the last call to another URL beside one at the right URL."""
    if due is None or not due.urls or nearest.due is not None:
        return []
    wrong = [call for call in others if not is_due(due, call)]
    return [_difference(due.urls[0], wrong[-1])] if wrong else []


def _difference(due: str, call: Call) -> str:
    """Compare a URL with a call's URL, both without credentials."""
    return url_difference(call.redaction.target(due), call.shown_target)


def no_handshake(
    name: str | None,
    calls: Sequence[Call],
    timeout: float,
    started: float,
    hint: str | None = None,
) -> str:
    """Return the message that no handshake came, with a name or with any."""
    wanted = "a handshake" if name is None else f"a handshake {name}"
    came = [call.handshake for call in calls if call.handshake is not None]
    others = f"; {', '.join(came)} came" if came else ""
    if not calls:
        others = "; nothing arrived"
    lines = [f"{wanted} was due within {timeout:g} s, none came{others}."]
    lines += ["", "received:", timeline(calls, started)]
    return "\n".join(lines if hint is None else [*lines, "", hint])


# --- sentences ----------------------------------------------------------------------------


def _shortfall(
    found: Sequence[Call],
    late: Sequence[Call],
    calls: Sequence[Call],
    strays: Sequence[str],
    differences: Sequence[Difference],
    due: DueUrls | None,
) -> str:
    """Return why too few calls came, short enough for the first line."""
    if found:
        return ""
    if due is not None and not due.urls:
        return f"; {_no_url(due)}"
    if late:
        return f"; {numbered(len(late))} came too late"
    if differences:
        where, wanted, came = (brief(each) for each in differences[0])
        return f"; {where} was {came}, not {wanted}"
    if not calls:
        return f"; {strays[0] if strays else 'nothing arrived'}"
    others = sum(call.valid for call in calls)
    return f"; {numbered(others)} to other operations" if others else ""


def _no_url(due: DueUrls) -> str:
    reasons = [each.detail for each in due.violations] or ["nothing to read there"]
    return f"the key gives no URL for this trigger: {reasons[0]}"


def _elsewhere(operation: Operation, calls: Sequence[Call]) -> list[str]:
    """Count the calls to other operations."""
    places = Counter(
        "no callback or webhook" if call.operation is None else call.operation.name
        for call in calls
        if not call.is_for(operation) and call.handshake is None
    )
    counted = [f"{numbered(count)} to {place}" for place, count in places.items()]
    return fitted("elsewhere: " + ", ".join(counted), "") if counted else []


def _passing_line(
    operation: Operation,
    found: Sequence[Call],
    late: Sequence[Call],
    nearest: NearestCall | None,
    matching: Criteria,
    naming: Callable[[Operation], str],
    *,
    is_absent: bool,
) -> str | None:
    """Return the line with which the test would pass; None if no such line exists.

    `never` is suggested only if the call `is_absent`: nothing similar came, not even at
    a wrong URL, and nothing else explains why.
    """
    name = _quoted(naming(operation))
    if found:
        return f"cbmock.expect({name}).times({len(found)})"
    if late:
        return None  # a longer timeout is needed, and only the user knows which
    if nearest is None:
        return f"cbmock.never({name})" if is_absent else None
    if not nearest.call.is_for(operation):
        return None
    came = matching.as_came(nearest.call) if matching.missing(nearest.call) else None
    argument = f", matching={came!r}" if came else ""
    return f"cbmock.wait_for({name}{argument})"


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def unexpected(calls: Sequence[Call], started: float) -> str:
    """Return the message for calls that no wait or expectation returned."""
    first = calls[0]
    name = "-" if first.operation is None else first.operation.name
    more = "" if len(calls) == 1 else f" (first of {numbered(len(calls))})"
    head = f"{name} was not expected: {place(first)}{more}"
    return f"{head}\nnot expected:\n{timeline(calls, started)}"


def disordered(calls: Sequence[Call], started: float) -> str:
    """Return the message for calls that came in another order than `calls`."""
    names = [call.operation.name for call in calls if call.operation]
    late, early = next(
        (one, other) for one, other in pairwise(calls) if one.id > other.id
    )
    came = sorted(calls, key=lambda call: call.id)
    head = f"{_name(late)} came after {_name(early)}, not before it"
    return (
        f"{head}\nexpected in this order: {', '.join(names)}\n"
        f"received:\n{timeline(came, started)}"
    )


def _name(call: Call) -> str:
    return "-" if call.operation is None else call.operation.name


def wanted_calls(count: int) -> str:
    """Write how many calls a wait needs: `a call`, `at least 2 calls`."""
    return "a call" if count == 1 else f"at least {number_of_calls(count)}"


def number_of_calls(count: int) -> str:
    """Write a number of calls after `exactly`, `at least` or `at most`."""
    return "one call" if count == 1 else numbered(count)


def _expected(operation: Operation, url: str, due: DueUrls | None) -> str:
    if due is None:
        return expected_url(operation, url)
    if not due.urls:
        return f"nothing: {_no_url(due)}"
    url = Redaction().target(due.urls[0])
    return f"{printable(url)}   as {operation.expression} gives it"


def missing_callbacks(
    found: Sequence[MissingCallback], hint: str | None = None
) -> list[str]:
    """Return a message for each trigger without a callback, and how to allow it."""
    messages = [missing_callback(each) for each in found]
    if messages:
        allowed = 'If this is intended: cbmock.allow_violations("missing-callback")'
        messages.append(allowed if hint is None else f"{allowed}\n{hint}")
    return messages


def missing_callback(missing: MissingCallback) -> str:
    """Return the due URLs of one trigger's callbacks, and the most similar call."""
    trigger = missing.trigger.shown
    exchange, settle = trigger.exchange, trigger.policy.settle
    request, response = exchange.request, exchange.response
    answered = "" if response is None else f", answered {response.status}"
    names = dict.fromkeys(each.due.operation.name for each in missing.callbacks)
    head = f"{request.method} {printable(request.target)}"
    lines = [
        f"{' or '.join(names)} did not come within {settle:g} s after {head}{answered}."
    ]
    for each in missing.callbacks:
        operation = each.due.operation
        url = trigger.redaction.target(each.due.urls[0])
        lines.append(
            f"  expected: {operation.method} {printable(url)}   "
            f"as {operation.expression} gives it"
        )
    first = missing.callbacks[0].due
    nearest = missing.nearest
    if nearest is not None and nearest.method == first.operation.method:
        lines.append(_difference(first.urls[0], nearest))
    elif nearest is not None:
        lines.append(f"  called: {place(nearest)}")
    return "\n".join(lines)


def wrong_urls(expected: Sequence[ExpectedCallback]) -> list[str]:
    """Show each call that went to another URL than the one at which it was due."""
    return [
        _difference(each.due.urls[0], each.wrong)
        for each in expected
        if each.wrong is not None
    ]


def expected_url(operation: Operation, url: str) -> str:
    """Write the URL at which an operation is expected, as the document gives it."""
    if operation.key is None:
        return url
    base = operation.key.base
    if base is None:
        return operation.key.text
    tail = operation.key.text.partition("}")[2] if "}" in operation.key.text else ""
    return (
        f"{{{base.text}}}{tail}\n"
        f"    where {{{base.text}}} is {url} or what was registered"
    )


def _reason(call: Call) -> str:
    """Describe a call's first violation in one line: operation, place and problem."""
    first = next(each for each in call.violations if each.severity == "error")
    if call.outcome == "malformed":
        detail = first.detail
        where = place(call).strip()
        line = f"{where} is malformed: " if where else "malformed: "
    elif call.operation is None:
        # The line already begins with the URL.
        nearest = first.detail.partition("; ")[2] if first.code == "unmatched" else ""
        detail = nearest or first.detail
        line = f"{call.method} {call.shown_target} matched no callback or webhook: "
    else:
        detail = first.detail
        line = f"{call.operation.name} broke the contract: {first.where}: "
    line = printable(line + detail)
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"


def misconducted(
    operation: Operation,
    attempts: Sequence[Call],
    found: Sequence[Violation],
    started: float,
) -> str:
    """Return the message for a delivery whose attempts violate a conduct."""
    first, *others = found
    head = f"{operation.name} broke the contract: {first.where}: {first.detail}"
    return "\n".join(
        (printable(head), *violations(others), "attempts:", timeline(attempts, started))
    )


def broken(calls: Sequence[Call], started: float) -> str:
    """Return the message for calls with violations."""
    bad = [call for call in calls if not call.valid]
    more = f" (and {numbered(len(bad) - 1)} more)" if len(bad) > 1 else ""
    lines = [f"{_reason(bad[0])}{more}", timeline(bad, started)]
    good = [call for call in calls if call.valid]
    if good:
        names = sorted({f"{call.operation.name}" for call in good if call.operation})
        lines.append(
            f"  ({numbered(len(good))} {verdict(good[0])}: {', '.join(names)})"
        )
    codes = sorted(
        {v.code for call in bad for v in call.violations if v.severity == "error"}
    )
    allowed = ", ".join(f'"{code}"' for code in codes)
    lines += ["", f"If this is intended: cbmock.allow_violations({allowed})"]
    return "\n".join(lines)
