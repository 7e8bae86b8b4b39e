"""Strict checks: query parameters and body fields that are not documented.

It decides what counts as documented. Its violations are warnings, because the standard
allows undocumented fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_plus

from cbmock.contract.parameters import near_misses
from cbmock.contract.parameters.parameter import Parameter
from cbmock.contract.parameters.raw_parameters import RawParameters
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description import json_pointer
from cbmock.errors import UnresolvableReference
from cbmock.violations import MOST_VIOLATIONS, Violation, shortened, shown

_MOST_STEPS = 20_000


def in_query(
    parameters: Iterable[Parameter], raw: RawParameters, others: Iterable[str] = ()
) -> tuple[Violation, ...]:
    """Return violations of undocumented query parameters; `others` are documented too."""
    known, prefixes = set(others), []
    for parameter in parameters:
        if parameter.location == "querystring":
            return ()
        if parameter.location != "query":
            continue
        known.add(parameter.name)
        prefixes.append(f"{parameter.name}[")
        if not _names_of(parameter, known):
            return ()
    sent = dict.fromkeys(unquote_plus(name) for name, _ in raw.query)
    unknown = [
        name
        for name in sent
        if name not in known and not name.startswith(tuple(prefixes))
    ]
    return tuple(
        Violation(
            location="query",
            name=shortened(name),
            code="undocumented",
            detail=f"the query parameter {shown(name)} is not documented"
            + near_misses.documented_name(name, known - sent.keys()),
            severity="warning",
        )
        for name in unknown[:MOST_VIOLATIONS]
    )


def _names_of(parameter: Parameter, known: set[str]) -> bool:
    """Add the names of spread properties; False where any name is allowed."""
    try:
        if parameter.kind == "object" and parameter.spread and parameter.shape:
            known.update(parameter.shape.properties)
            return parameter.shape.additional is None
    except UnresolvableReference:
        return False
    return True


def in_body(shape: Shape, value: Any) -> tuple[Violation, ...]:
    """Return violations of undocumented fields of a body."""
    found: list[Violation] = []
    try:
        for at in _fields(shape, value):
            found.append(
                Violation(
                    location="body",
                    name=shortened(str(at[-1])),
                    pointer=json_pointer.fragment(at),
                    code="undocumented",
                    detail=f"the field {shown(str(at[-1]))} is not documented",
                    severity="warning",
                    schema=shape.schema.node.pointer,
                )
            )
            if len(found) == MOST_VIOLATIONS:
                break
    except UnresolvableReference:
        return ()
    return tuple(found)


def _fields(shape: Shape, value: Any) -> Iterator[tuple[str | int, ...]]:
    waiting: list[tuple[tuple[str | int, ...], Any, Shape]] = [((), value, shape)]
    for _ in range(_MOST_STEPS):
        if not waiting:
            return
        at, each, about = waiting.pop()
        if isinstance(each, dict):
            for name, member in each.items():
                below = about.below(name)
                if below is not None:
                    waiting.append(((*at, name), member, below))
                elif not about.open:
                    yield (*at, name)
        elif isinstance(each, list):
            for index, item in enumerate(each):
                below = about.item(index)
                if below is not None:
                    waiting.append(((*at, index), item, below))
