import json

from cbmock.description import documents
from cbmock.description.broken_references import readable
from cbmock.description.discovery import discover
from cbmock.description.references import Description
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock

from tests.support.mocks import described
from tests.support.rows import each_row

JSON = Headers.of([("content-type", "application/json")])


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


def body(schema, media_type="application/json", **more):
    content = {media_type: {"schema": schema, **more}}
    return {"requestBody": {"required": True, "content": content}}


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


@each_row(
    "operation",
    [
        {"parameters": [{"$ref": "#/gone"}]},
        {"requestBody": {"$ref": "#/gone"}},
        body({"properties": {"a": {"$ref": "#/gone"}}}),
        body({"patternProperties": {"example": {"$ref": "#/gone"}}}),
        {"requestBody": {"content": {"a/example": {"schema": {"$ref": "#/gone"}}}}},
    ],
)
def test_a_reference_that_a_request_needs_must_have_a_target(operation):
    assert list(errors(webhooks(event=operation))) == ["event"]


@each_row(
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


DATA = [
    {"x-samples": {"$ref": "TARGET"}},
    {"note": {"$ref": "TARGET"}},
    {"note": [{"deeper": {"$ref": "TARGET"}}]},
    {"discriminator": {"propertyName": "a", "mapping": {"$ref": "TARGET"}}},
    {"discriminator": {"propertyName": "a", "x-more": {"$ref": "TARGET"}}},
    {"xml": {"x-more": {"$ref": "TARGET"}}},
    {"externalDocs": {"url": "https://a.example", "x-more": {"$ref": "TARGET"}}},
    {"default": {"$ref": "TARGET"}},
    {"examples": [{"$ref": "TARGET"}]},
    {"properties": {"a": {"x-samples": {"$ref": "TARGET"}}}},
    {"items": {"note": {"$ref": "TARGET"}}},
    {"$defs": {"unused": {"$ref": "TARGET"}}},
    {"$comment": {"$ref": "TARGET"}},
]


def at(level, data):
    """Put data at an object between the webhook and its schema."""
    operation = body({"type": "object"})
    request = operation["requestBody"]
    media_type = request["content"]["application/json"]
    parameter = {"name": "q", "in": "query", "schema": {"type": "string"}}
    operation["parameters"] = [parameter]
    places = {
        "operation": operation,
        "request body": request,
        "media type": media_type,
        "parameter": parameter,
    }
    places[level]["x-samples"] = {"$ref": data}
    places[level]["note"] = {"$ref": data}
    return operation


TARGETS = ["#/gone", "./none.json", "https://elsewhere.example/x.json", "http://["]


@each_row("version", ["3.0.3", "3.1.0", "3.2.0"])
@each_row("target", TARGETS)
@each_row("schema", DATA, ids=str)
def test_data_in_a_schema_is_not_followed(schema, target, version):
    written = json.loads(json.dumps(schema).replace("TARGET", target))
    tree = webhooks(event=body(written))
    tree["x-webhooks"] = tree.pop("webhooks")
    assert errors({**tree, "openapi": version}) == {}


@each_row("target", TARGETS)
@each_row("level", ["operation", "request body", "media type", "parameter"])
def test_data_in_other_objects_is_not_followed(level, target):
    assert errors(webhooks(event=at(level, target))) == {}


def test_a_property_that_looks_like_an_extension_is_a_schema():
    operation = body({"properties": {"x-y": {"$ref": "#/gone"}}})
    assert list(errors(webhooks(event=operation))) == ["event"]


def test_what_is_beside_a_reference_is_not_needed_in_3_0():
    schema = {
        "$ref": "#/components/schemas/Sound",
        "allOf": [{"$ref": "#/components/schemas/Gone"}],
    }
    tree = webhooks(event=body(schema))
    tree["x-webhooks"] = tree.pop("webhooks")
    assert errors({**tree, "openapi": "3.0.3"}) == {}
    assert list(errors(tree)) == ["event"]


@each_row(
    "schema",
    [
        {"items": [{"$ref": "#/gone"}]},
        {"items": [{}], "additionalItems": {"$ref": "#/gone"}},
        {"dependencies": {"a": {"$ref": "#/gone"}}},
        {"$dynamicRef": "#gone"},
    ],
    ids=str,
)
def test_older_and_rarer_forms_are_followed_too(schema):
    assert list(errors(webhooks(event=body(schema)))) == ["event"]


def test_the_headers_of_a_part_are_needed():
    part = {"headers": {"X-A": {"$ref": "#/gone"}}}
    operation = body({}, "multipart/form-data", encoding={"a": part})
    assert list(errors(webhooks(event=operation))) == ["event"]


def test_items_of_a_sequence_are_needed_since_3_2():
    tree = webhooks(event=body({}, itemSchema={"$ref": "#/gone"}))
    assert errors(tree) == {}
    assert list(errors({**tree, "openapi": "3.2.0"})) == ["event"]


INTEGER = {"type": "integer"}
ANCHORED = {"$anchor": "i", **INTEGER}
IDENTIFIED = {
    "inside": (
        {"$id": "https://e.test/x", "$ref": "#/$defs/i", "$defs": {"i": INTEGER}},
        {},
    ),
    "relative": ({"$id": "https://e.test/b", "$ref": "a"}, {"$id": "https://e.test/a"}),
    "absolute": ({"$ref": "https://e.test/a"}, {"$id": "https://e.test/a"}),
    "embedded": (
        {
            "$id": "https://e.test/x/",
            "$ref": "y",
            "$defs": {"y": {"$id": "y", **INTEGER}},
        },
        {},
    ),
    "anchor": (
        {"$id": "https://e.test/x", "$ref": "#i", "$defs": {"i": ANCHORED}},
        {},
    ),
    "anchor elsewhere": ({"$ref": "https://e.test/a#i"}, {"$id": "https://e.test/a"}),
    "pointer elsewhere": (
        {"$ref": "https://e.test/a#/$defs/i"},
        {"$id": "https://e.test/a"},
    ),
    "urn": ({"$ref": "urn:example:a"}, {"$id": "urn:example:a"}),
    "without a scheme": ({"$ref": "a.json"}, {"$id": "a.json"}),
    "to the document": ({"$id": "x", "$ref": "#/components/schemas/Other"}, {}),
}


@each_row("name", IDENTIFIED)
@each_row("version", ["3.1.0", "3.2.0"])
def test_the_check_resolves_by_identifiers_as_the_contract_does(name, version):
    schema, other = IDENTIFIED[name]
    tree = webhooks(event=body(schema))
    tree["components"]["schemas"]["Other"] = {
        **INTEGER,
        **other,
        "$defs": {"i": ANCHORED},
    }
    tree["openapi"] = version
    assert errors(tree) == {}
    mock = Mock(described(version=tree.pop("openapi"), **tree))
    valid, invalid = (
        mock.receive(Request("POST", "/webhooks/event", JSON, text), id=1, now=0)
        for text in (b"1", b'"a"')
    )
    assert (valid.valid, [each.code for each in invalid.violations]) == (True, ["type"])


def test_an_identifier_may_be_in_a_document_that_a_later_operation_leads_to():
    document = webhooks(
        first=body({"$ref": "https://e.test/shared"}),
        second=body({"$ref": "near.json#/holder"}),
    )
    near = {"holder": {"items": {"$id": "https://e.test/shared", **INTEGER}}}
    assert errors(document, near=near) == {}
    assert list(errors(document)) == ["first", "second"]


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


@each_row("version", ["3.0.3", "3.1.0", "3.2.0"])
@each_row("reference", ["gone.json", "https://a.example/x", "#/gone"])
def test_a_reference_in_what_is_no_media_type_is_data(version, reference):
    operation = body({"type": "object"})
    operation["requestBody"]["content"]["x-note"] = {"$ref": reference}
    hooks = {"x-webhooks": {"event": {"post": operation}}}
    assert errors({"openapi": version, **hooks}) == {}
    mock = Mock(described(version=version, **hooks))
    request = Request("POST", "/webhooks/event", JSON, b"[]")
    assert [each.code for each in mock.receive(request, id=1, now=0).violations] == [
        "type"
    ]
