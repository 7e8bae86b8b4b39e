"""Samples: a small valid value for a schema.

It decides what a generated body looks like: the document's own examples first, then the
least that the schema allows. The same schema gives the same value. It must not know
operations, media types or HTTP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from cbmock.contract.schemas.schema import Schema, leaf
from cbmock.errors import ReceiverError
from cbmock.mock.generation.merged_schema import (
    Contradiction,
    Keywords,
    kinds,
    merge,
    of_type,
    same,
)
from cbmock.mock.generation.scalars import SCALARS, in_turn
from cbmock.violations import errors, shown

_MOST_VALUES = 300
_MOST_STEPS = 20_000
_MOST_MEMBERS = 2_000
_MOST_CHOICES = 16
"""Among how many values a seed chooses."""
_ROUNDS = 2
"""How often a reference may lead back to itself inside one value."""

_ABSENT = object()


class NoSample(ReceiverError):
    """No valid value was found; `reason` says why."""

    def __init__(self, schema: Schema, reason: str) -> None:
        """Say where too."""
        where = schema.node.pointer
        super().__init__(f"{where}: no value was found that is valid here: {reason}")
        self.reason = reason


def sample(schema: Schema, *, examples: bool = True, seed: int = 0) -> Any:
    """Return a value that is valid against the schema.

    The document's own examples come first, unless they are not wanted. `seed` chooses
    among the plainest values. Raises `NoSample`, and `UnresolvableReference` where the
    schema cannot be read.
    """
    reasons = []
    for with_examples in (True, False) if examples else (False,):
        generation = _Generation(schema, with_examples=with_examples)
        found = list(islice(generation.valid(), seed % _MOST_CHOICES + 1))
        if found:
            return found[seed % _MOST_CHOICES % len(found)]
        reasons.append(generation.reason)
    raise NoSample(schema, reasons[-1])


def _refusal(schema: Schema, value: Any) -> str:
    from cbmock.contract.explain import explanation  # noqa: PLC0415 - loads jsonschema

    told = errors(explanation.explain(schema, value))
    where = f" at {told[0].pointer}" if told and told[0].pointer != "#" else ""
    why = told[0].detail if told else "it is not valid"
    return f"{shown(value)} is refused: {why}{where}"


class _ExhaustedError(Exception):
    """A search that takes longer than an answer may."""


class _Generation:
    """One search for a value: streams of values for schemas inside schemas."""

    def __init__(self, schema: Schema, *, with_examples: bool) -> None:
        self.schema = schema
        self.definitions: dict[str, Any] = schema.bundle.schema["$defs"]
        self.with_examples = with_examples
        self.steps = 0
        self._reason: str | None = None
        self._refused: list[Any] = []

    def valid(self) -> Iterator[Any]:
        """Yield valid values, each different from those before."""
        found: list[Any] = []
        try:
            for value in islice(self.values(), _MOST_VALUES):
                if not self.schema.is_valid(value):
                    self._refused.append(value)
                elif not any(same(value, other) for other in found):
                    found.append(value)
                    yield value
        except (_ExhaustedError, OverflowError, RecursionError):
            self._reason = "the search was given up, there is too much to try"

    @property
    def reason(self) -> str:
        """Why nothing was found: what stands in the way of the plainest value."""
        if self._refused:
            return _refusal(self.schema, self._refused[0])
        return self._reason or "its keywords leave none"

    def values(self) -> Iterator[Any]:
        return self._values({"$ref": self.schema.bundle.schema["$ref"]}, Counter())

    def _values(self, schema: Any, refs: Counter[str]) -> Iterator[Any]:
        return in_turn(map(self._obeying, self._flat(schema, refs)))

    def _step(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
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
        name = schema.get("$ref", "").rpartition("/")[2]
        if name:
            if refs[name] >= _ROUNDS:
                return
            refs = refs + Counter([name])
        own = {key: each for key, each in schema.items() if key not in _MERGED}
        own |= {"$places": [schema], "$refs": refs}
        if "pattern" in own:
            own["pattern"] = [own["pattern"]]
        parts = [self.definitions[name]] if name else []
        parts += schema.get("allOf", ())
        dependent = schema.get("dependentSchemas", {})
        parts += [dependent[n] for n in schema.get("required", ()) if n in dependent]
        yield from self._combined([own], parts, _alternatives(schema), refs)

    def _combined(
        self,
        merged: list[Keywords],
        parts: list[Any],
        choices: list[list[Any]],
        refs: Counter[str],
    ) -> Iterator[Keywords]:
        if parts:
            first, *others = parts
            for keywords in self._flat(first, refs):
                yield from self._combined([*merged, keywords], others, choices, refs)
        elif choices:
            first, *others = choices
            # What says least and what leads in circles come last.
            for branch in sorted(first, key=lambda each: _late(each, refs)):
                for keywords in self._flat(branch, refs):
                    yield from self._combined([*merged, keywords], [], others, refs)
        else:
            self._step()
            try:
                yield merge(merged)
            except Contradiction as contradiction:
                self._reason = self._reason or str(contradiction)

    # --- keywords → values ---

    def _obeying(self, keywords: Keywords) -> Iterator[Any]:
        if self.with_examples:
            yield from self._examples(keywords)
        if "const" in keywords or "enum" in keywords:
            stated = [keywords["const"]] if "const" in keywords else keywords["enum"]
            ordered = sorted(stated, key=lambda value: value is None)
            yield from (value for value in ordered if of_type(value, keywords))
        else:
            yield from in_turn(self._of_kind(n, keywords) for n in kinds(keywords))

    def _of_kind(self, kind: str, keywords: Keywords) -> Iterator[Any]:
        self._step()
        if kind == "object":
            return self._objects(keywords)
        if kind == "array":
            return self._arrays(keywords)
        return SCALARS[kind](keywords)

    def _examples(self, keywords: Keywords) -> Iterator[Any]:
        """Yield the document's own values, said closest to where they are needed."""
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
        """Yield objects with the least that is asked for, then with all there is."""
        least = max(keywords.get("minProperties", 0), len(_required(keywords)))
        most = keywords.get("maxProperties", _MOST_MEMBERS)
        whole = min(max(least, len(keywords.get("properties", ()))), most)
        return in_turn(
            self._objects_of(keywords, size)
            for size in dict.fromkeys((least, whole))
            if size <= _MOST_MEMBERS
        )

    def _objects_of(self, keywords: Keywords, size: int) -> Iterator[dict[str, Any]]:
        self._step()
        refs = keywords["$refs"]
        required = _required(keywords)
        value: dict[str, Any] = {}
        streams: dict[str, Iterator[Any]] = {}
        for name in chain(required, self._names(keywords, refs)):
            if name in value:
                continue
            if len(value) >= size and name not in required:
                break
            stream = self._values(_property(keywords, name), refs)
            first = next(stream, _ABSENT)
            if first is not _ABSENT:
                value[name], streams[name] = first, stream
            elif name in required:
                lacking = f"the required property {name!r} has no valid value"
                self._reason = self._reason or lacking
                return
        yield dict(value)
        yield from in_turn(_varied(value, name, streams[name]) for name in streams)

    def _names(self, keywords: Keywords, refs: Counter[str]) -> Iterator[str]:
        """Think up names for an object that must have more properties."""
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
        least = keywords.get("minItems", 0)
        if "contains" in keywords:
            least = max(least, before + keywords.get("minContains", 1))
        most = keywords.get("maxItems", _MOST_MEMBERS)
        return in_turn(
            self._arrays_of(keywords, int(size))
            for size in (least, least + 1, least + 2)
            if size <= min(most, _MOST_MEMBERS)
        )

    def _arrays_of(self, keywords: Keywords, size: int) -> Iterator[list[Any]]:
        self._step()
        refs = keywords["$refs"]
        schemas = _items(keywords, size)
        streams = {id(each): self._values(each, refs) for each in schemas}
        value: list[Any] = []
        for schema in schemas:
            stream = streams[id(schema)]
            if keywords.get("uniqueItems") is True:
                stream = _distinct(stream, value)
            item = next(stream, _ABSENT)
            if item is _ABSENT:
                return
            value.append(item)
            if keywords.get("uniqueItems") is not True:
                streams[id(schema)] = chain([item], stream)
        yield list(value)
        yield from in_turn(
            _varied(value, position, self._values(schema, refs))
            for position, schema in enumerate(schemas)
        )


