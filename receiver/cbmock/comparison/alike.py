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
        """Compare two parts; what is being compared already is the same so far.

        A loop, because references lead deeper than the recursion limit.
        """
        waiting = [(one, other)]
        while waiting:
            one, other = waiting.pop()
            one, other = self._followed(one, 0), self._followed(other, 1)
            if isinstance(one, list) and isinstance(other, list):
                if len(one) != len(other):
                    return False
                waiting += zip(one, other, strict=True)
            elif not (isinstance(one, dict) and isinstance(other, dict)):
                if one != other:
                    return False
            elif (id(one), id(other)) not in self._assumed:
                self._assumed.add((id(one), id(other)))
                had, has = self._constraints(one), self._constraints(other)
                if had.keys() != has.keys():
                    return False
                waiting += (self._values(name, had[name], has[name]) for name in had)
        return True

    def _values(self, name: str, one: Any, other: Any) -> tuple[Any, Any]:
        """Return the values of a keyword; of a reference what leads to its target."""
        if name == _REFERENCE:
            return {name: one}, {name: other}
        return one, other

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
