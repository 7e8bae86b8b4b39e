import json

import pytest
from cbmock.description import documents
from cbmock.description.broken_references import readable
from cbmock.description.operations import discover
from cbmock.description.references import Description
from cbmock.errors import ReceiverError


def errors(tree, **files):
    """Return the reason by name of every operation that cannot be read."""

    def retrieve(uri):
        name = uri.rpartition("/")[2].partition(".")[0]
        if name not in files:
            raise ReceiverError(f"{name} is not there")
        return json.dumps(files[name]).encode()

    data = json.dumps({"openapi": "3.1.0", **tree}).encode()
    entry = documents.parse(data, name="api.json", uri="file:///api.json")
    description = Description(entry, retrieve)
    found = readable(discover(description), description)
    return {each.name: each.error for each in found if each.error is not None}


def webhooks(**operations):
    return {
        "webhooks": {name: {"post": each} for name, each in operations.items()},
        "components": {
            "schemas": {
                "Sound": {
                    "properties": {"again": {"$ref": "#/components/schemas/Sound"}}
                },
                "Broken": {"anyOf": [{"$ref": "#/components/schemas/Gone"}]},
                "Deep": {"items": {"$ref": "#/components/schemas/Broken"}},
            }
        },
    }


def body(schema):
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def component(name):
    return {"$ref": f"#/components/schemas/{name}"}


GONE = (
    "api.json#/components/schemas/Broken/anyOf/0: $ref '#/components/schemas/Gone' "
    "has no target: nothing is at 'Gone'"
)


def test_only_the_operations_that_need_a_broken_target_fail():
    document = webhooks(
        sound=body(component("Sound")),
        deep=body(component("Deep")),
        broken=body(component("Broken")),
        again=body({"allOf": [component("Sound"), component("Sound")]}),
        plain={},
    )
    assert errors(document) == {"deep": GONE, "broken": GONE}


@pytest.mark.parametrize(
    "operation",
    [
        {"parameters": [{"$ref": "#/gone"}]},
        {"requestBody": {"$ref": "#/gone"}},
        body({"properties": {"a": {"$ref": "#/gone"}}}),
        body({"patternProperties": {"example": {"$ref": "#/gone"}}}),
        {"requestBody": {"content": {"example": {"schema": {"$ref": "#/gone"}}}}},
    ],
)
def test_a_reference_that_a_request_needs_must_have_a_target(operation):
    assert list(errors(webhooks(event=operation))) == ["event"]


@pytest.mark.parametrize(
    "operation",
    [
        body({"enum": [{"$ref": "#/gone"}]}),
        body({"const": {"$ref": "#/gone"}}),
        body({"example": {"a": [{"$ref": "#/gone"}]}}),
        body({"properties": {"$ref": {"type": "string"}}}),
        {"responses": {"200": {"$ref": "#/gone"}}},
    ],
)
def test_what_only_looks_like_a_reference_or_is_not_needed_fails_nothing(operation):
    assert errors(webhooks(event=operation)) == {}


def test_the_parameters_of_the_path_item_are_needed_too():
    item = {"parameters": [{"$ref": "#/gone"}], "post": {}}
    assert list(errors({"webhooks": {"event": item}})) == ["event"]


def test_a_document_that_cannot_be_had_fails_what_needs_it():
    document = webhooks(
        near=body({"$ref": "near.json#/a"}),
        far=body({"$ref": "near.json#/b"}),
        remote=body({"$ref": "https://elsewhere.example/x.json"}),
    )
    near = {"a": {"type": "string"}, "b": {"$ref": "missing.json"}}
    assert errors(document, near=near) == {
        "far": "near.json#/b: $ref 'missing.json' cannot be read: missing is not there",
        "remote": (
            "api.json#/webhooks/remote/post/requestBody/content/application~1json/"
            "schema: $ref 'https://elsewhere.example/x.json' cannot be read: "
            "x is not there"
        ),
    }


def test_references_that_lead_back_to_each_other_are_broken():
    document = webhooks(loop=body({"$ref": "#/components/loops/a"}))
    document["components"]["loops"] = {
        "a": {"$ref": "#/components/loops/b"},
        "b": {"$ref": "#/components/loops/a"},
    }
    assert errors(document) == {
        "loop": (
            "api.json#/components/loops/a: $ref '#/components/loops/b' leads back to "
            "itself"
        )
    }
