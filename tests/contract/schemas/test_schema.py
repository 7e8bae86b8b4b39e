from __future__ import annotations

from decimal import Decimal

import pytest
from cbmock.contract.bodies.payload import validate
from cbmock.contract.explain.explanation import explain
from cbmock.contract.schemas import engine
from cbmock.errors import UnresolvableReference
from cbmock.violations import errors
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.documents import schema_of
from tests.support.rows import each_row
from tests.support.schema_strategies import ASSERTION, VALUES, composed

NODE = {
    "type": "object",
    "properties": {
        "next": {"$ref": "#/components/schemas/S"},
        "value": {"type": "integer"},
    },
}
INT64 = {"type": "integer", "format": "int64"}
WITH_BROKEN_PATTERN = {"properties": {"a": {"type": "string"}, "b": {"pattern": "(?<"}}}


def chain(depth, value=1):
    node = {"value": value}
    for _ in range(depth):
        node = {"next": node}
    return node


@each_row(
    ("schema", "value", "valid"),
    [
        # 3.0: what is a name is not a keyword, and what is a constant is not a reference
        (
            {
                "type": "object",
                "properties": {
                    "nullable": {"type": "boolean"},
                    "$ref": {"type": "string"},
                },
            },
            {"nullable": True, "$ref": "x"},
            True,
        ),
        ({"enum": [{"$ref": "#/x"}]}, {"$ref": "#/x"}, True),
        ({"enum": [{"$ref": "#/x"}]}, {}, False),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 5, False),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6, True),
        ({"exclusiveMinimum": 5}, 5, False),
        ({"type": "string", "nullable": True}, None, True),
        ({"type": "string", "nullable": True, "enum": ["a"]}, None, False),
        ({"type": "string"}, None, False),
        ({"type": "string", "format": "binary", "pattern": "^a$"}, "b", True),
        ({"type": "file"}, "anything", True),
        ({"required": True}, {}, True),
        ({"type": "date"}, "tomorrow", True),
        ({"items": [{"type": "string"}], "additionalItems": False}, ["a", 1], False),
        (False, None, False),
        (True, None, True),
    ],
)
def test_a_value_is_held_against_3_0(schema, value, valid):
    assert schema_of(schema, "3.0.3").is_valid(value) is valid


@each_row(
    ("schema", "value", "valid"),
    [
        ({"type": "string", "nullable": True}, None, False),
        ({"type": ["string", "null"]}, None, True),
        ({"type": "integer"}, 1.0, True),
        ({"type": "integer"}, True, False),
        ({"const": 1}, True, False),
        ({"multipleOf": 0.01}, 19.99, True),
        ({"multipleOf": 0.01}, 19.999, False),
        ({"pattern": "^a$"}, "a\n", False),
        ({"pattern": "b"}, "abc", True),
        ({"pattern": r"^\d$"}, "٣", False),
        ({"pattern": r"^\p{L}+$"}, "é", True),
        ({"pattern": r"^(?<year>\d{4})$"}, "2024", True),
        ({"pattern": r"^\/$"}, "/", True),
        ({"maxLength": 1}, "😀", True),
        ({"maximum": 5}, Decimal("1e400"), False),
        ({"type": "number"}, Decimal("1e400"), True),
        ({"type": "integer"}, Decimal("9" * 5000), True),
        (INT64, 2**63 - 1, True),
        (INT64, 2**63, False),
        (INT64, 12345678901234567890123, False),
        ({"uniqueItems": True}, [1, 1.0], False),
        ({"uniqueItems": True}, [1, True], True),
        ({"minLength": 2}, "\ud800", False),
        ({"minLength": 1}, "\ud800", True),
        ({"uniqueItems": True}, ["\ud800", "\ud801"], True),
        ({"maxProperties": 1}, {"\ud800": "\udfff", "a": [None]}, False),
        (
            {
                "allOf": [{"properties": {"a": {}}}],
                "unevaluatedProperties": False,
            },
            {"a": 1, "b": 1},
            False,
        ),
        (
            {"allOf": [{"properties": {"a": {}}}], "additionalProperties": False},
            {"a": 1},
            False,
        ),
    ],
)
def test_a_value_is_held_against_3_1(schema, value, valid):
    assert schema_of(schema).is_valid(value) is valid


