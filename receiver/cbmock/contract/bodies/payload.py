"""Payload: a body with what the document says about it, and the result of reading it.

It decides how a value that was read is validated by its schema. It must not know any
media type; each has a reader of its own (`readers`).
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
    """A body of one media type, and what the document says about it.

    `items` is the `itemSchema` of 3.2; `encoding` describes properties by name,
    `positions` parts by position, `others` all further parts. `version` is that of the
    document, `depth` in how many multipart bodies it is a part.
    """

    data: bytes
    media_type: MediaType
    shape: Shape | None = None
    items: Shape | None = None
    encoding: Mapping[str, Encoding] = field(default_factory=dict)
    positions: tuple[Encoding, ...] = ()
    others: Encoding | None = None
    version: Version = V3_1
    depth: int = 0


class ParsedBody(NamedTuple):
    """The value of a payload, and its violations."""

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
    """Return a violation at a place in the body."""
    return Violation(
        location="body",
        pointer=json_pointer.fragment(at),
        code=code,
        detail=detail,
        severity=severity,
        **more,
    )


def validate(
    schema: Schema,
    value: Any,
    *,
    at: Sequence[str | int] = (),
    parts: int | None = None,
    refused_by: object = None,
) -> tuple[Violation, ...]:
    """Validate a value that stands `at` a place in the body.

    It has no more than `parts` parts, if that is known. It is known to be invalid if it
    was refused by the fast check of the same schema. Where the schema cannot be read,
    that is the only violation.
    """
    found: tuple[Violation, ...] = ()
    try:
        is_refused = refused_by is not None and refused_by is schema.fast_check
        if is_refused or not schema.is_valid(value):
            from cbmock.contract.explain import explanation  # noqa: PLC0415 - 30 ms, loads jsonschema

            found = explanation.explain(schema, value, parts=parts)
        if schema.bundle.annotated:
            from cbmock.contract.explain import annotations  # noqa: PLC0415 - 20 ms, few need it

            known = {(each.pointer, each.schema, each.code) for each in found}
            found += tuple(
                each
                for each in annotations.warnings_about(schema, value)
                if (each.pointer, each.schema, each.code) not in known
                and not annotations.repeats(each, found)
            )
            found += tuple(_endless(schema.bundle.endless))
    except UnresolvableReference as error:
        found = (not_checked(schema.node, error),)
    return at_path(found, at) if at else found


def _endless(node: Node | None) -> Iterator[Violation]:
    """Yield a warning where a schema applies itself to the same value again."""
    if node is not None:
        detail = (
            f"the body was not checked in full: {node.pointer} applies itself to the "
            "same value again"
        )
        yield violation(
            "unreadable-schema", detail, severity="warning", schema=node.pointer
        )


def not_checked(node: Node, error: UnresolvableReference) -> Violation:
    """Return the warning that a value could not be checked."""
    return violation(
        "unreadable-schema",
        f"the body was not checked: {error.message}",
        severity="warning",
        schema=node.pointer,
    )


def at_path(
    violations: Iterable[Violation], at: Sequence[str | int]
) -> tuple[Violation, ...]:
    """Move the violations of a part to its place in the whole body."""
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


def choose_values(
    shape: Shape | None, fields: Mapping[str, Sequence[Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Choose one of the possible values of each field so that the whole is valid if it can.

    Returns the value, and a copy of it for validation, without binary data.
    """
    value = {name: possible[0] for name, possible in fields.items()}
    validated = without_binary(value)
    undecided = {name: each for name, each in fields.items() if len(each) > 1}
    if shape is None or not undecided or shape.is_valid(validated):
        return value, validated
    combinations = itertools.product(*undecided.values())
    for each in itertools.islice(combinations, _MOST_COMBINATIONS):
        other = {**value, **dict(zip(undecided, each, strict=True))}
        if shape.is_valid(without_binary(other)):
            return other, without_binary(other)
    return value, validated


def without_binary(value: Any) -> Any:
    """Replace binary data, which no schema describes (OAS 3.2.0 §4.8.14.4), by ""."""
    if isinstance(value, bytes):
        return ""
    if isinstance(value, dict):
        return {name: without_binary(each) for name, each in value.items()}
    if isinstance(value, list):
        return [without_binary(each) for each in value]
    return value


def outside_binary(
    value: Any, violations: Iterable[Violation]
) -> tuple[Violation, ...]:
    """Leave out violations inside binary data."""
    binary = [json_pointer.fragment(place) for place in _binary(value)]
    if not binary:
        return tuple(violations)
    return tuple(
        each
        for each in violations
        if not any(
            each.pointer == place or str(each.pointer).startswith(f"{place}/")
            for place in binary
        )
    )


def _binary(value: Any) -> Iterator[tuple[str | int, ...]]:
    members: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for name, each in members:
        if isinstance(each, bytes):
            yield (name,)
        elif isinstance(each, list):
            yield from ((name, *below) for below in _binary(each))
