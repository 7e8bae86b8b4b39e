"""Alternatives: lists of branches; a value must match one branch of each list.

It decides what is tried for `oneOf`, `anyOf`, `if` and `not`, the plainest first. It must
not know how values are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from cbmock.mock.generation.schema_parts import Definitions, reference
from cbmock.mock.generation.violating import violating

_MOST_WAYS = 48
"""How many ways to violate one schema are tried."""


def alternatives(
    schema: Mapping[str, Any], definitions: Definitions, *, with_violating: bool
) -> list[list[Any]]:
    """Return lists of branches; a value must match one branch of each list.

    With `with_violating`, further branches follow. Their values also violate the schemas that
    must not match: the other branches of a `oneOf`, an `if` whose `else` applies, a `not`.
    """
    found = [list(schema["anyOf"])] if "anyOf" in schema else []
    if "oneOf" in schema:
        branches = list(schema["oneOf"])
        found.insert(0, [*branches, *(_exclusive(branches) if with_violating else ())])
    if "if" in schema:
        condition, otherwise = schema["if"], schema.get("else", True)
        branches = [{"allOf": [condition, schema.get("then", True)]}, otherwise]
        if with_violating:
            branches.append({"allOf": [otherwise], "$violates": [condition]})
        found.append(branches)
    if with_violating and "not" in schema:
        found.append([True, *_ways(schema["not"], definitions)])
    found += (_ways(each, definitions) for each in schema.get("$violates", ()))
    return found


def _ways(schema: Any, definitions: Definitions) -> list[Any]:
    return list(islice(violating(schema, definitions), _MOST_WAYS))


def _exclusive(branches: list[Any]) -> Iterator[Any]:
    """Yield each branch with what violates all others."""
    for branch in branches:
        others = [each for each in branches if each is not branch]
        yield {"allOf": [branch], "$violates": others}


def is_late(schema: Any, refs: Counter[str]) -> tuple[bool, bool]:
    """Rank branches: null and recursive ones come last."""
    if not isinstance(schema, dict):
        return False, False
    name = reference(schema)
    return schema.get("type") == "null", refs[name] > 0