_MERGED = frozenset({"$defs", "$ref", "allOf", "anyOf", "else", "if", "oneOf", "then"})


def _alternatives(schema: dict[str, Any]) -> list[list[Any]]:
    """Return the lists of which one branch each must be taken."""
    found = [schema[name] for name in ("oneOf", "anyOf") if name in schema]
    if "if" in schema:
        then = {"allOf": [schema["if"], schema.get("then", True)]}
        found.append([then, schema.get("else", True)])
    return found


def _late(schema: Any, refs: Counter[str]) -> tuple[bool, bool]:
    if not isinstance(schema, dict):
        return False, False
    name = schema.get("$ref", "").rpartition("/")[2]
    return schema.get("type") == "null", refs[name] > 0


def _required(keywords: Keywords) -> list[str]:
    """Return the required names with those that these require in turn."""
    dependent = keywords.get("dependentRequired", {})
    names = list(dict.fromkeys(keywords.get("required", ())))
    for name in names:
        names += [each for each in dependent.get(name, ()) if each not in names]
    return names


def _items(keywords: Keywords, size: int) -> list[Any]:
    """Return what each item of an array must obey."""
    schemas = list(keywords.get("prefixItems", ()))[:size]
    following = keywords.get("items", True)
    if "contains" in keywords:
        holding = {"allOf": [keywords["contains"], following]}
        schemas += [holding] * min(keywords.get("minContains", 1), size - len(schemas))
    return schemas + [following] * (size - len(schemas))


def _property(keywords: Keywords, name: str) -> Any:
    """Return what the value of one property must obey."""
    found = []
    if name in keywords.get("properties", {}):
        found.append(keywords["properties"][name])
    for pattern, schema in keywords.get("patternProperties", {}).items():
        engine = leaf("pattern", pattern)
        if engine is not None and engine.is_valid(name):
            found.append(schema)
    if not found:
        return keywords.get("additionalProperties", True)
    return found[0] if len(found) == 1 else {"allOf": found}


def _varied(whole: Any, key: Any, values: Iterator[Any]) -> Iterator[Any]:
    """Put one value after another at one place of an array or object."""
    for value in values:
        other = whole.copy()
        other[key] = value
        yield other


def _distinct(stream: Iterator[Any], others: list[Any]) -> Iterator[Any]:
    """Leave out the values that are among the others."""
    for value in stream:
        if not any(same(value, other) for other in others):
            yield value
