"""Events: a generated body that names its event, as a real one does.

It decides which member of a body names its event, and the name. It must not know how
the body was made.
"""

from __future__ import annotations

from typing import Any

from cbmock.contract.schemas import coercion
from cbmock.contract.schemas.schema import Schema
from cbmock.description.operations import Operation
from cbmock.description.references import Node
from cbmock.mock.routing import event_names

# Members with these names contain the event's name, even if undocumented.
_FREE = frozenset({"event", "event_type", "eventType", "topic"})
_SHOWN = frozenset({"default", "example", "examples", "format", "pattern"})


def with_event_name(
    value: Any, schema: Schema, operation: Operation, *, made_up: bool
) -> Any:
    """Let a valid body name its operation's event, if the schema allows it.

    Of enumerated values, the one named like the operation is used. Other texts are only
    changed if the body is `made_up`.
    """
    if not isinstance(value, dict):
        return value
    if any(_names_event(value.get(name), operation) for name in event_names.PROPERTIES):
        return value
    for name in event_names.PROPERTIES:
        for text in _event_texts(name, schema, operation, made_up=made_up):
            changed = {**value, name: text}
            if schema.is_valid(changed):
                return changed
    return value


def _names_event(text: Any, operation: Operation) -> bool:
    return isinstance(text, str) and event_names.names(text, operation) > 0


def _event_texts(
    name: str, schema: Schema, operation: Operation, *, made_up: bool
) -> list[str]:
    """Return possible names of the event for a member, the best first."""
    stated = [each.value for each in _statements(name, schema)]
    allowed = [
        *(text for each in stated for text in each.get("enum", ())),
        *(each["const"] for each in stated if "const" in each),
    ]
    shown = [each["example"] for each in stated if "example" in each]
    fitting = [text for text in (*allowed, *shown) if _names_event(text, operation)]
    if fitting or allowed:
        return sorted(fitting, key=lambda text: -event_names.names(text, operation))
    is_known = any(_SHOWN & each.keys() for each in stated)
    if made_up and stated and (name in _FREE or (name == "type" and not is_known)):
        return [operation.name.strip("/")]
    return []


def _statements(name: str, schema: Schema) -> list[Node]:
    """Return every schema that describes a member."""
    description = schema.description
    members = (
        member
        for part in coercion.parts(schema.node, description)
        if (properties := part.get("properties")) is not None
        and (member := properties.get(name)) is not None
    )
    return [
        part
        for member in members
        for part in coercion.parts(member, description)
        if isinstance(part.value, dict)
    ]
