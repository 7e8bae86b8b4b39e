"""Lines of a document, one of them marked, that open beside what is about it.

It must not know documents: the lines are in the report.
"""

from __future__ import annotations

from cbmock.reports.html.markup import Children, h
from cbmock.reports.html.places import Record

_LONGEST = 300


def opened(title: str, pointer: str, excerpt: Record | None) -> Children:
    """Show lines of a document below their title and pointer; the pointer alone without lines."""
    if excerpt is None:
        return h("code", pointer, class_="dim")
    return h(
        "details",
        h("summary", title),
        h("code", pointer, class_="dim"),
        h(
            "ol",
            (
                h(
                    "li",
                    h("span", number),
                    h("code", text[:_LONGEST]),
                    class_="here" if number == excerpt["line"] else None,
                )
                for number, text in enumerate(excerpt["lines"], excerpt["first"])
            ),
            class_="source",
        ),
    )
