"""Forks: routes whose paths are the same, told apart by the queries of their keys.

It decides which of them a query can mean. It must not know hosts or what else is odd
about a URL.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote_plus

from cbmock.description.callback_keys import KeyParts
from cbmock.http.query import query_pairs
from cbmock.mock.routing.routes import Route, asked_pair
from cbmock.mock.routing.url_templates import Captures, Tails

_Pair = tuple[str, str]


class _Fork:
    """Routes of one path and method."""

    def __init__(self) -> None:
        self.free: list[Route] = []  # that ask for no pair
        self.computed: list[Route] = []  # that ask for pairs of any value
        self.asked: dict[_Pair, list[Route]] = {}  # by the first literal pair

    def add(self, route: Route) -> None:
        key = route.operation.key
        pair = asked_pair(route)
        if pair is not None:
            self.asked.setdefault(pair, []).append(route)
        elif key is not None and key.query:
            self.computed.append(route)
        else:
            self.free.append(route)

    def find(self, query: str) -> Iterator[Route]:
        """Yield the routes that a query may mean; all of them where it fits none."""
        yield from self.free
        yield from self.computed
        if not self.asked:
            return
        sent = {(unquote_plus(n), unquote_plus(v)) for n, v in query_pairs(query)}
        meant = [route for pair in sent for route in self.asked.get(pair, ())]
        if not meant and not self.free:
            meant = [route for routes in self.asked.values() for route in routes]
        yield from meant


class Forks:
    """Routes found by the end of a path and by the query, at no cost per route."""

    def __init__(self, *, anchored: bool) -> None:
        """Start empty; with `anchored`, a template must take in the whole path."""
        self._tails: Tails[_Fork] = Tails(anchored=anchored)
        self._known: dict[tuple[str | None, tuple[str | None, ...]], _Fork] = {}

    def __bool__(self) -> bool:
        """Tell whether there are any routes."""
        return bool(self._known)

    def add(self, path: KeyParts, route: Route) -> None:
        """Add a route whose path follows the base."""
        form = tuple(part if isinstance(part, str) else None for part in path)
        place = route.operation.method, form
        fork = self._known.get(place)
        if fork is None:
            fork = self._known[place] = _Fork()
            self._tails.add(path, fork)
        fork.add(route)

    def find(self, path: str, query: str) -> Iterator[tuple[Route, Captures]]:
        """Yield the routes that a URL may mean, with what their expressions take up."""
        for fork, captures in self._tails.find(path):
            for route in fork.find(query):
                yield route, captures
