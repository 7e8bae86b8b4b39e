"""Inner engines: the validators of schemas inside a bundle, for members of a value.

It decides which schemas need one, and what is compiled for it. It must not know how
values are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from cbmock.contract.schemas.engine import compile_schema
from cbmock.mock.generation.schema_parts import Definitions, reference

Engine = jsonschema_rs.Draft202012Validator


class InnerEngines:
    """The validators of one bundle's inner schemas; each is compiled once."""

    def __init__(self, definitions: Definitions) -> None:
        """Take the definitions that the schemas refer to."""
        self._definitions = definitions
        # Keeps the schemas too, so that their ids are not reused.
        self._known: dict[int, tuple[Any, Engine | None]] = {}

    def find(self, schema: dict[str, Any]) -> Engine | None:
        """Return the validator of a schema; None if it needs none or has none."""
        known = self._known.get(id(schema))
        if known is None:
            engine = None
            if _needs_engine(schema):
                used = _reachable(schema, self._definitions)
                engine = _engine_of({**schema, "$defs": used})
            known = self._known[id(schema)] = schema, engine
        return known[1]


def _needs_engine(schema: Mapping[str, Any]) -> bool:
    """Return whether generated values need a check: not those of plain scalars."""
    plain = schema.keys() <= {"type"} and "object" not in schema.get("type", ())
    return not plain


def _reachable(schema: Any, definitions: Definitions) -> dict[str, Any]:
    """Return the definitions that a schema leads to."""
    found: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        for each in _objects(waiting.pop()):
            name = reference(each)
            if name in definitions and name not in found:
                found[name] = definitions[name]
                waiting.append(definitions[name])
    return found


def _objects(schema: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if isinstance(each.get("$ref", ""), str):
                yield each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _engine_of(schema: dict[str, Any]) -> Engine | None:
    """Return the validator of a schema; None if the engine cannot read it."""
    try:
        return compile_schema(schema)
    except (jsonschema_rs.ValidationError, ValueError):
        return None
