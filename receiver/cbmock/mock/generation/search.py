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
from cbmock.mock.generation.combinations import Combinations, ExhaustedError
from cbmock.mock.generation.inner_engines import Engine, InnerEngines
from cbmock.mock.generation.members import (
    distinct,
    item_schemas,
    larger_sizes,
    object_sizes,
    property_schema,
    required_names,
    varied,
)
from cbmock.mock.generation.merged_schema import Keywords, has_type, kinds, same
from cbmock.mock.generation.scalars import SCALARS, is_unsure, why_none
from cbmock.mock.generation.streams import in_turn
from cbmock.violations import errors, shown

_MOST_VALUES = 1000
_MOST_STEPS = 20_000
_STEPS_PER_SCHEMA = 20
_MOST_MEMBERS = 20_000

_ABSENT = object()


def _refusal(schema: Schema, value: Any) -> str:
    from cbmock.contract.explain import explanation  # noqa: PLC0415 - 30 ms, loads jsonschema

    found = errors(explanation.explain(schema, value))
    where = f" at {found[0].pointer}" if found and found[0].pointer != "#" else ""
    why = found[0].detail if found else "it is not valid"
    return f"{shown(value)} is refused: {why}{where}"


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
        self.with_examples = with_examples
        self.definitions: dict[str, Any] = schema.bundle.schema["$defs"]
        size = _STEPS_PER_SCHEMA * len(schema.bundle.places)
        self._known = Combinations(
            self.definitions,
            checked=checked,
            most_steps=_MOST_STEPS + size,
            has_example=lambda keywords: any(True for _ in self._examples(keywords)),
        )
        self._engines = InnerEngines(self.definitions)
        self._texts_of_names: dict[int, tuple[Any, dict[str, Any]]] = {}
        self.used_examples = False
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
        except (ExhaustedError, OverflowError, RecursionError):
            self._exhausted = True
            self._known.reason = "the search was given up, there is too much to try"

    @property
    def may_have_missed(self) -> bool:
        """Whether there may be a valid value although the search found none."""
        return bool(self._refused) or self._left_out or self._exhausted

    @property
    def reason(self) -> str:
        """Why nothing was found: the reason that the plainest value is invalid."""
        if self._refused:
            return _refusal(self.schema, self._refused[0])
        return self._known.reason or "its keywords leave none"

    def combinations(
        self, schema: Any, refs: Counter[str], most: int
    ) -> list[Keywords]:
        """Return flat sets of keywords; a value of `schema` satisfies one of them.

        There is one set for each combination of alternatives, at most `most` in all. `refs`
        counts the references that led here; each set has its own count under `$refs`.
        """
        found: list[Keywords] = []
        try:
            found.extend(islice(self._known.flat(schema, refs), most))
        except (ExhaustedError, RecursionError):
            self._exhausted = True
        return found

    def _all(self) -> Iterator[Any]:
        return self._values({"$ref": self.schema.bundle.schema["$ref"]}, Counter())

    def _values(self, schema: Any, refs: Counter[str]) -> Iterator[Any]:
        return in_turn(map(self._obeying, self._known.flat(schema, refs)))

    def _inner(self, schema: Any, refs: Counter[str]) -> Iterator[Any]:
        """Yield the values of a member or item."""
        values = self._values(schema, refs)
        if not self.checked or not isinstance(schema, dict):
            return values
        engine = self._engines.find(schema)
        return values if engine is None else self._valid_inside(engine, values)

    def _valid_inside(self, engine: Engine, values: Iterator[Any]) -> Iterator[Any]:
        for value in islice(values, _MOST_VALUES):
            self._known.step()
            if accepts(engine, value):
                yield value

    # --- keywords → values ---

    def _obeying(self, keywords: Keywords) -> Iterator[Any]:
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
        self._known.step()
        if kind == "object":
            yield from self._dependent(keywords)
        elif kind == "array":
            yield from self._arrays(keywords)
        else:
            values = SCALARS[kind](keywords)
            first = next(values, _ABSENT)
            if first is _ABSENT:
                self._known.reason = self._known.reason or why_none(kind, keywords)
                self.unsure = self.unsure or is_unsure(keywords)
                return
            yield first
            yield from values

    def _examples(self, keywords: Keywords) -> Iterator[Any]:
        """Yield the document's own values, those closest to the member first."""
        places = keywords.get("$places", ()) if self.with_examples else ()
        for copied in places:
            if id(copied) not in self.schema.bundle.places:
                continue
            original = self.schema.place(copied).node.value
            examples = original.get("examples")
            listed = examples[:1] if isinstance(examples, list) else []
            listed += [original[n] for n in ("example", "default") if n in original]
            self.used_examples = self.used_examples or bool(listed)
            yield from listed

    def _dependent(self, keywords: Keywords) -> Iterator[Any]:
        """Yield objects that also match the schemas which their required members need."""
        dependent = dict(keywords.get("dependentSchemas", {}))
        needed = [n for n in required_names(keywords) if n in dependent]
        if not needed:
            yield from self._objects(keywords)
            return
        parts = [dependent.pop(name) for name in needed]
        rest = {**keywords, "type": ["object"], "dependentSchemas": dependent}
        sets = self._known.combined(rest, parts, [], keywords["$refs"])
        yield from in_turn(map(self._obeying, sets))

    def _objects(self, keywords: Keywords) -> Iterator[dict[str, Any]]:
        """Yield objects with the least that is required, then with all properties.

        Optional members with one possible value are always included: real senders send
        them, and they distinguish operations.
        """
        few, more = (
            in_turn(
                self._objects_of(keywords, names, int(size))
                for names, size in sizes
                if self._is_small(size, "properties")
            )
            for sizes in (
                object_sizes(keywords, self.definitions),
                larger_sizes(keywords),
            )
        )
        return chain(few, more)

    def _is_small(self, size: float, what: str) -> bool:
        if size > _MOST_MEMBERS:
            reason = f"{size} {what} are too many to generate"
            self._known.reason = self._known.reason or reason
            self.unsure = True
        return size <= _MOST_MEMBERS

    def _objects_of(
        self, keywords: Keywords, required: Sequence[str], size: int
    ) -> Iterator[dict[str, Any]]:
        self._known.step()
        refs = keywords["$refs"]
        wanted = frozenset(required)
        value: dict[str, Any] = {}
        streams: dict[str, Iterator[Any]] = {}
        for name in chain(required, self._names(keywords, refs)):
            if name in value:
                continue
            if len(value) >= size and name not in wanted:
                break
            self._known.step()
            below = property_schema(keywords, name)
            stream = self._inner(below, refs)
            first = self._first(stream, below, refs)
            if first is not _ABSENT:
                value[name], streams[name] = first, stream
            elif name in wanted:
                self._known.has_failed(name, below, keywords)
                return
        yield dict(value)
        yield from in_turn(varied(value, name, streams[name]) for name in streams)

    def _first(self, stream: Iterator[Any], schema: Any, refs: Counter[str]) -> Any:
        """Return the first value of a schema's stream; remember where there is none."""
        known = self._known
        if known.dead_ends.find(schema, refs) is not None:
            return _ABSENT
        before, known.reason = known.reason, None
        given_up = known.given_up
        first = next(stream, _ABSENT)
        inner, known.reason = known.reason, before
        if first is _ABSENT:
            # Where no reference was given up, it has no value anywhere.
            depends = refs if known.given_up > given_up else Counter[str]()
            known.dead_ends.add(schema, depends, inner)
        return first

    def _names(self, keywords: Keywords, refs: Counter[str]) -> Iterator[str]:
        """Yield names for an object that must have more properties."""
        yield from keywords.get("properties", ())
        for pattern in keywords.get("patternProperties", ()):
            named = {"type": "string", "pattern": [pattern]}
            yield from islice(SCALARS["string"](named), _MOST_MEMBERS)
        if "propertyNames" in keywords:
            stated = keywords["propertyNames"]
            # Kept, because the engine of a schema is found by its place in memory.
            text = {"allOf": [{"type": "string"}, stated]}
            _, text = self._texts_of_names.setdefault(id(stated), (stated, text))
            yield from islice(self._inner(text, refs), _MOST_MEMBERS)
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
        self._known.step()
        refs = keywords["$refs"]
        schemas = item_schemas(keywords, size)
        streams = {id(each): self._inner(each, refs) for each in schemas}
        unique = keywords.get("uniqueItems") is True
        value: list[Any] = []
        for schema in schemas:
            stream = streams[id(schema)]
            if unique:
                stream = distinct(stream, value)
            item = (
                next(stream, _ABSENT) if unique else self._first(stream, schema, refs)
            )
            if item is _ABSENT:
                return
            value.append(item)
            if not unique:
                streams[id(schema)] = chain([item], stream)
        yield list(value)
        yield from in_turn(
            varied(value, position, self._inner(schema, refs))
            for position, schema in enumerate(schemas)
        )
