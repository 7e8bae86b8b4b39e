"""Places: where the violations of a message are, and the sentences that say them there.

It decides which violations are about a member of a body, by their pointers. It must not
know how bodies are laid out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cbmock.description import json_pointer
from cbmock.reports.html.markup import Children, Markup, h

Record = Mapping[str, Any]


class BodyPlaces:
    """The violations of a body: those `here`, and those of members in `below`."""

    __slots__ = ("below", "here")

    def __init__(self, violations: Iterable[Record] = ()) -> None:
        """Sort the violations that have a place in the body."""
        self.here: list[Record] = []
        self.below: dict[str, BodyPlaces] = {}
        for each in violations:
            if each["location"] == "body" and each["pointer"] is not None:
                self._put(_tokens(each["pointer"]), each)

    def _put(self, tokens: Iterable[str], violation: Record) -> None:
        found = self
        for each in tokens:
            found = found.below.setdefault(each, BodyPlaces())
        found.here.append(violation)

    def at(self, token: str | int) -> BodyPlaces:
        """Return those of a member; nothing has no places."""
        return self.below.get(str(token), _NOWHERE)

    def __bool__(self) -> bool:
        """Whether there is any violation."""
        return bool(self.here or self.below)

    def all(self) -> list[Record]:
        """Return the violations here and below, in the order of their places."""
        found, left = [], [self]
        while left:
            places = left.pop()
            found += places.here
            left += reversed(places.below.values())
        return found


_NOWHERE = BodyPlaces()


def _tokens(pointer: str) -> Sequence[str]:
    try:
        return json_pointer.parse_fragment(pointer.removeprefix("#"))
    except ValueError:  # a record of another program: it is about the whole
        return ()


def sentence(violation: Record, *, is_there: bool = False) -> Markup:
    """Say what is wrong; at its place in a message the place is not said again."""
    severity, line = violation["severity"], violation["line"]
    where = violation["pointer"] or violation["name"] or ""
    place = f"{violation['location'].replace('_', ' ')} {where}".strip()
    return h(
        "span",
        h("b", severity),
        None if is_there else (" ", h("code", place)),
        f" {violation['detail']}",
        f" (line {line})" if is_there and line is not None else None,
        class_=f"sentence {severity}",
    )


def sentences(found: Iterable[Record]) -> Iterator[Markup]:
    """Say what is wrong at a place, in its line."""
    return (sentence(each, is_there=True) for each in found)


def said_behind(wrong: Sequence[Record]) -> Children:
    """Say what is wrong behind what is shown, if anything is."""
    return (" ", sentences(wrong)) if wrong else None


def paragraphs(found: Iterable[Record]) -> Iterator[Markup]:
    """Say what has no place of its own in what is shown."""
    return (h("p", each) for each in sentences(found))


def marked(shown: Children, wrong: Sequence[Record]) -> Children:
    """Mark a value if something is wrong with it, and say what."""
    return (h("mark", shown), said_behind(wrong)) if wrong else shown
