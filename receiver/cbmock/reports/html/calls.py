"""One call: what is wrong, the request and the answer, its delivery and its trigger.

It must not know tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cbmock.reports.html import messages, triggers
from cbmock.reports.html.deliveries import anchor, call_anchor
from cbmock.reports.html.markup import Children, Markup, coloured, h
from cbmock.reports.html.messages import answered
from cbmock.reports.html.places import Record, sentence
from cbmock.reports.html.source_lines import opened


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What calls of a test belong to.

    `test` is its number, `rules` are excerpts of the document by the pointers of rules,
    `deliveries` by the ids of their attempts.
    """

    test: int
    rules: Mapping[str, Record]
    triggers: Sequence[Record]
    deliveries: Mapping[int, Record]


def view(call: Record, around: Surroundings) -> Markup:
    """Show a call, which opens."""
    return h(
        "details",
        _summary(call),
        h(
            "div",
            _violations(call["violations"], around.rules),
            h("div", messages.request(call), messages.answer(call), class_="two"),
            _delivery(call, around),
            triggers.behind_call(call, around.triggers),
            messages.copies(call),
            class_="inner",
            id=call_anchor(around.test, call["id"]),
        ),
        class_="call valid" if call["valid"] else "call",
    )


def _summary(call: Record) -> Markup:
    request, operation = call["request"], call["operation"]
    name = "no callback or webhook" if operation is None else operation["name"]
    return h(
        "summary",
        coloured(_verdict(call), good=call["valid"]),
        f" {name} ",
        h("code", f"{request['method']} {request['target']}"),
        " ",
        h(
            "span",
            f"call {call['id']}, answered {answered(call['response'])}, "
            f"{call['received_at']}, {call['duration_ms']} ms",
            class_="dim",
        ),
    )


def _verdict(call: Record) -> str:
    outcome: str = call["outcome"]
    if outcome == "handshake":
        return "handshake" if call["valid"] else "violation"
    if call["operation"] is None or outcome == "malformed":
        return outcome.replace("_", " ")
    return "ok" if call["valid"] else "violation"


def _violations(found: Iterable[Record], rules: Mapping[str, Record]) -> Children:
    items = [h("li", each) for each in _with_rules(found, rules)]
    return h("ul", items, class_="plain violations") if items else None


def _with_rules(
    found: Iterable[Record], rules: Mapping[str, Record]
) -> Iterator[Children]:
    """Yield each sentence with its rule; the lines of a rule open once."""
    known = set[str]()
    for each in found:
        pointer = each["schema"]
        if pointer is None:
            yield sentence(each)
            continue
        lines = None if pointer in known else rules.get(pointer)
        known.add(pointer)
        title = f"the rule, {pointer.partition('#')[0]} line {each['line']}"
        yield sentence(each), opened(title, pointer, lines)


def _delivery(call: Record, around: Surroundings) -> Children:
    found = around.deliveries.get(call["id"])
    if found is None:
        return None
    number = found["attempts"].index(call["id"]) + 1
    return h(
        "p",
        h("a", "Delivery", href=f"#{anchor(around.test, found)}"),
        f": attempt {number} of {len(found['attempts'])}",
    )
