"""Schema parts: what always applies to one value, by `$ref` and `allOf`.

It decides by a bundle's definitions. It must not know how values are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Definitions = Mapping[str, Any]


def reference(schema: Mapping[str, Any]) -> str:
    """Return the name of the definition that a schema refers to; empty for none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def only_value(schema: Any, definitions: Definitions) -> bool:
    """Return whether a schema allows one value only, and not null."""
    for part in parts(schema, definitions, alone=True):
        if "const" in part:
            return part["const"] is not None
        if isinstance(part.get("enum"), list) and len(part["enum"]) == 1:
            return part["enum"][0] is not None
    return False


def parts(
    schema: Any, definitions: Definitions, *, alone: bool = False
) -> Iterator[Mapping[str, Any]]:
    """Go through a schema and those that it always combines: `$ref` and `allOf`.

    With `alone`, the only alternative of an `anyOf` or `oneOf` is one of them too.
    """
    seen = set()
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if reference(part):
            waiting.append(definitions[reference(part)])
        waiting += part.get("allOf", ())
        for keyword in ("anyOf", "oneOf") if alone else ():
            branches = part.get(keyword, ())
            waiting += branches if len(branches) == 1 else ()
