from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from cbmock.contract.explain.explanation import explain
from cbmock.violations import Violation

from tests.support.documents import schema_of
from tests.support.rows import each_row

S = "openapi.json#/components/schemas/S"


def told(schema, value, version="3.1.0", **others):
    """Return where, which rule and what of each violation."""
    return [
        (each.pointer, each.code, each.detail)
        for each in explain(schema_of(schema, version, **others), value)
    ]


def test_a_violation_says_where_what_and_which_rule():
    event = {"type": "object", "properties": {"paid": {"type": "boolean"}}}
    schema = schema_of({"$ref": "#/components/schemas/Event"}, Event=event)
    assert explain(schema, {"paid": "yes"}) == (
        Violation(
            location="body",
            name="paid",
            pointer="#/paid",
            code="type",
            detail="'yes' is not a boolean",
            schema="openapi.json#/components/schemas/Event/properties/paid",
            expected="boolean",
            received="yes",
        ),
    )


def test_a_missing_property_is_named():
    schema = schema_of({"required": ["id", "paid", "id"]})
    assert explain(schema, {"id": 1}) == (
        Violation(
            location="body",
            name="paid",
            pointer="#",
            code="required",
            detail="'paid' is missing",
            schema=S,
            expected=["id", "paid"],
        ),
    )


def test_properties_too_many_are_named():
    schema = schema_of({"properties": {"a": {}}, "additionalProperties": False})
    assert explain(schema, {"a": 1, "b": 2, "c": 3}) == (
        Violation(
            location="body",
            name="b, c",
            pointer="#",
            code="additionalProperties",
            detail="'b', 'c' are not documented, and no other properties are allowed",
            schema=S,
            expected=False,
            received={"a": 1, "b": 2, "c": 3},
        ),
    )


def test_a_format_of_numbers_is_told_as_the_format():
    schema = schema_of({"type": "integer", "format": "int64"})
    assert explain(schema, 2**63) == (
        Violation(
            location="body",
            pointer="#",
            code="format",
            detail="9223372036854775808 is not an int64",
            schema=S,
            expected="int64",
            received="9223372036854775808",
        ),
    )


@pytest.mark.parametrize(
    ("value", "pointer", "place"),
    [(["x"], "#/0", f"{S}/items"), ("x", None, S)],
)
def test_outside_the_body_the_name_is_that_of_the_parameter(value, pointer, place):
    schema = schema_of({"type": "array", "items": {"type": "integer"}})
    (violation,) = explain(schema, value, location="query", name="ids")
    assert (
        violation.location,
        violation.name,
        violation.pointer,
        violation.schema,
    ) == ("query", "ids", pointer, place)