@pytest.mark.parametrize(("version", "valid"), [("3.0.4", True), ("3.1.0", False)])
def test_siblings_of_a_reference_count_from_3_1_on(version, valid):
    schema = {"$ref": "#/components/schemas/T", "maxLength": 1}
    assert schema_of(schema, version, T={"type": "string"}).is_valid("ab") is valid


@each_row(
    ("name", "value", "valid"),
    [
        ("int32", 2**31 - 1, True),
        ("int32", 2**31, False),
        ("int32", 1.5, False),
        ("int32", "x", True),
        ("int64", -(2**63) - 1, False),
        ("float", 1.5, True),
        ("float", 1e39, False),
        ("double", 1e39, True),
        ("double", Decimal("1e400"), False),
        ("date-time", "2024-01-01T00:00:00", False),
        ("date-time", "2024-01-01T00:00:00Z", True),
        ("date-time", "2024-01-01t00:00:00z", True),
        ("date-time", "2024-01-01T24:00:00Z", False),
        ("date-time", "2024-01-01T00:00:00.123+02:00", True),
        ("date", "2024-02-30", False),
        ("date", "2024-02-29", True),
        ("time", "10:00:00Z", True),
        ("time", "10:00", False),
        ("duration", "P1DT2H", True),
        ("duration", "1 day", False),
        ("email", "x@y", True),
        ("email", "Joe <x@y.example>", False),
        ("email", "x", False),
        ("hostname", "example.com", True),
        ("hostname", "-a-", False),
        ("ipv4", "127.0.0.1", True),
        ("ipv4", "127.0.0.256", False),
        ("ipv6", "::1", True),
        ("ipv6", "1", False),
        ("uri", "https://a.example/b", True),
        ("uri", "/rel", False),
        ("uri-reference", "/rel", True),
        ("uri-reference", "\\", False),
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", True),
        ("uuid", "2eb8aa08", False),
        ("json-pointer", "/a~1b", True),
        ("json-pointer", "a", False),
        ("regex", "^a+$", True),
        ("regex", "(", False),
        ("byte", "aGk=", True),
        ("byte", "a-b", False),
        ("base64", "aG\nk=", True),
        ("base64", "aGk", False),
        ("binary", "\x00", True),
        ("password", "x", True),
        ("unheard-of", "x", True),
    ],
)
@each_row("version", ["3.0.3", "3.1.0"])
def test_formats_are_asserted(version, name, value, valid):
    assert schema_of({"format": name}, version).is_valid(value) is valid


@pytest.mark.parametrize(
    ("value", "valid"),
    [(chain(300), True), (chain(499), True), (chain(499, "x"), False)],
)
def test_a_recursive_schema_takes_deep_values(value, valid):
    assert schema_of(NODE).is_valid(value) is valid


def test_a_deep_value_may_hold_lone_surrogates():
    assert not schema_of(NODE).is_valid(chain(499, "\ud800"))


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/S"},
        {"allOf": [{"$ref": "#/components/schemas/S"}]},
        {"not": {"not": {"$ref": "#/components/schemas/S"}}},
    ],
)
def test_a_schema_that_is_only_itself_does_not_hang(schema):
    assert schema_of(schema).is_valid(5) in (True, False)


@pytest.mark.parametrize(
    ("value", "valid"), [({"a": 1, "b": "x"}, False), ({"b": "x"}, True)]
)
def test_a_pattern_that_nobody_can_read_is_skipped_alone(value, valid):
    assert schema_of(WITH_BROKEN_PATTERN).is_valid(value) is valid


@pytest.mark.parametrize(
    "schema",
    [
        {**NODE, "pattern": "(?<"},
        {"unevaluatedProperties": False, "patternProperties": {"(?<": {}}},
    ],
)
def test_where_no_engine_can_tell_a_value_is_valid(schema):
    assert schema_of(schema).is_valid(chain(450, "x"))


