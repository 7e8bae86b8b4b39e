"""Schema keywords that hold further schemas, and where references below a schema are.

It decides which values below a Schema Object are schemas. Everything else is data or a
name, where a `$ref` is not a reference (JSON Schema 2020-12 §6.5, §10, OAS 3.1.1 §4.9). It
must not know what any keyword asserts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from cbmock.description.references import Description, Node
from cbmock.description.schema_resources import has_identifiers, schema_uri

ONE_SCHEMA = frozenset(
    {
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
SCHEMA_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SCHEMA_MAP = frozenset({"properties", "patternProperties", "dependentSchemas"})
SUBSCHEMAS = ONE_SCHEMA | SCHEMA_LIST | SCHEMA_MAP

# Drafts up to 7 ignore whatever is beside a `$ref`, as OpenAPI 3.0 does.
_REFERENCE_ALONE = ("draft-04/", "draft-06/", "draft-07/")


def reference_alone(description: Description, node: Node) -> bool:
    """Return whether keywords beside a `$ref` are ignored at a schema."""
    if not description.version_at(node.document).json_schema:
        return True
    spoken = schema_uri(node) or ""
    return any(draft in spoken for draft in _REFERENCE_ALONE)


_SCALARS = frozenset({str, int, float, bool, type(None)})
_TEXTS = frozenset({"description", "title"})


def content(node: Node) -> Hashable:
    """Return what decides how a schema is read that holds and refers to nothing else.

    Most schemas of a document are such (`type: string`), and many have the same content. None
    for any other schema, and in a document whose parts are read in several ways.
    """
    found: list[object] = [node.document]
    for name, value in node.value.items():
        kind = type(value)
        if kind not in _SCALARS or name[:1] == "$":
            return None
        if name not in _TEXTS or kind is not str:
            found += (name, kind, repr(value) if kind is float else value)
    return None if has_identifiers(node.document) else tuple(found)


def subschemas(node: Node) -> Iterator[Node]:
    """Yield the schemas directly below a schema, older forms of keywords included."""
    for keyword, child in node.members():
        if keyword in ONE_SCHEMA or keyword == "additionalItems":
            # `items` was a list before 2020-12.
            yield from child.items() if isinstance(child.value, list) else (child,)
        elif keyword in SCHEMA_LIST:
            yield from child.items()
        elif keyword in SCHEMA_MAP or keyword == "dependencies":
            yield from (each for _, each in child.members())
