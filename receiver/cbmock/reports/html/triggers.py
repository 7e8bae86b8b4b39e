"""Triggers: the requests that made callbacks due, and the URLs due beside those called.

It decides where two URLs differ. It must not know how callbacks are matched with calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cbmock.reports.html.markup import Children, Markup, h
from cbmock.reports.html.places import Record, sentence
from cbmock.reports.url_differences import target_of

_MOST = 20
_STATES = {"fulfilled": "good", "awaited": "warning", "not-due": "dim"}


def missing(triggers: Iterable[Record]) -> Children:
    """Say which callbacks did not come."""
    found = [each for trigger in triggers for each in trigger["violations"]]
    if not found:
        return None
    return h(
        "div", h("h3", "Missing callbacks"), map(sentence, found), class_="missing"
    )


def behind_call(call: Record, triggers: Sequence[Record]) -> Children:
    """Show what a call came for; else what was due for its operation and did not come."""
    due = [(trigger, each) for trigger in triggers for each in trigger["due"]]
    found = [each for each in due if call["id"] in each[1]["calls"]]
    operation = call["operation"]
    if not found and operation is not None:
        place = operation["pointer"]
        found = [
            each
            for each in due
            if each[1]["operation"]["pointer"] == place and not each[1]["calls"]
        ]
    if not found:
        return None
    shown = (_shown(*each, call["request"]["target"]) for each in found[:_MOST])
    return h("div", h("h3", "Trigger"), shown, class_="trigger")


def _shown(trigger: Record, due: Record, target: str) -> Children:
    request, state = trigger["request"], due["state"]
    badge = h("b", state.replace("-", " "), class_=f"badge {_STATES.get(state, 'bad')}")
    line = h("p", f"{request['method']} {request['url']}: ", badge)
    targets = [target_of(each) for each in due["urls"]]
    if not targets:
        return line
    wanted = target if target in targets else targets[0]
    return line, _compared(wanted, target)


def _compared(due: str, called: str) -> Markup:
    """Show two URLs below each other, each with its own middle marked."""
    return h(
        "dl",
        h("dt", "due"),
        h("dd", _difference(due, called)),
        h("dt", "called"),
        h("dd", _difference(called, due)),
        class_="compared url",
    )


def _difference(text: str, other: str) -> Children:
    start = _same(text, other)
    rest, others = text[start:], other[start:]
    end = len(rest) - _same(rest[::-1], others[::-1])
    middle = h("mark", rest[:end]) if end else ""
    return text[:start], middle, rest[end:]


def _same(text: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(text, other, strict=False))
    differing = (at for at, (one, another) in pairs if one != another)
    return next(differing, min(len(text), len(other)))
