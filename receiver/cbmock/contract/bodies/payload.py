"""Payloads: a body with what the document says about it, and what reading it gives.

It decides how a value that was read is held against its schema. It must not know any
media type; each has a reader of its own (`kinds`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from cbmock.contract.bodies.encodings import Encoding
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description import json_pointer
from cbmock.description.references import Node
from cbmock.description.versions import V3_1, Version
from cbmock.errors import UnresolvableReference
from cbmock.http.media_types import MediaType
from cbmock.violations import Severity, Violation, shortened

_MOST_COMBINATIONS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Octets of one media type, and what the document says about them.

    `items` is what 3.2 says about each item of a sequence (`itemSchema`), `encoding`
    about properties by name, `positions` about parts by position and `others` about all
    further parts. `version` is that of the document that says so.
    """

    data: bytes
    media_type: MediaType
    shape: Shape | None = None
    items: Shape | None = None
    encoding: Mapping[str, Encoding] = field(default_factory=dict)
    positions: tuple[Encoding, ...] = ()
    others: Encoding | None = None
    version: Version = V3_1


class Reading(NamedTuple):
    """What a payload turned out to say, and what is wrong with it."""

    value: Any = None
    violations: tuple[Violation, ...] = ()


def violation(
    code: str,
    detail: str,
    *,
    at: Sequence[str | int] = (),
    severity: Severity = "error",
    **more: Any,
) -> Violation:
    """Say what is wrong at a place in the body."""
    return Violation(
        location="body",
        pointer=json_pointer.fragment(at),
        code=code,
        detail=detail,
        severity=severity,
        **more,
    )


def against(
    schema: Schema, value: Any, *, at: Sequence[str | int] = ()
) -> tuple[Violation, ...]:
    """Hold a value against its schema; it stands `at` a place in the body.

    Where the schema cannot be had, that is all there is to say.
    """
    found: tuple[Violation, ...] = ()
    try:
        if not schema.is_valid(value):
            from cbmock.contract.explain import explanation  # noqa: PLC0415 - loads jsonschema

            found = explanation.explain(schema, value)
        if schema.bundle.annotated:
            from cbmock.contract.explain import annotations  # noqa: PLC0415 - few need it

            known = {(each.pointer, each.schema, each.code) for each in found}
            found += tuple(
                each
                for each in annotations.of(schema, value)
                if (each.pointer, each.schema, each.code) not in known
            )
    except UnresolvableReference as error:
        found = (unchecked(schema.node, error),)
    return moved(found, at) if at else found


def unchecked(node: Node, error: UnresolvableReference) -> Violation:
    """Say that a value could not be checked, which is no fault of the sender."""
    return violation(
        "unreadable-schema",
        f"the body was not checked: {error.message}",
        severity="warning",
        schema=node.pointer,
    )


def moved(
    violations: Iterable[Violation], at: Sequence[str | int]
) -> tuple[Violation, ...]:
    """Put violations of a part at its place in the whole."""
    start = json_pointer.fragment(at)
    name = str(at[-1]) if at else None
    return tuple(
        replace(
            each,
            name=each.name or shortened(name),
            pointer=start + (each.pointer or "#")[1:],
        )
        for each in violations
    )


def chosen(
    shape: Shape | None, fields: Mapping[str, Sequence[Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Choose for each field one of its readings, so that the whole is valid if it can.

    Returns the value, and the value that schemas can judge: octets are left empty there.
    """
    value = {name: readings[0] for name, readings in fields.items()}
    judged = judgeable(value)
    open_ = {name: each for name, each in fields.items() if len(each) > 1}
    if shape is None or not open_ or shape.is_valid(judged):
        return value, judged
    combinations = itertools.product(*open_.values())
    for each in itertools.islice(combinations, _MOST_COMBINATIONS):
        other = {**value, **dict(zip(open_, each, strict=True))}
        if shape.is_valid(judgeable(other)):
            return other, judgeable(other)
    return value, judged


def judgeable(value: Any) -> Any:
    """Replace octets, which no schema is about (OAS 3.2.0 §4.8.14.4), by a string."""
    if isinstance(value, bytes):
        return ""
    if isinstance(value, dict):
        return {name: judgeable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [judgeable(each) for each in value]
    return value


def about_values(value: Any, violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """Leave out what is said about octets."""
    octets = [json_pointer.fragment(place) for place in _octets(value)]
    if not octets:
        return tuple(violations)
    return tuple(
        each
        for each in violations
        if not any(
            each.pointer == place or str(each.pointer).startswith(f"{place}/")
            for place in octets
        )
    )


def _octets(value: Any) -> Iterator[tuple[str | int, ...]]:
    members: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for name, each in members:
        if isinstance(each, bytes):
            yield (name,)
        elif isinstance(each, list):
            yield from ((name, *below) for below in _octets(each))
