"""Calls as lines of text, for terminals and failed tests.

It decides what a tired person is told first. It must not know where calls come from.
"""

from __future__ import annotations

import functools
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


def answered(call: Call) -> str:
    """Say what was answered: `503`, `200 after 2 s`, `nothing (silence)`."""
    if call.scripted is None:
        return str(call.status)
    delay, fault = call.scripted.delay, call.scripted.fault
    if fault in ("reset", "silence"):
        return f"nothing ({fault})"
    answer = str(call.status) if fault is None else f"{call.status} ({fault})"
    return f"{answer} after {delay:g} s" if delay else answer


def line(call: Call) -> str:
    """Write a call as one line, with a line below it for each violation."""
    name = call.operation.name if call.operation is not None else "-"
    if call.outcome == "ambiguous":
        name += " (or " + ", ".join(each.qualified for each in call.candidates) + ")"
    first = (
        f"{_clock(call.received_at)}  {verdict(call):<9}  "
        f"{call.method} {printable(call.shown.target[:_LONGEST_TARGET])}  {name}  {answered(call)}"
    )
    if not call.violations:
        return first
    return "\n".join((first, *(f"    {each}" for each in violations(call.violations))))


def _clock(seconds: float) -> str:
    whole, part = divmod(seconds, 1)
    return f"{_second(int(whole))}.{int(part * 1000):03d}"


@functools.lru_cache(maxsize=16)
def _second(seconds: int) -> str:
    """Write a second as the clock on the wall shows it; many calls share one."""
    return f"{datetime.fromtimestamp(seconds).astimezone():%H:%M:%S}"


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
            f"{call.method} {printable(call.shown.target)}  {name}: "
            f"{verdict(call)}, answered {answered(call)}"
        )
        lines += [f"      {each}" for each in violations(call.violations)]
        if not call.valid and call.body:
            lines.append(f"      body: {printable(call.text[:200])}")
    if len(calls) > _MOST_CALLS:
        lines.insert(0, f"  … {len(calls) - _MOST_CALLS} calls before these")
    return "\n".join(lines)
