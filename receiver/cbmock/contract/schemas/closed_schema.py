"""Closing: a schema that takes objects only with the members that it names.

It decides where a schema may be made stricter so that all it takes is valid still. It must
not know engines or values. The deciding engine looks for members that are required in half
the time where no others may be there; most senders send none.
"""

from __future__ import annotations

from typing import Any

from cbmock.description import schema_keywords

_REVERSING = frozenset(
    {"contains", "if", "not", "oneOf", "unevaluatedItems", "unevaluatedProperties"}
)
"""Keywords that may take a value because a schema below them does not."""

_NAMING = frozenset({"properties", "required"})
_MAPS = schema_keywords.SCHEMA_MAP | {"$defs"}


def closed(schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return a schema that takes nothing which the bundled `schema` does not take.

    None where no object can be closed.
    """
    closing = _Closing()
    found = closing.closed(schema)
    return found if closing.is_worth_while and not closing.reverses else None


class _Closing:
    """The copy in progress."""

    def __init__(self) -> None:
        self.is_worth_while = False
        self.reverses = False

    def closed(self, schema: Any) -> Any:
        """Return one schema, closed as far as it goes."""
        if isinstance(schema, bool):
            return schema
        self.reverses = self.reverses or not _REVERSING.isdisjoint(schema)
        found = dict(schema)
        for keyword, value in schema.items():
            if keyword in schema_keywords.ONE_SCHEMA:
                found[keyword] = self.closed(value)
            elif keyword in schema_keywords.SCHEMA_LIST:
                found[keyword] = [self.closed(each) for each in value]
            elif keyword in _MAPS:
                found[keyword] = {
                    name: self.closed(each) for name, each in value.items()
                }
        if found.keys() >= _NAMING and "additionalProperties" not in found:
            self.is_worth_while = True
            found["additionalProperties"] = False
        return found