def test_what_the_document_lacks_is_raised_when_first_needed():
    schema = schema_of({"$ref": "#/components/schemas/Missing"})
    with pytest.raises(UnresolvableReference):
        schema.is_valid(1)


def test_the_properties_of_the_other_side_may_be_absent():
    secret = {
        "required": ["id", "pw"],
        "properties": {"id": {"readOnly": True}, "pw": {"writeOnly": True}},
    }
    schema = schema_of(secret)
    assert (schema.is_valid({"id": 1}), schema.is_valid({"pw": "x"})) == (True, False)


@each_row(
    ("schema", "version", "lenient"),
    [
        ({"type": "string", "nullable": True}, "3.1.0", True),
        ({"nullable": True, "allOf": [{"type": "object"}]}, "3.0.0", True),
        ({"type": "string", "nullable": True}, "3.0.0", None),
        ({"type": "string"}, "3.1.0", None),
    ],
)
def test_an_ineffective_nullable_has_a_lenient_reading(schema, version, lenient):
    found = schema_of(schema, version).lenient
    assert (found and found.is_valid(None)) == lenient


def test_a_lenient_schema_has_no_lenient_reading_of_its_own():
    assert schema_of({"nullable": True}).lenient.lenient is None


@pytest.mark.parametrize(
    ("keyword", "rule", "value", "valid"),
    [
        ("pattern", "^a$", "a", True),
        ("pattern", "^a$", "b", False),
        ("multipleOf", 0.01, 19.99, True),
    ],
)
def test_one_keyword_has_an_engine_of_its_own(keyword, rule, value, valid):
    assert engine.keyword_validator(keyword, rule).is_valid(value) is valid


@pytest.mark.parametrize("pattern", ["(?<", "\ud800"])
def test_a_keyword_that_cannot_be_read_has_no_engine(pattern):
    assert engine.keyword_validator("pattern", pattern) is None


# --- the two engines agree --------------------------------------------------------------


SCHEMAS = st.recursive(ASSERTION, composed, max_leaves=5)


@settings(deadline=None)
@given(SCHEMAS, VALUES, st.sampled_from(["3.0.3", "3.1.0"]))
def test_a_value_is_explained_exactly_when_it_is_invalid(written, value, version):
    schema = schema_of(written, version)
    assert schema.is_valid(value) is (next(schema._walked(value), None) is None)
    assert bool(explain(schema, value)) is not schema.is_valid(value)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
KEYWORDS = st.sampled_from(
    [
        *("type", "enum", "const", "required", "nullable", "format", "pattern"),
        *("properties", "patternProperties", "additionalProperties", "propertyNames"),
        *("items", "prefixItems", "contains", "minContains", "uniqueItems"),
        *("allOf", "anyOf", "oneOf", "not", "if", "then", "discriminator"),
        *("unevaluatedProperties", "dependentSchemas", "dependentRequired"),
        *("minimum", "exclusiveMinimum", "multipleOf", "maxLength", "readOnly"),
    ]
)
SENSELESS = st.recursive(
    st.dictionaries(KEYWORDS, ANY_JSON, max_size=4),
    lambda inner: st.dictionaries(
        KEYWORDS, ANY_JSON | inner | st.dictionaries(st.text(), inner), max_size=4
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(SENSELESS, VALUES, st.sampled_from(["3.0.3", "3.1.0"]))
def test_no_schema_however_senseless_raises(written, value, version):
    schema = schema_of(written, version)
    assert bool(explain(schema, value)) is not schema.is_valid(value)


NULLABLE = st.builds(
    lambda schema, nullable: {**schema, "nullable": nullable}, ASSERTION, st.booleans()
)


@settings(deadline=None)
@given(st.recursive(NULLABLE, composed, max_leaves=5), VALUES)
def test_a_value_with_nulls_is_in_error_only_if_it_is_without_its_nullables(
    written, value
):
    schema = schema_of(written)
    wrong = errors(validate(schema, value))
    lenient = schema.lenient or schema
    excused = schema.is_valid(value) or lenient.is_valid(value)
    assert bool(wrong) is not excused
