"""Lines of documents: those around the place that a pointer names.

It must not know how they are shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cbmock.description import json_pointer
from cbmock.description.documents import Document
from cbmock.description.source_pointer import SourcePointer

AROUND = 4
"""How many lines of a report stand before and after the one that it is about."""


def lines_of(document: Document) -> list[str]:
    """Return the lines of a document; one made by an app has no text, and is shown as JSON."""
    if document.text is None:
        return json.dumps(document.tree, indent=2, default=str).split("\n")
    return document.text.split("\n")


def line_of(document: Document, pointer: str) -> int | None:
    """Return the line of a pointer, None without text; `ValueError` if it is no pointer."""
    tokens = json_pointer.parse_fragment(pointer.partition("#")[2])
    return SourcePointer.at(document, tokens).line


def excerpts(
    documents: Iterable[Document], pointers: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Return the lines around each pointer, which begins with a document's name.

    What has no line is left out.
    """
    by_name = {each.name: each for each in documents if each.text}
    texts: dict[str, list[str]] = {}
    found: dict[str, dict[str, Any]] = {}
    for pointer in dict.fromkeys(pointers):
        name = pointer.partition("#")[0]
        document = by_name.get(name)
        line = None if document is None else _known_line(document, pointer)
        if document is not None and line is not None:
            lines = texts[name] = texts.get(name) or lines_of(document)
            first = max(line - AROUND, 1)
            found[pointer] = {
                "document": name,
                "line": line,
                "first": first,
                "lines": lines[first - 1 : line + AROUND],
            }
    return found


def rules(
    documents: Iterable[Document], calls: Iterable[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the lines around each rule that recorded calls have broken."""
    broken = (v["schema"] for call in calls for v in call["violations"])
    return excerpts(documents, filter(None, broken))


def _known_line(document: Document, pointer: str) -> int | None:
    try:
        return line_of(document, pointer)
    except ValueError:  # it names the document only
        return None
