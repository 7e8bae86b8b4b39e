"""Which properties of an object the document describes, for hints about wrong names.

It must not know violations.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice

from cbmock.contract.schemas import coercion
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.schema_error import SchemaError
from cbmock.description.references import Node
from cbmock.errors import UnresolvableReference

_NAMED = frozenset({"required", "additionalProperties", "unevaluatedProperties"})
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
        for part in islice(coercion.parts(node, schema.description), _MOST_SCHEMAS):
            properties = part.get("properties")
            if properties is not None:
                names |= dict.fromkeys(name for name, _ in properties.members())
    return tuple(names)
