"""Dead ends: schemas inside one schema for which a search found no value.

It decides where that holds again, so that it is not searched twice. It must not know how
values are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """A schema without a value, wherever at least `refs` led to it; `reason` says why.

    A search follows a reference only a few times, so what failed far below may have a value
    higher up. `refs` is empty where no reference was given up.
    """

    schema: Any
    refs: Counter[str]
    reason: str | None

    def holds(self, refs: Counter[str]) -> bool:
        """Return whether the schema has no value either where `refs` lead to it."""
        return all(refs[name] >= count for name, count in self.refs.items())


class DeadEnds:
    """The dead ends of one search."""

    def __init__(self) -> None:
        """Nothing has failed yet."""
        # A dead end keeps its schema, so that the schema's id is not reused.
        self._known: dict[Hashable, list[DeadEnd]] = {}

    def add(self, schema: Any, refs: Counter[str], reason: str | None) -> None:
        """Remember that a schema has no value."""
        known = self._known.setdefault(_identity(schema), [])
        known.append(DeadEnd(schema, refs, reason))

    def find(self, schema: Any, refs: Counter[str]) -> DeadEnd | None:
        """Return the dead end that holds for a schema where `refs` lead to it."""
        if not self._known:
            return None
        known = self._known.get(_identity(schema), ())
        return next((each for each in known if each.holds(refs)), None)


def _identity(schema: Any) -> Hashable:
    """Identify a schema by what it refers to or consists of, else by its place."""
    if isinstance(schema, dict) and len(schema) == 1:
        if "$ref" in schema:
            return str(schema["$ref"])
        if "allOf" in schema:
            return tuple(map(_identity, schema["allOf"]))
    return id(schema)
