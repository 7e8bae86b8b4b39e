"""Which properties of an object the document describes, for hints about wrong names.

It must not know violations.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from cbmock.contract.schemas import coercion
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.schema_error import SchemaError
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference

_NAMED = frozenset({"required", "additionalProperties", "unevaluatedProperties"})
_CONDITIONAL = ("if", "then", "else")
_MOST_SCHEMAS = 200


def property_names(schema: Schema, error: SchemaError, node: Node) -> tuple[str, ...]:
    """Return the names that the schema at `node` describes, where the error needs them.

    For `additionalProperties` those beside it, else those that its subschemas describe,
    too.
    """
    if error.keyword not in _NAMED or not isinstance(error.schema, dict):
        return ()
    names = dict.fromkeys(error.schema.get("properties", ()))
    if error.keyword == "additionalProperties":
        return tuple(names)
    names |= dict.fromkeys(error.schema.get("required", ()))
    with suppress(UnresolvableReference):  # the names found so far do for a hint
        for part in islice(_parts(node, schema.description), _MOST_SCHEMAS):
            properties = part.get("properties")
            if properties is not None:
                names |= dict.fromkeys(name for name, _ in properties.members())
    return tuple(names)


def _parts(node: Node, description: Description) -> Iterator[Node]:
    """Go through a schema and all that may apply to the same value, conditions too."""
    waiting, seen = [node], {node.place}
    for start in waiting:  # grows as it is gone through
        for part in coercion.parts(start, description):
            yield part
            conditions = [part.get(each) for each in _CONDITIONAL]
            dependent = part.get("dependentSchemas")
            found = (
                [] if dependent is None else [each for _, each in dependent.members()]
            )
            for each in (*conditions, *found):
                if each is not None and each.place not in seen:
                    seen.add(each.place)
                    waiting.append(each)
