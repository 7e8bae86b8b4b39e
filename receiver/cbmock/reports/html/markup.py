"""Markup: the elements of every HTML report, and the escaping of text.

It decides how reports look in a browser: without scripts or fetched files, dark or
light like the reader's system. It must not know what a report is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

LONGEST_BODY = 20_000
"""The most characters of one body that are shown."""

_STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1f2328;
  --good: #1a7f37; --bad: #cf222e; --dim: #59636e;
  --line: #d1d9e0; --ground: #f6f8fa; --marked: #ffebe9; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3;
  --good: #3fb950; --bad: #ff8a80; --dim: #9198a1;
  --line: #3d444d; --ground: #151b23; --marked: #4b1113; } }
body { background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1, h2, h3, p { overflow-wrap: anywhere; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--ground); overflow: auto; padding: .7rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }
summary { cursor: pointer; overflow-wrap: anywhere; padding: .25rem 0; }
details { border-top: 1px solid var(--line); }
details details { margin-left: 1.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-top: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
  vertical-align: top; }
td { min-width: 4.5rem; overflow-wrap: anywhere; }
.scrolls { overflow-x: auto; }
nav a, label { margin-right: 1rem; }
mark { background: var(--marked); color: inherit; outline: 1px solid var(--bad); }
.good { color: var(--good); } .bad { color: var(--bad); } .dim { color: var(--dim); }
.lane { background: var(--ground); height: 1.2rem; min-width: 12rem; position: relative; }
.lane span { border-radius: 50%; height: .8rem; position: absolute; top: .2rem;
  width: .8rem; background: var(--bad); }
.lane .took { background: var(--good); border-radius: 2px; }
body:has(#invalid:checked) :is(.call.valid, .test:not(:has(.call:not(.valid)))) {
  display: none; }
"""
# If markup ever gets through the escaping, the browser runs and fetches nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def document(title: str, body: Iterable[str]) -> str:
    """Write an HTML document; `body` is markup."""
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
            "<main>",
            *body,
            "</main>",
            "</body>",
            "</html>",
            "",
        )
    )


def as_text(value: Any) -> str:
    """Write a value as escaped text."""
    shown = str(value).encode("utf-8", "backslashreplace").decode()
    return escape("".join(c if c.isprintable() or c in "\n\t" else "�" for c in shown))


def marked(text: str, *, good: bool) -> str:
    """Write a text in the colour for good or for bad results."""
    return f'<span class="{"good" if good else "bad"}">{as_text(text)}</span>'


def seen(text: str, *, is_seen: bool) -> str:
    """Write a text with a mark for covered or not covered."""
    return marked(f"{'✓' if is_seen else '✗'} {text}", good=is_seen)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Write a table; its cells are markup."""
    yield '<div class="scrolls" tabindex="0"><table>'
    heading = "".join(f'<th scope="col">{as_text(each)}</th>' for each in heads)
    yield f"<tr>{heading}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</table></div>"
