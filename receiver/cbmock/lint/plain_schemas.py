"""Plain schemas: those that have a valid value by their keywords alone.

It decides for which schemas no value needs to be searched, because one follows from `type`,
`properties`, `required` and references. It must not generate values.
"""

from __future__ import annotations

from typing import Any

from cbmock.description import schema_resources
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import UnresolvableReference

# No value is invalid by one of these, at least none that the others leave.
_PASSIVE = frozenset(
    {
        *("title", "description", "default", "example", "examples", "deprecated"),
        *("readOnly", "writeOnly", "externalDocs", "xml", "nullable"),
    }
)
_OF_OBJECTS = frozenset({"type", "properties", "required", "additionalProperties"})
_READ: dict[str, frozenset[str]] = {
    "array": frozenset({"type", "items"}),
    "boolean": frozenset({"type"}),
    "integer": frozenset({"type", "format"}),
    "number": frozenset({"type", "format"}),
    "object": _OF_OBJECTS,
    "string": frozenset({"type", "format"}),
}
"""The keywords of each type beside which a value is valid: [], false, 0, {} or a text."""
_DEEPEST = 50


class PlainSchemas:
    """Looks at each schema of a description once."""

    def __init__(self, description: Description) -> None:
        """Start without any schema seen."""
        self._description = description
        self._known: dict[NodePlace, bool] = {}

    def has_value(self, node: Node) -> bool:
        """Return whether a value is certainly valid; False if that is not plain."""
        if schema_resources.has_identifiers(node.document):
            return False  # its parts may be read in other ways
        try:
            return self._has_value(node, 0)
        except UnresolvableReference:
            return False

    def _has_value(self, node: Node, depth: int) -> bool:
        known = self._known.get(node.place)
        if known is None:
            # What requires itself has no value: it is met again while this stands.
            self._known[node.place] = False
            known = depth <= _DEEPEST and self._is_plain(node, depth)
            self._known[node.place] = known
        return known

    def _is_plain(self, node: Node, depth: int) -> bool:
        schema = node.value
        if not isinstance(schema, dict):
            return schema is True
        names = {each for each in schema if not each.startswith("x-")} - _PASSIVE
        if "$ref" in names:
            return len(names) == 1 and self._target_is_plain(node, depth)
        if names == {"type", "enum"}:
            return schema["type"] == "string" and _holds_text(schema["enum"])
        type_ = schema.get("type", "object")
        if not isinstance(type_, str) or not names <= _READ.get(type_, frozenset()):
            return False
        return type_ != "object" or self._is_plain_object(node, depth)

    def _target_is_plain(self, node: Node, depth: int) -> bool:
        reference = node.value["$ref"]
        if not isinstance(reference, str):
            return False
        target = schema_resources.follow(self._description, node, reference)
        return self._has_value(target, depth + 1)

    def _is_plain_object(self, node: Node, depth: int) -> bool:
        """Return whether all required properties have a value; others may be absent."""
        required, properties = node.value.get("required", []), node.get("properties")
        named = {} if properties is None else properties.value
        if not isinstance(required, list) or not isinstance(named, dict):
            return False
        is_open = node.value.get("additionalProperties", True) is True
        return all(
            self._has_value(node.child("properties", name), depth + 1)
            if name in named
            else is_open
            for name in required
            if isinstance(name, str)
        )


def _holds_text(constants: Any) -> bool:
    return isinstance(constants, list) and any(
        isinstance(each, str) for each in constants
    )
