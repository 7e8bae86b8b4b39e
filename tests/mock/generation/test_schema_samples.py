import contextlib
import time

import jsonschema
import pytest
from cbmock.contract.schemas.schema import Schema
from cbmock.errors import UnresolvableReference
from cbmock.mock.generation import regex
from cbmock.mock.generation.merged_schema import Contradiction, merge, same
from cbmock.mock.generation.schema_samples import (
    NoSample,
    reason_without_sample,
    sample,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cost import growth
from tests.support.mocks import schema_of
from tests.support.rows import each_row
from tests.support.schema_strategies import SCHEMAS, VALUES

ITSELF = {"$ref": "#/components/schemas/X"}


def obj(*required, **properties):
    return {"type": "object", "required": list(required), "properties": properties}


# --- the plainest value -----------------------------------------------------------------


@each_row(
    ("schema", "expected"),
    [
        (True, {}),
        ({}, {}),
        ({"type": "null"}, None),
        ({"type": "boolean"}, True),
        ({"type": "integer"}, 0),
        ({"type": "number"}, 0),
        ({"type": "string"}, "string"),
        ({"type": "array", "items": {"type": "string"}}, []),
        (obj("a", a={"type": "string"}, b={"type": "string"}), {"a": "string"}),
        ({"type": ["null", "integer"]}, 0),
        ({"type": ["null"]}, None),
        ({"const": None}, None),
        ({"const": {"a": 1}}, {"a": 1}),
        ({"enum": [None, "b"]}, "b"),
        ({"enum": [None]}, None),
        ({"items": {}}, []),
        ({"minItems": 1}, [{}]),
        ({"minLength": 8}, "stringst"),
        ({"format": "date"}, "2025-01-01"),
        ({"maximum": -1}, -1),
        # numbers
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "exclusiveMaximum": 0}, -1),
        ({"type": "integer", "minimum": 2.5}, 3),
        ({"type": "integer", "multipleOf": 7, "minimum": 50}, 56),
        ({"type": "integer", "multipleOf": 0.3, "minimum": 1}, 3),
        ({"type": "integer", "minimum": 2**70}, 2**70),
        ({"type": "integer", "format": "int32", "minimum": 2147483647}, 2147483647),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 0.5}, 0.125),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.25),
        ({"type": "number", "minimum": 0.25, "maximum": 0.25}, 0.25),
        ({"type": "number", "minimum": -0.25, "maximum": -0.25}, -0.25),
        ({"type": "number", "multipleOf": 0.1, "minimum": 0.25}, 0.3),
        ({"type": "number", "multipleOf": 0.01, "maximum": -19.991}, -20),
        ({"minimum": 5, "maximum": 7}, 5),
        # strings
        ({"type": "string", "maxLength": 3}, "str"),
        ({"type": "string", "maxLength": 0}, ""),
        ({"type": "string", "format": "uuid"}, "123e4567-e89b-42d3-a456-426614174000"),
        ({"type": "string", "format": "uri", "minLength": 24}, "https://example.com/aaaa"),
        ({"type": "string", "format": "email", "maxLength": 8}, "a1@b.co"),
        ({"type": "string", "format": "date-time", "minLength": 24}, "2025-01-01T00:00:00.000Z"),
        ({"type": "string", "format": "date-time", "minLength": 25}, "2025-01-01T00:00:00+00:00"),
        ({"type": "string", "format": "date-time", "minLength": 29}, "2025-01-01T00:00:00.000+00:00"),
        ({"type": "string", "format": "time", "minLength": 12}, "00:00:00+00:00"),
        ({"type": "string", "format": "password"}, "string"),
        ({"type": "string", "pattern": "^\\d{3}-[A-F]+$"}, "000-A"),
        ({"type": "string", "pattern": "[0-9]", "minLength": 4}, "0000"),
        ({"type": "string", "pattern": "^x", "minLength": 3}, "xxx"),
        ({"type": "string", "pattern": "x$", "minLength": 3}, "xxx"),
        ({"type": "string", "format": "date", "pattern": "^2025"}, "2025-01-01"),
        ({"allOf": [{"pattern": "^[a-z]+$"}, {"pattern": "b"}], "type": "string"}, "b"),
        # arrays
        ({"type": "array", "minItems": 2, "items": {"type": "integer"}}, [0, 0]),
        ({"type": "array", "minItems": 3, "uniqueItems": True, "items": {"enum": [1, 2, 3]}}, [1, 2, 3]),
        ({"type": "array", "minItems": 2, "uniqueItems": True, "items": {"type": "boolean"}}, [True, False]),
        ({"type": "array", "minItems": 2, "uniqueItems": True, "items": {"type": "string"}}, ["string", "s"]),
        ({"type": "array", "minItems": 2, "uniqueItems": True, "items": obj("a", a={"type": "integer"})}, [{"a": 0}, {"a": 1}]),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "null"}], "minItems": 3}, [0, None, {}]),
        ({"type": "array", "contains": {"type": "string"}}, ["string"]),
        ({"type": "array", "contains": {"type": "string"}, "minContains": 0}, []),
        ({"type": "array", "contains": {"minimum": 5}, "minContains": 2, "items": {"type": "integer"}, "minItems": 3}, [5, 5, 0]),
        ({"type": "array", "prefixItems": [{"type": "null"}], "contains": {"type": "string"}}, [None, "string"]),
        # objects
        ({"type": "object", "minProperties": 2}, {"property1": {}, "property2": {}}),
        (obj(a={"type": "null"}) | {"minProperties": 1}, {"a": None}),
        (obj(a=False, b={"type": "null"}) | {"minProperties": 1}, {"b": None}),
        (obj("x-a") | {"patternProperties": {"^x-": {"type": "integer"}}}, {"x-a": 0}),
        (obj("x-a", **{"x-a": {"minimum": 3}}) | {"patternProperties": {"^x-": {"type": "integer"}}}, {"x-a": 3}),
        ({"type": "object", "additionalProperties": False, "patternProperties": {"^x\\d$": {"type": "null"}}, "minProperties": 2}, {"x0": None, "x1": None}),
        (obj("(") | {"patternProperties": {"(": {"type": "integer"}}}, {"(": {}}),
        ({"type": "object", "propertyNames": {"pattern": "^[A-Z]$"}, "minProperties": 1}, {"A": {}}),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "required": ["a"]}, {"a": 0}),
        (obj("a") | {"dependentRequired": {"a": ["b"], "b": ["c"]}}, {"a": {}, "b": {}, "c": {}}),
        (obj("a") | {"dependentSchemas": {"a": {"required": ["z"]}}}, {"a": {}, "z": {}}),
        # several at once
        ({"allOf": [obj("a", a={"type": "integer"}), obj("b", a={"minimum": 3})]}, {"a": 3, "b": {}}),
        ({"allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "type": "integer", "minimum": 1}, 12),
        ({"allOf": [{"type": ["integer", "number"]}, {"type": ["string", "integer"]}]}, 0),
        ({"allOf": [{"type": "number"}, {"type": "integer"}], "minimum": 0.5}, 1),
        ({"allOf": [{"enum": [1, 2, 3]}, {"enum": [True, 3, 2]}]}, 2),
        ({"allOf": [{"const": 1}, {"const": 1.0}]}, 1),
        ({"allOf": [{"type": ["string", "null"], "enum": ["a", None]}, {"type": "null"}]}, None),
        ({"type": "integer", "enum": ["a", True, 2.0]}, 2.0),
        ({"allOf": [{"items": {"type": "integer"}, "minItems": 1}, {"items": {"minimum": 2}}]}, [2]),
        ({"allOf": [{"prefixItems": [{"type": "integer"}]}, {"prefixItems": [{"minimum": 2}, {"type": "null"}]}], "minItems": 2, "type": "array"}, [2, None]),
        ({"allOf": [{"dependentRequired": {"a": ["b"]}}, {"dependentRequired": {"a": ["c"]}}], "required": ["a"]}, {"a": {}, "b": {}, "c": {}}),
        ({"oneOf": [{"type": "null"}, {"type": "integer"}]}, 0),
        ({"anyOf": [False, {"type": "integer"}]}, 0),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, 0.5),
        ({"oneOf": [{"type": "string"}, {"type": "string", "minLength": 3}]}, "s"),
        (obj("v", v={"oneOf": [{"type": "string"}, {"type": "string", "minLength": 3}]}), {"v": "s"}),
        ({"oneOf": [obj(k={"const": "a"}), obj("k", k={"const": "b"})]}, {"k": "a"}),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {"a": False}}, {"b": {}}),
        ({"if": obj("a"), "then": {"required": ["b"]}, "else": {"required": ["c"]}}, {"a": {}, "b": {}}),
        ({"if": {"type": "string"}, "then": False, "else": {"type": "integer"}}, 0),
        ({"not": {"type": "object"}}, "string"),
        ({"type": "string", "not": {"const": "string"}}, "s"),
        ({"type": "array", "not": {"maxItems": 0}, "items": {"type": "null"}}, [None]),
        # in circles
        (obj("left", left={"anyOf": [ITSELF, {"type": "null"}]}), {"left": {"left": None}}),
        ({"oneOf": [obj("not", "x", **{"not": ITSELF}), {"const": 1}]}, {"not": 1, "x": {}}),
        (obj("all", all={"type": "array", "items": ITSELF}), {"all": []}),
        # the document's own
        ({"type": "integer", "examples": [4, 5], "example": 6}, 4),
        ({"type": "integer", "examples": [], "example": 6, "default": 7}, 6),
        ({"type": "integer", "examples": "x", "default": 7}, 7),
        ({"type": "integer", "example": "x", "default": 7}, 7),
        (obj("a", a={"type": "integer", "example": 7}) | {"example": {"a": "x"}}, {"a": 7}),
        (obj("a", "b", a={"type": "integer", "example": "x"}, b={"type": "null", "example": 1}), {"a": 0, "b": None}),
        ({"allOf": [obj("a", a={"type": "integer", "example": 7})], "example": {"a": 8}}, {"a": 8}),
        ({"enum": ["a", "b"], "example": "b"}, "b"),
    ],
)  # fmt: skip
def test_a_sample_is_the_plainest_value(schema, expected):
    found = sample(schema_of(schema))
    assert found == expected
    assert type(found) is type(expected)


