"""Places in a value: listing them, changing one, and trying several in turn.

It must not know schemas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any, TypeVar

from cbmock.contract.schemas.schema_error import ValuePath
from cbmock.mock.examples import ABSENT

_MOST_PLACES = 400

T = TypeVar("T")


def places(value: Any) -> list[ValuePath]:
    """Return the places in a value, breadth first, up to a limit."""
    places: list[ValuePath] = [()]
    for at in places:
        here = member_at(value, at)
        below: Sequence[str | int] = ()
        if isinstance(here, dict):
            below = list(here)
        elif isinstance(here, list):
            below = range(len(here))
        places += [(*at, name) for name in below]
        if len(places) > _MOST_PLACES:
            break
    return places[:_MOST_PLACES]


def member_at(value: Any, at: ValuePath) -> Any:
    """Return the value at a place."""
    for step in at:
        value = value[step]
    return value


def with_member(value: Any, at: ValuePath, member: Any) -> Any:
    """Return a copy with one member replaced, or left out for `ABSENT`."""
    if not at:
        return member
    step, rest = at[0], at[1:]
    if isinstance(value, list):
        return [
            with_member(each, rest, member) if index == step else each
            for index, each in enumerate(value)
        ]
    changed = {
        name: with_member(each, rest, member) if name == step else each
        for name, each in value.items()
    }
    return {name: each for name, each in changed.items() if each is not ABSENT}


def with_created(value: Any, tokens: Sequence[str], member: Any) -> Any:
    """Return a copy of a value with one member set; missing objects are created."""
    if not tokens:
        return member
    name, rest = tokens[0], tokens[1:]
    if isinstance(value, list) and (name == "-" or name.isdecimal()):
        at = len(value) if name == "-" else int(name)
        items = [*value]
        if at >= len(items):
            items.append(ABSENT)
            at = len(items) - 1
        items[at] = with_created(items[at], rest, member)
        return items
    members = dict(value) if isinstance(value, dict) else {}
    members[name] = with_created(members.get(name, ABSENT), rest, member)
    return members


def in_turn(ways: Iterable[Iterator[T]]) -> Iterator[T]:
    """Yield the first of each, then the second, so that a limit leaves out no place."""
    missing = object()
    turns = chain.from_iterable(zip_longest(*ways, fillvalue=missing))
    return (each for each in turns if each is not missing)  # type: ignore[misc]
