"""Schemas: whether a value is valid, and what is wrong where it is not.

It decides which engine is used: jsonschema-rs decides, and explains as far as its paths
and its work are bounded; otherwise jsonschema walks the same bundle. It must not know requests,
only values.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cbmock.contract.schemas import bundling, compiled_schema, engine, formats
from cbmock.contract.schemas.bundling import Annotation, Bundle, SchemaOrigin
from cbmock.contract.schemas.compiled_schema import CompiledSchema
from cbmock.contract.schemas.schema_error import SchemaError
from cbmock.description.references import Description, Node

if TYPE_CHECKING:
    from cbmock.contract.schemas.jsonschema_narrowed import Engines
    from cbmock.contract.schemas.missing_members import MissingMembers


class Schema:
    """A Schema Object that values can be checked against.

    Compiled when it is first needed. Its only state is the memo of what is derived from it.
    """

    def __init__(
        self,
        node: Node,
        description: Description,
        *,
        waived: Annotation = "writeOnly",
        lenient: bool = False,
        partial: bool = False,
    ) -> None:
        """Keep the schema at `node`; nothing is read yet."""
        self.node = node
        self.description = description
        self._waived = waived
        self._lenient = lenient
        self._partial = partial

    @functools.cached_property
    def bundle(self) -> Bundle:
        """The schema with all that it refers to; may raise `UnresolvableReference`."""
        return bundling.bundle(
            self.node,
            self.description,
            waived=self._waived,
            lenient=self._lenient,
            partial=self._partial,
        )

    @property
    def reading(self) -> tuple[Hashable, ...]:
        """What decides which values are valid: its place, and how it is read.

        A schema that only refers to another has the place of that one. May raise
        `UnresolvableReference`.
        """
        definition, definitions = self.bundle.schema, self.bundle.schema["$defs"]
        seen = set()
        while len(definition.keys() - {"$defs"}) == 1 and "$ref" in definition:
            name = definition["$ref"].rpartition("/")[2]
            if name in seen or not isinstance(definitions[name], dict):
                break
            seen.add(name)
            definition = definitions[name]
        place = self.place(definition).node.place
        formats = tuple(sorted(self.description.formats.items()))
        return place, self._waived, self._lenient, self._partial, formats

    @functools.cached_property
    def _compiled(self) -> CompiledSchema:
        return compiled_schema.compiled(
            self.bundle.schema, custom_formats=self._has_custom_formats
        )

    @functools.cached_property
    def _has_custom_formats(self) -> bool:
        return not self.bundle.formats.isdisjoint(formats.CUSTOM_CHECKS)

    @functools.cached_property
    def _missing_members(self) -> MissingMembers:
        from cbmock.contract.schemas.missing_members import MissingMembers  # noqa: PLC0415 - 1 ms, few need it

        compile_rest = functools.partial(
            engine.compile_schema,
            custom_formats=self._has_custom_formats,
            explains=True,
        )
        return MissingMembers(self.bundle.schema, compile_rest)

    @functools.cached_property
    def _must_walk(self) -> bool:
        """Whether jsonschema-rs may give too many errors, or ambiguous paths."""
        from cbmock.contract.schemas import engine_errors, error_growth  # noqa: PLC0415 - 10 ms, few need it

        schema = self.bundle.schema
        if error_growth.multiplies_errors(schema):
            return True
        return engine_errors.has_unclear_names(
            engine_errors.collections(schema["$defs"]) or []
        )

    @functools.cached_property
    def _known(self) -> Engines:
        return {}

    @functools.cached_property
    def derived(self) -> dict[type, Any]:
        """What others derive from it once, by its type: it goes with the schema."""
        return {}

    @functools.cached_property
    def lenient(self) -> Schema | None:
        """The same schema with effect for every ineffective `nullable`; None without one."""
        if self._lenient or not self.bundle.nullable:
            return None
        return Schema(self.node, self.description, waived=self._waived, lenient=True)

    @functools.cached_property
    def readable_parts(self) -> Schema:
        """The same schema, with `false` in place of every unreadable reference."""
        return Schema(self.node, self.description, waived=self._waived, partial=True)

    @functools.cached_property
    def fast_check(self) -> Callable[[Any], bool] | None:
        """A function that proves a value without surrogates valid and free of warnings.

        None if that needs jsonschema or the annotations. May raise
        `UnresolvableReference`.
        """
        if self._compiled.fast is None or self.bundle.annotated:
            return None
        return self._compiled.accepts

    def is_valid(self, value: Any) -> bool:
        """Return whether the value is valid."""
        fast = self._compiled.fast
        if fast is None:
            return next(self.errors(value), None) is None
        return engine.accepts(fast, value)

    def walks(self, value: Any) -> bool:
        """Return whether jsonschema alone finds the value valid."""
        return next(self._walked(value, narrowed=False), None) is None

    def errors(self, value: Any, parts: int | None = None) -> Iterator[SchemaError]:
        """Explain why an invalid value is invalid; it has no more than `parts` if given.

        jsonschema-rs gives all errors if the value is small and its names are unambiguous;
        else jsonschema walks the invalid parts of the value, and can stop early.
        """
        from cbmock.contract.schemas import engine_errors  # noqa: PLC0415 - 5 ms, few need it

        fast = self._compiled.fast
        if fast is None:
            return self._walked(value, narrowed=False)
        unclear = self._must_walk
        if not unclear and engine_errors.is_small(value, parts):
            errors = self._found(value)
            if errors is not None:
                return errors
        walked = self._walked(value, narrowed=True)
        first = next(walked, None)
        if first is not None:
            return itertools.chain([first], walked)
        if engine.accepts(fast, value):
            return iter(())
        errors = None if unclear else self._found(engine.encodable(value))
        return errors or iter([self._unexplained(value)])

    def _found(self, value: Any) -> Iterator[SchemaError] | None:
        from cbmock.contract.schemas import engine_errors  # noqa: PLC0415 - 5 ms, few need it

        most = self.description.limits.errors
        missing = self._missing_members.errors(value, most)
        if missing is not None:
            return iter(missing)
        found = engine_errors.errors(
            self._compiled.explaining, self.bundle.schema, value, most
        )
        first = None if found is None else next(found, None)
        return None if first is None else itertools.chain([first], found or ())

    def _unexplained(self, value: Any) -> SchemaError:
        """Return an error without a reason, if no engine finds one within bounds."""
        return SchemaError(
            path=(),
            schema_path=(),
            schema=self.bundle.schema,
            keyword="unexplained",
            value=value,
            message="the value is not valid; the reason cannot be found within bounds",
        )

    def place(self, schema: Any, path: Iterable[str | int] = ()) -> SchemaOrigin:
        """Return the place of an error's schema in the user's document.

        A boolean schema can only be found by the error's `path`.
        """
        known = self.bundle.places.get(id(schema))
        return known or self.bundle.at(path) or SchemaOrigin(self.node)

    def _walked(self, value: Any, *, narrowed: bool = False) -> Iterator[SchemaError]:
        """Walk the value with jsonschema as far as the recursion limit allows.

        If `narrowed`, parts that jsonschema-rs finds valid are left out.
        """
        from cbmock.contract.schemas import jsonschema_engine, jsonschema_narrowed  # noqa: PLC0415 - loads jsonschema, 90 ms

        root = self.bundle.schema
        if narrowed:
            walking = jsonschema_narrowed.narrowed_validator(root, self._known)
        else:
            walking = jsonschema_engine.walking_validator(root)
        try:
            for error in walking.iter_errors(value):
                yield jsonschema_engine.read(error, value)
        except (RecursionError, re.error):  # too deep, or `\p{L}` below `unevaluated…`
            return
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # rpds, where it is too deep
                raise