@each_row(
    ("schema", "expected"),
    [
        ({"type": "string", "nullable": True}, "string"),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, 4),
        ({"$ref": "#/components/schemas/Y", "type": "null"}, 0),
        ({"type": "string", "format": "binary", "minLength": 900}, "string"),
    ],
)
def test_a_schema_of_3_0_is_read_as_such(schema, expected):
    found = sample(schema_of(schema, version="3.0.3", Y={"type": "integer"}))
    assert found == expected


@each_row(
    "name",
    [
        "base64",
        "byte",
        "date",
        "date-time",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "json-pointer",
        "regex",
        "time",
        "uri",
        "uri-reference",
        "uuid",
    ],
)
def test_every_asserted_format_has_many_samples(name):
    items = {"type": "string", "format": name}
    schema = schema_of(
        {"type": "array", "items": items, "minItems": 40, "uniqueItems": True}
    )
    found = sample(schema)
    assert (len(set(found)), schema.is_valid(found)) == (40, True)


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"not": {}},
        {"enum": []},
        {"type": "string", "minLength": 5, "maxLength": 4},
        {"type": "string", "minLength": 10**9},
        {"type": "string", "pattern": "^a$", "minLength": 2},
        {"type": "array", "minItems": 10**9},
        {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "boolean"}},
        {"type": "array", "minItems": 1, "items": False},
        {"type": "object", "minProperties": 10**9},
        {"type": "object", "minProperties": 1, "additionalProperties": False},
        {"type": "integer", "minimum": 1, "maximum": 0},
        {"type": "number", "minimum": 10**400, "multipleOf": 0.3},
        {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        obj("x", x=ITSELF),
        obj("x") | {"additionalProperties": False},
        {"allOf": [{"const": 1}, {"const": True}]},
        {"allOf": [{"enum": [1]}, {"enum": [2]}]},
        {"allOf": [{"type": ["integer", "number"]}, {"type": "string"}]},
        {"allOf": [ITSELF]},
        obj("a", "b", a={"oneOf": [ITSELF, ITSELF]}, b={"anyOf": [ITSELF] * 9}),
        {"allOf": [{"oneOf": [{"type": "null", "const": n} for n in range(9)]}] * 9},
        {"allOf": [{"type": "integer"}] * 2_000 + [False]},
    ],
)  # fmt: skip
def test_where_no_value_is_found_the_place_is_told(schema):
    with pytest.raises(NoSample) as caught:
        sample(schema_of(schema))
    assert caught.value.message == (
        "openapi.json#/components/schemas/X: no value was found that is valid here: "
        + caught.value.reason
    )


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (False, "its keywords leave none"),
        (
            {"type": "integer", "minimum": 1, "maximum": 0},
            "`minimum` is 1, `maximum` is 0",
        ),
        (
            {"type": "string", "minLength": 5, "maxLength": 4},
            "`minLength` is 5, `maxLength` is 4",
        ),
        (
            {"type": "integer", "multipleOf": 5, "minimum": 1, "maximum": 4},
            "`multipleOf` and `minimum` and `maximum` leave none",
        ),
        (
            {"type": "string", "minLength": 10**9},
            "1000000000 characters are too many to generate",
        ),
        (
            obj("x", x={"type": "string", "pattern": "^[a-z]+$/i"}),
            "the required property 'x' has no valid value: no text was found that matches the pattern ^[a-z]+$/i",
        ),
        ({"allOf": [{"enum": [1]}, {"enum": [2]}]}, "`enum` is both [1] and [2]"),
        (
            {"allOf": [{"type": "integer"}, {"type": "string"}]},
            "`type` is both 'integer' and 'string'",
        ),
        (obj("x", x=False), "the property 'x' is required, and not allowed"),
        ({"not": {}}, "{} is refused: {} matches the schema under `not`"),
        (
            obj("x", x={"type": "null", "not": {"type": "null"}}),
            '{"x": null} is refused: null matches the schema under `not` at #/x',
        ),
        (
            {"allOf": [{"type": "integer"}] * 2_000 + [False]},
            "the search was given up, there is too much to try",
        ),
    ],
)
def test_where_no_value_is_found_the_reason_is_told(schema, reason):
    with pytest.raises(NoSample) as caught:
        sample(schema_of(schema))
    assert caught.value.reason == reason