@each_row(
    ("schema", "value", "code", "detail"),
    [
        ({"type": "string"}, 5, "type", "5 is not a string"),
        ({"type": ["integer", "null"]}, "a", "type", "'a' is not an integer or null"),
        ({"type": "object"}, [], "type", "[] is not an object"),
        ({"type": "array"}, {}, "type", "{} is not an array"),
        ({"type": "number"}, None, "type", "null is not a number"),
        ({"type": "integer"}, Decimal("1e-400"), "type", "1E-400 is not an integer"),
        ({"enum": ["a", 1, None]}, "b", "enum", "'b' is none of 'a', 1, null"),
        (
            {"enum": list(range(12))},
            12,
            "enum",
            "12 is none of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …",
        ),
        ({"const": None}, "a", "const", "'a' is not null"),
        (
            {"format": "date-time"},
            "x",
            "format",
            "'x' is not a date-time: it must look like 2025-01-31T12:00:00Z",
        ),
        (
            {"format": "uuid"},
            "x",
            "format",
            "'x' is not a uuid: 'x' is not a hexadecimal digit",
        ),
        ({"format": "email"}, "x", "format", "'x' is not an email: an @ is missing"),
        (
            {"format": "ipv4"},
            "x",
            "format",
            "'x' is not an ipv4: it must have four numbers, separated by dots",
        ),
        (
            {"format": "uri"},
            "x",
            "format",
            "'x' is not a uri: a scheme such as https: is missing",
        ),
        (
            {"format": "byte"},
            "-",
            "format",
            "'-' is not base64: - and _ belong to base64url, base64 has + and /",
        ),
        ({"format": "int32"}, 1.5, "format", "1.5 is not an int32"),
        ({"format": "double"}, Decimal("1e400"), "format", "1E+400 is not a double"),
        ({"pattern": "^a"}, "b", "pattern", "'b' does not match the pattern ^a"),
        ({"minimum": 5}, 4, "minimum", "4 is less than 5"),
        ({"maximum": 5}, 6, "maximum", "6 is greater than 5"),
        ({"exclusiveMinimum": 5}, 5, "exclusiveMinimum", "5 is not greater than 5"),
        ({"exclusiveMaximum": 5}, 5, "exclusiveMaximum", "5 is not less than 5"),
        ({"multipleOf": 0.01}, 0.001, "multipleOf", "0.001 is not a multiple of 0.01"),
        (
            {"minLength": 2},
            "a",
            "minLength",
            "'a' is too short: 1 character, at least 2",
        ),
        (
            {"maxLength": 2},
            "abc",
            "maxLength",
            "'abc' is too long: 3 characters, at most 2",
        ),
        ({"minItems": 2}, [1], "minItems", "has 1 item, at least 2 required"),
        ({"maxItems": 1}, [1, 2], "maxItems", "has 2 items, at most 1 allowed"),
        (
            {"minProperties": 2},
            {"a": 1},
            "minProperties",
            "has 1 property, at least 2 required",
        ),
        (
            {"maxProperties": 1},
            {"a": 1, "b": 2},
            "maxProperties",
            "has 2 properties, at most 1 allowed",
        ),
        (
            {"uniqueItems": True},
            [1, 1],
            "uniqueItems",
            "[1, 1] has items that are equal",
        ),
        (
            {"contains": {"type": "string"}},
            [1],
            "contains",
            "[1] has no item of the kind that is required",
        ),
        (
            {"contains": {"type": "string"}, "minContains": 2},
            ["a"],
            "minContains",
            '["a"] has too few items of the kind that is required, at least 2',
        ),
        (
            {"contains": {"type": "string"}, "maxContains": 1},
            ["a", "b"],
            "maxContains",
            '["a", "b"] has too many items of one kind, at most 1',
        ),
        (
            {"not": {"type": "string"}},
            "a",
            "not",
            "'a' matches the schema under `not`",
        ),
        (False, "a", "not", "'a': no value is allowed here"),
        (
            {"additionalProperties": False},
            dict.fromkeys("abcdef", 1),
            "additionalProperties",
            (
                "'a', 'b', 'c', 'd', 'e', … are not documented,"
                " and no other properties are allowed"
            ),
        ),
        (
            {"unevaluatedProperties": False},
            {"b": 1},
            "unevaluatedProperties",
            "'b' is not documented, and no other properties are allowed",
        ),
        (
            {"dependentRequired": {"a": ["b"]}},
            {"a": 1},
            "dependentRequired",
            "'b' is required because 'a' is present",
        ),
        (
            {"propertyNames": {"maxLength": 1}},
            {"a": 1, "bc": 1},
            "maxLength",
            "the property name 'bc' is too long: 2 characters, at most 1",
        ),
    ],
)
def test_each_rule_has_its_sentence(schema, value, code, detail):
    assert told(schema, value) == [("#", code, detail)]


@each_row(
    ("schema", "value", "pointer", "place"),
    [
        ({"properties": {"a": False}}, {"a": 1}, "#/a", "/properties/a"),
        (
            {"patternProperties": {"^a": False}},
            {"a": 1, "b": 2},
            "#/a",
            "/patternProperties/%5Ea",
        ),
        ({"prefixItems": [True, False]}, [1, 2], "#/1", "/prefixItems/1"),
        ({"if": True, "then": False}, 1, "#", "/then"),
        (
            {"additionalProperties": {"properties": {"a": False}}},
            {"b/": {"a": 1}},
            "#/b~1/a",
            "/additionalProperties/properties/a",
        ),
    ],
)
def test_a_schema_that_allows_nothing_is_found(schema, value, pointer, place):
    (violation,) = explain(schema_of(schema), value)
    assert (violation.code, violation.pointer, violation.schema) == (
        "not",
        pointer,
        S + place,
    )


def test_the_place_of_3_0_is_the_users_own():
    schema = {
        "type": "object",
        "properties": {"n": {"minimum": 5, "exclusiveMinimum": True}},
    }
    (violation,) = explain(schema_of(schema, "3.0.3"), {"n": 5})
    assert (violation.schema, violation.detail) == (
        f"{S}/properties/n",
        "5 is not greater than 5",
    )


