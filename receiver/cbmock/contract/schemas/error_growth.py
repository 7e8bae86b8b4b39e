"""Whether a schema can give far more errors than the value has parts.

It must not know engines or values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cbmock.description.schema_keywords import ONE_SCHEMA, SCHEMA_LIST, SCHEMA_MAP

_MOST_WAYS = 1000
"""In how many ways one part of a value may be checked, before errors are limited."""

_LEVELS = 32
"""How many levels of a value are looked at."""

_SAME_PART = frozenset(
    {"allOf", "anyOf", "dependentSchemas", "else", "if", "not", "oneOf", "then"}
)
"""Keywords whose subschemas apply to the same part of the value."""


def multiplies_errors(root: dict[str, Any]) -> bool:
    """Return whether the number of errors can grow exponentially with the value or schema.

    With alternatives that lead to themselves each level doubles the errors, and so does
    every schema that can be reached in two ways. An error about a name holds the whole
    object, for every name.
    """
    definitions = root["$defs"]
    if any("propertyNames" in each for each in objects(definitions)):
        return True
    reached = {name: reachable(definitions, each) for name, each in definitions.items()}
    if any(
        name in reached[name] and _has_alternatives(each)
        for name, each in definitions.items()
    ):
        return True
    return _Ways(definitions).exceed()


def _has_alternatives(schema: Any) -> bool:
    return any({"anyOf", "oneOf"} & each.keys() for each in objects(schema))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Go through all objects in a schema."""
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            yield each
            waiting += each.values()


def reachable(definitions: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Return the definitions that a schema refers to, directly or through others."""
    found: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        for each in objects(waiting.pop()):
            name = str(each.get("$ref", "")).removeprefix("#/$defs/")
            if name in definitions and name not in found:
                found[name] = definitions[name]
                waiting.append(found[name])
    return found


class _Ways:
    """Counts in how many ways a part of a value can be checked, level by level."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions
        self._before: dict[str, int] = {}  # of one level less
        self._known: dict[str, int] = {}
        self._entered: set[str] = set()

    def exceed(self) -> bool:
        for _ in range(_LEVELS):
            self._known = {}
            ways = max(map(self._of_definition, self._definitions))
            if ways > _MOST_WAYS:
                return True
            if self._known == self._before:
                return False
            self._before = self._known
        return False

    def _of_definition(self, name: str) -> int:
        if name in self._entered:
            return _MOST_WAYS + 1  # leads back to itself at the same part
        if name not in self._known:
            self._entered.add(name)
            self._known[name] = self._count(
                self._definitions[name], self._of_definition
            )
            self._entered.discard(name)
        return self._known[name]

    def _of_next_level(self, name: str) -> int:
        return self._before.get(name, 1)

    def _count(self, schema: Any, of_definition: Callable[[str], int]) -> int:
        """Count the ways of a schema; of the parts below it those with the most."""
        if not isinstance(schema, dict):
            return 1
        below, matching = 1, 0
        ways = of_definition(_target(schema)) if "$ref" in schema else 0
        for keyword, each in _subschemas(schema):
            if keyword in _SAME_PART:
                ways += self._count(each, of_definition)
            elif keyword == "patternProperties":  # several may match one name
                matching += self._count(each, self._of_next_level)
            else:
                below = max(below, self._count(each, self._of_next_level))
        return min(ways + below + matching, _MOST_WAYS + 1)


def _target(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _subschemas(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for keyword, value in schema.items():
        if keyword in ONE_SCHEMA:
            yield keyword, value
        elif keyword in SCHEMA_LIST:
            yield from ((keyword, each) for each in value)
        elif keyword in SCHEMA_MAP:
            yield from ((keyword, each) for each in value.values())