def test_a_seed_chooses_among_valid_values():
    schema = schema_of({"type": "integer", "minimum": 3, "example": 9})
    assert [sample(schema, seed=seed) for seed in (0, 1, 2)] == [9, 3, 4]
    assert [sample(schema, examples=False, seed=seed) for seed in (0, 1, 17)] == [
        3,
        4,
        4,
    ]
    assert sample(schema_of({"enum": ["a", "b"]}), seed=5) == "b"


def test_dynamic_references_and_ids_are_followed_as_requests_are_checked():
    several = {
        "$id": "https://e.com/list",
        "type": "array",
        "minItems": 1,
        "items": {"$dynamicRef": "#item"},
        "$defs": {"any": {"$dynamicAnchor": "item", "type": "string"}},
    }
    integers = {
        "$id": "https://e.com/integers",
        "$ref": "list",
        "$defs": {"five": {"$dynamicAnchor": "item", "type": "integer", "minimum": 5}},
    }
    schema = schema_of(obj("a", "b", a=several, b=integers))
    assert sample(schema) == {"a": ["string"], "b": [5]}


def test_a_schema_that_cannot_be_read_is_an_error_of_its_own():
    with pytest.raises(UnresolvableReference):
        sample(schema_of({"$ref": "#/nowhere"}))


