"""Compiled schemas: the validators of a bundled schema, shared by all that are equal.

It decides which schemas share validators: those whose bundles are the same text, wherever
they come from. It must not know documents. Many operations have the same body or the same
header fields, and one validator that stays in the processor's caches is three times as
fast as many.
"""

from __future__ import annotations

import functools
import weakref
from typing import Any

import jsonschema_rs

from cbmock.contract.schemas import closed_schema, engine
from cbmock.contract.schemas.engine import Validator


class CompiledSchema:
    """The validators of one bundled schema, each compiled when it is first needed."""

    def __init__(self, schema: dict[str, Any], *, custom_formats: bool) -> None:
        """Keep the schema; with custom formats, the validators check them."""
        self.schema = schema
        self._compile = functools.partial(
            engine.compile_schema, custom_formats=custom_formats
        )

    @functools.cached_property
    def fast(self) -> Validator | None:
        """The validator that decides; None if jsonschema-rs cannot read a pattern."""
        try:
            return self._compile(self.schema)
        except (jsonschema_rs.ValidationError, ValueError):
            return None

    @functools.cached_property
    def closed(self) -> Validator | None:
        """A stricter and faster validator: whatever it accepts, `fast` accepts."""
        schema = closed_schema.closed(self.schema)
        return None if schema is None else self._compile(schema)

    @functools.cached_property
    def explaining(self) -> Validator:
        """The validator that finds errors."""
        return self._compile(self.schema, explains=True)

    def accepts(self, value: Any) -> bool:
        """Return whether a value without surrogates is valid; False without `fast`."""
        closed, fast = self.closed, self.fast
        if closed is not None and closed.is_valid(value):
            return True
        return fast is not None and fast.is_valid(value)


_known: weakref.WeakValueDictionary[tuple[int, bool], CompiledSchema] = (
    weakref.WeakValueDictionary()
)
"""By the hash of the text; the texts themselves would take as much memory again."""


def compiled(schema: dict[str, Any], *, custom_formats: bool) -> CompiledSchema:
    """Return the validators of a bundled schema, which must not change any more."""
    try:
        text = repr(schema)  # `==` would not distinguish `1` from `true`
    except RecursionError:
        return CompiledSchema(schema, custom_formats=custom_formats)
    key = hash(text), custom_formats
    found = _known.get(key)
    if found is None or repr(found.schema) != text:
        found = _known[key] = CompiledSchema(schema, custom_formats=custom_formats)
    return found
