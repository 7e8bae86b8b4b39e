from cbmock.contract.schemas.schema import Schema
from cbmock.description.discovery import discover
from cbmock.lint.lint import lint
from cbmock.lint.plain_schemas import PlainSchemas
from cbmock.mock.generation import schema_samples
from hypothesis import event, given
from hypothesis import strategies as st

from tests.support.documents import describe_text
from tests.support.findings import with_body
from tests.support.rows import each_row
from tests.support.schema_strategies import ALONE, VERSIONS

NAMES = st.sampled_from(["a", "b", "c"])
LEAVES = st.one_of(
    ALONE,
    st.booleans(),
    st.sampled_from(
        [
            {},
            {"type": "string", "format": "uri"},
            {"type": "integer", "format": "int32"},
            {"type": "array", "items": {"type": "integer"}},
            {"type": "string", "enum": ["a", 1]},
            {"$ref": "#/components/schemas/S"},
            {"$ref": "#/components/schemas/T"},
        ]
    ),
)


def objects(inner):
    return st.fixed_dictionaries(
        {"properties": st.dictionaries(NAMES, inner, max_size=3)},
        optional={
            "type": st.just("object"),
            "required": st.lists(NAMES, max_size=2),
            "additionalProperties": st.booleans(),
            "title": st.just("x"),
        },
    )


SCHEMAS = st.recursive(LEAVES, objects, max_leaves=8)


def described(schema, version="3.1.0", **others):
    description = describe_text(
        {"openapi": version, "components": {"schemas": {"S": schema, **others}}}
    )
    return description, description.root.child("components", "schemas", "S")


def plainly(schema, **others):
    description, node = described(schema, **others)
    return PlainSchemas(description).has_value(node)


@given(SCHEMAS, SCHEMAS, VERSIONS)
def test_what_plainly_has_a_value_has_a_sample(schema, other, version):
    description, node = described(schema, version, T=other)
    plain = PlainSchemas(description).has_value(node)
    event(f"plain: {plain}")
    if plain:
        read = Schema(node, description)
        assert read.is_valid(schema_samples.sample(read, examples=False))


@each_row(
    ("schema", "expected"),
    [
        ({}, True),
        (True, True),
        (False, False),
        ({"type": "string", "format": "uri", "description": "d"}, True),
        ({"type": "string", "enum": ["a"]}, True),
        ({"type": "string", "enum": [1]}, False),
        ({"type": "string", "minLength": 1}, False),
        ({"type": ["string", "null"]}, False),
        ({"type": "object", "required": ["a"]}, True),
        ({"required": ["a"], "additionalProperties": False}, False),
        ({"required": ["a"], "properties": {"a": {"type": "array"}}}, True),
        ({"required": ["a"], "properties": {"a": {"$ref": "#/nowhere"}}}, False),
        ({"required": ["a"], "properties": {"a": {"not": {}}}}, False),
        ({"properties": {"a": {"not": {}}}}, True),
        ({"required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/S"}}},
         False),
        ({"properties": {"a": {"$ref": "#/components/schemas/S"}}}, True),
    ],
)  # fmt: skip
def test_a_schema_plainly_has_a_value_by_its_keywords(schema, expected):
    assert plainly(schema) is expected


def test_what_requires_itself_is_still_found_to_have_no_value():
    loop = {"type": "object", "required": ["next"]}
    loop["properties"] = {"next": {"$ref": "#/components/schemas/Loop"}}
    description = describe_text(
        {
            "openapi": "3.1.0",
            **with_body(
                {"$ref": "#/components/schemas/Loop"},
                components={"schemas": {"Loop": loop}},
            ),
        }
    )
    found = lint(description, discover(description), schema_samples)
    assert "no-body-fits" in [each.code for each in found]
