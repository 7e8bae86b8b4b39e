"""Properties that a schema describes for a value itself, wherever in the schema.

A subschema that fails evaluates nothing (2020-12 core §7.7.1.2), so that a closed object refuses
all that its invalid part describes. Those members are documented: what is wrong is the part.
It must not know errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cbmock.contract.schemas import engine
from cbmock.description.schema_keywords import SCHEMA_LIST

KEYWORD = "unevaluatedProperties"
_EACH = SCHEMA_LIST - {"prefixItems"}
_ONE = ("if", "then", "else")
_OPEN = ("additionalProperties", KEYWORD)


def undescribed(
    schema: dict[str, Any], definitions: dict[str, Any], names: Iterable[str]
) -> list[str]:
    """Return the names that no part of a schema describes for its own value.

    The schema is closed by `unevaluatedProperties`; `definitions` are those of its bundle.
    """
    described: set[str] = set()
    patterns: set[str] = set()
    own = {name: each for name, each in schema.items() if name != KEYWORD}
    for part in _parts(own, definitions):
        if any(part.get(keyword, False) is not False for keyword in _OPEN):
            return []
        described.update(part.get("properties", ()))
        patterns.update(part.get("patternProperties", ()))
    return [
        name
        for name in names
        if name not in described
        and not any(engine.matches(pattern, name) for pattern in patterns)
    ]


def _parts(
    schema: dict[str, Any], definitions: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Go through a schema and all that may apply to the same value."""
    waiting: list[Any] = [schema]
    seen: set[int] = set()
    for part in waiting:  # grows as it is gone through
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        for keyword in _EACH & part.keys():
            waiting += part[keyword]
        waiting += [part[keyword] for keyword in _ONE if keyword in part]
        waiting += part.get("dependentSchemas", {}).values()
        if "$ref" in part:
            waiting.append(definitions[part["$ref"].rpartition("/")[2]])
