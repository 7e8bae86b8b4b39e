"""Explanation: why a value is invalid, as violations that people can act on.

It decides how many of an engine's errors are told, and what else they say besides words.
It is imported only when there is something to explain. It must not know requests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Any

from jsonschema import ValidationError

from cbmock.contract.explain import best_branch, messages
from cbmock.contract.schemas.bundling import Place
from cbmock.contract.schemas.jsonschema_engine import extras
from cbmock.contract.schemas.schema import Schema
from cbmock.description import json_pointer, schema_keywords
from cbmock.violations import Location, Violation, shortened

_MOST = 20
"""How many violations one value may have before the rest is left out."""

_MOST_NAMES = 5
_MISSING = ("required", "dependentRequired")


def explain(
    schema: Schema,
    value: Any,
    *,
    location: Location = "body",
    name: str | None = None,
) -> tuple[Violation, ...]:
    """Say what is wrong with an invalid value: at least one violation.

    A null where only an ineffective `nullable` allows it is a warning, whatever else is
    wrong.
    """
    told = _told(schema, value, location, name)
    lenient = schema.lenient
    if lenient is None:
        return told
    wrong = () if lenient.is_valid(value) else _told(lenient, value, location, name)
    rules = {_rule(each) for each in wrong}
    nulls = {
        (each.pointer, each.schema): replace(
            each, severity="warning", code="nullable-ineffective"
        )
        for each in reversed(told)
        if _rule(each) not in rules and (_is_null(each) or not wrong)
    }
    return (*wrong, *reversed(nulls.values()))[:_MOST]


def _rule(violation: Violation) -> tuple[str | None, str | None, str]:
    return violation.pointer, violation.schema, violation.code


def _is_null(violation: Violation) -> bool:
    return violation.received is None and violation.code != "required"


def _told(
    schema: Schema, value: Any, location: Location, name: str | None
) -> tuple[Violation, ...]:
    told = [
        _violation(schema, each, location, name)
        for error in islice(schema.errors(value), _MOST)
        for each in best_branch.meant(schema, error)
    ]
    return _handful(_distinct(told))


def _handful(told: tuple[Violation, ...]) -> tuple[Violation, ...]:
    """Tell of many properties missing in one object the last ones together."""
    missing: dict[str | None, list[Violation]] = {}
    for each in told:
        if each.code == "required":
            missing.setdefault(each.pointer, []).append(each)
    many = [group for group in missing.values() if len(group) > _MOST_NAMES]
    joined = {id(group[_MOST_NAMES - 1]): _joined(group) for group in many}
    left_out = {id(each) for group in many for each in group[_MOST_NAMES:]}
    return tuple(
        joined.get(id(each), each) for each in told if id(each) not in left_out
    )


def _joined(missing: list[Violation]) -> Violation:
    first, *others = rest = missing[_MOST_NAMES - 1 :]
    said = [each.detail.removesuffix(" is missing") for each in rest]
    meant, _, __ = said[0].rpartition(": '")
    listed = ", ".join(
        [said[0], *(each.removeprefix(f"{meant}: ") for each in said[1:])]
    )
    name = first.name
    if first.location == "body":
        name = shortened(", ".join(str(each.name) for each in (first, *others)))
    return replace(first, name=name, detail=f"{shortened(listed)} are missing")


def _distinct(told: Iterable[Violation]) -> tuple[Violation, ...]:
    seen: set[tuple[str | None, str, str]] = set()
    kept = []
    for each in told:
        key = (each.pointer, each.code, each.detail)
        if key not in seen:
            seen.add(key)
            kept.append(each)
    return tuple(kept[:_MOST])


def _violation(
    schema: Schema,
    error: ValidationError,
    location: Location,
    name: str | None,
) -> Violation:
    place = schema.place(error.schema, error.absolute_schema_path)
    # A `false` schema is `{"not": {}}` (2020-12 §4.3.2).
    code = "not" if error.schema is False else place.keyword or str(error.validator)
    rule = messages.rule_of(error)
    if place.keyword is not None:
        rule = place.node.value[place.keyword]
    rule = _expected(code, rule, place)
    in_body = location == "body"
    path = list(error.absolute_path)
    return Violation(
        location=location,
        name=_name(error) if in_body else name,
        pointer=json_pointer.fragment(path) if in_body or path else None,
        code=code,
        detail=_meant(schema, error) + messages.sentence(error, code, rule),
        schema=place.node.pointer,
        expected=shortened(rule),
        received=None if code in _MISSING else shortened(error.instance),
    )


def _meant(schema: Schema, error: ValidationError) -> str:
    """Name the alternative that the value is held against, if it has a name."""
    parent = error.parent
    if parent is None or parent.validator not in ("anyOf", "oneOf"):
        return ""
    around = schema.place(parent.schema).node.value
    branches = around.get(parent.validator) if isinstance(around, dict) else None
    index = error.relative_schema_path[0]
    if not isinstance(branches, list) or not isinstance(index, int):
        return ""
    others = [each for each in branches if each != {"type": "null"}]
    name = messages.named(branches[index]) if len(others) > 1 else None
    return "" if name is None else f"as {shortened(name)}: "


def _expected(code: str, rule: Any, place: Place) -> Any:
    """Return the rule as the user wrote it: the copy's references are our own."""
    if code not in schema_keywords.SUBSCHEMAS:
        return rule
    original = place.node.value
    return original.get(code) if isinstance(original, dict) else None


def _name(error: ValidationError) -> str | None:
    """Return the property that is meant: the one missing, too many, or wrong."""
    path = error.absolute_path
    if error.validator in _MISSING:
        names = [error.message]
    elif error.validator == "additionalProperties" and error.schema is not False:
        names = extras(error.instance, error.schema)
    else:
        names = [str(path[-1])] if path else []
    return shortened(", ".join(names[:_MOST_NAMES])) if names else None