def test_the_same_schema_gives_the_same_sample():
    schema = obj("a", "b", a={"type": "string", "pattern": "^[a-z]{4}$"}, b={})
    assert sample(schema_of(schema)) == sample(schema_of(schema))


def test_optional_parts_are_left_out_of_trees():
    node = obj("name", name={"type": "string"}, children={"items": ITSELF})
    assert sample(schema_of(node)) == {"name": "string"}


# --- schemas of any kind ----------------------------------------------------------------

SMALL = st.integers(0, 6)


def between(low, high, values=SMALL):
    """Return keywords for bounds of which the lower is the lower."""
    pairs = st.tuples(values, values).map(sorted)
    both = pairs.map(lambda pair: {low: pair[0], high: pair[1]})
    return st.just({}) | both | values.map(lambda value: {low: value})


def with_type(name, *keywords):
    return st.tuples(*keywords).map(
        lambda found: {"type": name} | {k: v for each in found for k, v in each.items()}
    )


PATTERNS = st.sampled_from(["^[a-z]+$", "\\d", "^(a|b)*$", "^x-", "^[^a]{2,}$", "^.?$"])
SCALARS = st.one_of(
    st.sampled_from([{"type": "null"}, {"type": "boolean"}]),
    st.lists(st.integers() | st.text(max_size=3) | st.none(), min_size=1, max_size=3).map(
        lambda values: {"enum": values}
    ),
    with_type("string", between("minLength", "maxLength")),
    with_type("string", between("minLength", "maxLength", st.integers(2, 9)),
              PATTERNS.map(lambda pattern: {"pattern": pattern})),
    st.sampled_from(["date", "uuid", "ipv4", "email"]).map(
        lambda name: {"type": "string", "format": name}
    ),
    with_type("integer", between("minimum", "maximum", st.integers(-50, 50))),
    with_type("number", between("minimum", "maximum", st.integers(-50, 50))),
    st.integers(1, 9).map(lambda step: {"type": "integer", "multipleOf": step}),
)  # fmt: skip


def arrays(items):
    return with_type(
        "array",
        between("minItems", "maxItems", st.integers(0, 3)),
        items.map(lambda item: {"items": item}),
    )


def objects(properties):
    named = st.dictionaries(st.sampled_from("abcd"), properties, max_size=3)
    return st.tuples(named, st.sets(st.sampled_from("abcd"), max_size=2)).map(
        lambda pair: obj(*sorted(pair[1]), **pair[0])
    )


def satisfiable(inner):
    return arrays(inner) | objects(inner)


def mixed(inner):
    lists = st.lists(inner, min_size=1, max_size=3)
    several = st.sampled_from(["allOf", "anyOf", "oneOf"])
    return st.one_of(
        arrays(inner),
        objects(inner),
        st.tuples(several, lists).map(lambda pair: {pair[0]: pair[1]}),
        inner.map(lambda schema: {"not": schema}),
        arrays(inner).map(lambda schema: schema | {"uniqueItems": True}),
        objects(inner).map(lambda schema: schema | {"additionalProperties": False}),
        st.tuples(inner, inner).map(lambda two: {"if": two[0], "then": two[1]}),
    )


def independently_valid(schema, value):
    checker = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return checker.is_valid(value)


@settings(max_examples=2 * settings.default.max_examples)
@given(st.recursive(SCALARS, satisfiable, max_leaves=8))
def test_a_schema_that_has_values_has_a_sample(schema):
    try:
        value = sample(schema_of(schema))
    except NoSample:
        # Two of the patterns do not go with every length.
        assert "pattern" in str(schema)
    else:
        assert independently_valid(schema, value)


@settings(max_examples=2 * settings.default.max_examples)
@given(st.recursive(SCALARS, mixed, max_leaves=8))
def test_a_sample_is_valid_or_there_is_none(schema):
    try:
        value = sample(schema_of(schema))
    except NoSample:
        return
    assert independently_valid(schema, value)


# --- patterns ---------------------------------------------------------------------------


