"""Calls as lines of text, for terminals and failed tests.

It decides which facts come first in a message. It must not know where calls come from.
"""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cbmock.mock.call import Call  # 22 ms, and `printable` is for every command
    from cbmock.violations import Violation

WIDTH = 96
"""Columns: logs have a hundred, and pytest indents each line of a failure by four."""

_MOST_VIOLATIONS = 8
_LONGEST_TARGET = 500
_LONGEST_BODY = 200
_LONGEST_VALUE = 2000
_MOST_CALLS = 20
_BRIEF = 60
_NAMED = re.compile(r"(?:https?://[^/]*)?/t/")
_WITHOUT_TOKEN = "(without token)"  # noqa: S105 - nobody's secret
_WHOSE = (
    f"{_WITHOUT_TOKEN}: its URL names no test, so it counts for the one that ran when it "
    "came; it may be an earlier one's"
)
_SIDE = {"call", "request", "body", "status"}
_VERDICT = {
    "unmatched": "no match",
    "wrong_method": "no match",
    "malformed": "malformed",
}
_COLOURS = {"ok": 32, "violation": 31, "no match": 33, "malformed": 33, "handshake": 36}
_VERDICTS = re.compile(
    r"(?<=: )(?:ok|violation|no match|malformed|handshake)(?=, answered (?:\d|nothing))"
)


def verdict(call: Call) -> str:
    """Return the verdict on a call in a word: `ok`, `violation`, `no match`."""
    if call.outcome == "handshake":
        return "handshake" if call.valid else "violation"
    if call.operation is None or call.outcome == "malformed":
        return _VERDICT[call.outcome]
    return "ok" if call.valid else "violation"


def line(call: Call) -> str:
    """Write a call as one line, with a line below it for each violation."""
    operation = call.operation
    name = "-" if operation is None else operation.name
    if call.outcome == "ambiguous":
        name += " (or " + ", ".join(each.qualified for each in call.candidates) + ")"
    target = printable(call.shown_target[:_LONGEST_TARGET])
    before, after = _around(verdict(call), call.request.method, name, call.answered)
    first = f"{clock(call.received_at)}  {before}{target}{after}"
    if not call.violations:
        return first
    return "\n".join((first, *(f"    {each}" for each in violations(call.violations))))


@functools.lru_cache(maxsize=256)
def _around(verdict: str, method: str, name: str, answer: str) -> tuple[str, str]:
    """Write what is around the target in a call's line; cached, as it is often equal."""
    return printable(f"{verdict:<9}  {method} "), printable(f"  {name}  {answer}")


def clock(seconds: float) -> str:
    """Write a time of day in the local time zone, with milliseconds."""
    return _moment(int(seconds * 1000))


@functools.lru_cache(maxsize=16)
def _moment(milliseconds: int) -> str:
    """Write a time; cached, because in a flood many calls share it."""
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}"


@functools.lru_cache(maxsize=16)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%H:%M:%S}"


def printable(text: str) -> str:
    """Escape characters that control a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def violations(found: Sequence[Violation]) -> Iterable[str]:
    """Write each violation as one line: its place, the problem, and the schema."""
    for each in found[:_MOST_VIOLATIONS]:
        mark = "" if each.severity == "error" else f" ({each.severity})"
        rule = f"  [{each.rule}]" if each.rule else ""
        yield printable(f"{each.where}: {each.detail}{mark}{rule}")
        yield from map(printable, _side_by_side(each))
    if len(found) > _MOST_VIOLATIONS:
        yield f"… and {len(found) - _MOST_VIOLATIONS} more"


def _side_by_side(violation: Violation) -> Iterable[str]:
    """Write two calls that a violation compares, one below the other."""
    for each in (violation.expected, violation.received):
        if isinstance(each, dict) and each.keys() == _SIDE:
            yield (
                f"    call {each['call']}: {each['request']}, answered {each['status']}: "
                f"{each['body']}"
            )


def timeline(calls: Sequence[Call], started: float) -> str:
    """Write what arrived, with times relative to `started` (seconds since the epoch)."""
    if not calls:
        return "  nothing arrived"
    lines: list[str] = []
    if len(calls) > _MOST_CALLS:
        lines.append(f"  … {len(calls) - _MOST_CALLS} calls before these")
    for call in calls[-_MOST_CALLS:]:
        name = "-" if call.operation is None else call.operation.name
        mark = f"{_WITHOUT_TOKEN} " if _has_no_token(call) else ""
        became = f"{mark}{printable(name)}: {verdict(call)}, answered {call.answered}"
        lines += _joined(moment(call, started), became)
        for each in violations(call.violations):
            lines += fitted(each, "      ")
        if not call.valid and _is_shown(call):
            lines += _broken_at_commas(f"body: {_beginning(call.text)}", "      ")
    if any(map(_has_no_token, calls)):
        lines += fitted(_WHOSE, "  ")
    return "\n".join(lines)


def _has_no_token(call: Call) -> bool:
    """Return whether a call belongs to a test only because that test was running."""
    return bool(call.token and call.target and not _NAMED.match(call.target))


def _is_shown(call: Call) -> bool:
    """Return whether a body is worth showing: a TLS handshake is not."""
    return bool(call.body) and (call.outcome != "malformed" or call.body.isascii())


def moment(call: Call, started: float) -> str:
    """Write the time and the request line of a call: `+0.129 s  POST /invoices/1`."""
    after = max(call.received_at - started, 0)
    return f"+{after:.3f} s  {place(call)}"


def place(call: Call) -> str:
    """Write method and target of a call, shortened: `POST /invoices/1`."""
    return printable(f"{call.method} {call.shown_target[:_LONGEST_TARGET]}")


def brief(text: str) -> str:
    """Shorten a value for the first line of a failure."""
    shown = printable(text)
    return shown if len(shown) <= _BRIEF else f"{shown[: _BRIEF - 1]}…"


def fitted(text: str, indent: str) -> list[str]:
    """Break a line that is too long: at `; `, then at spaces; URLs stay whole."""
    if len(indent) + len(text) <= WIDTH:
        return [indent + text]
    first, *others = text.replace("; ", ";\n").split("\n")
    parts = [(indent, first), *((indent + "    ", each) for each in others)]
    return [line for start, part in parts for line in _wrapped(part, start)]


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def coloured(text: str) -> str:
    """Colour the verdicts of a timeline, for terminals."""
    return _VERDICTS.sub(
        lambda found: f"\x1b[{_COLOURS[found[0]]}m{found[0]}\x1b[0m", text
    )


def _joined(first: str, second: str) -> list[str]:
    line = f"  {first}  {second}"
    return [line] if len(line) <= WIDTH else [f"  {first}", f"      {second}"]


def _beginning(text: str) -> str:
    """Return the beginning of a long body, up to a comma, so that no value is cut."""
    if len(text) <= _LONGEST_BODY:
        return printable(text)
    end = text.rfind(",", 0, _LONGEST_BODY) + 1 or text.find(",", _LONGEST_BODY) + 1
    end = end if 0 < end <= _LONGEST_VALUE else _LONGEST_BODY
    return f"{printable(text[:end])} …"


def _broken_at_commas(text: str, indent: str) -> list[str]:
    """Break a body after commas; values stay whole, so that they can be searched for."""
    lines = [""]
    for part in re.findall(r"[^,]*,|[^,]+", text):
        if lines[-1] and len(indent) + len(lines[-1]) + len(part) > WIDTH:
            lines.append("")
        lines[-1] += part
    return [indent + line for line in lines]


def numbered(count: int, noun: str = "call") -> str:
    """Write a number of things: `1 call`, `2 calls`."""
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
