from __future__ import annotations

import json

import pytest
from cbmock.contract.explain.explanation import explain
from cbmock.contract.schemas.schema import Schema
from cbmock.description import schema_resources
from cbmock.description.documents import Document
from cbmock.description.references import Description
from cbmock.errors import ReceiverError, UnresolvableReference

from tests.support.cost import growth
from tests.support.documents import schema_of
from tests.support.rows import each_row

INTEGER = {"type": "integer"}
USER = {"type": "object", "required": ["name"], "properties": {"name": {}}}


def among(files, *, entry="/entry.json", **root):
    """Return the schema `components.schemas.S` of an entry document with neighbours."""

    def retrieve(uri):
        if uri not in files:
            raise ReceiverError(f"{uri} is not there")
        return json.dumps(files[uri]).encode()

    tree = {"openapi": "3.1.0", **root}
    uri = f"https://a.example{entry}"
    description = Description(Document("entry.json", uri, tree), retrieve)
    return Schema(description.root.child("components", "schemas", "S"), description)


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


# --- $id --------------------------------------------------------------------------------


@each_row(
    ("schema", "valid", "invalid"),
    [
        ({"$id": "x", "$defs": {"i": INTEGER}, "$ref": "#/$defs/i"}, 1, "a"),
        (
            {"$id": "x", "$defs": {"i": {"$anchor": "i", **INTEGER}}, "$ref": "#i"},
            1,
            "a",
        ),
        ({"$id": "x", "$defs": {"i": {"$id": "y", **INTEGER}}, "$ref": "y"}, 1, "a"),
        (
            {
                "$id": "urn:x",
                "$defs": {"i": {"$id": "urn:y", **INTEGER}},
                "$ref": "urn:y",
            },
            1,
            "a",
        ),
        ({"$id": "x", "items": {"$ref": "#"}, "type": "array"}, [[]], [1]),
        ({"$id": "x", "$ref": "#/components/schemas/T"}, 1, "a"),
        ({"$id": "x", **ref("T")}, 1, "a"),
        ({"$ref": "https://t.example/t"}, 1, "a"),
        ({"$ref": "https://t.example/t#/$defs/s"}, "a", 1),
        ({"$ref": "https://t.example/t#s"}, "a", 1),
        ({"enum": [{"$id": "https://t.example/t"}]}, {"$id": "https://t.example/t"}, 1),
        ({"$id": "http://[", **INTEGER}, 1, "a"),
        ({"$id": 5, **INTEGER}, 1, "a"),
        ({"properties": {"$id": INTEGER}}, {"$id": 1}, {"$id": "a"}),
    ],
)
def test_an_identity_makes_a_world_of_its_own(schema, valid, invalid):
    named = {
        "$id": "https://t.example/t",
        "$defs": {"s": {"$anchor": "s", "type": "string"}},
        **INTEGER,
    }
    found = schema_of(schema, T=INTEGER, Named=named)
    assert found.is_valid(valid)
    assert not found.is_valid(invalid)
    assert explain(found, invalid)


def test_below_3_1_an_identity_means_nothing():
    schema = {"$id": "x", "properties": {"a": ref("T")}}
    assert not schema_of(schema, "3.0.3", T=INTEGER).is_valid({"a": "x"})


def test_references_are_relative_to_the_identity_else_to_the_document():
    files = {
        "https://other.example/b.json": {"type": "string"},
        "https://a.example/c.json": INTEGER,
    }
    schema = {
        "$id": "https://other.example/s",
        "properties": {"b": {"$ref": "b.json"}, "c": {"$ref": "c.json"}},
    }
    found = among(files, components={"schemas": {"S": schema}})
    assert found.is_valid({"b": "x", "c": 1})
    assert not found.is_valid({"b": 1})
    assert not found.is_valid({"c": "x"})


@each_row("reference", ["#/nowhere", "missing.json", "#nowhere", "http://["])
def test_what_leads_nowhere_cannot_be_resolved(reference):
    schema = {"$id": "https://x.example/", "$ref": reference}
    with pytest.raises(UnresolvableReference):
        schema_of(schema).is_valid(1)


