"""docs/senders.md, written from the calls that were recorded.

It decides what the calls of a trial say about a sender: its identity, its retries and the
gaps between them, and how its conduct is judged by two profiles.
"""

import datetime as dt
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from cbmock.cli import main
from click.testing import CliRunner

from tests.senders.about import HERE, PHASES, About, every

PAGE = HERE.parents[1] / "docs" / "senders.md"
BEGIN, END = "<!-- written by `make senders` -->", "<!-- end -->"
SENDERS = (
    "sender",
    "tried",
    "made to send by",
    "User-Agent",
    "a success is",
    "identity",
    "handshake",
)
CONDUCT = (
    *("sender", "503, `Retry-After: 2`, three times", "410", "302", "307", "reset"),
    *(
        "silence of 12 s",
        "its profile",
        "as `standard-webhooks`, a retry due in two minutes",
    ),
)
CONDUCTS = re.compile(r'conduct = (?:\{profile = )?"([^"]+)".*')
STANDARD = '{profile = "standard-webhooks", retry-within = 120}'
HIDDEN = re.compile(r"sha256:[0-9a-f]{16}")

AT_ONCE = 0.5
"""Seconds within which a client follows a redirect."""

Calls = Sequence[dict[str, Any]]


def written() -> str:
    """Return the page with the tables of all that was seen."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    seen = [(each, json.loads(each.seen.read_text("utf-8"))) for each in _seen()]
    tables = (
        _table(SENDERS, [_sender(about, one) for about, one in seen]),
        _table(CONDUCT, [_conduct(about, one) for about, one in seen]),
    )
    return "\n\n".join((before + BEGIN, *tables, END + after))


def _seen() -> list[About]:
    return sorted(
        (each for each in every([]) if each.seen.exists()),
        key=lambda each: each.title.casefold(),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "\n".join(f"| {' | '.join(map(_cell, each))} |" for each in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _sender(about: About, seen: dict[str, Any]) -> tuple[str, ...]:
    calls = seen["phases"]["success"]["calls"]
    return (
        f"{about.title} {seen['version']}",
        seen["date"],
        about.how,
        _code(header(calls[0], "user-agent")) or "none",
        verdict(calls),
        identity(about, calls[0]),
        _handshakes(seen),
    )


def _conduct(about: About, seen: dict[str, Any]) -> tuple[str, ...]:
    phases = seen["phases"]
    return (
        about.title,
        *(_phase(about, phases[name]) for name in PHASES if name != "success"),
        f"`{profile(about)}`: {_codes(codes(about, phases))}",
        _codes(codes(about, phases, STANDARD)),
    )


def header(call: dict[str, Any], name: str) -> str:
    """Return a header field of a call; empty where it has none."""
    return next((v for n, v in call["request"]["headers"] if n.lower() == name), "")


def verdict(calls: Calls) -> str:
    """Return what cbmock said of the calls."""
    found = {each["code"] for call in calls for each in call["violations"]}
    said = "valid" if all(call["valid"] for call in calls) else "not valid"
    many = f"{len(calls)} calls, " if len(calls) > 1 else ""
    return many + said + (f" ({_list(found)})" if found else "")


def identity(about: About, call: dict[str, Any]) -> str:
    """Return where the identity of an event was found."""
    configured = re.search(r'^identity = "(.*)"$', _settings(about), re.MULTILINE)
    if configured is not None:
        return f"configured: `{configured[1]}`"
    value = (call["delivery"] or {}).get("identity", "")
    if HIDDEN.fullmatch(value):
        return "none: URL and body"
    found = [name for name, own in call["request"]["headers"] if own and own in value]
    return ", ".join(f"`{each}`" for each in found) or "the body"


def _handshakes(seen: dict[str, Any]) -> str:
    names = {each["decided_by"] for each in seen.get("handshakes", ())}
    return _list(names) or "none"


def profile(about: About) -> str:
    """Return the name of the profile in the sender's configuration."""
    found = CONDUCTS.search(_settings(about))
    assert found is not None
    return found[1]


