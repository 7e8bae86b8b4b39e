from __future__ import annotations

import pytest
from cbmock.contract.schemas.bundling import SchemaOrigin, bundle
from cbmock.errors import UnresolvableReference
from hypothesis import given

from tests.support.documents import describe, describe_text, schema_node
from tests.support.rows import each_row
from tests.support.schema_strategies import REPEATED, VERSIONS

ROOT = {"$ref": "#/$defs/0"}


def bundled(schema, version="3.1.0", **others):
    return bundle(*schema_node(schema, version, **others))


def definition(schema, version="3.1.0", **others):
    """Return the copy of a schema that stands alone."""
    found = bundled(schema, version, **others).schema
    assert found == {**ROOT, "$defs": {"0": found["$defs"]["0"]}}
    return found["$defs"]["0"]


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


@each_row(
    ("schema", "copy"),
    [
        (True, True),
        (False, False),
        ({}, {}),
        ("no schema", True),
        (None, True),
        ({"title": "T", "example": {"$ref": "#/x"}}, {}),
        ({"enum": [{"$ref": "#/x"}]}, {"enum": [{"$ref": "#/x"}]}),
        ({"const": {"nullable": True}}, {"const": {"nullable": True}}),
        (
            {"properties": {"nullable": {"type": "boolean"}, "$ref": {}}},
            {"properties": {"nullable": {"type": "boolean"}, "$ref": {}}},
        ),
        ({"$ref": 5, "type": "string"}, {"type": "string"}),
        ({"items": {"type": "date"}}, {"items": {}}),
        ({"items": 5, "not": None, "contains": "a"}, {}),
        ({"allOf": [], "anyOf": {}, "oneOf": None}, {}),
        ({"anyOf": [{"type": "string"}, 5]}, {"anyOf": [{"type": "string"}, True]}),
        ({"properties": []}, {"properties": {}}),
        ({"additionalProperties": False}, {"additionalProperties": False}),
        (
            {
                "if": {"type": "string"},
                "then": True,
                "else": {},
                "prefixItems": [{}],
                "patternProperties": {"a": {}},
                "dependentSchemas": {"a": {}},
                "unevaluatedProperties": False,
            },
            {
                "if": {"type": "string"},
                "then": True,
                "else": {},
                "prefixItems": [{}],
                "patternProperties": {"a": {}},
                "dependentSchemas": {"a": {}},
                "unevaluatedProperties": False,
            },
        ),
        ({"items": []}, {}),
        ({"items": [{"type": "null"}]}, {"prefixItems": [{"type": "null"}]}),
        (
            {"items": [{}], "additionalItems": False},
            {"prefixItems": [{}], "items": False},
        ),
        ({"items": {}, "additionalItems": False}, {"items": {}}),
        ({"format": "email"}, {"format": "email"}),
        ({"format": "password"}, {}),
        ({"format": 5}, {}),
        (
            {"format": "int32", "allOf": [{"type": "integer"}]},
            {
                "allOf": [
                    {"multipleOf": 1, "minimum": -(2**31), "maximum": 2**31 - 1},
                    {"type": "integer"},
                ]
            },
        ),
    ],
)
def test_a_schema_is_copied_with_what_asserts(schema, copy):
    assert definition(schema) == copy


def test_siblings_of_a_reference_count_only_from_3_1_on():
    schema = {**ref("T"), "maxLength": 1}
    assert bundled(schema, "3.0.3", T={"type": "string"}).schema == {
        **ROOT,
        "$defs": {"0": {"$ref": "#/$defs/1"}, "1": {"type": "string"}},
    }
    assert bundled(schema, "3.1.0", T={"type": "string"}).schema == {
        **ROOT,
        "$defs": {"0": {"$ref": "#/$defs/1", "maxLength": 1}, "1": {"type": "string"}},
    }


def test_each_referenced_schema_is_copied_once():
    tree = {"properties": {"left": ref("S"), "right": ref("T"), "other": ref("T")}}
    assert bundled(tree, T={"items": ref("S")}).schema == {
        **ROOT,
        "$defs": {
            "0": {
                "properties": {
                    "left": {"$ref": "#/$defs/0"},
                    "right": {"$ref": "#/$defs/1"},
                    "other": {"$ref": "#/$defs/1"},
                }
            },
            "1": {"items": {"$ref": "#/$defs/0"}},
        },
    }


def test_a_reference_without_target_raises():
    with pytest.raises(UnresolvableReference) as raised:
        bundled({"properties": {"a": ref("Missing")}})
    assert raised.value == UnresolvableReference(
        "has no target: nothing is at 'Missing'",
        reference="#/components/schemas/Missing",
        pointer="openapi.json#/components/schemas/S/properties/a",
    )


def test_a_reference_into_a_document_that_cannot_be_read_raises():
    with pytest.raises(UnresolvableReference) as raised:
        bundled({"$ref": "other.json#/S"})
    assert raised.value == UnresolvableReference(
        "cannot be read: file:///docs/other.json is not part of the test",
        reference="other.json#/S",
        pointer="openapi.json#/components/schemas/S",
    )