@each_row(
    ("pattern", "expected"),
    [
        ("", ""),
        ("abc", "abc"),
        ("^abc$", "abc"),
        ("^a.c$", "aac"),
        ("^\\d\\w\\s\\D\\W\\S$", "0a a-a"),
        ("^[b-d]$", "b"),
        ("^[^a-y]$", "z"),
        ("^[A-Z0-9_-]$", "0"),
        ("^[\\d.]$", "0"),
        ("^[-a]$", "a"),
        ("^[\\w-.]$", "a"),
        ("^[1-\\d]$", "0"),
        ("^[a-]$", "a"),
        ("^[\\]]$", "]"),
        ("^[\\b]$", "\b"),
        ("^[☃-☇]$", "☃"),
        ("^[一-龥]$", "中"),
        ("^[^\\u0000-\\uffff]*$", ""),
        ("^(a|b)$", "a"),
        ("^(?:a|b)c$", "ac"),
        ("^(?<year>\\d{4})$", "0000"),
        ("^a*b+c?$", "b"),
        ("^a{3}$", "aaa"),
        ("^a{2,}$", "aa"),
        ("^a{2,3}$", "aa"),
        ("^a{x}$", "a{x}"),
        ("^a+?$", "a"),
        ("^(a)-\\1$", "a-a"),
        ("^\\x41\\u0042\\u{43}$", "ABC"),
        ("^\\t\\n\\r\\f\\v\\0$", "\t\n\r\f\v\0"),
        ("^\\cA$", "\x01"),
        ("^\\p{Lu}\\p{Ll}\\P{L}$", "Aa0"),
        ("^\\p{Letter}$", "a"),
        ("^\\$\\.\\/\\-$", "$./-"),
        ("^\\bx\\b$", "x"),
        ("^(?!a)[ab]$", "b"),
        ("^(?=.*[A-Z])(?=.*\\d).{4,}$", "B1bbbb"),
        ("(?<=a)b$", "ab"),
        ("^[A-Z]{2}\\d{2}[A-Z0-9]{1,30}$", "AA000"),
        ("^\\+[1-9]\\d{1,14}$", "+10"),
        ("^#([a-f0-9]{6}|[a-f0-9]{3})$", "#aaaaaa"),
        ("^(https?|ftp)://[^\\s/$.?#].[^\\s]*$", "http://aa"),
        ("^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$", "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"),
        ("^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$", "0000-01-01"),
        ("^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\\.[a-zA-Z]{2,}$", "a@a.aa"),
    ],
)  # fmt: skip
def test_a_pattern_has_a_plain_match(pattern, expected):
    assert next(regex.strings(pattern), None) == expected


@each_row(
    ("pattern", "least", "most", "expected"),
    [
        ("^(ab){1,}c+$", 10, 10, "abcccccccc"),
        ("^[a-z]+-[a-z]{1,3}$", 9, 9, "aaaaaaa-a"),
        ("^.{0,1000}$", 999, 999, "a" * 999),
        ("^(a|bbb)$", 3, 3, "bbb"),
        ("a", 3, 3, "aaa"),
        ("^(abc)*$", 9, 11, "abcabcabc"),
    ],
)
def test_a_match_is_as_long_as_asked(pattern, least, most, expected):
    assert next(regex.strings(pattern, least, most), None) == expected


def test_a_pattern_has_different_matches():
    found = list(regex.strings("^[a-c]{1,2}$"))
    assert found == ["a", "aa", "b", "bb", "c", "cc"]


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "(a",
        "a)",
        "[a",
        "[]",
        "\\",
        "a\\",
        "(?",
        "[z-a]x",
        "^a$b",
        "(" * 5000,
        "^(a{500}){500}$",
        "^\\ud83d$",
        "^\\u{ffffff}$",
    ],
)
def test_a_pattern_that_is_not_understood_or_has_no_match_yields_nothing(pattern):
    assert list(regex.strings(pattern)) == []


@given(st.text(st.sampled_from("ab(?:=!<)[^-]{1,2}*+|.\\dwsbpLu$")))
def test_any_text_may_be_a_pattern(pattern):
    engine = regex.keyword_validator("pattern", pattern)
    for text in regex.strings(pattern):
        assert engine is None or engine.is_valid(text)


# --- keywords ---------------------------------------------------------------------------


@each_row(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (True, True, True),
        ([1], [1.0], True),
        ([1], [True], False),
        ([1], [1, 2], False),
        ({"a": [0]}, {"a": [False]}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"b": 1}, False),
        ("a", None, False),
    ],
)
def test_json_values_are_compared_as_json(one, other, equal):
    assert same(one, other) is equal


@each_row(
    ("one", "other", "merged"),
    [
        ({"minLength": 1}, {"minLength": 2}, {"minLength": 2}),
        ({"maxItems": 1}, {"maxItems": 2}, {"maxItems": 1}),
        ({"format": "date"}, {"format": "uuid"}, {"format": "date"}),
        ({"uniqueItems": False}, {"uniqueItems": True}, {"uniqueItems": True}),
        ({"multipleOf": 0.4}, {"multipleOf": 0.6}, {"multipleOf": 1.2}),
        ({"type": "integer"}, {"type": "number"}, {"type": ["integer"]}),
        ({"type": ["number", "null"]}, {"type": ["integer", "null"]}, {"type": ["null", "integer"]}),
    ],
)  # fmt: skip
def test_keywords_are_put_together(one, other, merged):
    assert merge([one, other]) == merged


