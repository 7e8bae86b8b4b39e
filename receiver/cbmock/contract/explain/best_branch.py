"""Alternatives: which branch of a failed `anyOf` or `oneOf` the sender meant.

It decides by the discriminator, else by what is nearest. It must not know violations or
their words.
"""

from __future__ import annotations

from typing import Any

from jsonschema import ValidationError

from cbmock.contract.schemas.schema import Schema


def meant(schema: Schema, error: ValidationError) -> list[ValidationError]:
    """Replace a failed `anyOf` or `oneOf` by the errors of the branch that was meant."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        return [error]
    branches = _branches(error)
    if not branches or refusals(error):
        return [error]
    named = branches.get(_discriminated(schema, error))
    nearest = named or min(branches.values(), key=lambda each: _distance(each, error))
    return [deeper for each in nearest for deeper in meant(schema, each)]


def _branches(error: ValidationError) -> dict[Any, list[ValidationError]]:
    branches: dict[Any, list[ValidationError]] = {}
    for each in error.context or ():
        if each.schema is False:
            continue  # a branch that nothing can be meant for
        branches.setdefault(each.relative_schema_path[0], []).append(each)
    return branches


def refusals(error: ValidationError) -> list[ValidationError]:
    """Return what refuses the value as a whole in every branch; nothing if one may fit.

    That is its type, or that another constant is asked for.
    """
    found = []
    for branch in _branches(error).values():
        refusal = _refusal(
            [e for e in branch if e.absolute_path == error.absolute_path]
        )
        if not refusal:
            return []
        found += refusal
    return found


def _refusal(branch: list[ValidationError]) -> list[ValidationError]:
    for keyword in ("type", "const", "enum"):
        for each in branch:
            if each.validator == keyword:
                return [each]
    return next((inner for each in branch if (inner := refusals(each))), [])


def _discriminated(schema: Schema, error: ValidationError) -> int | None:
    """Return the branch that the value names (OAS 3.1.1 §4.8.25)."""
    alternatives = schema.place(error.schema).node.value
    discriminator = alternatives.get("discriminator")
    if not isinstance(discriminator, dict) or not isinstance(error.instance, dict):
        return None
    name = error.instance.get(str(discriminator.get("propertyName")))
    mapping = discriminator.get("mapping")
    target = mapping.get(str(name), name) if isinstance(mapping, dict) else name
    component = str(target).rpartition("/")[2]
    for index, branch in enumerate(alternatives.get(error.validator, ())):
        reference = branch.get("$ref") if isinstance(branch, dict) else None
        if str(reference).rpartition("/")[2] == component:
            return index
    return None


def _distance(branch: list[ValidationError], error: ValidationError) -> tuple[int, ...]:
    """Rank a branch: wrong kind of value, then wrong constants, then wrong fields."""
    depth = len(error.absolute_path)
    at_top = sum(
        1
        for each in branch
        if each.validator == "type" and len(each.absolute_path) == depth
    )
    constants = sum(
        1
        for each in branch
        if each.validator in ("const", "enum") and len(each.absolute_path) <= depth + 1
    )
    return at_top, constants, len(branch)
