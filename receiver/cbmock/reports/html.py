"""The page: what the tests of a session received, as one HTML file.

It decides how a report looks in a browser: no script, nothing fetched, dark or light as
the reader's system is. Whatever senders sent is text there, never markup. It must not know
how the report was gathered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from cbmock.reports.text import numbered

Record = Mapping[str, Any]

_LONGEST_BODY = 20_000
_STYLE = """
:root { color-scheme: light dark; --good: #1a7f37; --bad: #cf222e; --dim: #59636e;
  --line: #d1d9e0; --ground: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #f85149;
  --dim: #9198a1; --line: #3d444d; --ground: #151b23; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem;
  padding: 0 1rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--ground); overflow: auto; padding: .7rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }
summary { cursor: pointer; overflow-wrap: anywhere; padding: .25rem 0; }
details { border-top: 1px solid var(--line); }
details details { margin-left: 1.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-top: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
.good { color: var(--good); } .bad { color: var(--bad); } .dim { color: var(--dim); }
"""
# Should anything ever slip through, the browser runs and fetches nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(report: Record) -> str:
    """Write a report as a page: tests with their calls and violations, then coverage.

    `report` has `tests` (each with `test`, `outcome`, `failure` and the records of its
    `calls` and `deliveries`) and `coverage` (its record, or None).
    """
    tests = report["tests"]
    body = [
        "<h1>cbmock</h1>",
        f"<p>{_summary(tests)}</p>",
        *(part for test in tests for part in _test(test)),
        *_coverage(report["coverage"]),
    ]
    return document("cbmock report", body)


def document(title: str, body: Iterable[str]) -> str:
    """Write an HTML document; what `body` holds is markup."""
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{as_text(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        )
    )


def as_text(value: Any) -> str:
    """Write a value as text that no browser takes for markup."""
    shown = str(value).encode("utf-8", "backslashreplace").decode()
    return escape("".join(c if c.isprintable() or c in "\n\t" else "�" for c in shown))


def _summary(tests: Iterable[Record]) -> str:
    tests = list(tests)
    calls = [call for test in tests for call in test["calls"]]
    broken = sum(not call["valid"] for call in calls)
    failed = sum(test["outcome"] in ("failed", "error") for test in tests)
    return (
        f"{len(tests)} tests, {_marked(f'{failed} failed', good=not failed)}; "
        f"{numbered(len(calls))}, {_marked(f'{broken} not valid', good=not broken)}"
    )


def _marked(text: str, *, good: bool) -> str:
    return f'<span class="{"good" if good else "bad"}">{as_text(text)}</span>'


def _seen(text: str, *, seen: bool) -> str:
    return _marked(f"{'✓' if seen else '✗'} {text}", good=seen)


def _test(test: Record) -> Iterator[str]:
    good = test["outcome"] in ("passed", "skipped")
    calls = test["calls"]
    yield f"<details{'' if good else ' open'}>"
    yield (
        f"<summary>{_marked(test['outcome'], good=good)} "
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
    """Show the events that came several times, or not as they should."""
    shown = [e for e in found if len(e["attempts"]) > 1 or e["violations"]]
    if shown:
        yield from _table(("delivery", "attempts", "conduct"), map(_delivery, shown))


def _delivery(each: Record) -> tuple[str, ...]:
    word = "delivered" if each["delivered"] else "failed"
    calls = ", ".join(f"call {id}" for id in each["attempts"])
    wrong = [f"{v['detail']} ({v['severity']})" for v in each["violations"]]
    return (
        f"{as_text(each['operation']['name'])} <code>{as_text(each['identity'])}</code>",
        f"{_marked(word, good=each['delivered'])} {as_text(calls)}",
        "<br>".join(map(as_text, wrong)),
    )


def _call(call: Record) -> Iterator[str]:
    request, response = call["request"], call["response"]
    operation = call["operation"]
    name = "no callback or webhook" if operation is None else operation["name"]
    word = "ok" if call["valid"] else call["outcome"]
    if call["outcome"] == "handshake":
        word = "handshake" if call["valid"] else "violation"
    word = "violation" if word in ("matched", "ambiguous") else word.replace("_", " ")
    yield "<details>"
    yield (
        f"<summary>{_marked(word, good=call['valid'])} {as_text(name)} "
        f"<code>{as_text(request['method'])} {as_text(request['target'])}</code> "
        f'<span class="dim">call {as_text(call["id"])}, answered '
        f"{as_text(_answer(call))}, "
        f"{as_text(call['received_at'])}, {as_text(call['duration_ms'])} ms</span></summary>"
    )
    if call["violations"]:
        yield from _table(
            ("where", "what", "rule"), map(_violation, call["violations"])
        )
    yield f"<pre>{as_text(_message(request['headers'], _body(request)))}</pre>"
    yield f"<pre>{as_text(_message(response['headers'], response['body']))}</pre>"
    yield "</details>"


def _answer(call: Record) -> str:
    """Say what left as the answer."""
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


def _message(headers: Iterable[tuple[str, str]], body: str) -> str:
    lines = [f"{name}: {value}" for name, value in headers]
    return "\n".join((*lines, "", body[:_LONGEST_BODY])).rstrip()


def _body(request: Record) -> str:
    if request["body_base64"]:
        return f"(base64) {request['body_base64']}"
    text: str = request["body"] or ""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _coverage(found: Record | None) -> Iterator[str]:
    if found is None:
        return
    yield "<h2>Coverage</h2>"
    yield (
        f"<p>{as_text(found['covered'])} of {as_text(found['total'])} items, "
        f"{as_text(found['percent'])} %. An item is an operation, a documented response, or "
        "a branch of a <code>oneOf</code> or <code>anyOf</code>; only valid calls count."
        "</p>"
    )
    yield from _table(
        ("operation", "calls", "responses", "branches"),
        map(_covered, found["operations"]),
    )


def _covered(each: Record) -> tuple[str, ...]:
    operation = each["operation"]
    name = f"{operation['name']} {operation['method']}"
    return (
        _seen(name, seen=each["calls"] > 0),
        as_text(each["calls"]),
        " ".join(
            _seen(i["status"], seen=i["seen"])
            for i in each["responses"]
            if i["seen"] or "omitted" not in i
        ),
        "<br>".join(_seen(i["name"], seen=i["seen"]) for i in each["branches"]),
    )


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield "<table>"
    yield f"<tr>{''.join(f'<th>{as_text(each)}</th>' for each in heads)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</table>"
