"""Calls as lines of text, for terminals and failed tests.

It decides what a tired person is told first. It must not know where calls come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from receiver.contract.violations import Violation
from receiver.mock.call import Call

_MOST_VIOLATIONS = 8
_LONGEST_TARGET = 500
_MOST_CALLS = 20
_VERDICT = {
    "unmatched": "no match",
    "wrong_method": "no match",
    "handshake": "handshake",
}


def verdict(call: Call) -> str:
    """Say in a word what became of a call: `ok`, `violation`, `no match`."""
    if call.operation is None:
        return _VERDICT[call.outcome]
    return "ok" if call.valid else "violation"


def line(call: Call) -> str:
    """Write a call as one line, with a line below it for each violation."""
    moment = datetime.fromtimestamp(call.received_at).astimezone()
    name = call.operation.name if call.operation is not None else "-"
    if call.outcome == "ambiguous":
        name += " (or " + ", ".join(each.qualified for each in call.candidates) + ")"
    first = (
        f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}  {verdict(call):<9}  "
        f"{call.method} {printable(call.target[:_LONGEST_TARGET])}  {name}  {call.status}"
    )
    return "\n".join((first, *(f"    {each}" for each in violations(call.violations))))


def printable(text: str) -> str:
    """Escape what would move a terminal's cursor or colour."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def violations(found: Sequence[Violation]) -> Iterable[str]:
    """Write each violation as one line: where, what, and which schema says so."""
    for each in found[:_MOST_VIOLATIONS]:
        mark = "" if each.severity == "error" else f" ({each.severity})"
        rule = f"  [{each.rule}]" if each.rule else ""
        yield printable(f"{each.where}: {each.detail}{mark}{rule}")
    if len(found) > _MOST_VIOLATIONS:
        yield f"… and {len(found) - _MOST_VIOLATIONS} more"


def timeline(calls: Sequence[Call], started: float) -> str:
    """Write what arrived, with times relative to `started` (seconds since the epoch)."""
    if not calls:
        return "  nothing arrived"
    lines: list[str] = []
    for call in calls[-_MOST_CALLS:]:
        name = "-" if call.operation is None else call.operation.name
        lines.append(
            f"  +{max(call.received_at - started, 0):.3f} s  "
            f"{call.method} {printable(call.target)}  {name}: "
            f"{verdict(call)}, answered {call.status}"
        )
        lines += [f"      {each}" for each in violations(call.violations)]
        if not call.valid and call.body:
            lines.append(f"      body: {printable(call.text[:200])}")
    if len(calls) > _MOST_CALLS:
        lines.insert(0, f"  … {len(calls) - _MOST_CALLS} calls before these")
    return "\n".join(lines)
