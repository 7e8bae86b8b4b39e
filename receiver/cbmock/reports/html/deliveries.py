"""Deliveries: the attempts at each event, as a list and as lanes over time.

It decides which deliveries are worth a place: those of several attempts, and those with
violations. It must not know how attempts are found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from cbmock.http.messages import SUCCESS
from cbmock.reports.html.markup import Children, Markup, coloured, h, table
from cbmock.reports.html.messages import answered, field
from cbmock.reports.html.places import Record, sentence

_MOST_LANES = 500
_MOST_ATTEMPTS = 50

Calls = Mapping[int, Record]


def call_anchor(test: int, call: int) -> str:
    """Return what links to a call begin at; tests are counted from 1."""
    return f"test-{test}-call-{call}"


def anchor(test: int, delivery: Record) -> str:
    """Return what links to a delivery begin at."""
    return f"test-{test}-delivery-{delivery['attempts'][0]}"


def telling(deliveries: Iterable[Record]) -> list[Record]:
    """Return the deliveries that are worth a place."""
    return [
        each for each in deliveries if len(each["attempts"]) > 1 or each["violations"]
    ]


# --- the attempts of one, with the gaps between them ---


def timeline(test: int, delivery: Record, calls: Calls) -> Markup:
    """Show the attempts of a delivery in order, and what is wrong with their conduct."""
    attempts = [calls[each] for each in delivery["attempts"] if each in calls]
    shown = attempts[:_MOST_ATTEMPTS]
    before = [None, *(one for one, _ in pairwise(shown))]
    return h(
        "div",
        h("h3", "Delivery ", _event(delivery), " ", _success(delivery)),
        h(
            "ol",
            (_attempt(test, *each) for each in zip(shown, before, strict=False)),
            class_="attempts",
        ),
        _more(len(attempts) - len(shown)),
        map(sentence, delivery["violations"]),
        class_="inner delivery",
        id=anchor(test, delivery),
    )


def _more(count: int) -> Children:
    return h("p", f"… {count} more", class_="dim") if count else None


def _attempt(test: int, call: Record, before: Record | None) -> Markup:
    gap = "first" if before is None else f"+{_time(call) - _time(before):.3f} s"
    wait = field(call["response"], "retry-after")
    answer = coloured(answered(call["response"]), good=_took(call))
    return h(
        "li",
        h("a", f"call {call['id']}", href=f"#{call_anchor(test, call['id'])}"),
        f" {gap}, answered ",
        answer,
        None if wait is None else f", Retry-After {wait}",
    )


def _event(each: Record) -> Children:
    return each["operation"]["name"], " ", h("code", each["identity"])


def _success(each: Record) -> Markup:
    word = "delivered" if each["delivered"] else "not delivered"
    return coloured(word, good=each["delivered"])


def _took(call: Record) -> bool:
    response: Record = call["response"]
    return response["sent"] == "whole" and response["status"] in SUCCESS


def _time(call: Record) -> float:
    return datetime.fromisoformat(call["received_at"]).timestamp()


# --- all of them over time ---


def lanes(tests: Sequence[Record]) -> Iterator[Markup]:
    """Show a lane for each delivery that is worth a place."""
    found = []
    for number, test in enumerate(tests, 1):
        by_id = {call["id"]: call for call in test["calls"]}
        shown = telling(test["deliveries"])
        found += [(number, test["test"], each, by_id) for each in shown]
    if not found:
        return
    if len(found) > _MOST_LANES:
        yield h("p", f"The first {_MOST_LANES} of {len(found)}.", class_="dim")
    yield table(
        ("test", "delivery", "attempts over time", "result", "conduct"),
        (_row(*each) for each in found[:_MOST_LANES]),
    )


def _row(
    number: int, test: str, delivery: Record, calls: Calls
) -> tuple[Children, ...]:
    link = h("a", _event(delivery), href=f"#{anchor(number, delivery)}")
    return (
        h("code", test),
        link,
        _lane(number, delivery["attempts"], calls),
        _success(delivery),
        [sentence(each) for each in delivery["violations"]],
    )


def _lane(test: int, attempts: Iterable[int], calls: Calls) -> Children:
    came = [calls[each] for each in attempts if each in calls]
    times = [_time(each) for each in came]
    length = max(times, default=0) - min(times, default=0)
    marks = (
        _mark(test, call, (time - times[0]) / (length or 1))
        for call, time in zip(came, times, strict=True)
    )
    return h("div", marks, class_="lane"), h("span", f"{length:.3g} s", class_="dim")


def _mark(test: int, call: Record, share: float) -> Markup:
    label = f"call {call['id']}, answered {answered(call['response'])}"
    return h(
        "a",
        href=f"#{call_anchor(test, call['id'])}",
        aria_label=label,
        title=label,
        class_="took" if _took(call) else None,
        style=f"left: calc({share:.4f} * (100% - 24px))",
    )
