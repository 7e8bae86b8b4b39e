"""Redaction rules: the credentials that a document and a policy name.

It decides which headers and query parameters are credentials because a document or the
configuration says so. It must not know how values are hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cbmock.contract.policy import Policy
from cbmock.contract.security import requirements
from cbmock.contract.security.redaction import Redaction
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference


def redaction_of(
    description: Description,
    operations: Iterable[Node] = (),
    policy: Policy | None = None,
) -> Redaction:
    """Return the redaction of the credentials of a document's API.

    Since 3.2 the Operation Objects may name schemes that are in other documents.
    """
    policy = Policy() if policy is None else policy
    keys = [*_keys(description)]
    if description.version.schemes_by_uri:
        keys += _keys_of(operations, description)
    keys += [
        ("header", name)
        for _, signature in policy.signatures
        for name in signature.scheme.headers
    ]
    return Redaction(
        headers=frozenset(name.lower() for place, name in keys if place == "header"),
        query=frozenset(name for place, name in keys if place == "query"),
        names=frozenset(name.lower() for name in policy.hidden_names),
        forms=policy.hide_form_fields,
        shows=policy.show_secrets,
    )


def _keys_of(
    operations: Iterable[Node], description: Description
) -> Iterator[tuple[Any, str]]:
    """Yield the location and name of each API key that operations require."""
    policy = Policy(security="inherit")
    for operation in operations:
        for schemes in requirements.requirements_of(operation, description, policy):
            for scheme in schemes:
                if scheme.type == "apiKey":
                    yield scheme.value.get("in"), str(scheme.value.get("name"))


def _keys(description: Description) -> Iterator[tuple[Any, str]]:
    """Yield the location and name of each of the document's API keys."""
    components = description.root.get("components")
    schemes = None if components is None else components.get("securitySchemes")
    for _, referenced in () if schemes is None else schemes.members():
        value = _value(referenced, description)
        if isinstance(value, dict) and value.get("type") == "apiKey":
            yield value.get("in"), str(value.get("name"))


def _value(node: Node, description: Description) -> Any:
    try:
        return description.resolve(node).value
    except UnresolvableReference:
        return None
