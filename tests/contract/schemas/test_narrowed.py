"""Large and ambiguous values are explained in bounded time, by their wrong parts."""

from __future__ import annotations

import sys

import pytest
from cbmock.contract.explain.explanation import explain
from cbmock.contract.schemas import jsonschema_narrowed
from hypothesis import example, given, settings

from tests.support.documents import schema_of
from tests.support.engines import agree, endless
from tests.support.schema_strategies import SCHEMAS, VALUES, VERSIONS

EVENT = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}},
}
FINE = {"id": 1, "tags": ["a"]}
MANY = [FINE] * 30_000
NAMED = {f"k{index}": FINE for index in range(30_000)}
NODE = {
    "type": "object",
    "required": ["l"],
    "properties": {"l": {"$ref": "#/components/schemas/N"}},
}
MOST_STEPS = 200_000
"""Calls of functions; whoever walks these values in full takes many more."""
LOOSE = [NODE, {**NODE, "title": "the same"}, {"type": "integer"}]


def told(schema, value, **others):
    """Return where, which rule and what of each violation; few steps must do."""
    compiled = schema_of(schema, **others)
    steps = 0

    def step(_frame, event, _argument):
        nonlocal steps
        steps += event == "call"

    sys.setprofile(step)
    try:
        found = explain(compiled, value)
    finally:
        sys.setprofile(None)
    assert steps < MOST_STEPS
    return [(each.pointer, each.code, each.detail) for each in found]


MISSING = ("required", "'id' is missing")


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"items": EVENT}, [*MANY, {}], [("#/30000", *MISSING)]),
        (
            {"properties": {"a": {"items": {"$ref": "#/components/schemas/N"}}}},
            {"a": [{}, *MANY, {"id": "x"}]},
            [("#/a/0", *MISSING), ("#/a/30001/id", "type", "'x' is not an integer")],
        ),
        (
            {"prefixItems": [{}], "items": EVENT},
            [{}, *MANY, {}],
            [("#/30001", *MISSING)],
        ),
        ({"additionalProperties": EVENT}, {**NAMED, "z": {}}, [("#/z", *MISSING)]),
        (
            {"patternProperties": {"^[kz]": EVENT}},
            {**NAMED, "z": {}},
            [("#/z", *MISSING)],
        ),
        (
            {"oneOf": [{"items": EVENT}, {"items": {"type": "integer"}}]},
            [*MANY, {}],
            [("#/30000", *MISSING)],
        ),
        (
            {"propertyNames": {"maxLength": 6}},
            {**NAMED, "long-name": 1},
            [
                (
                    "#",
                    "maxLength",
                    "the property name 'long-name' is too long: 9 characters, at most 6",
                )
            ],
        ),
        (
            {"unevaluatedItems": {"type": "object"}},
            [*MANY, 1],
            [
                (
                    "#/30000",
                    "type",
                    "1 is not an object",
                )
            ],
        ),
        (
            {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": EVENT},
            {**NAMED, "z": {}},
            [
                (
                    "#/z",
                    "required",
                    "'id' is missing",
                )
            ],
        ),
        (
            {"minItems": 40_000},
            MANY,
            [("#", "minItems", "has 30000 items, at least 40000 required")],
        ),
    ],
)
def test_the_one_wrong_part_of_a_large_value_is_found(schema, value, expected):
    assert told(schema, value, N=EVENT) == expected


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        ({}, "contains"),
        ({"minContains": 2}, "minContains"),
        ({"minContains": 0, "maxContains": 0}, None),
    ],
)
def test_items_of_a_kind_are_counted(bounds, code):
    found = told({"contains": {"type": "string"}, **bounds}, MANY)
    assert [each[1] for each in found] == ([] if code is None else [code])


def test_items_of_a_kind_may_be_too_many():
    found = told({"contains": {"type": "object"}, "maxContains": 9}, MANY)
    assert [each[1] for each in found] == ["maxContains"]


def test_of_a_large_value_that_is_wrong_everywhere_twenty_faults_are_told():
    expected = [(f"#/{index}", *MISSING) for index in range(20)]
    assert told({"items": EVENT}, [{}] * 30_000) == expected
    assert (
        told({"anyOf": [{"items": EVENT}, {"type": "string"}]}, [{}] * 30_000)
        == expected
    )


def nested(depth, leaf):
    value = leaf
    for _ in range(depth):
        value = {"l": value}
    return value


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
@pytest.mark.parametrize("depth", [1, 20, 40])
def test_alternatives_that_lead_to_themselves_do_not_double_the_work(keyword, depth):
    found = told(
        {"$ref": "#/components/schemas/N"}, nested(depth, "x"), N={keyword: LOOSE}
    )
    said = "'x' is not an object or an integer"
    assert found == [("#" + "/l" * depth, keyword, said)]


@pytest.mark.parametrize("depth", [100, 400])
def test_deeper_than_can_be_told_something_is_said(depth):
    found = told(
        {"$ref": "#/components/schemas/N"}, nested(depth, "x"), N={"anyOf": LOOSE}
    )
    assert found


def test_a_schema_that_is_its_own_condition_has_an_end():
    again = {"$ref": "#/components/schemas/N"}
    schema = {"type": "string", "allOf": [again, again], "anyOf": [again, again]}
    assert told(again, 5, N=schema)


def test_names_that_are_all_wrong_do_not_square_the_work():
    value = {f"k{index}": index for index in range(4000)}
    assert len(told({"propertyNames": {"maxLength": 1}}, value)) == 20


@settings(deadline=None)
@given(SCHEMAS, SCHEMAS, VALUES, VERSIONS)
@example(  # jsonschema before 4.24 takes `b` for unevaluated
    {
        "anyOf": [{"additionalProperties": {"type": "array"}, "properties": {}}],
        "patternProperties": {"^a": True},
        "unevaluatedProperties": False,
    },
    {"enum": []},
    {"b": []},
    "3.1.0",
)
def test_what_is_narrowed_agrees_with_the_engine_that_decides(
    written, other, value, version
):
    schema = schema_of(written, version, T=other)
    agree(schema, value)
    if schema._compiled.fast is not None:
        told = next(
            jsonschema_narrowed.narrowed_validator(
                schema.bundle.schema, {}
            ).iter_errors(value),
            None,
        )
        assert schema.is_valid(value) is (told is None) or endless(schema)