def test_a_document_of_another_version_keeps_its_dialect():
    node, description = schema_node({"type": "string", "nullable": True}, "3.0.0")
    assert bundle(node, description).schema["$defs"] == {
        "0": {"type": ["string", "null"]}
    }


def test_a_very_deep_schema_is_copied_in_parts():
    schema: dict = {"type": "string"}
    for _ in range(900):
        schema = {"properties": {"a": schema}}
    assert len(bundled(schema).schema["$defs"]) == 18


@each_row(
    ("path", "place"),
    [
        ((), "#/components/schemas/S"),
        (("properties", "a"), "#/components/schemas/S/properties/a"),
        (("properties", "b"), "#/components/schemas/S/properties/b"),
        (("properties", "b", "items"), "#/components/schemas/T/items"),
        (("properties", "$ref"), "#/components/schemas/S/properties/$ref"),
    ],
)
def test_a_place_is_found_by_the_path_of_an_error(path, place):
    schema = {"properties": {"a": False, "b": ref("T"), "$ref": True}}
    found = bundled(schema, T={"items": False}).at(path)
    assert found.node.pointer == f"openapi.json{place}"


@each_row(
    "path", [("then",), ("properties", "b"), ("properties", "a", "b"), ("items", 0)]
)
def test_a_path_that_leads_nowhere_has_no_place(path):
    assert bundled({"properties": {"a": False}}).at(path) is None


def test_a_loop_of_references_has_no_place():
    assert bundled(ref("T"), T=ref("S")).at(["items"]) is None


def test_every_copied_object_knows_its_origin():
    found = bundled({"format": "int64", "properties": {"a": ref("T")}}, T={"items": {}})
    definitions = found.schema["$defs"]
    origins = {
        (found.places[id(copy)].node.pointer, found.places[id(copy)].keyword)
        for copy in (
            found.schema,
            definitions["0"],
            definitions["0"]["allOf"][0],
            definitions["0"]["properties"]["a"],
            definitions["1"],
            definitions["1"]["items"],
        )
    }
    assert origins == {
        ("openapi.json#/components/schemas/S", None),
        ("openapi.json#/components/schemas/S", "format"),
        ("openapi.json#/components/schemas/S/properties/a", None),
        ("openapi.json#/components/schemas/T", None),
        ("openapi.json#/components/schemas/T/items", None),
    }


SECRET = {
    "required": ["id", "password"],
    "properties": {"id": {"readOnly": True}, "password": ref("Password")},
}


@pytest.mark.parametrize(
    ("options", "required"),
    [
        ({}, ["id"]),
        ({"waived": "writeOnly"}, ["id"]),
        ({"waived": "readOnly"}, ["password"]),
    ],
)
def test_properties_of_the_other_side_may_be_absent(options, required):
    node, description = schema_node(SECRET, Password={"writeOnly": True})
    found = bundle(node, description, **options)
    assert found.schema["$defs"]["0"]["required"] == required


def test_what_is_required_without_a_property_stays_required():
    assert definition({"required": ["a"]}) == {"required": ["a"]}


@pytest.mark.parametrize(
    ("schema", "version", "ineffective", "lenient"),
    [
        (
            {"nullable": True, "type": "string"},
            "3.1.0",
            True,
            {"if": {"type": "null"}, "else": {"type": "string"}},
        ),
        (
            {"nullable": True, "type": "string"},
            "3.0.0",
            False,
            {"type": ["string", "null"]},
        ),
    ],
)
def test_a_lenient_copy_gives_every_nullable_effect(
    schema, version, ineffective, lenient
):
    node, description = schema_node(schema, version)
    found = bundle(node, description, lenient=True)
    assert (found.nullable, found.schema["$defs"]["0"]) == (ineffective, lenient)


def test_a_place_is_a_node_and_at_times_a_keyword():
    root = describe({"openapi": "3.1.0"}).root
    assert SchemaOrigin(root) == SchemaOrigin(root, None)


def objects_in(value):
    """Go through the objects in a value, at any depth."""
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from [each] if isinstance(each, dict) else []
            yield from objects_in(each)


@given(REPEATED, VERSIONS)
def test_each_of_several_equal_schemas_is_copied_with_its_own_place(schemas, version):
    properties = {f"p{n}": each for n, each in enumerate(schemas)}
    tree = {
        "openapi": version,
        "components": {"schemas": {"S": {"properties": properties}}},
    }
    found = []
    for description in (describe(tree), describe_text(tree)):
        node = description.root.child("components", "schemas", "S")
        one = bundle(node, description, lenient=True)
        copies = objects_in(one.schema["$defs"]["0"]["properties"])
        places = [one.places.get(id(copy)) for copy in copies]
        tokens = [None if each is None else each.node.tokens for each in places]
        found.append((repr(one.schema), tokens, one.formats, one.nullable))
    assert found[0] == found[1]
