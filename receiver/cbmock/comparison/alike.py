"""Whether the schemas of two versions differ for a receiver.

It decides which differences are words only: annotations, and where a schema stands that is
referred to. It must not know payloads.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

_ANNOTATIONS = frozenset(
    {"title", "description", "example", "examples", "default", "deprecated", "$comment"}
)
_REFERENCE, _TARGETS = "$ref", "#/$defs/"
_LONGEST_CHAIN = 100


def alike(one: Any, other: Any, without: Container[str] = ()) -> bool:
    """Return whether two bundled schemas say the same, besides properties `without`."""
    return _TwoBundles(one, other, without).same(one, other)


class _TwoBundles:
    """Compares two bundles, each with its own definitions."""

    def __init__(self, one: Any, other: Any, without: Container[str]) -> None:
        self._roots = one, other
        self._without = without
        self._assumed: set[tuple[int, int]] = set()

    def same(self, one: Any, other: Any) -> bool:
        """Compare two parts; what is being compared already is the same so far."""
        one, other = self._followed(one, 0), self._followed(other, 1)
        if isinstance(one, list) and isinstance(other, list):
            return len(one) == len(other) and all(map(self.same, one, other))
        if not (isinstance(one, dict) and isinstance(other, dict)):
            return bool(one == other)
        pair = id(one), id(other)
        if pair in self._assumed:
            return True
        self._assumed.add(pair)
        had, has = self._constraints(one), self._constraints(other)
        return had.keys() == has.keys() and all(
            self._same_keyword(name, had[name], has[name]) for name in had
        )

    def _same_keyword(self, name: str, one: Any, other: Any) -> bool:
        if name == _REFERENCE:
            return self.same({name: one}, {name: other})
        return self.same(one, other)

    def _followed(self, part: Any, which: int) -> Any:
        """Return what a part refers to that does nothing else."""
        root = self._roots[which]
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(part, dict):
                break
            target = part.get(_REFERENCE)
            if not (isinstance(target, str) and target.startswith(_TARGETS)):
                break
            if self._constraints(part).keys() != {_REFERENCE}:
                break
            part = root["$defs"][target.removeprefix(_TARGETS)]
        return part

    def _constraints(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the keywords that are no annotations."""
        found = {}
        for name, each in schema.items():
            if name in _ANNOTATIONS and isinstance(each, str | bool | list):
                continue
            if name == "$defs":
                continue
            inner = each
            if name == "properties" and isinstance(each, dict):
                inner = {k: v for k, v in each.items() if k not in self._without}
            if inner or not each:
                found[name] = inner
        return found