@each_row(
    ("schema", "value", "told_as"),
    [
        (
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
            5,
            [("#", "anyOf", "5 is not a string or null")],
        ),
        (
            {"anyOf": [{"type": "string", "minLength": 2}, {"type": "null"}]},
            "a",
            [("#", "minLength", "'a' is too short: 1 character, at least 2")],
        ),
        (
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
            5,
            [("#", "anyOf", "5 is not a string or null")],
        ),
        (
            {"oneOf": [{"const": "a"}, {"enum": ["b", "c"]}, {"type": "null"}]},
            "d",
            [("#", "oneOf", "'d' is not 'a' or 'b' or 'c' or null")],
        ),
        (
            {
                "oneOf": [
                    {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    {"type": "integer"},
                ]
            },
            [],
            [("#", "oneOf", "[] is not a string or null or an integer")],
        ),
        (
            {"oneOf": [{"type": "number"}, {"type": "integer"}]},
            1,
            [
                (
                    "#",
                    "oneOf",
                    "1 matches the alternative 1 and the alternative 2; it must match exactly one",
                )
            ],
        ),
        (
            {"anyOf": [False, {"type": "integer"}]},
            "x",
            [("#", "anyOf", "'x' is not an integer")],
        ),
        (
            {"anyOf": [False, False]},
            "x",
            [("#", "anyOf", "'x' matches none of the alternatives")],
        ),
        (
            {
                "oneOf": [
                    {
                        "properties": {
                            "kind": {"const": "a"},
                            "n": {"type": "integer"},
                        }
                    },
                    {
                        "properties": {
                            "kind": {"const": "b"},
                            "n": {"type": "string"},
                            "m": {"type": "string"},
                        }
                    },
                ]
            },
            {"kind": "b", "n": 5, "m": 5},
            [
                ("#/n", "type", "5 is not a string"),
                ("#/m", "type", "5 is not a string"),
            ],
        ),
        (
            {
                "anyOf": [
                    {"type": "array", "items": {"anyOf": [{"type": "string"}]}},
                    {"type": "null"},
                ]
            },
            ["a", 5],
            [("#/1", "anyOf", "5 is not a string")],
        ),
    ],
)
def test_of_alternatives_the_one_that_was_meant_is_told(schema, value, told_as):
    assert told(schema, value) == told_as


CAT = {
    "type": "object",
    "required": ["petType", "lives"],
    "properties": {"petType": {"type": "string"}, "lives": {"type": "integer"}},
}
DOG = {
    "type": "object",
    "properties": {"petType": {"type": "string"}, "bark": {"type": "string"}},
}
LIVES = [("#/lives", "type", "as Cat: 'many' is not an integer")]
BARK = [("#/bark", "type", "as Dog: 5 is not a string")]


@each_row(
    ("discriminator", "pet_type", "told_as"),
    [
        ({"propertyName": "petType"}, "Cat", LIVES),
        ({"propertyName": "petType"}, "Dog", BARK),
        ({"propertyName": "petType", "mapping": {"d": "Dog"}}, "d", BARK),
        (
            {
                "propertyName": "petType",
                "mapping": {"k": "#/components/schemas/Cat"},
            },
            "k",
            LIVES,
        ),
        ({"propertyName": "petType"}, "Cow", LIVES),
        (
            {"propertyName": "petType"},
            ["Dog"],
            [*LIVES, ("#/petType", "type", 'as Cat: ["Dog"] is not a string')],
        ),
        ({"propertyName": ["petType"]}, "Dog", LIVES),
        ({}, "Dog", LIVES),
        ("petType", "Dog", LIVES),
    ],
)
def test_a_discriminator_names_the_branch(discriminator, pet_type, told_as):
    schema = {
        "oneOf": [
            {"$ref": "#/components/schemas/Cat"},
            {"$ref": "#/components/schemas/Dog"},
        ],
        "discriminator": discriminator,
    }
    value = {"petType": pet_type, "lives": "many", "bark": 5}
    # In which order an engine finds its faults is its own affair.
    assert sorted(told(schema, value, Cat=CAT, Dog=DOG)) == sorted(told_as)


def test_a_discriminator_says_nothing_about_what_is_no_object():
    schema = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"minLength": 5}],
        "discriminator": {"propertyName": "petType"},
    }
    assert told(schema, "a", Cat=CAT) == [
        ("#", "minLength", "'a' is too short: 1 character, at least 5")
    ]


