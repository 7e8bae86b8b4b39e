"""The page: the calls that a session's tests received, in the views of the live page.

It decides which views there are: tests with their calls, deliveries over time, coverage,
the document. Everything that senders sent is escaped text. It must not know how the
report was gathered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from cbmock.reports.html import messages
from cbmock.reports.html.markup import as_text, document, marked, seen, table
from cbmock.reports.html.messages import Record
from cbmock.reports.text import numbered

_MOST_LANES = 500


def page(report: Record) -> str:
    """Write a report as a page.

    `report` has `tests` (each with `test`, `outcome`, `failure` and the records of its
    `calls` and `deliveries`), `coverage` (its record, or None), and `documents` (each with
    its `operations` as `cbmock list` has them and the `findings` of `cbmock lint`).
    """
    tests = report["tests"]
    views = {
        "Tests": [part for test in tests for part in _test(test)],
        "Deliveries": list(_lanes(tests)),
        "Coverage": list(_coverage(report["coverage"])),
        "Document": [part for each in report["documents"] for part in _document(each)],
    }
    shown = {name: view for name, view in views.items() if view}
    body = ["<h1>cbmock</h1>", f"<p>{_summary(tests)}</p>", *_navigation(shown)]
    for name, view in shown.items():
        body += [f'<h2 id="{name.lower()}">{name}</h2>', *view]
    return document("cbmock report", body)


def _navigation(views: Iterable[str]) -> Iterator[str]:
    links = "".join(f'<a href="#{name.lower()}">{name}</a>' for name in views)
    yield f'<nav aria-label="Views">{links}</nav>'
    yield (
        '<p><label><input type="radio" name="shown" checked> all calls</label>'
        '<label><input type="radio" name="shown" id="invalid"> only invalid ones</label></p>'
    )


def _summary(tests: Iterable[Record]) -> str:
    tests = list(tests)
    calls = [call for test in tests for call in test["calls"]]
    broken = sum(not call["valid"] for call in calls)
    failed = sum(test["outcome"] in ("failed", "error") for test in tests)
    word = "test" if len(tests) == 1 else "tests"
    return (
        f"{len(tests)} {word}, {marked(f'{failed} failed', good=not failed)}; "
        f"{numbered(len(calls))}, {marked(f'{broken} not valid', good=not broken)}"
    )


# --- tests ---


def _test(test: Record) -> Iterator[str]:
    good = test["outcome"] in ("passed", "skipped")
    calls = test["calls"]
    yield f'<details class="test"{"" if good else " open"}>'
    yield (
        f"<summary>{marked(test['outcome'], good=good)} "
        f"<code>{as_text(test['test'])}</code> "
        f'<span class="dim">{numbered(len(calls))}</span></summary>'
    )
    if test["failure"]:
        yield f"<pre>{as_text(test['failure'])}</pre>"
    yield from _deliveries(test["deliveries"])
    for call in calls:
        yield from _call(call)
    yield "</details>"


def _deliveries(found: Iterable[Record]) -> Iterator[str]:
    """Show the events with several attempts, or with violations."""
    shown = [each for each in found if _is_telling(each)]
    if shown:
        yield from table(("delivery", "attempts", "conduct"), map(_delivery, shown))


def _is_telling(delivery: Record) -> bool:
    return len(delivery["attempts"]) > 1 or bool(delivery["violations"])


def _delivery(each: Record) -> tuple[str, ...]:
    calls = ", ".join(f"call {id}" for id in each["attempts"])
    return _event(each), f"{_success(each)} {as_text(calls)}", _conduct(each)


def _event(each: Record) -> str:
    name = as_text(each["operation"]["name"])
    return f"{name} <code>{as_text(each['identity'])}</code>"


def _success(each: Record) -> str:
    word = "delivered" if each["delivered"] else "failed"
    return marked(word, good=each["delivered"])


def _conduct(each: Record) -> str:
    wrong = [f"{v['detail']} ({v['severity']})" for v in each["violations"]]
    return "<br>".join(map(as_text, wrong))


def _call(call: Record) -> Iterator[str]:
    request, response = call["request"], call["response"]
    operation = call["operation"]
    name = "no callback or webhook" if operation is None else operation["name"]
    word = "ok" if call["valid"] else call["outcome"]
    if call["outcome"] == "handshake":
        word = "handshake" if call["valid"] else "violation"
    word = "violation" if word in ("matched", "ambiguous") else word.replace("_", " ")
    yield f'<details class="call{" valid" if call["valid"] else ""}">'
    yield (
        f"<summary>{marked(word, good=call['valid'])} {as_text(name)} "
        f"<code>{as_text(request['method'])} {as_text(request['target'])}</code> "
        f'<span class="dim">call {as_text(call["id"])}, answered '
        f"{as_text(_answer(call))}, "
        f"{as_text(call['received_at'])}, {as_text(call['duration_ms'])} ms</span></summary>"
    )
    if call["violations"]:
        yield from table(("where", "what", "rule"), map(_violation, call["violations"]))
    yield messages.request(request, call["violations"])
    yield messages.response(response)
    yield "</details>"


def _answer(call: Record) -> str:
    """Describe the answer that was sent."""
    status, sent = call["response"]["status"], call["response"]["sent"]
    if sent == "nothing":
        return "nothing"
    return str(status) if sent == "whole" else f"{status} in part"


def _violation(violation: Record) -> tuple[str, ...]:
    where = violation["pointer"] or violation["name"] or ""
    severity = violation["severity"]
    mark = "" if severity == "error" else f" ({severity})"
    return (
        as_text(f"{violation['location']} {where}"),
        as_text(f"{violation['detail']}{mark}"),
        f"<code>{as_text(violation['schema'] or '')}</code>",
    )


# --- deliveries ---


def _lanes(tests: Iterable[Record]) -> Iterator[str]:
    """Show a lane for each event of several attempts, or with violations."""
    lanes = [
        (test, each)
        for test in tests
        for each in test["deliveries"]
        if _is_telling(each)
    ]
    if not lanes:
        return
    if len(lanes) > _MOST_LANES:
        yield f'<p class="dim">The first {_MOST_LANES} of {len(lanes)}.</p>'
    yield from table(
        ("test", "delivery", "attempts over time", "result", "conduct"),
        (
            (
                f"<code>{as_text(test['test'])}</code>",
                _event(each),
                _lane(each["attempts"], test["calls"]),
                _success(each),
                _conduct(each),
            )
            for test, each in lanes[:_MOST_LANES]
        ),
    )


def _lane(attempts: Iterable[int], calls: Iterable[Record]) -> str:
    by_id = {call["id"]: call for call in calls}
    came = [by_id[each] for each in attempts if each in by_id]
    times = [datetime.fromisoformat(each["received_at"]).timestamp() for each in came]
    length = max(times, default=0) - min(times, default=0)
    marks = "".join(
        _attempt(call, (time - times[0]) / (length or 1))
        for call, time in zip(came, times, strict=True)
    )
    return f'<div class="lane">{marks}</div><span class="dim">{length:.3g} s</span>'


def _attempt(call: Record, share: float) -> str:
    response = call["response"]
    took = 200 <= response["status"] < 300 and response["sent"] == "whole"  # noqa: PLR2004
    label = as_text(f"call {call['id']}, answered {response['status']}")
    return (
        f'<span role="img" aria-label="{label}" title="{label}" '
        f'class="{"took" if took else ""}" '
        f'style="left: calc({share:.4f} * (100% - .8rem))"></span>'
    )


# --- coverage ---


def _coverage(found: Record | None) -> Iterator[str]:
    """Show operations × documented responses × branches."""
    if found is None:
        return
    yield (
        f"<p>{as_text(found['covered'])} of {as_text(found['total'])} items, "
        f"{as_text(found['percent'])} %. An item is an operation, a documented response, or "
        "a branch of a <code>oneOf</code> or <code>anyOf</code>; only valid calls count."
        "</p>"
    )
    responses = [
        {each["status"]: each for each in operation["responses"] if _counts(each)}
        for operation in found["operations"]
    ]
    statuses = sorted({status for each in responses for status in each})
    yield from table(
        ("operation", "calls", *statuses, "branches"),
        (
            (
                seen(_operation(each["operation"]), is_seen=each["calls"] > 0),
                as_text(each["calls"]),
                *(_cell(by_status.get(status)) for status in statuses),
                "<br>".join(
                    seen(i["name"], is_seen=i["seen"]) for i in each["branches"]
                ),
            )
            for each, by_status in zip(found["operations"], responses, strict=True)
        ),
    )


def _counts(item: Record) -> bool:
    return bool(item["seen"]) or "omitted" not in item


def _operation(operation: Record) -> str:
    return f"{operation['name']} {operation['method']}"


def _cell(item: Record | None) -> str:
    return "" if item is None else seen(item["status"], is_seen=item["seen"])


# --- document ---


def _document(found: Record) -> Iterator[str]:
    yield f"<h3>{as_text(found['document'])}</h3>"
    yield from table(
        ("kind", "operation", "called by", "at"),
        map(_documented, found["operations"]),
    )
    if found["findings"]:
        yield from table(
            ("severity", "finding", "at"), map(_finding, found["findings"])
        )


def _documented(each: Record) -> tuple[str, ...]:
    parent = each["parent"]
    error = "" if each["error"] is None else f"<br>{marked(each['error'], good=False)}"
    return (
        as_text(each["kind"]),
        f"{as_text(_operation(each))}{error}",
        "" if parent is None else as_text(f"{parent['method']} {parent['path']}"),
        f"<code>{as_text(each['expression'] or each['pointer'])}</code>",
    )


def _finding(each: Record) -> tuple[str, ...]:
    line = "" if each["line"] is None else f", line {each['line']}"
    return (
        marked(each["severity"], good=each["severity"] == "info"),
        as_text(each["detail"]),
        f"<code>{as_text(each['pointer'])}</code>{as_text(line)}",
    )
