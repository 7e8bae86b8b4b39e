"""Closing: a stricter schema that accepts objects only with the members that it names.

It decides where a schema can be made stricter so that everything it accepts is still
valid. It must not know engines or values. jsonschema-rs checks required members twice as
fast where no others are allowed, and most senders send no others.
"""

from __future__ import annotations

from typing import Any

from cbmock.description import schema_keywords

_REVERSING = frozenset(
    {"contains", "if", "not", "oneOf", "unevaluatedItems", "unevaluatedProperties"}
)
"""Keywords that may accept a value because a schema below them rejects it."""

_NAMING = frozenset({"properties", "required"})
_MAPS = schema_keywords.SCHEMA_MAP | {"$defs"}


def closed(schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return a stricter copy: the bundled `schema` accepts whatever it accepts.

    None if no object can be closed.
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
        """Return one schema, closed as far as possible."""
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