def codes(
    about: About, phases: dict[str, Any], conduct: str | None = None
) -> frozenset[str]:
    """Return the violations of deliveries, each phase by itself, under a profile."""
    settings = _settings(about)
    if conduct is not None:
        settings = CONDUCTS.sub(f"conduct = {conduct}", settings)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "cbmock.toml")
        file.write_text(settings, "utf-8")
        judged = (
            each
            for phase in phases.values()
            for each in _judged(phase["calls"], file, Path(folder, "calls.json"))
        )
        return frozenset(each["code"] for each in judged if each["severity"] != "info")


def _judged(calls: Calls, settings: Path, journal: Path) -> Iterator[dict[str, Any]]:
    # As of yesterday, so that a retry that did not come is missing.
    old = [{**each, "received_at": _moment(each, days=1).isoformat()} for each in calls]
    journal.write_text(json.dumps({"calls": old}), "utf-8")
    words = ("--journal", str(journal), "--config", str(settings), "--format", "json")
    outcome = CliRunner().invoke(main, ["deliveries", *words])
    assert outcome.exit_code == 0, outcome.output
    for delivery in json.loads(outcome.stdout):
        yield from delivery["violations"]


def _settings(about: About) -> str:
    return about.settings.read_text("utf-8")


def _phase(about: About, phase: dict[str, Any]) -> str:
    """Return what came after the first call, in words."""
    calls = _of_first(phase["calls"])
    if not calls:
        return "not sent"
    ended = _ended(phase) if about.blocks and _silent(calls[0]) else ""
    gaps = [(gap * about.scale, method) for gap, method in _gaps(calls)]
    told = _redirected(calls, gaps) or _again(gaps, phase["waited"] * about.scale)
    cut = "cut off" if phase["cut"] else ""
    return "; ".join(filter(None, (ended, told, cut)))


def _of_first(calls: Calls) -> Calls:
    """Leave out handshakes and other events; a redirect that is followed delivers none."""
    own = [each for each in calls if each["outcome"] != "handshake"]
    first = own[0]["delivery"] if own else None
    return [
        each
        for each in own
        if not (first and each["delivery"])
        or each["delivery"]["identity"] == first["identity"]
    ]


def _silent(call: dict[str, Any]) -> bool:
    return bool((call["scripted"] or {}).get("fault") == "silence")


def _ended(phase: dict[str, Any]) -> str:
    took: float = phase["took"]
    return f"gives up after {took:.0f} s" if took < 11.5 else "waits on"


def _redirected(calls: Calls, gaps: Sequence[tuple[float, str]]) -> str:
    if calls[0]["response"]["status"] not in (302, 307):
        return ""
    if not gaps or gaps[0][0] > AT_ONCE:
        return ""
    how = f"followed as {gaps[0][1]}"
    rest = _times(gap for gap, _ in gaps[1:])
    return f"{how}, then again after {rest}" if rest else how


def _again(gaps: Sequence[tuple[float, str]], waited: float) -> str:
    times = _times(gap for gap, _ in gaps)
    return f"again after {times}" if times else f"once (none within {waited:g} s)"


def _gaps(calls: Calls) -> list[tuple[float, str]]:
    """Return the seconds before each later call, and its method."""
    moments = [_moment(each) for each in calls]
    spans = [(after - before).total_seconds() for before, after in pairwise(moments)]
    methods = [each["request"]["method"] for each in calls[1:]]
    return list(zip(spans, methods, strict=True))


def _moment(call: dict[str, Any], *, days: int = 0) -> dt.datetime:
    stated = dt.datetime.fromisoformat(call["received_at"])
    return stated - dt.timedelta(days=days)


def _times(gaps: Iterable[float]) -> str:
    found = [f"{gap:.2f}" if gap < 1 else f"{gap:.1f}" for gap in gaps]
    return f"{', '.join(found)} s" if found else ""


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _list(found: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in sorted(found))


def _codes(found: frozenset[str]) -> str:
    return _list(found) or "nothing"
