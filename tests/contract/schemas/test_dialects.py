from __future__ import annotations

import pytest
from cbmock.contract.schemas.dialects import (
    ASSERTIONS,
    OAS_30,
    OAS_31,
    dialect,
    ineffective_nullable,
)
from cbmock.description.versions import V3_0, V3_1, V3_2

from tests.support.rows import each_row

INFINITE = float("inf")


@pytest.mark.parametrize(
    ("version", "expected"),
    [(V3_0, OAS_30), (V3_1, OAS_31), (V3_2, OAS_31)],
)
def test_each_version_has_its_dialect(version, expected):
    assert dialect(version) is expected


@each_row(
    ("schema", "translated"),
    [
        ({"type": "string"}, {"type": "string"}),
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"type": "string", "nullable": "yes"}, {"type": "string"}),
        ({"type": ["string"], "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "null", "nullable": True}, {"type": ["null"]}),
        ({"nullable": True}, {}),
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a"]},
        ),
        ({"minimum": 5, "exclusiveMinimum": True}, {"exclusiveMinimum": 5}),
        ({"minimum": 5, "exclusiveMinimum": False}, {"minimum": 5}),
        ({"exclusiveMinimum": True}, {}),
        ({"exclusiveMinimum": 5}, {"exclusiveMinimum": 5}),
        ({"maximum": 5, "exclusiveMaximum": True}, {"exclusiveMaximum": 5}),
        ({"maximum": 5, "exclusiveMaximum": False}, {"maximum": 5}),
        (
            {"type": "string", "format": "binary", "maxLength": 3, "pattern": "a"},
            {"type": "string"},
        ),
        ({"type": "file"}, {}),
        (
            {"example": 1, "xml": {}, "discriminator": {}, "x-y": 1, "$id": "a"},
            {},
        ),
    ],
)
def test_3_0_is_translated(schema, translated):
    assert OAS_30.assertions(schema) == translated


@each_row(
    ("schema", "translated"),
    [
        ({"type": "string", "nullable": True}, {"type": "string"}),
        ({"minimum": 5, "exclusiveMinimum": True}, {"minimum": 5}),
        ({"format": "binary", "maxLength": 3}, {"maxLength": 3}),
        ({"const": None}, {"const": None}),
    ],
)
def test_from_3_1_on_the_assertions_stay_what_they_are(schema, translated):
    assert OAS_31.assertions(schema) == translated


@each_row(
    ("keyword", "value"),
    [
        ("type", "date"),
        ("type", ["string", "date"]),
        ("type", []),
        ("type", [["string"]]),
        ("type", None),
        ("required", True),
        ("required", [1]),
        ("required", "id"),
        ("enum", "a"),
        ("enum", None),
        ("enum", [1, INFINITE]),
        ("const", {"a": [float("nan")]}),
        ("minimum", "5"),
        ("minimum", True),
        ("maximum", INFINITE),
        ("exclusiveMaximum", float("nan")),
        ("multipleOf", 0),
        ("multipleOf", -1),
        ("maxLength", -1),
        ("maxLength", 1.5),
        ("maxLength", INFINITE),
        ("maxLength", None),
        ("minItems", "1"),
        ("pattern", 5),
        ("uniqueItems", "true"),
        ("dependentRequired", ["a"]),
        ("dependentRequired", {"a": "b"}),
    ],
)
@each_row("spoken", [OAS_30, OAS_31])
def test_an_assertion_of_the_wrong_shape_is_left_out(spoken, keyword, value):
    assert spoken.assertions({keyword: value}) == {}


@each_row(
    ("keyword", "value"),
    [
        ("type", "string"),
        ("type", ["string", "null"]),
        ("required", []),
        ("enum", []),
        ("minimum", -1.5),
        ("multipleOf", 0.01),
        ("maxLength", 3.0),
        ("pattern", "("),
        ("uniqueItems", False),
        ("dependentRequired", {"a": ["b"]}),
    ],
)
@each_row("spoken", [OAS_30, OAS_31])
def test_an_assertion_of_the_right_shape_is_kept(spoken, keyword, value):
    assert spoken.assertions({keyword: value}) == {keyword: value}


def test_names_that_stand_twice_are_kept_once():
    schema = {"required": ["a", "b", "a"], "type": ["null", "null"]}
    assert OAS_31.assertions(schema) == {"required": ["a", "b"], "type": ["null"]}


@each_row("keyword", sorted(ASSERTIONS))
@each_row(
    "value", [None, True, 1, INFINITE, "a", [], [{}], {}, {"a": []}, [[]], {"a": {}}]
)
def test_no_value_of_a_keyword_makes_the_translation_raise(keyword, value):
    for spoken in (OAS_30, OAS_31):
        translated = spoken.assertions({keyword: value, "nullable": True})
        assert set(translated) <= {keyword}


@each_row(
    ("schema", "version", "ineffective"),
    [
        ({"type": "string"}, V3_0, False),
        ({"type": "string", "nullable": True}, V3_0, False),
        ({"type": "string", "nullable": False}, V3_1, False),
        ({"type": "string", "nullable": True}, V3_1, True),
        ({"nullable": True}, V3_0, True),
        ({"nullable": True, "allOf": [{}]}, V3_0, True),
        ({"nullable": True, "type": "string", "$ref": "#/a"}, V3_0, True),
        ({"nullable": True, "type": "string", "enum": ["a"]}, V3_0, True),
        ({"nullable": True, "type": "string", "enum": ["a", None]}, V3_0, False),
        ({"nullable": True, "type": "string", "enum": "a"}, V3_0, False),
    ],
)
def test_a_nullable_without_effect_is_known(schema, version, ineffective):
    assert ineffective_nullable(schema, version) is ineffective