def test_a_loop_of_references_is_told():
    schema = {"required": ["a"], "properties": {"a": ref("T")}}
    with pytest.raises(UnresolvableReference) as raised:
        schema_of(schema, T=ref("U"), U=ref("T")).is_valid(1)
    assert "leads back to itself" in raised.value.message


def test_a_document_that_is_shared_by_aliases_is_gone_through_once():
    shared = {"$id": "https://x.example/s", **INTEGER}
    found = schema_of({"properties": {"a": shared, "b": shared, "c": [shared]}})
    assert not found.is_valid({"a": "x"})


# --- dynamic references -----------------------------------------------------------------

PAGE = {
    "$id": "https://x.example/page",
    "$defs": {"item": {"$dynamicAnchor": "T", "not": {}}},
    "properties": {"items": {"items": {"$dynamicRef": "#T"}}},
}
USERS = {
    "$id": "https://x.example/users",
    "$ref": "page",
    "$defs": {"item": {"$dynamicAnchor": "T", **ref("User")}},
}
NUMBERS = {
    "$id": "https://x.example/numbers",
    "$ref": "page",
    "$defs": {"item": {"$dynamicAnchor": "T", **INTEGER}},
}


@each_row(
    ("schema", "valid", "invalid"),
    [
        (ref("Users"), [{"name": 1}], [{}]),
        (ref("Numbers"), [1], ["a"]),
        (ref("Page"), [], [1]),
        ({"allOf": [ref("Users")]}, [{"name": 1}], [{}]),
        ({"anyOf": [ref("Users"), ref("Numbers")]}, [1], ["a"]),
    ],
)
def test_a_dynamic_reference_leads_to_the_outermost_anchor(schema, valid, invalid):
    found = schema_of(schema, Page=PAGE, Users=USERS, Numbers=NUMBERS, User=USER)
    assert found.is_valid({"items": valid})
    assert not found.is_valid({"items": invalid})
    assert explain(found, {"items": invalid})


@each_row(
    "schema",
    [
        {"$dynamicRef": "#/components/schemas/T"},
        {"$dynamicRef": "#t", "$defs": {"t": {"$anchor": "t", **INTEGER}}},
        {"$dynamicRef": "#T", "$defs": {"t": {"$dynamicAnchor": "T", **INTEGER}}},
        {"$dynamicRef": "#/components/schemas/T", "$ref": "#/components/schemas/A"},
        {"$dynamicRef": 5, **INTEGER},
    ],
)
def test_any_other_dynamic_reference_is_a_plain_one(schema):
    found = schema_of(schema, T=INTEGER, A=True)
    assert found.is_valid(1)
    assert not found.is_valid("a")


def test_a_dynamic_reference_without_target_cannot_be_resolved():
    with pytest.raises(UnresolvableReference):
        schema_of({"$dynamicRef": "#T"}).is_valid(1)


@pytest.mark.parametrize(("recursive", "valid"), [(True, False), (False, True)])
def test_a_recursive_reference_leads_to_the_outermost_resource(recursive, valid):
    dialect = "https://json-schema.org/draft/2019-09/schema"
    tree = {
        "$schema": dialect,
        "$id": "https://x.example/tree",
        "$recursiveAnchor": True,
        "properties": {"children": {"items": {"$recursiveRef": "#"}}},
    }
    strict = {
        "$schema": dialect,
        "$id": "https://x.example/strict",
        "$recursiveAnchor": recursive,
        "$ref": "tree",
        "unevaluatedProperties": False,
    }
    found = schema_of(ref("Strict"), Tree=tree, Strict=strict)
    assert found.is_valid({"children": [{"x": 1}]}) is valid


# --- dialects ---------------------------------------------------------------------------

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"


