"""`in: querystring`: the whole query read as content (OAS 3.2.0 §4.8.12).

It must not know `in: query` parameters, which OpenAPI does not allow beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from cbmock.contract.bodies import encodings, readers
from cbmock.contract.bodies.payload import Payload
from cbmock.contract.parameters.parameter import Parameter
from cbmock.description.versions import V3_2
from cbmock.errors import UnresolvableReference
from cbmock.http.media_types import MediaType
from cbmock.violations import Violation

_FORM = MediaType("application", "x-www-form-urlencoded")


def check(
    parameters: Iterable[Parameter], query: str
) -> tuple[dict[tuple[str, str], Any], tuple[Violation, ...]]:
    """Read the query for each `in: querystring` parameter; never raises."""
    values: dict[tuple[str, str], Any] = {}
    violations: tuple[Violation, ...] = ()
    for parameter in parameters:
        if parameter.location != "querystring":
            continue
        if not query:
            violations += _missing(parameter)
            continue
        try:
            reading = readers.read(_payload(parameter, query), parameter.node)
        except UnresolvableReference:
            continue  # its schema cannot be read: a finding, not a violation
        values["querystring", parameter.name] = reading.value
        violations += tuple(
            replace(
                each,
                location="query",
                name=parameter.name,
                pointer=None if each.pointer == "#" else each.pointer,
            )
            for each in reading.violations
        )
    return values, violations


def _payload(parameter: Parameter, query: str) -> Payload:
    media_type = parameter.media_type or _FORM
    is_form = media_type.essence == _FORM.essence
    text = query if is_form else unquote(query)
    content = parameter.node.get("content")
    entries = [] if content is None else list(content.members())
    description = None if parameter.schema is None else parameter.schema.description
    return Payload(
        data=text.encode("utf-8", "surrogatepass"),
        media_type=media_type,
        shape=parameter.shape,
        encoding=encodings.encodings_of(entries[0][1], description)
        if entries and description is not None
        else {},
        version=V3_2,
    )


def _missing(parameter: Parameter) -> tuple[Violation, ...]:
    if not parameter.required:
        return ()
    return (
        Violation(
            location="query",
            name=parameter.name,
            code="missing-parameter",
            detail=f"the required query string {parameter.name!r} is missing",
            schema=parameter.node.pointer,
        ),
    )
