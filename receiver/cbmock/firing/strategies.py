"""Strategies: bodies of a schema, drawn and shrunk by hypothesis.

It decides how keywords become strategies. Keywords that a strategy cannot express are
checked afterwards: every value is validated by the schema. Needs the extra
`openapi-receiver[fire]`.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import islice
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from cbmock.contract.schemas import formats
from cbmock.contract.schemas.schema import Schema
from cbmock.mock.generation import regex
from cbmock.mock.generation.members import (
    item_schemas,
    property_schema,
    required_names,
)
from cbmock.mock.generation.merged_schema import Keywords, kinds
from cbmock.mock.generation.search import Search

_MOST_COMBINATIONS = 24
_MOST_ITEMS = 5
_MOST_MEMBERS = 3
_OPTIONAL = (8, 4, 2, 1)
"""How many optional members an object may have, by its depth: all of them in all objects
of a large schema are more than hypothesis can draw. Further down, none."""
_LONGEST = 300
_LARGEST = 2**63
_NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8)
_CHARACTERS = "a0bcXYZ 19-_.,:;!?@#$%&/<>(){}[]|\\'\"\n\t\0éßşİ你好אب\u200b\u202e\ufeff😀\U0010ffff"
"""Characters that receivers often handle wrongly; all of Unicode would take seconds to build."""
_MOST_TEXTS = 60
_ANYTHING = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5)


def bodies(schema: Schema) -> SearchStrategy[Any]:
    """Return a strategy of values that are valid against a schema."""
    search = Search(schema, with_examples=False)
    start = {"$ref": schema.bundle.schema["$ref"]}
    return _Strategies(search).valid(start, Counter(), 0).filter(schema.is_valid)


class _Strategies:
    """Strategies for the schemas inside of one schema."""

    def __init__(self, search: Search) -> None:
        self._search = search
        # Each with its schema, which must not be freed while its place in memory is a key.
        self._known: dict[Any, tuple[Any, SearchStrategy[Any]]] = {}

    def valid(self, schema: Any, refs: Counter[str], depth: int) -> SearchStrategy[Any]:
        """Draw one combination of alternatives, then a value that is valid for it.

        A schema that several paths lead to has one strategy for each depth, unless a
        path leads in a circle: to build strategies takes longer than to draw from them.
        """
        circles = frozenset(each for each, times in refs.items() if times > 1)
        key = id(schema), depth, circles
        if key not in self._known:
            self._known[key] = schema, self._valid(schema, refs, depth)
        return self._known[key][1]

    def _valid(
        self, schema: Any, refs: Counter[str], depth: int
    ) -> SearchStrategy[Any]:
        if schema is True or schema == {}:
            return _ANYTHING
        found = self._search.combinations(schema, refs, _MOST_COMBINATIONS)
        strategies = [self._obeying(each, depth) for each in found]
        return st.one_of(strategies) if strategies else st.nothing()

    def _obeying(self, keywords: Keywords, depth: int) -> SearchStrategy[Any]:
        if "const" in keywords:
            return st.just(keywords["const"])
        if "enum" in keywords:
            return st.sampled_from(keywords["enum"])
        likely, _ = kinds(keywords)
        return st.one_of([self._of_kind(kind, keywords, depth) for kind in likely])

    def _of_kind(
        self, kind: str, keywords: Keywords, depth: int
    ) -> SearchStrategy[Any]:
        match kind:
            case "object":
                return self._objects(keywords, depth)
            case "array":
                return self._arrays(keywords, depth)
            case "string":
                return _strings(keywords)
            case "integer":
                return _integers(keywords)
            case "number":
                return _integers(keywords) | _floats(keywords)
            case "boolean":
                return st.booleans()
            case _:
                return st.none()

    def _objects(
        self, keywords: Keywords, depth: int
    ) -> SearchStrategy[dict[str, Any]]:
        refs, required = keywords["$refs"], required_names(keywords)
        members = {
            name: st.deferred(
                lambda name=name: self.valid(  # type: ignore[misc]
                    property_schema(keywords, name), refs, depth + 1
                )
            )
            for name in dict.fromkeys([*required, *keywords.get("properties", ())])
        }
        must = {name: each for name, each in members.items() if name in required}
        may = {name: each for name, each in members.items() if name not in required}
        documented = _members(must, may, depth)
        least = max(0, int(keywords.get("minProperties", 0)) - len(must))
        others = property_schema(keywords, "")
        if others is False or (others is True and not least):
            return documented
        more = st.dictionaries(
            _NAMES,
            self.valid(others, refs, depth + 1),
            min_size=least,
            max_size=least + (_MOST_MEMBERS if depth < len(_OPTIONAL) else 0),
        )
        return st.tuples(documented, more).map(lambda pair: {**pair[1], **pair[0]})

    def _arrays(self, keywords: Keywords, depth: int) -> SearchStrategy[list[Any]]:
        refs = keywords["$refs"]
        least = max(int(keywords.get("minItems", 0)), len(item_schemas(keywords, 0)))
        usual = _MOST_ITEMS if depth < len(_OPTIONAL) else 0
        most = min(keywords.get("maxItems", math.inf), max(least, usual))
        first = item_schemas(keywords, least)
        others = st.deferred(
            lambda: self.valid(keywords.get("items", True), refs, depth + 1)
        )
        return st.tuples(
            st.tuples(*(self.valid(each, refs, depth + 1) for each in first)),
            st.lists(others, max_size=max(0, int(most) - len(first))),
        ).map(lambda pair: [*pair[0], *pair[1]])


def _members(
    must: dict[str, SearchStrategy[Any]],
    may: dict[str, SearchStrategy[Any]],
    depth: int,
) -> SearchStrategy[dict[str, Any]]:
    most = _OPTIONAL[depth] if depth < len(_OPTIONAL) else 0
    if len(may) <= most:
        return st.fixed_dictionaries(must, optional=may)
    required = st.fixed_dictionaries(must)
    if not most:
        return required
    names = st.lists(st.sampled_from([*may]), unique=True, max_size=most)

    @st.composite
    def some(draw: DrawFn) -> dict[str, Any]:
        return {**draw(required), **{name: draw(may[name]) for name in draw(names)}}

    return some()


def _strings(keywords: Keywords) -> SearchStrategy[str]:
    least = int(keywords.get("minLength", 0))
    most = min(keywords.get("maxLength", math.inf), max(least, _LONGEST))
    stated = formats.text_format(keywords)
    if stated is not None:
        numbers = st.integers(1, 99)
        samples = st.sampled_from(stated.samples)
        return st.builds(lambda text, number: text.format(n=number), samples, numbers)
    patterns = keywords.get("pattern", ())
    if patterns:
        texts = islice(regex.strings(patterns[0], least, most), _MOST_TEXTS)
        found = [each for each in texts if least <= len(each) <= most]
        return st.sampled_from(found) if found else st.nothing()
    return st.text(_CHARACTERS, min_size=least, max_size=int(most))


def _bounds(keywords: Keywords) -> tuple[float, float]:
    low = max(
        keywords.get("minimum", -_LARGEST), keywords.get("exclusiveMinimum", -_LARGEST)
    )
    high = min(
        keywords.get("maximum", _LARGEST), keywords.get("exclusiveMaximum", _LARGEST)
    )
    return low, high


def _integers(keywords: Keywords) -> SearchStrategy[float]:
    low, high = _bounds(keywords)
    step = keywords.get("multipleOf", 1)
    first, last = math.ceil(low / step), math.floor(high / step)
    if first > last:
        return st.nothing()
    return st.integers(first, last).map(lambda number: number * step)


def _floats(keywords: Keywords) -> SearchStrategy[float]:
    low, high = _bounds(keywords)
    if "multipleOf" in keywords or low > high:
        return st.nothing()
    return st.floats(float(low), float(high), allow_nan=False, allow_infinity=False)
