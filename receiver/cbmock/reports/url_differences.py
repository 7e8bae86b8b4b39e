"""The called URL below the due one, with a mark where they differ.

It decides where two URLs differ; `{name}` in a due URL matches any value. It must not
know where they come from.
"""

from __future__ import annotations

import re

from cbmock.reports.text import printable


def target_of(url: str) -> str:
    """Return the path and query of an absolute URL."""
    return "/" + url.split("://", 1)[-1].partition("/")[2]


def url_difference(due: str, target: str) -> str:
    """Write both URLs, with a caret below the first character that differs."""
    wanted = target_of(due)
    mark = " " * (len("    called: ") + len(printable(target[: _same(wanted, target)])))
    return f"       due: {printable(wanted)}\n    called: {printable(target)}\n{mark}^"


def _same(template: str, target: str) -> int:
    """Return how many leading characters of a target match the template."""
    at = 0
    literals = re.split(r"\{[^{}]*\}", template)
    for index, literal in enumerate(literals):
        for character in literal:
            if target[at : at + 1] != character:
                return at
            at += 1
        if index < len(literals) - 1:
            ends = literals[index + 1][:1] or "/"
            value = re.compile(f"[^/?{re.escape(ends)}]*").match(target, at)
            at = at if value is None else value.end()
    return at