def test_keywords_that_contradict_each_other_are_told():
    with pytest.raises(Contradiction, match="^`const` is both 1 and 2$"):
        merge([{"const": 1}, {"const": 2}])


STRING = {"type": "string"}
HARD = {"oneOf": [obj("a", "b"), obj("a")]}
OVERLAPPING = {"oneOf": [obj(a=STRING), obj(b={"type": "integer"})]}


def among(count, last):
    """Return an object of many required strings before a last member."""
    members = {f"m{number:04}": STRING for number in range(count)}
    return obj(*members, "last", **members, last=last)


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param(among(24, HARD), id="fault 4.4: two dozen members"),
        pytest.param(among(1000, HARD), id="a thousand members"),
        pytest.param(
            obj(*map(str, range(20)), **dict.fromkeys(map(str, range(20)), HARD)),
            id="hard in each of twenty members",
        ),
        pytest.param(
            among(30, {"type": "array", "minItems": 30, "items": HARD}),
            id="hard in each of thirty items",
        ),
        pytest.param(OVERLAPPING, id="alternatives that overlap"),
        pytest.param(among(30, OVERLAPPING), id="that overlap among others"),
        pytest.param(among(30, {"not": obj(a=STRING)}), id="not"),
        pytest.param(
            among(
                30,
                {
                    "if": {"properties": {"k": {"const": 1}}},
                    "then": {"required": ["z"]},
                    "else": {"required": ["y"]},
                    "type": "object",
                },
            ),
            id="if, then, else",
        ),
        pytest.param(
            {"oneOf": [{"oneOf": [{"type": "integer"}, {"type": "number"}]}, {"minimum": 5, "type": "integer"}]},
            id="a oneOf in a oneOf",
        ),
        pytest.param({"type": "array", "minItems": 5000}, id="five thousand items"),
        pytest.param(
            {"type": "array", "minItems": 300, "uniqueItems": True, "items": STRING},
            id="three hundred different items",
        ),
        pytest.param(obj(*map(str, range(3000))), id="three thousand members"),
        pytest.param(
            {"allOf": [{"contains": {"const": 5}}, {"contains": {"const": 6}}], "type": "array"},
            id="contains twice",
        ),
        pytest.param(
            {"type": "object", "propertyNames": {"pattern": "^x"}, "minProperties": 5},
            id="names by a pattern",
        ),
        pytest.param(
            {"type": "object", "minProperties": 3, "patternProperties": {"^x-": STRING}, "additionalProperties": False},
            id="members by a pattern",
        ),
        pytest.param({**STRING, "minLength": 200_000}, id="a long text"),
    ],
)  # fmt: skip
def test_a_value_is_found_wherever_there_is_one(schema):
    found = schema_of(schema)
    assert found.is_valid(sample(found))
    assert reason_without_sample(found) is None


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (among(30, {"oneOf": [STRING, STRING]}), " at #/last"),
        (
            obj("a") | {"additionalProperties": False},
            "'a' is required, and not allowed",
        ),
        ({"allOf": [{"const": 1}, {"const": 2}]}, "`const` is both 1 and 2"),
    ],
)
def test_where_there_is_no_value_the_reason_can_be_asked_for(schema, reason):
    assert reason in reason_without_sample(schema_of(schema))


@each_row(
    "schema",
    [
        obj("data", data=obj(event={"const": "opened"})),
        obj("data", data=obj(event={"enum": ["opened"]})),
        obj(
            "data", data=obj(event={"allOf": [{"type": "string"}, {"const": "opened"}]})
        ),
        obj("data", data={"oneOf": [obj("x", event={"const": "opened"}), obj("y")]}),
        obj("data", data={"allOf": [obj(event={"const": "opened"}), obj("z")]}),
        obj("data", data=obj(event={"oneOf": [{"const": "opened"}]})),
        obj("data", data=obj(event={"anyOf": [{"allOf": [{"const": "opened"}]}]})),
        obj(
            "data",
            data=obj(event={"const": "opened"})
            | {"dependentRequired": {"event": ["a"], "a": ["b"]}},
        ),
    ],
    ids=[
        "const",
        "enum of one",
        "allOf",
        "a branch",
        "a part",
        "oneOf one",
        "anyOf one",
        "with others",
    ],
)
def test_members_with_one_value_are_sent_although_optional(schema):
    """Fault 4.6."""
    assert sample(schema_of(schema))["data"]["event"] == "opened"


def test_an_optional_member_that_makes_a_value_invalid_is_left_out():
    schema = obj("a", a=STRING, k={"const": 1}) | {"maxProperties": 1}
    assert sample(schema_of(schema)) == {"a": "string"}
    schema = obj(k={"const": 1}) | {"not": {"required": ["k"]}}
    assert sample(schema_of(schema)) == {}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "minItems": 10**9},
        {"type": "string", "minLength": 10**9},
        {"type": "string", "pattern": "^(?=a)b"},
        {"type": "string", "pattern": r"^(a)(b)\2\1c\1$", "minLength": 9},
        {"type": "string", "pattern": "(?x)a b"},
    ],
)
def test_where_there_may_be_a_value_no_reason_is_given(schema):
    found = schema_of(schema)
    with pytest.raises(NoSample):
        sample(found)
    assert reason_without_sample(found) is None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$", "250.250.250.211"),
        ("[", "string"),
        (r"\A[a-z]+\z", "string"),
    ],
)
def test_a_pattern_that_is_hard_or_not_read_has_a_text(pattern, text):
    assert sample(schema_of({"type": "string", "pattern": pattern})) == text


