"""Search: values for a schema, the plainest first, and why there are none.

It decides in which order combinations of alternatives, members and items are tried, and
when the search is given up. It must not know operations, media types or HTTP.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from cbmock.contract.schemas.engine import accepts
from cbmock.contract.schemas.schema import Schema
from cbmock.mock.generation.alternatives import (
    alternatives,
    is_late,
    reference,
)
from cbmock.mock.generation.inner_engines import Engine, InnerEngines
from cbmock.mock.generation.members import (
    distinct,
    item_schemas,
    no_value,
    object_sizes,
    property_schema,
    varied,
)
from cbmock.mock.generation.merged_schema import (
    Contradiction,
    Keywords,
    has_type,
    kinds,
    merge,
    same,
)
from cbmock.mock.generation.scalars import SCALARS, in_turn, is_unsure, why_none
from cbmock.violations import errors, shown

_MOST_VALUES = 300
_MOST_STEPS = 20_000
_STEPS_PER_SCHEMA = 20
_MOST_MEMBERS = 20_000
_ROUNDS = 2
"""How often a reference may lead back to itself inside one value."""

_ABSENT = object()


def _refusal(schema: Schema, value: Any) -> str:
    from cbmock.contract.explain import explanation  # noqa: PLC0415 - loads jsonschema

    found = errors(explanation.explain(schema, value))
    where = f" at {found[0].pointer}" if found and found[0].pointer != "#" else ""
    why = found[0].detail if found else "it is not valid"
    return f"{shown(value)} is refused: {why}{where}"


class _ExhaustedError(Exception):
    """The search took too many steps for an answer."""


class Search:
    """One search for a value: streams of values for schemas inside schemas.

    With `checked`, the value of each member and item is validated by its own schema before
    it becomes part of another value. Then a value that is hard to find costs no more inside
    a hundred members than alone. It needs engines of its own, so it is tried second.
    """

    def __init__(
        self, schema: Schema, *, with_examples: bool, checked: bool = False
    ) -> None:
        """Begin at the schema; nothing is tried yet."""
        self.schema = schema
        self.checked = checked
        self.definitions: dict[str, Any] = schema.bundle.schema["$defs"]
        self.with_examples = with_examples
        self.steps = 0
        size = _STEPS_PER_SCHEMA * len(schema.bundle.places)
        self._most_steps = _MOST_STEPS + size
        self._engines = InnerEngines(self.definitions)
        self._reason: str | None = None
        self.unsure = False
        self._left_out = False
        self._exhausted = False
        self._refused: list[Any] = []

    def valid(self) -> Iterator[Any]:
        """Yield valid values, each different from those before."""
        found: list[Any] = []
        try:
            for value in islice(self._all(), _MOST_VALUES):
                if not self.schema.is_valid(value):
                    self._refused.append(value)
                elif not any(same(value, other) for other in found):
                    found.append(value)
                    yield value
        except (_ExhaustedError, OverflowError, RecursionError):
            self._exhausted = True
            self._reason = "the search was given up, there is too much to try"

    @property
    def may_have_missed(self) -> bool:
        """Whether there may be a valid value although the search found none."""
        return bool(self._refused) or self._left_out or self._exhausted

    @property
    def reason(self) -> str:
        """Why nothing was found: the reason that the plainest value is invalid."""
        if self._refused:
            return _refusal(self.schema, self._refused[0])
        return self._reason or "its keywords leave none"

    def combinations(
        self, schema: Any, refs: Counter[str], most: int
    ) -> list[Keywords]:
        """Return flat sets of keywords; a value of `schema` satisfies one of them.

        There is one set for each combination of alternatives, at most `most` in all. `refs`
        counts the references that led here; each set has its own count under `$refs`.
        """
        found: list[Keywords] = []
        try:
            found.extend(islice(self._flat(schema, refs), most))
        except (_ExhaustedError, RecursionError):
            self._exhausted = True
        return found

    def _all(self) -> Iterator[Any]:
        return self._values({"$ref": self.schema.bundle.schema["$ref"]}, Counter())

    def _values(self, schema: Any, refs: Counter[str]) -> Iterator[Any]:
        return in_turn(map(self._obeying, self._flat(schema, refs)))

    def _inner(self, schema: Any, refs: Counter[str]) -> Iterator[Any]:
        """Yield the values of a member or item."""
        values = self._values(schema, refs)
        if not self.checked or not isinstance(schema, dict):
            return values
        engine = self._engines.find(schema)
        return values if engine is None else self._valid_inside(engine, values)

    def _valid_inside(self, engine: Engine, values: Iterator[Any]) -> Iterator[Any]:
        for value in islice(values, _MOST_VALUES):
            self._step()
            if accepts(engine, value):
                yield value

    def _step(self) -> None:
        self.steps += 1
        if self.steps > self._most_steps:
            raise _ExhaustedError

    # --- one flat set of keywords for each combination of alternatives ---

    def _flat(self, schema: Any, refs: Counter[str]) -> Iterator[Keywords]:
        """Merge `$ref`, `allOf` and one branch of each alternative.

        `refs` counts the references that led here.
        """
        self._step()
        if not isinstance(schema, dict):
            if schema is not False:
                yield {"$refs": refs}
            return
        name = reference(schema)
        if name:
            if refs[name] >= _ROUNDS:
                return
            refs = refs + Counter([name])
        own = {key: each for key, each in schema.items() if key not in _MERGED}
        own |= {"$places": [schema], "$refs": refs}
        if "pattern" in own:
            own["pattern"] = [own["pattern"]]
        if "contains" in own:
            count = int(own.get("minContains", 1))
            own["$contains"] = [(own.pop("contains"), count)]
        parts = [self.definitions[name]] if name else []
        parts += schema.get("allOf", ())
        dependent = schema.get("dependentSchemas", {})
        parts += [dependent[n] for n in schema.get("required", ()) if n in dependent]
        choices = alternatives(schema, self.definitions, violating=self.checked)
        yield from self._combined(own, parts, choices, refs)

    def _combined(
        self,
        merged: Keywords,
        parts: list[Any],
        choices: list[list[Any]],
        refs: Counter[str],
    ) -> Iterator[Keywords]:
        """Yield the combinations; one that contradicts itself is left out at once."""
        if parts:
            first, *others = parts
            for joined in self._joined(merged, self._flat(first, refs)):
                yield from self._combined(joined, others, choices, refs)
        elif choices:
            first, *rest = choices
            # Null and recursive branches come last.
            for branch in sorted(first, key=lambda each: is_late(each, refs)):
                for joined in self._joined(merged, self._flat(branch, refs)):
                    yield from self._combined(joined, [], rest, refs)
        else:
            yield merged

    def _joined(
        self, merged: Keywords, parts: Iterator[Keywords]
    ) -> Iterator[Keywords]:
        for keywords in parts:
            self._step()
            try:
                yield merge([merged, keywords])
            except Contradiction as contradiction:
                self._reason = self._reason or str(contradiction)

    # --- keywords → values ---

    def _obeying(self, keywords: Keywords) -> Iterator[Any]:
        if self.with_examples:
            yield from self._examples(keywords)
        if "const" in keywords or "enum" in keywords:
            stated = [keywords["const"]] if "const" in keywords else keywords["enum"]
            ordered = sorted(stated, key=lambda value: value is None)
            yield from (value for value in ordered if has_type(value, keywords))
        else:
            likely, others = kinds(keywords)
            tried = [*likely, *others] if self.checked else likely
            self._left_out = self._left_out or len(tried) < len(likely) + len(others)
            yield from in_turn(self._of_kind(kind, keywords) for kind in tried)

    def _of_kind(self, kind: str, keywords: Keywords) -> Iterator[Any]:
        self._step()
        if kind == "object":
            yield from self._objects(keywords)
        elif kind == "array":
            yield from self._arrays(keywords)
        else:
            values = SCALARS[kind](keywords)
            first = next(values, _ABSENT)
            if first is _ABSENT:
                self._reason = self._reason or why_none(kind, keywords)
                self.unsure = self.unsure or is_unsure(keywords)
                return
            yield first
            yield from values

    def _examples(self, keywords: Keywords) -> Iterator[Any]:
        """Yield the document's own values, those closest to the member first."""
        for copied in keywords.get("$places", ()):
            if id(copied) not in self.schema.bundle.places:
                continue
            original = self.schema.place(copied).node.value
            examples = original.get("examples")
            if isinstance(examples, list):
                yield from examples[:1]
            for keyword in ("example", "default"):
                if keyword in original:
                    yield original[keyword]

    def _objects(self, keywords: Keywords) -> Iterator[dict[str, Any]]:
        """Yield objects with the least that is required, then with all properties.

        Optional members with one possible value are always included: real senders send
        them, and they distinguish operations.
        """
        return in_turn(
            self._objects_of(keywords, names, int(size))
            for names, size in object_sizes(keywords, self.definitions)
            if self._is_small(size, "properties")
        )

    def _is_small(self, size: float, what: str) -> bool:
        if size > _MOST_MEMBERS:
            self._reason = self._reason or f"{size} {what} are too many to generate"
            self.unsure = True
        return size <= _MOST_MEMBERS

    def _objects_of(
        self, keywords: Keywords, required: Sequence[str], size: int
    ) -> Iterator[dict[str, Any]]:
        self._step()
        refs = keywords["$refs"]
        wanted = frozenset(required)
        value: dict[str, Any] = {}
        streams: dict[str, Iterator[Any]] = {}
        for name in chain(required, self._names(keywords, refs)):
            if name in value:
                continue
            if len(value) >= size and name not in wanted:
                break
            below = property_schema(keywords, name)
            stream = self._inner(below, refs)
            before, self._reason = self._reason, None
            first = next(stream, _ABSENT)
            inner, self._reason = self._reason, before
            if first is not _ABSENT:
                value[name], streams[name] = first, stream
            elif name in wanted:
                self._reason = self._reason or no_value(name, below, inner)
                return
        yield dict(value)
        yield from in_turn(varied(value, name, streams[name]) for name in streams)

    def _names(self, keywords: Keywords, refs: Counter[str]) -> Iterator[str]:
        """Yield names for an object that must have more properties."""
        yield from keywords.get("properties", ())
        for pattern in keywords.get("patternProperties", ()):
            from cbmock.mock.generation import regex  # noqa: PLC0415 - few need it

            yield from islice(regex.strings(pattern), _MOST_MEMBERS)
        if "propertyNames" in keywords:
            named = {"allOf": [{"type": "string"}, keywords["propertyNames"]]}
            yield from islice(self._values(named, refs), _MOST_MEMBERS)
        yield from (f"property{number}" for number in range(1, _MOST_MEMBERS))

    def _arrays(self, keywords: Keywords) -> Iterator[list[Any]]:
        """Yield arrays with as few items as is allowed, then with more."""
        before = len(keywords.get("prefixItems", ()))
        fewest = int(keywords.get("minItems", 0))
        contained = sum(n for _, n in keywords.get("$contains", ()))
        least = max(fewest, before + contained)
        most = keywords.get("maxItems", math.inf)
        fewer = range(least - 1, max(fewest, contained) - 1, -1)
        return in_turn(
            self._arrays_of(keywords, size)
            for size in (least, least + 1, least + 2, *fewer)
            if size <= most and self._is_small(size, "items")
        )

    def _arrays_of(self, keywords: Keywords, size: int) -> Iterator[list[Any]]:
        self._step()
        refs = keywords["$refs"]
        schemas = item_schemas(keywords, size)
        streams = {id(each): self._inner(each, refs) for each in schemas}
        value: list[Any] = []
        for schema in schemas:
            stream = streams[id(schema)]
            if keywords.get("uniqueItems") is True:
                stream = distinct(stream, value)
            item = next(stream, _ABSENT)
            if item is _ABSENT:
                return
            value.append(item)
            if keywords.get("uniqueItems") is not True:
                streams[id(schema)] = chain([item], stream)
        yield list(value)
        yield from in_turn(
            varied(value, position, self._inner(schema, refs))
            for position, schema in enumerate(schemas)
        )


_MERGED = frozenset({"$defs", "$ref", "allOf", "anyOf", "else", "if", "oneOf", "then"})
