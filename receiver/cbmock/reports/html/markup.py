"""Markup: how elements of every HTML report are written, and how they look.

A string becomes escaped text unless it is `Markup`, which only `h` makes. It decides how
reports look in a browser: without scripts or fetched files, dark or light like the reader's
system. It must not know what a report is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from importlib import resources
from typing import Any

LONGEST_BODY = 20_000
"""The most characters of one text that are shown."""
DEEPEST = 100
MOST_MEMBERS = 100
MOST_LINES = 2_000
"""What is shown of a large tree, besides all places where something is wrong."""

# If markup ever gets through the escaping, the browser runs and fetches nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_EMPTY = frozenset({"meta", "input", "br"})


class Markup(str):
    """HTML. Any other string is text."""

    __slots__ = ()


Children = str | int | float | Iterable["Children"] | None
"""Texts, numbers, elements, and what holds them; None is nothing."""
AttributeValue = str | bool | None
"""The value of an attribute."""


def h(name: str, /, *children: Children, **attributes: AttributeValue) -> Markup:
    """Write an element.

    `class_` is the attribute `class`, `aria_label` is `aria-label`. An attribute that is None
    or False is left out.
    """
    found = "".join(_attribute(key, value) for key, value in attributes.items())
    start = f"<{name}{found}>"
    if name in _EMPTY:
        return Markup(start)
    return Markup(f"{start}{joined(children)}</{name}>")


def _attribute(name: str, value: AttributeValue) -> str:
    if value is None or value is False:
        return ""
    key = name.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{as_text(value)}"'


def joined(children: Children) -> Markup:
    """Write several elements and texts, one after another."""
    return Markup("".join(_flat(children)))


def _flat(child: Children) -> Iterator[str]:
    if child is None:
        return
    if isinstance(child, Markup):
        yield child
    elif isinstance(child, str | int | float):
        yield as_text(child)
    else:
        for each in child:
            yield from _flat(each)


def document(title: str, body: Iterable[str]) -> str:
    """Write an HTML document; `body` is markup."""
    style = resources.files(__package__).joinpath("report.css").read_text("utf-8")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{as_text(title)}</title>",
            f"<style>\n{style}</style>",
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


def coloured(text: str, *, good: bool) -> Markup:
    """Write a text in the colour for good or for bad results."""
    return h("span", text, class_="good" if good else "bad")


def seen(text: str, *, is_seen: bool) -> Markup:
    """Write a text with a mark for covered or not covered."""
    return coloured(f"{'✓' if is_seen else '✗'} {text}", good=is_seen)


def table(heads: Iterable[str], rows: Iterable[Iterable[Children]]) -> Markup:
    """Write a table that scrolls where it is too wide."""
    heading = h("tr", (h("th", each, scope="col") for each in heads))
    lines = (h("tr", (h("td", cell) for cell in row)) for row in rows)
    return h("div", h("table", heading, lines), class_="scrolls", tabindex="0")
