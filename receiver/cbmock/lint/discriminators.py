"""Findings about discriminators: names that do not lead to an alternative of the schema.

It decides which violations of deliveries are caused by the document itself. It must not
know values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cbmock.description import schema_resources
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.lint.findings import Finding, finding


def discriminator_findings(node: Node, description: Description) -> Iterator[Finding]:
    """Yield findings for names of a discriminator that lead to no alternative."""
    stated = node.value.get("discriminator")
    name = stated.get("propertyName") if isinstance(stated, dict) else None
    alternatives = [
        each
        for keyword in ("oneOf", "anyOf")
        if (listed := node.get(keyword)) is not None
        for each in listed.items()
    ]
    if not isinstance(name, str) or not alternatives:
        return
    mapping = node.child("discriminator").get("mapping")
    mapped = {} if mapping is None else dict(mapping.members())
    places = {_target(each, description) for each in alternatives}
    for value, target in mapped.items():
        if not isinstance(target.value, str):
            continue
        place = _named(target, target.value, description)
        if place in places or _constant(alternatives, name, value, description):
            continue
        why = "leads to no schema" if place is None else "is none of the alternatives"
        detail = f"the discriminator's name {value!r} {why}: {target.value[:120]!r}"
        yield finding(target, "discriminator-target", detail)
    if mapped or "defaultMapping" in stated:
        return
    for each in alternatives:
        inline = isinstance(each.value, dict) and "$ref" not in each.value
        if inline and _constants(each, name, description) is None:
            detail = (
                f"no value of {name!r} leads to this alternative: it is not a reference, "
                "and has no constant there"
            )
            yield finding(each, "discriminator-target", detail)


def _target(node: Node, description: Description) -> Any:
    try:
        return schema_resources.resolve(description, node).place
    except UnresolvableReference:
        return None  # another finding names the reference


def _named(node: Node, name: str, description: Description) -> Any:
    """Follow a name: first as a component's name, then as a URI (OAS 3.1.1 §4.8.25.1)."""
    components = description.root.get("components")
    schemas = None if components is None else components.get("schemas")
    component = None if schemas is None else schemas.get(name)
    try:
        found = component or schema_resources.follow(description, node, name)
        return schema_resources.resolve(description, found).place
    except (UnresolvableReference, ValueError):
        return None


def _constant(
    alternatives: list[Node], name: str, value: str, description: Description
) -> bool:
    return any(
        value in (_constants(each, name, description) or ()) for each in alternatives
    )


def _constants(node: Node, name: str, description: Description) -> list[Any] | None:
    """Return the values of a property that an alternative allows; None for any value."""
    try:
        found = schema_resources.resolve(description, node).child("properties", name)
        value = schema_resources.resolve(description, found).value
    except (LookupError, UnresolvableReference):
        return None
    if not isinstance(value, dict):
        return None
    if "const" in value:
        return [value["const"]]
    return value["enum"] if isinstance(value.get("enum"), list) else None
