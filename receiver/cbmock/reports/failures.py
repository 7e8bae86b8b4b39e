"""The messages of failed assertions on calls.

It decides what a failed test prints. It must not know pytest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.reports.differences import Difference, side_by_side
from cbmock.reports.text import fitted, moment, numbered, printable, timeline, verdict
from cbmock.triggers.base_urls import normal
from cbmock.triggers.correlation import ExpectedCallback, MissingCallback

_LONGEST_REASON = 300
"""What pytest's summary, JUnit and CI pages show of a failure is its first line."""


class Criteria(Protocol):
    """What a test requires of a call besides its operation."""

    def missing(self, call: Call) -> tuple[Difference, ...]:
        """Return where a call differs from what is required."""

    def as_came(self, call: Call) -> dict[str, Any] | None:
        """Return the required members, with the values that the call has."""


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
    due: tuple[str, ...] | None = None,
    hint: str | None = None,
) -> str:
    """Say that other calls came than were due: what was, and what came instead.

    `wanted` is how many were due, `matching` what was asked of them, `naming` what users
    call an operation, `due` are the URLs that the key gives for a trigger, None without
    one.
    """
    lines = [
        f"{operation.name} was due {wanted} within {timeout:g} s, {len(found)} came.",
        "",
        f"expected: {operation.method} {_expected(operation, url, due)}",
    ]
    others = [call for call in calls if call.is_for(operation) and call not in found]
    right = {normal(_target(each)) for each in due or ()}
    astray = [call for call in others if normal(call.target) not in right]
    if astray and due:
        lines.append(_difference(due[0], astray[-1].shown_target))
    nearest = None if found else _nearest(operation, others, calls, matching)
    if nearest is not None:
        lines += _beside(operation, nearest, matching, started)
    lines += ["received:", timeline(calls, started), *_elsewhere(operation, calls)]
    green = _green(operation, found, others, nearest, matching, naming)
    lines += ["", f"If this is intended: {green}"]
    if hint is not None:
        lines += ["", hint]
    return "\n".join(lines)


def _nearest(
    operation: Operation,
    others: Sequence[Call],
    calls: Sequence[Call],
    matching: Criteria,
) -> Call | None:
    """Return the call that lacks least; of those that went astray, the last."""
    if others:
        return min(others, key=lambda call: len(matching.missing(call)))
    astray = [call for call in calls if operation in call.candidates]
    return astray[-1] if astray else None


def _beside(
    operation: Operation, nearest: Call, matching: Criteria, started: float
) -> list[str]:
    """Show the nearest call, and where it is not what was wanted."""
    if nearest.is_for(operation):
        found = matching.missing(nearest)
    else:
        found = tuple(_astray(operation, nearest))
    if not found:
        return []
    head = f"nearest call: {moment(nearest, started)}"
    return [head, *side_by_side(found, "    ")]


def _astray(operation: Operation, call: Call) -> Iterator[Difference]:
    if call.method != operation.method:
        yield Difference("method", str(operation.method), call.method)
    else:
        wanted = operation.expression or f"the URL of {operation.name}"
        yield Difference("URL", wanted, call.target)


def _elsewhere(operation: Operation, calls: Sequence[Call]) -> list[str]:
    """Say where the calls went that were none to the operation."""
    strangers = [call for call in calls if not call.is_for(operation)]
    places = Counter(
        "no callback or webhook" if call.operation is None else call.operation.name
        for call in strangers
    )
    told = [f"{numbered(count)} to {place}" for place, count in places.items()]
    return fitted("elsewhere: " + ", ".join(told), "") if told else []


def _green(
    operation: Operation,
    found: Sequence[Call],
    others: Sequence[Call],
    nearest: Call | None,
    matching: Criteria,
    naming: Callable[[Operation], str],
) -> str:
    """Write the line that a test would pass with."""
    name = _quoted(naming(operation))
    if found:
        return f"cbmock.expect({name}).times({len(found)})"
    if not others or nearest is None:
        return f"cbmock.never({name})"
    came = matching.as_came(nearest) if matching.missing(nearest) else None
    asked = f", matching={came!r}" if came else ""
    return f"cbmock.wait_for({name}{asked})"


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def unexpected(calls: Sequence[Call], started: float) -> str:
    """Say which calls nobody waited for."""
    return f"{numbered(len(calls))} nobody expected:\n{timeline(calls, started)}"


def disordered(calls: Sequence[Call], started: float) -> str:
    """Say in which order calls came, beside the one that was expected."""
    wanted = ", ".join(call.operation.name for call in calls if call.operation)
    came = sorted(calls, key=lambda call: call.id)
    return f"expected in this order: {wanted}\nreceived:\n{timeline(came, started)}"


def wanted_calls(count: int) -> str:
    """Write a number of calls as it stands in a sentence."""
    return "a call" if count == 1 else numbered(count)


def _expected(operation: Operation, url: str, due: tuple[str, ...] | None) -> str:
    if due is None:
        return expected_url(operation, url)
    if not due:
        return f"nothing: {operation.expression} gives no URL for this trigger"
    return f"{due[0]}   as {operation.expression} gives it"


def _target(url: str) -> str:
    return "/" + url.split("://", 1)[-1].partition("/")[2]


def _difference(due: str, target: str) -> str:
    """Show the URL that was called below the one that was due, marked where they part."""
    wanted = _target(due)
    same = 0
    for one, other in zip(wanted, target, strict=False):
        if one != other:
            break
        same += 1
    mark = " " * (len("    called: ") + same) + "^"
    return f"       due: {printable(wanted)}\n    called: {printable(target)}\n{mark}"


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
    """Return where the callbacks of one trigger were due, and the most similar call."""
    exchange, settle = missing.trigger.exchange, missing.trigger.policy.settle
    request, response = exchange.request, exchange.response
    answered = "" if response is None else f", answered {response.status},"
    names = " or ".join(
        dict.fromkeys(each.due.operation.name for each in missing.callbacks)
    )
    asked = f"{request.method} {printable(request.target)}"
    lines = [f"{asked}{answered} made {names} due; none came within {settle:g} s."]
    for each in missing.callbacks:
        operation = each.due.operation
        lines.append(
            f"  expected: {operation.method} {printable(each.due.urls[0])}   "
            f"as {operation.expression} gives it"
        )
    first = missing.callbacks[0].due
    nearest = missing.nearest
    if nearest is not None and nearest.method == first.operation.method:
        lines.append(_difference(first.urls[0], nearest.shown_target))
    elif nearest is not None:
        lines.append(f"  called: {nearest.method} {printable(nearest.shown_target)}")
    return "\n".join(lines)


def wrong_urls(expected: Sequence[ExpectedCallback]) -> list[str]:
    """Show each call that went to another URL than it was due at."""
    return [
        _difference(each.due.urls[0], each.wrong.shown_target)
        for each in expected
        if each.wrong is not None
    ]


def expected_url(operation: Operation, url: str) -> str:
    """Write the URL that an operation is expected at, as the document gives it."""
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
    """Say in one line what is wrong with a call: which operation, where and what."""
    first = next(each for each in call.violations if each.severity == "error")
    if call.operation is None:
        # The URL stands in front already.
        nearest = first.detail.partition("; ")[2] if first.code == "unmatched" else ""
        detail = nearest or first.detail
        line = f"{call.method} {call.shown_target} matched no callback or webhook: "
    else:
        detail = first.detail
        line = f"{call.operation.name} broke the contract: {first.where}: "
    line = printable(line + detail)
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"


def broken(calls: Sequence[Call], started: float) -> str:
    """Say which calls break the contract."""
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
