"""Why a value is invalid, as violations that people can act on.

It decides how many of an engine's errors are reported, and everything about a violation
except its sentence. It is imported only when there is something to explain. It must not
know requests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from cbmock.contract.explain import described, messages
from cbmock.contract.explain.best_branch import (
    BranchError,
    alternative_name,
    errors_of_best_branch,
)
from cbmock.contract.schemas import formats
from cbmock.contract.schemas.bundling import SchemaOrigin
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.schema_error import SchemaError
from cbmock.description import json_pointer, schema_keywords
from cbmock.description.source_pointer import SourcePointer
from cbmock.violations import MOST_VIOLATIONS, Location, Violation, shortened

"""How many violations of one value are reported; the others are left out."""

_MOST_NAMES = 5
_MISSING = ("required", "dependentRequired")
_IS_MISSING = " is missing"


def explain(
    schema: Schema,
    value: Any,
    *,
    location: Location = "body",
    name: str | None = None,
    parts: int | None = None,
) -> tuple[Violation, ...]:
    """Return the violations of an invalid value, at least one.

    The value has no more than `parts` parts, if that is known.

    A null that only an ineffective `nullable` would allow is always a warning.
    """
    found = _violations(schema, value, location, name, parts)
    lenient = schema.lenient
    if lenient is None:
        return found
    wrong: tuple[Violation, ...] = ()
    if not lenient.is_valid(value):
        wrong = _violations(lenient, value, location, name, parts)
    rules = {_rule(each) for each in wrong}
    nulls = {
        (each.pointer, each.schema): replace(
            each, severity="warning", code="nullable-ineffective"
        )
        for each in reversed(found)
        if _rule(each) not in rules and (_is_null(each) or not wrong)
    }
    return (*wrong, *reversed(nulls.values()))[:MOST_VIOLATIONS]


def _rule(violation: Violation) -> tuple[str | None, str | None, str]:
    return violation.pointer, violation.schema, violation.code


def _is_null(violation: Violation) -> bool:
    return violation.received is None and violation.code != "required"


def _violations(
    schema: Schema,
    value: Any,
    location: Location,
    name: str | None,
    parts: int | None,
) -> tuple[Violation, ...]:
    found = [
        _violation(schema, each, location, name)
        for error in islice(schema.errors(value, parts), MOST_VIOLATIONS)
        for each in errors_of_best_branch(schema, BranchError(error))
    ]
    return _with_missing_joined(_distinct(found))


def _with_missing_joined(found: tuple[Violation, ...]) -> tuple[Violation, ...]:
    """If many properties of one object are missing, join the last into one violation."""
    if len(found) <= _MOST_NAMES:
        return found
    missing: dict[str | None, list[Violation]] = {}
    for each in found:
        if each.code == "required" and each.detail.endswith(_IS_MISSING):
            missing.setdefault(each.pointer, []).append(each)
    many = [group for group in missing.values() if len(group) > _MOST_NAMES]
    joined = {id(group[_MOST_NAMES - 1]): _joined(group) for group in many}
    left_out = {id(each) for group in many for each in group[_MOST_NAMES:]}
    return tuple(
        joined.get(id(each), each) for each in found if id(each) not in left_out
    )


def _joined(missing: list[Violation]) -> Violation:
    first, *others = rest = missing[_MOST_NAMES - 1 :]
    details = [each.detail.removesuffix(_IS_MISSING) for each in rest]
    branch, _, __ = details[0].rpartition(": '")
    listed = ", ".join(
        [details[0], *(each.removeprefix(f"{branch}: ") for each in details[1:])]
    )
    name = first.name
    if first.location == "body":
        name = shortened(", ".join(str(each.name) for each in (first, *others)))
    return replace(first, name=name, detail=f"{shortened(listed)} are missing")


def _distinct(found: Iterable[Violation]) -> tuple[Violation, ...]:
    seen: set[tuple[str | None, str, str]] = set()
    kept = []
    for each in found:
        key = (each.pointer, each.code, each.detail)
        if key not in seen:
            seen.add(key)
            kept.append(each)
    return tuple(kept[:MOST_VIOLATIONS])


def _violation(
    schema: Schema, found: BranchError, location: Location, name: str | None
) -> Violation:
    error = found.error
    rule = _rule_of(schema, error)
    code = rule.code
    in_body = location == "body"
    said = messages.sentence(error, code, rule.value, rule.known)
    if found.around is not None:
        said = _branch(schema, found.around, found.branch) + said
    return Violation(
        location=location,
        name=_name(error) if in_body else name,
        pointer=json_pointer.fragment(error.path) if in_body or error.path else None,
        code=code,
        detail=said,
        schema=rule.pointer,
        expected=rule.expected,
        received=None if code in _MISSING else shortened(error.value),
    )


class _BrokenRule(NamedTuple):
    """What violations of one rule have in common: the keyword, its value and its place.

    `known` are the names that hints about it need.
    """

    code: str
    value: Any
    expected: Any
    pointer: SourcePointer
    known: tuple[str, ...]


class _BrokenRules(dict[tuple[int, str | None], _BrokenRule]):
    """The rules of one schema that values have broken, by subschema and keyword."""


def _rule_of(schema: Schema, error: SchemaError) -> _BrokenRule:
    if id(error.schema) not in schema.bundle.places:
        return _described_rule(schema, error)
    known = schema.derived.setdefault(_BrokenRules, _BrokenRules())
    key = id(error.schema), error.keyword
    found: _BrokenRule | None = known.get(key)
    if found is None:
        found = known[key] = _described_rule(schema, error)
    return found


def _described_rule(schema: Schema, error: SchemaError) -> _BrokenRule:
    place = schema.place(error.schema, error.schema_path)
    # A `false` schema is `{"not": {}}` (2020-12 §4.3.2).
    code = "not" if error.schema is False else place.keyword or str(error.keyword)
    rule = error.expected
    if place.keyword is not None:
        rule = place.node.value[place.keyword]
    rule = _expected(code, rule, place)
    known = described.property_names(schema, error, place.node)
    return _BrokenRule(code, rule, shortened(rule), place.node.pointer, known)


def _branch(schema: Schema, error: SchemaError, index: int) -> str:
    """Name the alternative that the value is checked against, if it has a name."""
    around = schema.place(error.schema).node.value
    branches = around.get(error.keyword) if isinstance(around, dict) else None
    if not isinstance(branches, list):
        return ""
    others = [each for each in branches if each != {"type": "null"}]
    name = alternative_name(branches[index]) if len(others) > 1 else None
    return "" if name is None else f"as {shortened(name)}: "


def _expected(code: str, rule: Any, place: SchemaOrigin) -> Any:
    """Return the rule as the user wrote it: the bundled copy has other references."""
    if code == "format":
        return formats.documented_name(rule)
    if code not in schema_keywords.SUBSCHEMAS:
        return rule
    original = place.node.value
    return original.get(code) if isinstance(original, dict) else None


def _name(error: SchemaError) -> str | None:
    """Return the property that is missing, not allowed, or wrong."""
    if error.names:
        return str(shortened(", ".join(error.names[:_MOST_NAMES])))
    if error.is_name:
        return str(shortened(error.value))
    return str(shortened(str(error.path[-1]))) if error.path else None
