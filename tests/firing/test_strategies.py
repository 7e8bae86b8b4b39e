"""Strategies: whatever they give is valid, and every keyword is made use of."""

import pytest
from cbmock import sources
from cbmock.contract.schemas.schema import Schema
from cbmock.firing.strategies import bodies
from hypothesis import HealthCheck, find, given, settings
from hypothesis.errors import Unsatisfiable

SCHEMAS = {
    "object": {
        "required": ["a"],
        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
    },
    "closed": {
        "type": "object",
        "properties": {"a": {"type": "null"}},
        "additionalProperties": False,
    },
    "map": {
        "type": "object",
        "additionalProperties": {"type": "boolean"},
        "minProperties": 2,
    },
    "array": {"type": "array", "items": {"enum": [1, 2]}, "minItems": 1},
    "tuple": {"type": "array", "prefixItems": [{"const": 1}], "minItems": 1},
    "set": {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
    "pattern": {"type": "string", "pattern": "^[a-c]{2,4}$"},
    "format": {"type": "string", "format": "date-time"},
    "length": {"type": "string", "minLength": 3, "maxLength": 4},
    "range": {"type": "integer", "minimum": 3, "exclusiveMaximum": 6},
    "multiple": {"type": "number", "multipleOf": 0.5, "minimum": 1},
    "number": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "alternatives": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    "all": {"allOf": [{"type": "integer"}, {"minimum": 5}], "maximum": 9},
    "circle": {
        "type": "object",
        "properties": {"next": {"$ref": "#/components/schemas/T"}},
    },
    "anything": {},
}


def schema_of(value):
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "components": {"schemas": {"T": value}},
    }
    description = sources.describe(document)
    node = description.root.child("components", "schemas", "T")
    return Schema(node, description)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_value_is_valid(name):
    schema = schema_of(SCHEMAS[name])

    @settings(max_examples=20, database=None, suppress_health_check=list(HealthCheck))
    @given(bodies(schema))
    def check(value):
        assert schema.is_valid(value)

    check()


@pytest.mark.parametrize(
    ("name", "condition", "smallest"),
    [
        ("object", lambda value: len(value) > 1, {"a": 0, "b": ""}),
        ("array", lambda value: len(value) > 2, [1, 1, 1]),
        ("circle", lambda value: "next" in value, {"next": {}}),
        ("alternatives", lambda value: isinstance(value, int), 0),
        ("range", lambda value: value > 4, 5),
        ("number", lambda value: value < 0.5, None),
        ("length", lambda value: len(value) > 3, None),
    ],
)
def test_values_vary_and_become_small(name, condition, smallest):
    found = find(
        bodies(schema_of(SCHEMAS[name])), condition, settings=settings(database=None)
    )
    assert smallest is None or found == smallest


def test_what_has_no_value_gives_none():
    schema = schema_of({"type": "integer", "minimum": 3, "maximum": 2})
    with pytest.raises(Unsatisfiable):
        find(bodies(schema), lambda _: True)
