from __future__ import annotations

from cbmock.contract.schemas.subschemas import Shape

from tests.support.documents import schema_of
from tests.support.rows import each_row

INTEGER = {"type": "integer"}
T = {"type": "object", "properties": {"b": INTEGER}}


def shape(schema, **others):
    return Shape(schema_of(schema, **others))


@each_row(
    ("schema", "kind"),
    [
        ({"type": "array"}, "array"),
        ({"type": ["object", "null"]}, "object"),
        ({"type": ["object", "string"]}, None),
        ({"type": "null"}, None),
        ({"properties": {"a": {}}}, "object"),
        ({"items": {}}, "array"),
        ({"$ref": "#/components/schemas/T"}, "object"),
        ({}, None),
        (True, None),
    ],
)
def test_a_schema_may_ask_for_one_kind_of_value(schema, kind):
    assert shape(schema, T=T).kind == kind


def test_properties_are_collected_wherever_they_stand():
    found = shape(
        {
            "properties": {"a": {"type": "string"}},
            "oneOf": [
                {"$ref": "#/components/schemas/T"},
                {"properties": {"a": INTEGER}, "additionalProperties": INTEGER},
            ],
            "additionalProperties": False,
        },
        T=T,
    )
    assert {name: len(each.schemas) for name, each in found.properties.items()} == {
        "a": 2,
        "b": 1,
    }
    assert found.properties["a"].types == {"string", "integer"}
    assert found.below("b").types == found.below("z").types == {"integer"}
    assert shape({"properties": {"a": {}}}).below("z") is None


def test_one_untyped_schema_makes_any_type_possible():
    found = shape(
        {"anyOf": [{"properties": {"a": {}}}, {"properties": {"a": INTEGER}}]}
    )
    assert found.properties["a"].types is None


def test_items_have_shapes_by_position():
    found = shape({"prefixItems": [{"type": "string"}], "items": INTEGER})
    assert [found.item(index).types for index in (0, 1)] == [{"string"}, {"integer"}]
    assert shape({"items": False}).item(0) is None


@each_row(
    ("schema", "text", "candidates"),
    [
        (INTEGER, "12", [12]),
        (INTEGER, "x", ["x"]),
        ({"type": ["string", "integer"]}, "12", ["12", 12]),
        ({"type": ["string", "boolean"], "enum": [True]}, "true", [True]),
        ({"maxLength": 0}, "x", ["x"]),
        ({"type": "number"}, "1", [1]),
        ({"type": ["boolean", "null"]}, "", [None]),
    ],
)
def test_a_text_may_stand_for_several_values(schema, text, candidates):
    found = shape(schema).candidates(text)
    assert [(type(each), each) for each in found] == [
        (type(each), each) for each in candidates
    ]


@each_row(
    ("schema", "is_open"),
    [
        ({"properties": {"a": {}}}, False),
        ({"properties": {"a": {}}, "additionalProperties": False}, False),
        ({"properties": {"a": {}}, "additionalProperties": True}, True),
        ({"properties": {"a": {}}, "patternProperties": {}}, True),
        ({"properties": {"a": {}}, "unevaluatedProperties": {}}, True),
        ({}, True),
    ],
)
def test_a_schema_may_say_that_any_name_is_allowed(schema, is_open):
    assert shape(schema).open is is_open


def test_the_values_of_a_keyword_are_found_everywhere():
    schema = {"format": "a", "allOf": [{"format": "b"}, {}]}
    assert list(shape(schema).says("format")) == ["a", "b"]
