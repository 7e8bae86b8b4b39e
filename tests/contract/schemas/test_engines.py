"""The two engines agree: on schemas of every keyword, and on values that are nearly right.

One decides and the other explains, so a value that only one of them refuses would be
refused without a reason, or for a reason that does not hold.
"""

from __future__ import annotations

import copy
import json
from decimal import Decimal

from cbmock.errors import ReceiverError
from cbmock.mock.generation.schema_samples import sample
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.support.documents import schema_of
from tests.support.engines import agree
from tests.support.rows import each_row
from tests.support.schema_strategies import NAMES, SCHEMAS, VALUES, VERSIONS

DIALECTS = st.sampled_from(
    [
        "http://json-schema.org/draft-04/schema#",
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema",
    ]
)

# Where the engines differ, and whose side is taken: all of it is left to the one that
# decides (see `explaining`), so that what it refuses is explained as it refuses it.
SIDES = [
    ("multipleOf", 0.01, 19.99, True),  # exact decimals, not binary floats
    ("multipleOf", 0.1, 0.3, True),
    ("pattern", "^a$", "a\n", False),  # `$` is the end alone (ECMA-262)
    ("pattern", r"^\d$", "٣", False),  # `\d` is ASCII
    ("pattern", r"^\p{Lu}", "É", True),
    ("format", "date-time", "2024-01-01T00:00:00", False),  # an offset is required
    ("format", "uri", "/rel", False),
    ("uniqueItems", True, [1, 1.0], False),
    ("uniqueItems", True, [{"a": 1}, {"a": True}], True),
    ("format", "int64", 2**63, False),
    ("maximum", 1e300, Decimal("1e400"), False),
]


def at(value, place):
    for token in place:
        value = value[token]
    return value if isinstance(value, dict | list) else []


def changed(data, value):
    """Put another value at one place of a value, add one there, or take it away."""
    value = copy.deepcopy(value)
    places = [()]
    for place in places:  # which grows as it is gone through
        inner = at(value, place)
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        places += [(*place, key) for key in keys]
    place = data.draw(st.sampled_from(places))
    other = data.draw(VALUES)
    if not place:
        return other if data.draw(st.booleans()) else _grown(data, value, other)
    around = at(value, place[:-1])
    if data.draw(st.booleans()):
        around[place[-1]] = other
    else:
        del around[place[-1]]
    return value


def _grown(data, value, other):
    if isinstance(value, dict):
        return {**value, data.draw(NAMES): other}
    return [*value, other] if isinstance(value, list) else value


@settings(deadline=None)
@given(st.data(), SCHEMAS, SCHEMAS, VERSIONS)
def test_they_agree_on_values_that_are_nearly_right(data, written, other, version):
    schema = schema_of(written, version, T=other)
    try:
        value = json.loads(json.dumps(sample(schema)))
    except (ReceiverError, RecursionError, TypeError):  # JSON has no such a `Decimal`
        assume(False)  # noqa: FBT003 - that is how hypothesis spells it
    agree(schema, value)
    agree(schema, changed(data, value))


@settings(deadline=None)
@given(SCHEMAS, SCHEMAS, VALUES, VERSIONS)
@example(  # jsonschema before 4.20 sorts what it names, also what has no order
    {"anyOf": [{"prefixItems": [{"enum": []}], "unevaluatedItems": {"enum": []}}]},
    {"enum": []},
    [None, None, None],
    "3.1.0",
)
def test_they_agree_on_any_value(written, other, value, version):
    agree(schema_of(written, version, T=other), value)


@settings(deadline=None)
@given(SCHEMAS, VALUES, DIALECTS)
@example(  # the engine's text of such a number is another one
    {"contains": {"properties": {"a": False}}, "unevaluatedItems": False},
    [None, {"a": [Decimal("1E+400")]}],
    "https://json-schema.org/draft/2019-09/schema",
)
def test_they_agree_in_every_dialect(written, value, dialect):
    schema = {"$schema": dialect, **written}
    agree(schema_of(schema, T={"type": "integer"}), value)


@each_row(("keyword", "rule", "value", "valid"), SIDES)
def test_where_they_would_differ_one_side_is_taken(keyword, rule, value, valid):
    schema = schema_of({keyword: rule})
    assert schema.is_valid(value) is valid
    agree(schema, value)
