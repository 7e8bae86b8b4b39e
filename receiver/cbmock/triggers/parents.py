"""The sender's operations: which of them an exchange was with.

It decides which of several documented paths a URL matches, and so which callbacks it
may trigger. It must not know how keys are evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cbmock.description import path_items
from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.errors import UnresolvableReference


class ParentOperations:
    """The operations of the sender, each with the callbacks that it documents."""

    def __init__(self, description: Description, served: Iterable[Operation]) -> None:
        """Index the callbacks that are served, and every documented path."""
        self._callbacks: dict[tuple[str, str], list[Operation]] = {}
        for each in served:
            if each.parent is not None and each.key is not None:
                place = each.parent.method, each.parent.path
                self._callbacks.setdefault(place, []).append(each)
        places = dict.fromkeys((*self._callbacks, *_documented(description)))
        self._patterns = [(*place, _pattern(place[1])) for place in places]

    @property
    def request_lines(self) -> tuple[str, ...]:
        """Method and path of every operation that documents callbacks."""
        return tuple(f"{method} {path}" for method, path in self._callbacks)

    def callbacks(self, method: str, target: str) -> tuple[Operation, ...]:
        """Return the callbacks of the operation that a request to the sender is for.

        Servers may put a prefix in front of a path, so the longest match wins:
        `/users/subscriptions` is not `/subscriptions` if both are documented.
        """
        path = target.partition("?")[0]
        fits = [
            (len(found["prefix"]), -_literals(documented), documented)
            for verb, documented, pattern in self._patterns
            if verb == method and (found := pattern.fullmatch(path)) is not None
        ]
        return tuple(self._callbacks.get((method, min(fits)[2]), ())) if fits else ()


def _documented(description: Description) -> Iterator[tuple[str, str]]:
    paths = description.root.get("paths")
    for path, node in () if paths is None else paths.members():
        try:
            item = path_items.read(description, node)
        except UnresolvableReference:
            continue  # lint reports it; the path is ignored here
        for method, _, _ in path_items.methods(description, item):
            yield method, path


def _pattern(path: str) -> re.Pattern[str]:
    parts = map(re.escape, re.split(r"\{[^{}]*\}", path))
    return re.compile(f"(?P<prefix>.*?){'[^/?]+'.join(parts)}")


def _literals(path: str) -> int:
    return len(re.sub(r"\{[^{}]*\}", "", path))