@each_row(
    ("dialect", "schema", "value", "valid"),
    [
        (DRAFT_4, {"minimum": 5, "exclusiveMinimum": True}, 5, False),
        (DRAFT_4, {"const": 1}, 2, True),
        (DRAFT_4, {"items": [INTEGER], "additionalItems": False}, [1, 2], False),
        (DRAFT_7, {"const": 1}, 2, False),
        (DRAFT_7, {"items": [], "additionalItems": False}, [1], False),
        (DRAFT_7, {"$ref": "#/components/schemas/T", "maximum": 1}, 2, True),
        (DRAFT_7, {"dependencies": {"a": ["b"]}}, {"a": 1}, False),
        (DRAFT_7, {"dependencies": {"a": {"required": ["b"]}}}, {"a": 1}, False),
        (DRAFT_7, {"dependencies": {"a": 5}}, {"a": 1}, True),
        (DRAFT_7, {"dependentRequired": {"a": ["b"]}}, {"a": 1}, True),
        (DRAFT_2019, {"$ref": "#/components/schemas/T", "maximum": 1}, 2, False),
        (DRAFT_2019, {"dependentRequired": {"a": ["b"]}}, {"a": 1}, False),
        (DRAFT_2019, {"prefixItems": [INTEGER]}, ["a"], True),
        ("https://spec.openapis.org/oas/3.1/dialect/base", {"const": 1}, 2, False),
        ("https://unknown.example/", {"prefixItems": [INTEGER]}, ["a"], False),
        (5, {"const": 1}, 2, False),
    ],
)
@each_row("where", ["schema", "document", "outer"])
def test_each_dialect_is_spoken_where_it_is_named(dialect, schema, value, valid, where):
    root = {"jsonSchemaDialect": dialect} if where == "document" else {}
    if where == "schema":
        schema = {"$schema": dialect, **schema}
    elif where == "outer":
        schema = {"$schema": dialect, "allOf": [schema]}
    found = among({}, components={"schemas": {"S": schema, "T": INTEGER}}, **root)
    assert found.is_valid(value) is valid
    assert bool(explain(found, value)) is not valid


def test_below_3_1_no_other_dialect_is_spoken():
    schema = {"$schema": DRAFT_4, "const": 1}
    assert not schema_of(schema, "3.0.3").is_valid(2)


def test_another_document_has_the_dialect_that_it_names_itself():
    files = {
        "https://a.example/old.json": {"$schema": DRAFT_4, "const": 1},
        "https://a.example/new.json": {"const": 1},
    }
    components = {
        "schemas": {
            "S": {
                "properties": {"old": {"$ref": "old.json"}, "new": {"$ref": "new.json"}}
            }
        }
    }
    found = among(files, components=components, jsonSchemaDialect=DRAFT_4)
    assert found.is_valid({"old": 2})
    assert not found.is_valid({"new": 2})


@pytest.mark.parametrize(
    ("dialect", "defs"),
    [
        (DRAFT_4, {"i": {"id": "#i", **INTEGER}}),
        (DRAFT_7, {"i": {"$id": "#i", **INTEGER}}),
    ],
)
def test_older_drafts_name_anchors_by_identity(dialect, defs):
    schema = {"$schema": dialect, "definitions": defs, "items": {"$ref": "#i"}}
    found = schema_of(schema)
    assert found.is_valid([1])
    assert not found.is_valid(["a"])


def test_up_to_draft_7_an_identity_beside_a_reference_is_none():
    schema = {
        "$schema": DRAFT_7,
        "properties": {
            "a": {"$id": "https://x.example/", "$ref": "#/components/schemas/T"}
        },
    }
    assert not schema_of(schema, T=INTEGER).is_valid({"a": "x"})


def test_around_a_schema_without_identity_is_its_document():
    found = schema_of({"properties": {"a": {}}})
    assert schema_resources.around(found.node.child("properties", "a")).uri == (
        "file:///docs/openapi.json"
    )


def test_a_reference_costs_the_same_among_many_files():
    def follow_all(number):
        files = {f"https://a.example/{n}.json": INTEGER for n in range(number)}
        listed = [{"$ref": f"{n % number}.json"} for n in range(20 * number)]
        schema = among(files, components={"schemas": {"S": {"anyOf": listed}}})
        for each in schema.node.get("anyOf").items():
            schema_resources.resolve(schema.description, each)

    assert growth(follow_all, 20, 20) < 2
