"""Faults: what the deciding engine says is wrong, in the terms of the explaining one.

It decides which schema, keyword and part of the value each error is about. It is imported
only when there is something to explain. It must not know violations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jsonschema_rs
from jsonschema import ValidationError

_MOST_PARTS = 4096
"""How many parts a value may have. All its errors are told at once, at some 10 us each."""

_COLLECTIONS = dict, list


def small(value: Any) -> bool:
    """Tell whether a value has so few parts that all of its errors can be told."""
    parts = 1
    waiting = [value] if isinstance(value, _COLLECTIONS) else []
    for each in waiting:
        parts += len(each)
        if parts > _MOST_PARTS:
            return False
        inner = each.values() if isinstance(each, dict) else each
        waiting += [part for part in inner if isinstance(part, _COLLECTIONS)]
    return True


def errors(
    engine: jsonschema_rs.Draft202012Validator, schema: Any, value: Any
) -> Iterator[ValidationError] | None:
    """Return what is wrong with a value; `schema` is what the engine was made of.

    None where it has lone surrogates or integers too long, which do not come back from
    the engine.
    """
    try:
        faults = engine.iter_errors(value)
    except ValueError:
        return None
    return (_error(each, schema, value, start=0, steps=0) for each in faults)


def _error(
    fault: jsonschema_rs.ValidationError,
    root: Any,
    value: Any,
    *,
    start: int,
    steps: int,
) -> ValidationError:
    """Read one fault; the `value` stands `start` steps down the body.

    The first `start` steps to a part and `steps` to a keyword are those of the fault
    that this one is a reason for.
    """
    at, instance = _part(value, fault.instance_path[start:])
    kind: Any = fault.kind
    if kind.name == "propertyNames":  # it is about a name, not about the object
        fault, kind = kind.error, kind.error.kind
        instance = fault.instance
    schema, path = _schema(
        root, fault.evaluation_path, whole=kind.name == "falseSchema"
    )
    start, deeper = start + len(at), len(path)
    return ValidationError(
        kind.property if kind.name == "required" else fault.message,
        validator=None if schema is False else path[-1],  # type: ignore[arg-type]
        path=at,
        instance=instance,
        schema=schema,
        schema_path=path[steps:],
        validator_value=_fitting(kind),
        context=[
            _error(each, root, instance, start=start, steps=deeper)
            for each in _reasons(kind)
        ],
    )


def _reasons(kind: Any) -> Iterator[jsonschema_rs.ValidationError]:
    """Go through what is wrong with each of several alternatives, if none fits."""
    branches = getattr(kind, "context", [])
    if all(branches):
        for branch in branches:
            yield from branch


def _fitting(kind: Any) -> list[int]:
    """Return which of several alternatives fit, counted from 0."""
    branches = getattr(kind, "context", [])
    return [index for index, branch in enumerate(branches) if not branch]


def _part(value: Any, path: Sequence[str | int]) -> tuple[list[str | int], Any]:
    """Return the path to a part of a value, and the part."""
    steps: list[str | int] = []
    for token in path:
        steps.append(_step(value, token))
        value = value[steps[-1]]
    return steps, value


def _step(value: Any, token: str | int) -> str | int:
    """Return the name that a number stands for: this engine reads `"+1"` as 1 too."""
    if isinstance(token, str) or isinstance(value, list):
        return token
    alike = (name for name in value if name.lstrip("+0") == str(token).lstrip("0"))
    return str(token) if str(token) in value else next(alike)


def _schema(
    root: Any, path: Sequence[str | int], *, whole: bool
) -> tuple[Any, list[str | int]]:
    """Return the schema with the keyword that ends a path, and the path without `$ref`s.

    Where nothing is allowed, the `whole` path leads to a `false` schema.
    """
    here = root
    steps: list[str | int] = []
    for index, step in enumerate(path):
        if step == "$ref" and isinstance(here.get("$ref"), str):
            here = root["$defs"][here["$ref"].rpartition("/")[2]]
            continue
        steps.append(_step(here, step))
        if not (index == len(path) - 1 and _ends(here, steps, whole=whole)):
            here = here[steps[-1]]
    return here, steps


def _ends(schema: Any, steps: list[str | int], *, whole: bool) -> bool:
    """Tell whether the last step is the keyword that was broken.

    Of an `additionalProperties` or `items` alone this engine says that it is a `false`
    schema.
    """
    alone = steps[-1:] in (["additionalProperties"], ["items"])
    named = steps[-2:-1] in (["properties"], ["patternProperties"])
    return not whole or (alone and not named and schema[steps[-1]] is False)
