"""JSON as an indented tree, each violation at the value that its pointer names.

It decides what of a large value is shown: its beginning, and all places where something is
wrong. It must not know where the text was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from cbmock.description import json_pointer
from cbmock.reports.html.markup import (
    DEEPEST,
    MOST_LINES,
    MOST_MEMBERS,
    Children,
    h,
)
from cbmock.reports.html.places import BodyPlaces, Record, said_behind

_LONGEST_STRING = 2_000


def read(text: str) -> Any:
    """Return the value, numbers as they were written; `ValueError` if it is no JSON."""
    try:
        return json.loads(
            text, parse_float=_Written, parse_int=_Written, parse_constant=_refuse
        )
    except RecursionError as error:
        message = "nested too deeply"
        raise ValueError(message) from error


class _Written(str):
    """A number as it was written: 1.0 stays 1.0."""

    __slots__ = ()


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is no JSON"
    raise ValueError(message)


def laid_out(tree: Any, places: BodyPlaces) -> Children:
    """Lay a value out, one member a line."""
    return _JsonLayout().value(tree, places, 0, "")


class _JsonLayout:
    """How much of a value may follow."""

    def __init__(self) -> None:
        self._left = MOST_LINES

    def value(
        self, tree: Any, places: BodyPlaces, depth: int, after: str
    ) -> Iterator[Children]:
        """Yield a value and `after`, which follows it, before what is wrong with it."""
        if isinstance(tree, dict | list) and tree:
            yield from self._container(tree, places, depth, after)
        else:
            wrong = places.all()
            yield _marked(_scalar(tree), wrong), after, said_behind(wrong)

    def _container(
        self,
        tree: dict[str, Any] | list[Any],
        places: BodyPlaces,
        depth: int,
        after: str,
    ) -> Iterator[Children]:
        begin, end = "[]" if isinstance(tree, list) else "{}"
        if depth >= DEEPEST:
            wrong = places.all()
            yield _marked(f"{begin}…{end}", wrong), after, said_behind(wrong)
            return
        # What an object lacks is said where it begins.
        wrong = [*places.here, *_absent(tree, places)]
        yield _marked(begin, wrong), said_behind(wrong)
        yield from self._members(tree, places, depth)
        yield f"\n{'  ' * depth}{end}{after}"

    def _members(
        self, tree: dict[str, Any] | list[Any], places: BodyPlaces, depth: int
    ) -> Iterator[Children]:
        indent = f"\n{'  ' * (depth + 1)}"
        is_list = isinstance(tree, list)
        members: Iterable[tuple[str | int, Any]] = (
            enumerate(tree) if isinstance(tree, list) else tree.items()
        )
        shown = 0
        for at, (key, each) in enumerate(members):
            below = places.at(key)
            if not below and (at >= MOST_MEMBERS or self._left <= 0):
                continue
            self._left -= 1
            shown += 1
            name = "" if is_list else f"{json.dumps(key, ensure_ascii=False)}: "
            comma = "," if at < len(tree) - 1 else ""
            yield f"{indent}{name}"
            yield from self.value(each, below, depth + 1, comma)
        if shown < len(tree):
            yield indent, h("span", f"… {len(tree) - shown} more", class_="dim")


def _absent(tree: dict[str, Any] | list[Any], places: BodyPlaces) -> Iterator[Record]:
    """Yield what is wrong with members that are not there."""
    for token, below in places.below.items():
        try:
            json_pointer.step(tree, token)
        except LookupError:
            yield from below.all()


def _marked(text: str, wrong: Sequence[Record]) -> Children:
    return h("mark", text) if wrong else text


def _scalar(tree: Any) -> str:
    if isinstance(tree, _Written):
        return tree[:_LONGEST_STRING]
    if isinstance(tree, str) and len(tree) > _LONGEST_STRING:
        begin = json.dumps(tree[:_LONGEST_STRING], ensure_ascii=False)
        return f"{begin} … {len(tree) - _LONGEST_STRING} more characters"
    return json.dumps(tree, ensure_ascii=False)
