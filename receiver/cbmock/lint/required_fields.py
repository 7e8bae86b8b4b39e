"""Findings about missing required fields of Request Body and Parameter Objects.

It decides which fields are missing or have an unknown value. It must not know where an
object is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from cbmock.contract.parameters.parameter import ParameterLocation
from cbmock.description.references import Node
from cbmock.lint.findings import Finding, finding
from cbmock.lint.object_fields import ObjectType, nearest

_LOCATIONS = get_args(ParameterLocation)


def missing_fields(node: Node, kind: ObjectType) -> Iterator[Finding]:
    """Yield findings for the missing fields of an object."""
    fields = node.value
    if kind == "Request Body Object" and "content" not in fields:
        detail = (
            "a Request Body Object needs `content`; without it every body is accepted"
        )
        yield finding(node, "missing-field", detail)
    if kind != "Parameter Object":
        return
    for name in ("name", "in"):
        if name not in fields:
            detail = f"a Parameter Object needs `{name}`; without it the parameter is ignored"
            yield finding(node, "missing-field", detail)
    location = fields.get("in")
    if isinstance(location, str) and location not in _LOCATIONS:
        detail = f"`in: {location[:40]}` does not exist in OpenAPI 3; the parameter is ignored"
        instead = nearest(location, _LOCATIONS)
        if location in ("body", "formData"):
            instead = "requestBody"
        yield finding(node, "parameter-location", detail, instead=instead)
