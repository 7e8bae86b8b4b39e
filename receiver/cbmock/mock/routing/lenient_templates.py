"""Loosely: templates that fit a path only where a value is empty or holds a slash.

It decides which templates need be tried, by the whole segments that they are written
with. It must not know what is odd about such a URL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from cbmock.description.callback_keys import KeyParts
from cbmock.description.runtime_expressions import Expression
from cbmock.mock.routing import url_templates
from cbmock.mock.routing.url_templates import Captures

T = TypeVar("T")


class Loosely(Generic[T]):
    """Templates whose expressions take up any text, at no cost per template.

    With `anchored`, a template must take in the whole path.
    """

    def __init__(self, *, anchored: bool) -> None:
        """Start empty."""
        self._anchored = anchored
        self._by_segment: dict[str, list[tuple[int, KeyParts, T]]] = {}
        self._others: list[tuple[int, KeyParts, T]] = []
        self._count = 0

    def add(self, parts: KeyParts, value: T) -> None:
        """Add a template, as it travels; one without expressions is never fitted."""
        if not any(isinstance(part, Expression) for part in parts):
            return
        entry = self._count, parts, value
        self._count += 1
        longest = max(_whole(parts), key=len, default="")
        if longest:
            self._by_segment.setdefault(longest, []).append(entry)
        else:
            self._others.append(entry)

    def find(self, path: str) -> Iterator[tuple[T, Captures]]:
        """Yield every value whose template fits, in the order they were added."""
        known = self._by_segment.keys() & set(path.split("/"))
        tried: Iterable[tuple[int, KeyParts, T]] = self._others
        if known:
            more = (entry for segment in known for entry in self._by_segment[segment])
            tried = sorted((*self._others, *more), key=lambda entry: entry[0])
        for _, parts, value in tried:
            found = url_templates.match(parts, path, least=0, anchored=self._anchored)
            if found is not None:
                yield value, found


def _whole(parts: KeyParts) -> Iterator[str]:
    """Yield the segments that a template has from slash to slash, or to its end."""
    last = len(parts) - 1
    for position, part in enumerate(parts):
        if isinstance(part, str):
            pieces = part.split("/")
            yield from pieces[1:] if position == last else pieces[1:-1]
