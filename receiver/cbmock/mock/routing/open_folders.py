"""Open folders: URLs that differ only in a last segment that may be any text.

It decides for which targets the last segment is nothing but the value of an expression, so
that one match is that of all: where each callback has a URL of its own, routing would take
half of the time. It must not know how targets are matched.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection
from typing import NamedTuple

from cbmock.mock.routing.routes import Candidate

ANY = "\0"
"""The last segment that stands for all: no URL contains it, though a target may."""

_TARGET = re.compile(r"(/[^%?&\0]*)/([^%?&/]+)")
"""A folder and a last segment, without characters that could decide how a target is read."""

Find = Callable[[str, str, str], tuple[Candidate, ...]]
"""Returns the candidates that a method, target and host fit exactly."""


class OpenFolders:
    """Candidates by folder; they are bounded, and no result depends on what is kept."""

    def __init__(self, find: Find, named: Collection[str], most: int) -> None:
        """Match by `find`, except last segments that are `named`; keep `most` folders."""
        self._find = find
        self._named = frozenset((*named, ""))
        self._below = functools.lru_cache(maxsize=most)(self._matched)

    def find(self, method: str, target: str, host: str) -> tuple[Candidate, ...]:
        """Return the candidates of a target; none if it has to be matched itself."""
        parts = _TARGET.fullmatch(target)
        if parts is None:
            return ()
        folder, text = parts.groups()
        if text in self._named:
            return ()
        return tuple([each.at(text) for each in self._below(method, folder, host)])

    def alike(self, target: str) -> str:
        """Return what stands for each target with the same open folder; else the target.

        Whether the folder is open, `is_open` knows.
        """
        folder, _, text = target.rpartition("/")
        if text in self._named or "%" in text or "?" in text or "&" in text:
            return target
        return f"{folder}/{ANY}"

    def is_open(self, method: str, target: str, host: str) -> bool:
        """Return whether each target that is `alike` has the same routes."""
        parts = _TARGET.fullmatch(target)
        return bool(
            parts
            and parts[2] not in self._named
            and self._below(method, parts[1], host)
        )

    def _matched(self, method: str, folder: str, host: str) -> tuple[_AnyText, ...]:
        found = self._find(method, f"{folder}/{ANY}", host)
        if any(each.violations for each in found):
            return ()
        return tuple(map(_any_text, found))


class _AnyText(NamedTuple):
    """A candidate whose captures at `places` are the last segment."""

    candidate: Candidate
    places: tuple[int, ...]

    def at(self, text: str) -> Candidate:
        """Return the candidate of a last segment."""
        candidate, places = self
        if not places:
            return candidate
        captures = list(candidate.captures)
        for place in places:
            captures[place] = captures[place][0], text
        return Candidate(candidate.route, tuple(captures))


def _any_text(candidate: Candidate) -> _AnyText:
    captures = enumerate(candidate.captures)
    places = tuple(at for at, (_, text) in captures if text == ANY)
    return _AnyText(candidate, places)