@pytest.mark.parametrize(
    ("schema", "version"),
    [
        ({"nullable": True, "type": "string"}, "3.1.0"),
        ({"nullable": True, "allOf": [{"type": "string"}]}, "3.0.3"),
    ],
)
def test_a_nullable_without_effect_makes_a_warning(schema, version):
    (violation,) = explain(schema_of(schema, version), None)
    assert (violation.severity, violation.code, violation.detail) == (
        "warning",
        "nullable-ineffective",
        "null is not a string",
    )


def alternatives(keyword, *others):
    """Return a schema one of whose alternatives has nullable members, at two depths."""
    inner = {"required": ["n"], "properties": {"n": NULLABLE}}
    members = {"n": NULLABLE, "inner": {keyword: [*others, inner]}}
    return {keyword: [*others, {"required": ["n"], "properties": members}]}


NULLABLE = {"type": "string", "nullable": True}


@each_row(
    ("keyword", "value", "pointers"),
    [
        (keyword, value, pointers)
        for keyword in ("oneOf", "anyOf")
        for value, pointers in (
            ({"n": None}, ["#/n"]),
            ({"n": "a", "inner": {"n": None}}, ["#/inner/n"]),
            ({"n": None, "inner": {"n": None}}, ["#/n", "#/inner/n"]),
        )
    ],
)
def test_a_null_that_nullable_would_allow_is_warned_of_in_its_own_alternative(
    keyword, value, pointers
):
    schema = alternatives(keyword, {"required": ["other"]}, {"type": "array"})
    found = explain(schema_of(schema), value)
    assert [(each.code, each.pointer) for each in found] == [
        ("nullable-ineffective", pointer) for pointer in pointers
    ]


def test_a_nullable_without_effect_excuses_nothing_but_null():
    schema = schema_of({"nullable": True, "type": "string"})
    (violation,) = explain(schema, 5)
    assert (violation.severity, violation.code) == ("error", "type")


def test_the_same_fault_is_told_once():
    schema = {"allOf": [{"type": "string"}, {"type": "string"}]}
    assert told(schema, 5) == [("#", "type", "5 is not a string")]


def test_at_most_20_faults_are_told():
    schema = {"items": {"type": "string"}}
    assert told(schema, list(range(100))) == [
        (f"#/{index}", "type", f"{index} is not a string") for index in range(20)
    ]


@pytest.mark.parametrize(
    ("value", "told_as"),
    [
        (
            {"a\ud800": "\ud800"},
            [
                (
                    "#",
                    "additionalProperties",
                    (
                        "'a\\ud800' is not documented,"
                        " and no other properties are allowed"
                    ),
                )
            ],
        ),
        ("\ud800", [("#", "type", "'\\ud800' is not an object")]),
    ],
)
def test_lone_surrogates_are_escaped(value, told_as):
    assert told({"type": "object", "additionalProperties": False}, value) == told_as


def test_a_valid_value_needs_no_explanation():
    assert explain(schema_of({"type": "string"}), "a") == ()


# --- where only the deciding engine can tell --------------------------------------------

DEEP = {
    "type": "object",
    "properties": {
        "next": {"$ref": "#/components/schemas/S"},
        "value": {"type": "integer"},
        "never": False,
        "closed": {"additionalProperties": False},
    },
}


