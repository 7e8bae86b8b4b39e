"""Suggestions: the routes whose URLs and names are most like a path without a route.

It decides what is suggested for a miss. It must not know why nothing matched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from cbmock.description.callback_keys import KeyParts
from cbmock.mock.routing import url_templates
from cbmock.mock.routing.routes import Route, shape

_NEAREST = 3
_COMPARED = 50
"""How many routes a path is compared with, so that a miss stays quick."""
_COMMON = 100
"""A run of letters is ignored if it occurs in more routes than this."""
_LONGEST = 200
_RUN = 3
_ALIKE = 0.75
"""A segment at least this similar (of 1) counts as misspelt."""


class Suggestions:
    """Finds similar routes in a time that does not grow with their number."""

    def __init__(self, routes: Sequence[Route]) -> None:
        """Keep the routes; they are indexed at the first miss."""
        self._routes = routes

    @cached_property
    def _index(self) -> dict[str, list[int]]:
        """The positions of the routes that contain each run of letters."""
        index: dict[str, list[int]] = {}
        for position, route in enumerate(self._routes):
            for run in {run for text in _texts(route) for run in _runs(text)}:
                index.setdefault(run, []).append(position)
        return index

    def find(self, path: str, method: str) -> tuple[Route, ...]:
        """Return the three nearest, the most similar first; equal ones by method."""
        import difflib  # noqa: PLC0415 - 1 ms, few need it

        alike = difflib.SequenceMatcher(b=path[-_LONGEST:].lower())

        def likeness(route: Route) -> tuple[float, bool]:
            found = 0.0
            for text in _texts(route):
                alike.set_seq1(text)
                found = max(found, alike.quick_ratio())
            return found, route.operation.method == method

        ranked = sorted(self._likely(path), key=likeness, reverse=True)
        return tuple(ranked[:_NEAREST])

    def _likely(self, path: str) -> list[Route]:
        """Choose the routes that share most of the rarer runs of letters."""
        if len(self._routes) <= _COMPARED:
            return list(self._routes)
        shared: Counter[int] = Counter()
        for run in set(_runs(path[-_LONGEST:].lower())):
            positions = self._index.get(run, ())
            if len(positions) <= _COMMON:
                shared.update(positions)
        found = [position for position, _ in shared.most_common(_COMPARED)]
        return [self._routes[each] for each in sorted(found)] or list(
            self._routes[:_COMPARED]
        )


def misspelt(route: Route, path: str) -> bool:
    """Return whether a path differs little from a route with a literal path."""
    import difflib  # noqa: PLC0415 - 1 ms, few need it

    wanted = url_templates.segments(route.tail)[1:]
    sent = path[-_LONGEST:].split("/")
    if not any(isinstance(part, str) for segment in wanted for part in segment):
        return False
    if len(sent) <= len(wanted):
        return False
    pairs = zip(wanted, sent[-len(wanted) :], strict=True)
    return all(
        _alike(segment, text, difflib.SequenceMatcher) for segment, text in pairs
    )


def _alike(segment: KeyParts, text: str, matcher: Any) -> bool:
    """Compare a segment's literals with a text; expressions take up the rest."""
    literal = "".join(part for part in segment if isinstance(part, str))
    if not literal:
        return text != ""
    if any(not isinstance(part, str) for part in segment):
        return True
    ratio: float = matcher(None, literal.lower(), text.lower()).ratio()
    return ratio >= _ALIKE


def _texts(route: Route) -> tuple[str, ...]:
    texts = (shape(route), route.mount.base, route.operation.name)
    return tuple(text[-_LONGEST:].lower() for text in texts)


def _runs(text: str) -> Iterator[str]:
    """Cut a text into overlapping runs; its end counts as a letter."""
    ended = text + "\0"
    return (ended[at : at + _RUN] for at in range(len(ended) - _RUN + 1))
