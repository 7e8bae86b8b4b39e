"""Waived properties: required ones that may be absent because the other side owns them.

It must not know what is copied of a schema.
"""

from __future__ import annotations

from cbmock.description import schema_resources
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference


def names(
    node: Node, annotation: str, description: Description, *, partial: bool
) -> set[str]:
    """Return the properties of a schema that carry the annotation, also by reference.

    Raises `UnresolvableReference`; with `partial`, such a property does not carry it.
    """
    properties = node.get("properties")
    if properties is None or not isinstance(properties.value, dict):
        return set()
    decides = {"$ref", annotation}
    return {
        name
        for name, each in properties.value.items()
        if isinstance(each, dict)
        and decides & each.keys()
        and _carries(properties.child(name), annotation, description, partial=partial)
    }


def _carries(
    node: Node, annotation: str, description: Description, *, partial: bool
) -> bool:
    if isinstance(node.value, dict) and node.value.get(annotation) is True:
        return True
    try:
        target = schema_resources.resolve(description, node)
    except UnresolvableReference:
        if partial:
            return False
        raise
    return isinstance(target.value, dict) and target.value.get(annotation) is True
