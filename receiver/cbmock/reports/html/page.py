"""The page: the calls that a session's tests received, in the views of the live page.

It decides which views there are: tests with their calls, deliveries over time, coverage,
the document. It must not know how the report was gathered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cbmock.reports.html import calls, deliveries, no_longer_valid, triggers
from cbmock.reports.html.calls import Surroundings
from cbmock.reports.html.markup import (
    Children,
    Markup,
    coloured,
    document,
    h,
    seen,
    table,
)
from cbmock.reports.html.places import Record
from cbmock.reports.html.source_lines import opened
from cbmock.reports.text import numbered


def page(report: Record) -> str:
    """Write a report as a page.

    `report` has `tests` (each with `test`, `outcome`, `failure`, the records of its
    `calls`, `deliveries` and `triggers`, and `rules`: lines of the document by pointers; a
    verification also has `regressions`, the groups of calls that were valid before),
    `coverage` (its record, or None), and `documents` (each with its `operations` as
    `cbmock list` has them, the `findings` of `cbmock lint`, and `excerpts`: lines by the
    pointers of both).
    """
    tests = report["tests"]
    views = {
        "Tests": [_test(*each) for each in enumerate(tests, 1)],
        "Deliveries": list(deliveries.lanes(tests)),
        "Coverage": list(_coverage(report["coverage"])),
        "Document": [part for each in report["documents"] for part in _document(each)],
    }
    shown = {name: view for name, view in views.items() if view}
    body: list[str] = [h("h1", "cbmock"), _summary(tests), *_navigation(shown)]
    for name, view in shown.items():
        body += [h("h2", name, id=name.lower()), *view]
    return document("cbmock report", body)


def _navigation(views: Iterable[str]) -> Iterator[Markup]:
    links = (h("a", name, href=f"#{name.lower()}") for name in views)
    yield h("nav", links, aria_label="Views")
    every = h("input", type="radio", name="shown", checked=True)
    invalid = h("input", type="radio", name="shown", id="invalid")
    yield h(
        "p", h("label", every, " all calls"), h("label", invalid, " only invalid ones")
    )


def _summary(tests: Iterable[Record]) -> Markup:
    tests = list(tests)
    came = [call for test in tests for call in test["calls"]]
    broken = sum(not call["valid"] for call in came)
    failed = sum(test["outcome"] in ("failed", "error") for test in tests)
    word = "test" if len(tests) == 1 else "tests"
    return h(
        "p",
        f"{len(tests)} {word}, ",
        coloured(f"{failed} failed", good=not failed),
        f"; {numbered(len(came))}, ",
        coloured(f"{broken} not valid", good=not broken),
    )


# --- tests ---


def _test(number: int, test: Record) -> Markup:
    good = test["outcome"] in ("passed", "skipped")
    came, failure = test["calls"], test["failure"]
    by_id = {call["id"]: call for call in came}
    shown = deliveries.telling(test["deliveries"])
    around = Surroundings(
        number,
        test["rules"],
        test["triggers"],
        {id: each for each in shown for id in each["attempts"]},
    )
    return h(
        "details",
        h(
            "summary",
            coloured(test["outcome"], good=good),
            " ",
            h("code", test["test"]),
            " ",
            h("span", numbered(len(came)), class_="dim"),
        ),
        h("pre", failure, class_="failure") if failure else None,
        no_longer_valid.view(number, test.get("regressions", ())),
        triggers.missing(test["triggers"]),
        (deliveries.timeline(number, each, by_id) for each in shown),
        (calls.view(call, around) for call in came),
        class_="test",
        open=not good,
    )


# --- coverage ---


def _coverage(found: Record | None) -> Iterator[Markup]:
    """Show operations × documented responses × branches."""
    if found is None:
        return
    yield h(
        "p",
        f"{found['covered']} of {found['total']} items, {found['percent']} %. An item is "
        "an operation, a documented response, or a branch of a ",
        h("code", "oneOf"),
        " or ",
        h("code", "anyOf"),
        "; only valid calls count.",
        f" {numbered(found['left_out'])} did not." if found["left_out"] else None,
    )
    responses = [
        {each["status"]: each for each in operation["responses"] if _counts(each)}
        for operation in found["operations"]
    ]
    statuses = sorted({status for each in responses for status in each})
    yield table(
        ("operation", "calls", *statuses, "branches"),
        (
            (
                seen(_operation(each["operation"]), is_seen=each["calls"] > 0),
                each["calls"],
                *(_cell(by_status.get(status)) for status in statuses),
                [
                    h("div", seen(i["name"], is_seen=i["seen"]))
                    for i in each["branches"]
                ],
            )
            for each, by_status in zip(found["operations"], responses, strict=True)
        ),
    )


def _counts(item: Record) -> bool:
    return bool(item["seen"]) or "omitted" not in item


def _operation(operation: Record) -> str:
    return f"{operation['name']} {operation['method']}"


def _cell(item: Record | None) -> Children:
    return None if item is None else seen(item["status"], is_seen=item["seen"])


# --- document ---


def _document(found: Record) -> Iterator[Markup]:
    excerpts = found["excerpts"]
    yield h("h3", found["document"])
    yield table(
        ("kind", "operation", "called by", "at"),
        (_documented(each, excerpts) for each in found["operations"]),
    )
    if found["findings"]:
        yield table(
            ("severity", "finding", "at"),
            (_finding(each, excerpts) for each in found["findings"]),
        )


def _documented(each: Record, excerpts: Record) -> tuple[Children, ...]:
    parent, pointer = each["parent"], each["pointer"]
    error = each["error"]
    lines = excerpts.get(pointer)
    return (
        each["kind"],
        (_operation(each), h("div", error, class_="bad") if error else None),
        None if parent is None else f"{parent['method']} {parent['path']}",
        (
            h("code", each["expression"]) if each["expression"] else None,
            opened(_place(lines), pointer, lines),
        ),
    )


def _finding(each: Record, excerpts: Record) -> tuple[Children, ...]:
    pointer, instead = each["pointer"], each["instead"]
    lines = excerpts.get(pointer)
    return (
        h("span", f"{each['severity']} {each['code']}", class_=each["severity"]),
        (each["detail"], f" Write {instead}." if instead else None),
        opened(_place(lines), pointer, lines),
    )


def _place(excerpt: Record | None) -> str:
    return "" if excerpt is None else f"{excerpt['document']} line {excerpt['line']}"
