"""Endless schemas: those that apply themselves to the same value again.

It decides by one bundle's definitions. It must not know engines or values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_ONE = ("if", "then", "else", "not")
_LISTS = ("allOf", "anyOf", "oneOf")


def first_endless(definitions: Mapping[str, Any]) -> Any:
    """Return a definition that leads back to itself at the same value, or None."""
    ended: set[str] = set()
    for start in definitions:
        way: list[tuple[str, Iterator[str]]] = []
        names: Iterator[str] = iter((start,))
        while True:
            name = next(names, None)
            if name is None:
                if not way:
                    break
                done, names = way.pop()
                ended.add(done)
            elif any(name == entered for entered, _ in way):
                return definitions[name]
            elif name not in ended:
                way.append((name, names))
                names = _applied(definitions.get(name))
    return None


def _applied(schema: Any) -> Iterator[str]:
    """Yield the definitions that a schema applies to its own value."""
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, dict):
            continue
        if isinstance(each.get("$ref"), str):
            yield each["$ref"].rpartition("/")[2]
        waiting += [each[name] for name in _ONE if name in each]
        for name in _LISTS:
            waiting += each.get(name, ())