PLAIN = (
    *(None, True, False, 0, 1, -1, 3, 0.5, 19.99, "", "a", "ab", "1", [], [0], ["a"]),
    *([0, 1], [0, "a"], [[]], {}, {"a": 0}, {"a": "a"}, {"b": 0}, {"a": 0, "b": 0}),
    *({"a": None}, {"a": 0, "b": 0, "c": 0}, {"a": {}}, {"x": 1}, {"a": 0, "x": 1}),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(SCHEMAS, st.lists(VALUES, max_size=5))
def test_a_value_is_found_within_a_second_wherever_a_common_one_is_valid(
    schema, values
):
    found = schema_of(schema, S={"type": "object"}, T={"type": "integer"})
    if any(map(found.is_valid, (*PLAIN, *values))):
        assert found.is_valid(sample(found))
    else:
        with contextlib.suppress(NoSample):
            sample(found)
    begun = time.process_time()
    with contextlib.suppress(NoSample):
        sample(found, examples=False)
    assert time.process_time() - begun < 1


# --- what must not be valid -----------------------------------------------------------------


@each_row(
    ("context", "refused"),
    [
        ({}, False),
        ({}, {"type": "object"}),
        ({}, {"type": ["object", "array", "string"]}),
        ({"type": "number"}, {"type": "integer"}),
        ({"type": "string"}, {"pattern": "^[^a]*$"}),
        ({"type": "string"}, {"pattern": "^x{0,9}$"}),
        ({"type": "string"}, {"format": "email"}),
        ({"type": "string"}, {"minLength": 2}),
        ({"type": "string"}, {"maxLength": 99}),
        ({"type": "integer"}, {"multipleOf": 1000}),
        ({"type": "number"}, {"multipleOf": 0.5}),
        ({"type": "number"}, {"minimum": -5000, "maximum": 7000}),
        ({"type": "number"}, {"exclusiveMinimum": -5000}),
        ({"type": "number"}, {"exclusiveMaximum": 5000}),
        ({"type": "object"}, {"properties": {"a": {"type": "null"}}}),
        ({"type": "object"}, {"patternProperties": {"^x-": {"type": "object"}}}),
        ({"type": "object"}, {"additionalProperties": {"type": "object"}}),
        ({"type": "object"}, {"additionalProperties": False}),
        ({"type": "object"}, {"properties": {"a": {}}, "unevaluatedProperties": False}),
        ({"type": "object"}, {"propertyNames": {"pattern": "^[^m]*$"}}),
        ({"type": "object"}, {"maxProperties": 3}),
        ({"type": "object"}, {"dependentRequired": {"a": ["b"]}}),
        ({"type": "object"}, {"dependentSchemas": {"a": {"required": ["b"]}}}),
        ({"type": "array"}, {"items": {"type": "object"}}),
        ({"type": "array"}, {"items": False}),
        ({"type": "array"}, {"prefixItems": [{}, {"type": "object"}]}),
        ({"type": "array"}, {"prefixItems": [{}], "items": {"type": "object"}}),
        ({"type": "array"}, {"prefixItems": [{}], "unevaluatedItems": False}),
        ({"type": "array", "minItems": 1}, {"contains": {"type": "object"}}),
        ({"type": "array"}, {"contains": {}, "minContains": 0, "maxContains": 2}),
        ({"type": "array"}, {"uniqueItems": True}),
        ({"type": "array"}, {"maxItems": 3}),
        ({"type": "object"}, {"anyOf": [{"maxProperties": 1}, {"required": ["a"]}]}),
        ({"type": "object"}, {"oneOf": [{"required": ["a"]}, {"maxProperties": 9}]}),
        ({"type": "object"}, {"allOf": [{}, {"maxProperties": 1}]}),
        ({"type": "object"}, {"if": {"required": ["a"]}, "then": {"required": ["b"]}}),
        ({"type": "object"}, {"if": {"required": ["a"]}, "else": {"maxProperties": 1}}),
        ({"type": "object"}, {"not": {"required": ["a"]}}),
        ({"type": "object"}, {"$ref": "#/components/schemas/S"}),
    ],
    ids=str,
)  # fmt: skip
@each_row("way", ["not", "oneOf", "if"])
def test_what_a_schema_refuses_is_found_for_every_keyword(context, refused, way):
    schema = {**context, "not": refused}
    if way == "oneOf":
        schema = {**context, "oneOf": [refused, {}]}
    if way == "if":
        schema = {**context, "if": refused, "then": False}
    found = schema_of(schema, S={"maxProperties": 1})
    value = sample(found)
    assert (
        found.is_valid(value),
        schema_of(refused, S={"maxProperties": 1}).is_valid(value),
    ) == (True, False)


@each_row(
    "schema",
    [
        {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "object"}},
        {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "array"}},
        {"oneOf": [{"type": "integer"}, {"exclusiveMaximum": 1}, {"minLength": 1}]},
        {"required": ["b"], "anyOf": [{"type": "integer"}, {"type": "array"}], "dependentSchemas": {"b": {"type": "null"}}},
        {"dependentSchemas": {"b": {"type": "number", "allOf": [{"type": "string"}]}}, "required": ["b", "a"]},
        {"allOf": [{"required": ["a"]}, {"dependentSchemas": {"a": {"required": ["b"]}}}], "type": "object"},
        {"type": "object", "required": ["c"], "dependentRequired": {"c": ["d", "d"]}, "dependentSchemas": {"d": {"required": ["e"]}}},
        {
            "type": "object",
            "required": ["c"],
            "oneOf": [{"dependentSchemas": {"c": {"patternProperties": {"^\\d+$": {"type": "object"}}}}}, {"minItems": 2}],
        },
        {"oneOf": [{"required": [name]} for name in "abcd"]},
        {keyword: [{"$ref": "#/components/schemas/S"}] for keyword in ("allOf", "anyOf", "oneOf")},
        {"oneOf": [obj(k={"const": n}) for n in range(6)], "type": "object"},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_is_found_where_alternatives_and_members_depend_on_each_other(schema):
    found = schema_of(schema, S={"type": "object", "required": ["s"]})
    assert found.is_valid(sample(found))


# --- what was searched in vain ----------------------------------------------------------------


def refer(name):
    return {"$ref": f"#/components/schemas/{name}"}


ENDLESS_TREES = {
    "itself": {"X": obj("x", x=refer("X"))},
    "alternatives": {
        "X": {"oneOf": [refer(f"N{number}") for number in range(8)]},
        **{
            f"N{number}": obj(
                "k",
                "args",
                k={"const": number},
                args={"type": "array", "minItems": 1, "items": refer("X")},
            )
            for number in range(8)
        },
    },
    "circles": {
        "X": obj(*"abcdef", **{name: refer(name) for name in "abcdef"}),
        **{
            name: {"oneOf": [obj("x", x=refer("X")), obj("y", y=refer(other))]}
            for name, other in zip("abcdef", "bcdefa", strict=True)
        },
    },
}


@each_row("name", ENDLESS_TREES)
def test_a_tree_that_has_no_end_is_given_up_in_no_time(name):
    others = dict(ENDLESS_TREES[name])
    schema = schema_of(others.pop("X"), **others)
    begun = time.process_time()
    with pytest.raises(NoSample):
        sample(schema)
    assert time.process_time() - begun < 0.3


def test_what_has_no_value_is_searched_for_only_once():
    others = dict(ENDLESS_TREES["alternatives"])
    tree = others.pop("X")

    def work(times):
        description = schema_of(tree, **others).description
        for _ in range(times):
            schema = Schema(
                description.root.child("components", "schemas", "X"), description
            )
            with pytest.raises(NoSample) as caught:
                sample(schema)
            assert caught.value.reason.startswith("the required property 'args'")

    assert growth(work, 1, 50) < 0.3


def test_a_failure_is_remembered_for_its_own_schema_and_reading_alone():
    never = {
        "type": "object",
        "required": ["x"],
        "properties": {"x": {"writeOnly": True, "not": {}}},
    }
    schema = schema_of({"allOf": [{"$ref": "#/components/schemas/Never"}]}, Never=never)
    description = schema.description
    node = description.root.child("components", "schemas", "Never")
    with pytest.raises(NoSample):
        sample(Schema(node, description, waived="readOnly"))
    assert sample(Schema(node, description, waived="writeOnly")) == {}
    with pytest.raises(NoSample):
        sample(Schema(node, description, waived="readOnly"), examples=False)


def test_a_member_that_failed_far_below_may_have_a_value_higher_up():
    """A reference is followed twice: `deep` fails in the second `Deep`, not in the first."""
    deep = obj("next", next={"oneOf": [refer("Deep"), obj("end", end=refer("End"))]})
    schema = schema_of(
        obj("a", "b", a=refer("Deep"), b=refer("End")),
        Deep=deep,
        End={"oneOf": [obj("deep", deep=refer("Deep")), obj("x", x={"const": 1})]},
    )
    assert schema.is_valid(sample(schema))


def test_an_example_of_the_whole_stands_for_a_member_without_a_value():
    hard = {"type": "string", "pattern": r"^(?=x.*y)(?=.*z)[xyz]{3}q{7}(?<=q)$"}
    whole = obj("k", "a", k={"const": 1}, a=hard) | {
        "example": {"k": 1, "a": "xzyqqqqqqq"}
    }
    first = obj("k", "a", k={"const": 0}, a=hard)
    found = schema_of({"oneOf": [first, whole], "type": "object"})
    assert sample(found) == {"k": 1, "a": "xzyqqqqqqq"}
