"""Members that a whole value lacks: found without the engine.

The engine copies the value into each error about it, which takes longer than the check.
It decides for which schemas that can be left out. It must not know violations.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cbmock.contract.schemas import engine, engine_errors
from cbmock.contract.schemas.schema_error import SchemaError

_MOST = 20
"""The engine's order counts where there are more errors than are reported."""
_UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})

Compile = Callable[[dict[str, Any]], engine.Validator]


class MissingMembers:
    """What a bundled schema requires of the whole value, and the rest of the schema."""

    def __init__(self, root: dict[str, Any], compile_schema: Compile) -> None:
        """Follow the references of a bundled schema."""
        self._schema = _target(root)
        others = {k: v for k, v in self._schema.items() if k != "required"}
        known = _UNEVALUATED.isdisjoint(others)
        self._required: list[str] = self._schema.get("required", []) if known else []
        self._rest = {**others, "$defs": root["$defs"]}
        self._compile = compile_schema

    @functools.cached_property
    def _validator(self) -> engine.Validator:
        return self._compile(self._rest)

    def errors(self, value: Any, most: int) -> list[SchemaError] | None:
        """Return all errors of a value that lacks members.

        None if the engine has to, or if there are `most` or more.
        """
        if type(value) is not dict:
            return None
        missing = [name for name in self._required if name not in value]
        if not missing:
            return None
        most = min(most, _MOST)
        rest = engine_errors.errors(self._validator, self._rest, value, most)
        if rest is None:
            return None
        found = [self._lacking(name, value) for name in missing]
        found += map(self._placed, rest)
        return found if len(found) < most else None

    def _lacking(self, name: str, value: Any) -> SchemaError:
        return SchemaError(
            path=(),
            schema_path=("required",),
            schema=self._schema,
            keyword="required",
            value=value,
            names=(name,),
        )

    def _placed(self, error: SchemaError) -> SchemaError:
        """Return an error of the rest as one of the whole schema."""
        if error.schema is not self._rest:
            return error
        return replace(error, schema=self._schema)


def _target(root: dict[str, Any]) -> dict[str, Any]:
    """Return the definition that a schema is a reference to, directly or not."""
    schema, seen = root, set()
    while schema.keys() - {"$defs"} == {"$ref"}:
        name = schema["$ref"].rpartition("/")[2]
        target = root["$defs"][name]
        if name in seen or not isinstance(target, dict):
            return {}
        seen.add(name)
        schema = target
    return schema
