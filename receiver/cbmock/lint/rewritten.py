"""Findings about names and values that a YAML 1.1 tool changed when it rewrote a document.

It decides which names and values were probably other words before: YAML 1.1 reads `on`,
`yes` and `no` as booleans and `12:30` as a number, and writes them as such. It must not know
where names and values come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cbmock.description.references import Node
from cbmock.lint.findings import Finding, finding

_WORDS = {"true": "`on`, `yes` or `y`", "false": "`off`, `no` or `n`", "null": "`~`"}
_CURE = "before a YAML 1.1 tool rewrote the document; write the word in quotes"


def is_rewritten(name: str) -> bool:
    """Return whether YAML 1.1 has probably replaced a name."""
    return name.lower() in _WORDS


def rewritten_name(node: Node, name: str) -> Iterator[Finding]:
    """Yield a finding if YAML 1.1 has probably replaced a name."""
    words = _WORDS.get(name.lower())
    if words is not None:
        detail = f"the name {name!r} was probably {words} {_CURE}"
        yield finding(node, "yaml-1.1", detail)


def rewritten_text(node: Node, value: Any) -> Iterator[Finding]:
    """Yield a finding if YAML 1.1 has probably replaced a value that must be a text."""
    if value is None or isinstance(value, bool):
        shown = {None: "null", True: "true", False: "false"}[value]
        detail = f"{shown} was probably {_WORDS[shown]} {_CURE}"
        yield finding(node, "yaml-1.1", detail)
    elif isinstance(value, int | float):
        detail = (
            f"the number {value} was probably a text (such as a time, a version or a "
            f"code) {_CURE}"
        )
        yield finding(node, "yaml-1.1", detail)