@pytest.mark.parametrize(
    ("inside", "code", "detail", "place"),
    [
        ({"value": "x"}, "type", "'x' is not an integer", "/properties/value"),
        ({"never": 1}, "not", "1: no value is allowed here", "/properties/never"),
    ],
)
def test_a_value_too_deep_for_one_engine_is_explained_by_the_other(
    inside, code, detail, place
):
    value = inside
    for _ in range(480):
        value = {"next": value}
    (violation,) = explain(schema_of(DEEP), value)
    assert violation == Violation(
        location="body",
        name=next(iter(inside)),
        pointer="#" + "/next" * 480 + f"/{next(iter(inside))}",
        code=code,
        detail=detail,
        schema=S + place,
        expected="integer" if code == "type" else None,
        received=next(iter(inside.values())),
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_an_integer_too_long_for_one_engine_is_explained_by_the_other(sign):
    number = sign * Decimal("1" + "0" * 4301)  # as bodies are read
    schema = {"properties": {"value": {"type": "string"}, **DEEP["properties"]}}
    (violation,) = explain(schema_of({"type": "string"}), number)
    assert (violation.code, violation.detail[-16:]) == ("type", " is not a string")
    value: dict = {"never": number}
    for _ in range(480):
        value = {"next": value}
    (violation,) = explain(schema_of(schema), value)
    assert (violation.code, violation.name) == ("not", "never")


def test_a_property_missing_in_the_depths_is_named():
    schema = {**DEEP, "required": ["next"]}
    value: dict = {}
    for _ in range(480):
        value = {"next": value}
    (violation,) = explain(schema_of(schema), value)
    assert (violation.name, violation.detail) == ("next", "'next' is missing")


def test_a_pattern_that_python_cannot_read_is_no_obstacle():
    schema = {
        "unevaluatedProperties": False,
        "patternProperties": {r"^\p{L}": {"type": "string"}},
    }
    assert told(schema, {"1": 1}) == [
        (
            "#",
            "unevaluatedProperties",
            "'1' is not documented, and no other properties are allowed",
        )
    ]


def test_what_was_expected_is_told_in_the_users_own_references():
    schema = {"oneOf": [{"$ref": "#/components/schemas/C"}, {"type": "integer"}]}
    (violation,) = explain(schema_of(schema, C={"type": "boolean"}), None)
    assert violation.expected == schema["oneOf"]


@each_row(
    ("schema", "value", "detail"),
    [
        (
            {"enum": ["paid", "pending", 1]},
            "Payd",
            "'Payd' is none of 'paid', 'pending', 1; did you mean 'paid'?",
        ),
        ({"enum": ["paid"]}, "p" * 100, f"'{'p' * 100}' is none of 'paid'"),
        (
            {"properties": {"amount": {}, "id": {}}, "additionalProperties": False},
            {"amont": 1, "id": 1},
            (
                "'amont' is not documented, and no other properties are allowed;"
                " did you mean 'amount'?"
            ),
        ),
        (
            {"properties": {"amount": {}}, "additionalProperties": False},
            {"amount": 1, "amont": 1},
            "'amont' is not documented, and no other properties are allowed",
        ),
    ],
)
def test_what_is_nearly_right_is_asked_for(schema, value, detail):
    assert [each[2] for each in told(schema, value)] == [detail]


def test_alternatives_that_fit_at_once_are_called_by_their_names():
    schema = {
        "oneOf": [
            {"$ref": "#/components/schemas/Cat"},
            {"type": "string"},
            {"title": "Anything"},
            True,
        ]
    }
    assert [each[2] for each in told(schema, {}, Cat={"type": "object"})] == [
        "{} matches Cat and Anything and the alternative 4; it must match exactly one"
    ]


def test_many_properties_missing_in_one_object_are_a_handful_of_violations():
    schema = {"required": [*"abcdefg"], "properties": {"z": {"required": ["y"]}}}
    assert told(schema, {"z": {}}) == [
        ("#", "required", "'a' is missing"),
        ("#", "required", "'b' is missing"),
        ("#", "required", "'c' is missing"),
        ("#", "required", "'d' is missing"),
        ("#", "required", "'e', 'f', 'g' are missing"),
        ("#/z", "required", "'y' is missing"),
    ]
    last = explain(schema_of(schema), {"z": {}})[-2]
    assert last.name == "e, f, g"
    *_, last = explain(schema_of(schema), {}, location="query", name="q")
    assert (last.name, last.detail) == ("q", "'e', 'f', 'g' are missing")


@each_row("key", ["+1", "1", "01", "-1"])
def test_a_property_called_like_a_number_is_found(key):
    schema = {"properties": {"+1": {"type": "string"}, key: {"type": "string"}}}
    assert told(schema, {key: 1}) == [(f"#/{key}", "type", "1 is not a string")]


def test_a_large_value_is_explained_by_the_engine_that_can_stop():
    schema = {"items": {"dependentRequired": {"a": ["b"]}}}
    assert told(schema, [{"a": 1}] * 5000)[:1] == [
        (
            "#/0",
            "dependentRequired",
            "'b' is required because 'a' is present",
        )
    ]


VERDICTS = Path(__file__).parents[2] / "project" / "verdicts.json"


@pytest.mark.process
def test_small_bodies_are_judged_and_explained_without_the_walking_engine():
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from cbmock import sources\n"
        "from cbmock.mock.mock import Mock\n"
        f"mock = Mock(sources.describe(Path({str(VERDICTS)!r})))\n"
        "event = mock.names.find('event')\n"
        'told = mock.check_body(b\'{"status": "paid"}\', None, event)\n'
        "assert (told, 'jsonschema' in sys.modules) == ((), False)\n"
        "told = mock.check_body(b'{\"status\": 5}', None, event)\n"
        "assert (len(told), 'jsonschema' in sys.modules) == (1, False)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
