"""Which branch of a failed `anyOf` or `oneOf` explains best why a value is invalid.

It decides by the discriminator, else by what is nearest. It must not know violations or
their words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.schema_error import SchemaError

_ErrorsByBranch = Mapping[int, tuple[SchemaError, ...]]


class BranchError(NamedTuple):
    """An error, and the alternative that it was found in: its keyword and index."""

    error: SchemaError
    around: SchemaError | None = None
    branch: int = 0


def errors_of_best_branch(schema: Schema, error: BranchError) -> list[BranchError]:
    """Replace a failed `anyOf` or `oneOf` with the errors of its nearest branch."""
    parent = error.error
    branches = _branches(parent) if parent.branches else None
    if not branches or refusals(parent):
        return [error]
    index = _discriminated(schema, parent)
    if index not in branches:
        nullable = schema.bundle.nullable
        index = min(
            branches,
            key=lambda each: (
                not (nullable and all(map(_is_of_null, branches[each]))),
                *_distance(branches[each], parent),
            ),
        )
    return [
        deeper
        for each in branches[index]
        for deeper in errors_of_best_branch(schema, BranchError(each, parent, index))
    ]


def _branches(error: SchemaError) -> _ErrorsByBranch:
    """Return the alternatives that some value could satisfy."""
    if error.keyword not in ("anyOf", "oneOf"):
        return {}
    return {
        index: tuple(each for each in errors if each.schema is not False)
        for index, errors in error.branches.items()
        if any(each.schema is not False for each in errors)
    }


def refusals(error: SchemaError) -> list[SchemaError]:
    """Return the errors that reject the whole value in every branch; none if one may match.

    Such an error is about the value's type, or about another constant.
    """
    found = []
    for branch in _branches(error).values():
        refusal = _refusal([each for each in branch if each.path == error.path])
        if not refusal:
            return []
        found += refusal
    return found


def _refusal(branch: list[SchemaError]) -> list[SchemaError]:
    for keyword in ("type", "const", "enum"):
        for each in branch:
            if each.keyword == keyword:
                return [each]
    return next((inner for each in branch if (inner := refusals(each))), [])


def _discriminated(schema: Schema, error: SchemaError) -> int:
    """Return the branch that the value names (OAS 3.1.1 §4.8.25); -1 for none."""
    alternatives = schema.place(error.schema).node.value
    discriminator = alternatives.get("discriminator")
    if not isinstance(discriminator, dict) or not isinstance(error.value, dict):
        return -1
    property_name = str(discriminator.get("propertyName"))
    name = error.value.get(property_name)
    mapping = discriminator.get("mapping")
    target = mapping.get(str(name), name) if isinstance(mapping, dict) else name
    component = str(target).rpartition("/")[2]
    for index, branch in enumerate(alternatives.get(error.keyword, ())):
        reference = branch.get("$ref") if isinstance(branch, dict) else None
        if str(reference).rpartition("/")[2] == component:
            return index
    return -1


def _is_of_null(error: SchemaError) -> bool:
    """Return whether the value would be valid if some nulls in it were allowed."""
    if error.value is None:
        return True
    return any(all(map(_is_of_null, each)) for each in _branches(error).values())


def _distance(branch: tuple[SchemaError, ...], error: SchemaError) -> tuple[int, ...]:
    """Rank a branch: wrong kind of value, then wrong constants, then wrong fields."""
    depth = len(error.path)
    types = [each for each in branch if each.keyword == "type"]
    constants = [each for each in branch if each.keyword in ("const", "enum")]
    return (
        sum(len(each.path) == depth for each in types),
        sum(len(each.path) <= depth + 1 for each in constants),
        len(branch),
    )


def alternative_name(branch: Any) -> str | None:
    """Return the user's name of an alternative, if it has one."""
    name = branch.get("$ref", branch.get("title")) if isinstance(branch, dict) else None
    return name.rpartition("/")[2] if isinstance(name, str) else None
