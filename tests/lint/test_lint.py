import json
from pathlib import Path

import pytest
from cbmock import sources
from cbmock.cli import main
from cbmock.description.discovery import discover
from cbmock.lint.findings import Finding
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples
from click.testing import CliRunner

from tests.support.rows import each_row

OK = {"200": {"description": "ok"}}


def findings(document):
    description = sources.describe({"openapi": "3.1.0", **document})
    return lint(description, discover(description), schema_samples)


def codes(document):
    return [each.code for each in findings(document)]


def json_body(schema, **more):
    return {"content": {"application/json": {"schema": schema, **more}}}


def with_callback(key, parent=None, callback=None, openapi="3.1.0"):
    item = {"post": {"responses": OK, **(callback or {})}}
    operation = {"operationId": "subscribe", "callbacks": {"event": {key: item}}}
    path = {"post": {**operation, **(parent or {})}}
    return {"openapi": openapi, "paths": {"/s": path}}


def with_webhook(operation, **more):
    return {"webhooks": {"event": {"post": {"responses": OK, **operation}}}, **more}


URL_BODY = {
    "requestBody": json_body(
        {
            "type": "object",
            "properties": {
                "url": {"type": "string"},
                "sub": {"$ref": "#/components/schemas/Sub"},
                "list": {"type": "array", "items": {"type": "string"}},
                "any": {},
                "map": {"additionalProperties": {"type": "string"}},
            },
        }
    )
}
SUB = {"components": {"schemas": {"Sub": {"properties": {"url": {"type": "string"}}}}}}


@each_row(
    "key",
    [
        "{$request.body#/url}",
        "{$request.body#/url}/done",
        "{$request.body#/sub/url}",
        "{$request.body#/list/0}",
        "{$request.body#/any/thing}",
        "{$request.body#/map/x}",
        "{$request.header.Host}",
        "{$url}",
        "https://literal.example/hook",
    ],
)
def test_a_key_that_can_be_read_has_no_finding(key):
    assert codes({**with_callback(key, URL_BODY), **SUB}) == []


@each_row(
    ("key", "code", "instead"),
    [
        ("{request.body#/url}", "expr-missing-dollar", "$request.body#/url"),
        ("{$request.body.url}", "expr-dot-body", "$request.body#/url"),
        (
            "{$request.body#/sub.url}",
            "expr-dot-pointer",
            "{$request.body#/sub/url}",
        ),
        (
            "$request.body#/url/done",
            "expr-pointer-vs-suffix",
            "{$request.body#/url}/done",
        ),
        ("{$request.body#/uri}", "expr-undeclared-property", None),
        ("{$request.body#/sub/uri}", "expr-undeclared-property", None),
        ("{$request.body#/%75rl}", "expr-percent", "{$request.body#/url}"),
        ("{$request.query.url}", "expr-undeclared", None),
        ("{$response.query.url}", "expr-unresolvable", None),
        ("{$request.body#/url}#part", "key-fragment", "{$request.body#/url}"),
        ("/hook", "key-relative", "{$request.body#/url}/hook"),
        ("{}", "expr-empty", None),
    ],
)
def test_a_key_that_cannot_be_read_is_a_finding(key, code, instead):
    found = findings({**with_callback(key, URL_BODY), **SUB})
    assert [(each.code, each.instead) for each in found] == [(code, instead)]


@each_row(
    ("parent", "expected"),
    [
        ({}, ["expr-bare-name", "expr-undeclared"]),
        (URL_BODY, ["expr-bare-name"]),
        ({"parameters": [{"name": "url", "in": "query"}]}, ["expr-bare-name"]),
        ({"parameters": [{"name": "URL", "in": "header"}]}, ["expr-bare-name"]),
    ],
)
def test_a_bare_name_is_looked_for_in_parameters_and_body(parent, expected):
    assert codes(with_callback("{$url_}", None)) != []
    found = codes({**with_callback("{url}", parent), **SUB})
    assert sorted(found) == expected


@each_row(
    ("parent", "instead"),
    [
        ({"parameters": [{"name": "url", "in": "query"}]}, "$request.query.url"),
        ({"parameters": [{"name": "url", "in": "header"}]}, "$request.header.url"),
        (URL_BODY, "$request.body#/url"),
        ({}, None),
    ],
)
def test_a_bare_name_is_told_what_it_should_be(parent, instead):
    found = findings({**with_callback("{url}", parent), **SUB})
    assert [e.instead for e in found if e.code == "expr-bare-name"] == [instead]


def test_callbacks_that_nothing_tells_apart_are_told():
    item = {"{$url}": {"post": {"responses": OK, "requestBody": json_body({})}}}
    other = {
        "{$url}": {
            "post": {"responses": OK, "requestBody": json_body({"type": "object"})}
        }
    }
    document = with_callback("{$url}")
    document["paths"]["/s"]["post"]["callbacks"] = {"a": item, "b": item, "c": other}
    found = findings(document)
    assert [(each.code, each.detail) for each in found] == [
        (
            "colliding-callbacks",
            (
                "'b' and 'a' are sent to the same URL with the same method, parameters and "
                "body: nothing documented distinguishes them"
            ),
        )
    ]


IN_QUERY = {"name": "k", "in": "query", "required": True}


@each_row(
    ("one", "other"),
    [
        ({"parameters": [IN_QUERY]}, {"parameters": [{**IN_QUERY, "name": "m"}]}),
        ({"parameters": [IN_QUERY]}, {}),
        (
            {"parameters": [{**IN_QUERY, "schema": {"const": "a"}}]},
            {"parameters": [{**IN_QUERY, "schema": {"const": "b"}}]},
        ),
    ],
)
@each_row("level", ["operation", "path item"])
def test_callbacks_that_their_parameters_distinguish_do_not_collide(one, other, level):
    def called(parameters):
        if level == "operation":
            return {"{$url}": {"post": {"responses": OK, **parameters}}}
        return {"{$url}": {"post": {"responses": OK}, **parameters}}

    document = with_callback("{$url}")
    callbacks = {"a": called(one), "b": called(other)}
    document["paths"]["/s"]["post"]["callbacks"] = callbacks
    assert codes(document) == []
    document["paths"]["/s"]["post"]["callbacks"] = {"a": called(one), "b": called(one)}
    assert codes(document) == ["colliding-callbacks"]


def test_fields_beside_the_reference_of_a_path_item_are_told():
    document = with_webhook({}, components={"pathItems": {"P": {"put": {}}}})
    document["webhooks"]["event"] = {
        "$ref": "#/components/pathItems/P",
        "parameters": [],
    }
    assert codes(document) == ["no-success-response", "pathitem-ref-siblings"]


def test_a_method_in_place_of_the_key_is_told():
    document = with_callback("{$url}")
    callbacks = {"event": {"post": {"responses": OK}}}
    document["paths"]["/s"]["post"]["callbacks"] = callbacks
    (found,) = findings(document)
    assert (found.code, found.instead) == (
        "key-missing",
        "{$request.query.callbackUrl}",
    )


@each_row(
    ("parent", "key"),
    [
        ({}, "{$request.body#/url}"),
        ({}, "{$response.body#/url}"),
        ({"responses": OK}, "{$response.body#/url}"),
        ({"responses": {"404": json_body({})}}, "{$response.body#/url}"),
        ({"requestBody": json_body({})}, "{$response.body#/url}"),
    ],
)
def test_a_key_that_reads_an_undocumented_body_is_a_finding(parent, key):
    assert codes(with_callback(key, parent)) == ["expr-no-body"]


@each_row(
    "message",
    [
        {"content": {"application/json": {}}},
        {"content": {"application/json": {"example": {"url": "http://a.example"}}}},
        {"content": {"text/xml": {"schema": {"type": "string"}}, "a/b": {}}},
        {"content": {}},
        {},
    ],
)
@each_row("side", ["request", "response"])
def test_a_body_that_is_documented_without_a_schema_may_have_any_member(message, side):
    parent = {"responses": OK, "requestBody": message}
    if side == "response":
        parent = {"responses": {"200": {"description": "", **message}}}
        expected = [] if message.get("content") else ["expr-no-body"]
    else:
        expected = []
    found = codes(with_callback(f"{{${side}.body#/url}}", parent))
    assert [code for code in found if code != "missing-field"] == expected


QUERY = {"in": "query", "schema": {"type": "string"}}
URI = {"type": "string", "format": "uri"}


@each_row(
    ("parent", "registered"),
    [
        ({}, "$request.query.callbackUrl"),
        (URL_BODY, "$request.body#/url"),
        ({"requestBody": json_body({})}, "$request.body#/callbackUrl"),
        ({"parameters": [{"name": "hook", **QUERY}]}, "$request.query.hook"),
        ({"parameters": [{"name": "X-Reply-Url", "in": "header"}]}, "$request.header.X-Reply-Url"),
        ({"parameters": [{"name": "id", "in": "query"}]}, "$request.query.callbackUrl"),
        ({"parameters": [{"name": "to", "in": "query", "schema": URI}]}, "$request.query.to"),
        (
            {"requestBody": json_body({"allOf": [{"properties": {"logoUrl": URI}}, {"properties": {"a/hook": {}}}]})},
            "$request.body#/a~1hook",
        ),
        (
            {"parameters": [{"name": "siteUrl", **QUERY}], "requestBody": json_body({"properties": {"callback_url": {}}})},
            "$request.body#/callback_url",
        ),
    ],
)  # fmt: skip
@each_row("key", ["/hook", "hook", "/"])
def test_a_key_without_a_base_is_told_what_the_operation_documents(
    parent, registered, key
):
    (found,) = findings({**with_callback(key, parent), **SUB})
    instead = f"{{{registered}}}/{key.lstrip('/')}"
    assert (found.code, found.instead) == ("key-relative", instead)
    again = codes({**with_callback(instead, parent), **SUB})
    assert again == [] or "callbackUrl" in registered


def test_the_response_of_the_parent_may_be_read():
    response = {"201": {"description": "", **json_body({"properties": {"url": {}}})}}
    parent = {"responses": response}
    assert codes(with_callback("{$response.body#/url}", parent)) == []
    undeclared = ["expr-undeclared-property"]
    assert codes(with_callback("{$response.body#/uri}", parent)) == undeclared


def test_what_cannot_be_read_is_told_once_as_such():
    parent = {"parameters": [{"$ref": "gone.json"}], "requestBody": {"$ref": "g.json"}}
    key = "{$request.query.x}{$request.body#/y}"
    found = findings(with_callback(key, parent))
    assert [(each.code, each.detail.partition(": ")[0]) for each in found] == [
        ("ref-unresolvable", "openapi.json#/paths/~1s/post/parameters/0"),
        ("ref-unresolvable", "openapi.json#/paths/~1s/post/requestBody"),
    ]


@each_row(
    ("operation", "expected"),
    [
        ({}, []),
        ({"responses": {"404": {"description": ""}}}, ["no-success-response"]),
        ({"responses": {"2xx": {"description": ""}}}, ["range-case"]),
        (
            {"responses": {"204": {"description": "", **json_body({})}}},
            ["204-content"],
        ),
        ({"responses": {"200": {"$ref": "#/x"}}}, ["ref-unresolvable"]),
        ({"parameters": [{"$ref": "#/x"}]}, ["ref-unresolvable"]),
        ({"requestBody": {"$ref": "#/x"}}, ["ref-unresolvable"]),
        ({"parameters": [{"name": "id", "in": "path"}]}, ["unbindable-path-param"]),
        (
            {"parameters": [{"name": "Accept", "in": "header"}, 7, {}]},
            ["wrong-type", "ignored-header-param", "missing-field", "missing-field"],
        ),
        ({"servers": [{"url": "/"}]}, ["servers-on-callback"]),
        ({"security": [{"key": []}]}, ["security-scheme"]),
        ({"security": []}, []),
    ],
)
def test_an_operation_by_itself_has_findings(operation, expected):
    assert codes(with_webhook(operation)) == expected


def test_a_path_parameter_that_the_key_or_name_has_can_be_bound():
    parameters = {"parameters": [{"name": "id", "in": "path"}]}
    key = "{$request.body#/url}/{id}"
    found = codes({**with_callback(key, URL_BODY, parameters), **SUB})
    assert "unbindable-path-param" not in found
    webhook = {"webhooks": {"a/{id}": {"post": {"responses": OK, **parameters}}}}
    assert codes(webhook) == []


def test_root_security_is_told_not_to_apply():
    document = with_webhook({}, security=[{"key": []}])
    assert codes(document) == ["root-security-not-applied"]


def test_what_is_not_served_is_told():
    nested = {"ack": {"{$request.body#/u}": {"post": {"responses": OK}}}}
    document = with_webhook(
        {"callbacks": nested, "requestBody": json_body({})},
        components={"callbacks": {"spare": {"{$url}": {"post": {"responses": OK}}}}},
    )
    document["webhooks"]["gone"] = {"$ref": "#/nowhere"}
    assert sorted(codes(document)) == ["nested-callback", "unreadable", "unreferenced"]


def test_an_operation_id_that_is_used_twice_is_told_with_the_first_place():
    post = {"operationId": "same", "responses": OK}
    found = findings({"webhooks": {"a": {"post": post}, "b": {"post": post}}})
    assert [(each.code, each.pointer, each.detail) for each in found] == [
        (
            "dup-operation-id",
            "openapi.json#/webhooks/b/post/operationId",
            "operationId 'same' is also used at openapi.json#/webhooks/a/post",
        )
    ]


@each_row(
    ("openapi", "schema", "expected"),
    [
        ("3.1.0", {"type": "string"}, []),
        ("3.1.0", {"type": "string", "nullable": True}, ["nullable-3.1"]),
        ("3.0.3", {"type": "string", "nullable": True}, []),
        (
            "3.0.3",
            {"allOf": [{"type": "object"}], "nullable": True},
            ["nullable-ineffective"],
        ),
        ("3.0.3", {"nullable": True}, []),  # fault 3.8
        (
            "3.0.3",
            {"nullable": True, "oneOf": [{"type": "string"}, {"enum": [None]}]},
            [],
        ),
        (
            "3.0.3",
            {"type": "string", "nullable": True, "enum": ["a"]},
            ["nullable-ineffective"],
        ),
        ("3.0.3", {"properties": {"a": {"const": 1}}}, ["keyword-not-3.0"]),
        (
            "3.0.3",
            {"$ref": "#/components/schemas/Fine", "maxLength": 1},
            ["ref-siblings"],
        ),
        ("3.0.3", {"minimum": 1, "exclusiveMinimum": True}, []),
        ("3.1.0", {"$ref": "#/components/schemas/Fine", "maxLength": 1}, []),
        ("3.1.0", {"required": True}, ["required-boolean"]),
        ("3.1.0", {"anyOf": [{"type": "date"}]}, ["keyword-malformed"]),
        ("3.1.0", {"items": {"pattern": "("}}, ["pattern"]),
        ("3.1.0", {"type": "array"}, ["array-items"]),
        (
            "3.1.0",
            {
                "allOf": [{"$ref": "#/gone"}, {"properties": {"a": {}}}],
                "properties": {"b": {}},
                "additionalProperties": False,
            },
            ["ref-unresolvable", "additionalprops-allof"],
        ),
        ("3.1.0", {"not": {"$ref": "#/nowhere"}}, ["ref-unresolvable"]),
        ("3.1.0", {"$ref": "#/components/schemas/Loop"}, ["ref-loop", "ref-loop"]),
        ("3.0.3", {"$ref": "#/components/schemas/Loop"}, ["ref-loop", "ref-loop"]),
        ("3.0.3", {"exclusiveMinimum": 5}, ["keyword-not-3.0"]),
        ("3.0.3", {"type": ["string", "integer"]}, ["keyword-not-3.0"]),
        ("3.0.3", {"type": "null"}, ["keyword-not-3.0"]),
        ("3.0.3", {"items": [{}]}, ["keyword-not-3.0"]),
        ("3.1.0", {"$schema": "https://example.com/mine"}, ["dialect"]),
        ("3.1.0", {"$schema": "http://json-schema.org/draft-07/schema#"}, []),
        ("3.1.0", {"$schema": "https://json-schema.org/draft/2020-12/schema"}, []),
        ("3.1.0", {"$schema": "https://spec.openapis.org/oas/3.1/dialect/base"}, []),
        ("3.0.3", {"$schema": "https://example.com/mine"}, []),
        # what an `$id` changes about references
        (
            "3.1.0",
            {"$id": "x", "items": {"$ref": "#/components/schemas/Fine"}},
            ["ref-crosses-id"],
        ),
        ("3.1.0", {"$id": "x", "items": {"$ref": "#/$defs/a"}, "$defs": {"a": {}}}, []),
        ("3.1.0", {"$id": "x", "items": {"$ref": "#"}}, []),
        (
            "3.1.0",
            {"$id": "x", "items": {"$ref": "#a"}, "$defs": {"a": {"$anchor": "a"}}},
            [],
        ),
        ("3.0.3", {"$id": "x", "items": {"$ref": "#/components/schemas/Fine"}}, []),
        (
            "3.1.0",
            {
                "$id": "x",
                "items": {"$ref": "y"},
                "$defs": {"a": {"$id": "y", "nullable": True}},
            },
            ["nullable-3.1"],
        ),
        (
            "3.1.0",
            {
                "items": {"$dynamicRef": "#a"},
                "$defs": {"a": {"$dynamicAnchor": "a", "nullable": True}},
            },
            ["nullable-3.1"],
        ),
        ("3.1.0", {"items": {"$dynamicRef": "#gone"}}, ["ref-unresolvable"]),
    ],
)
@each_row("side", ["requestBody", "responses"])
def test_schemas_have_findings_wherever_they_stand(openapi, schema, expected, side):
    message = json_body(schema)
    operation = {side: message if side == "requestBody" else {"200": message}}
    loop = {"$ref": "#/components/schemas/Loop"}
    components = {"schemas": {"Loop": loop, "Fine": {"type": "string"}}}
    document = with_webhook(operation, openapi=openapi, components=components)
    found = [code for code in codes(document) if code != "field-too-new"]
    assert found == expected


def test_a_reference_that_crosses_an_id_is_told_what_to_write():
    schema = {"$id": "https://e.com/x", "items": {"$ref": "#/components/schemas/Fine"}}
    components = {"schemas": {"Fine": {"type": "string"}}}
    operation = {"requestBody": json_body(schema)}
    (found,) = findings(with_webhook(operation, components=components))
    assert found.detail == (
        "inside a schema with an `$id`, '#/components/schemas/Fine' points into that "
        "schema, which has no such place; the document's is used"
    )


def test_references_that_lead_back_to_themselves_are_told():
    loop = {"$ref": "#/components/parameters/L"}
    document = with_webhook(
        {"parameters": [loop]}, components={"parameters": {"L": loop}}
    )
    assert codes(document) == ["ref-loop"]


def test_the_schema_of_items_is_looked_at():
    stream = {"content": {"application/jsonl": {"itemSchema": {"nullable": True}}}}
    document = with_webhook({"requestBody": stream}, openapi="3.2.0")
    assert codes(document) == ["nullable-3.1"]


LISTED = {"type": "array", "items": {}}


@each_row(
    ("parameter", "expected"),
    [
        (
            {
                "style": "deepObject",
                "schema": {"properties": {"a": {"type": "string"}}},
            },
            [],
        ),
        (
            {"style": "deepObject", "schema": {"properties": {"a": LISTED}}},
            ["deepobject-nested"],
        ),
        (
            {"style": "deepObject", "schema": {"$ref": "#/components/schemas/Nested"}},
            ["deepobject-nested"],
        ),
        (
            {"style": "deepObject", "schema": {"$ref": "#/nowhere"}},
            ["ref-unresolvable"],
        ),
        ({"style": "deepObject"}, []),
        ({"style": "form", "schema": {"properties": {"a": LISTED}}}, []),
        ({"style": "pipeDelimited", "explode": False}, []),
        ({"style": "pipeDelimited", "explode": True}, ["delimited-exploded"]),
        ({"style": "spaceDelimited", "explode": True}, ["delimited-exploded"]),
    ],
)
def test_styles_that_are_not_defined_are_told(parameter, expected):
    nested = {"properties": {"b": {"type": "object"}, "c": True}}
    document = with_webhook(
        {"parameters": [{"name": "p", "in": "query", **parameter}]},
        components={"schemas": {"Nested": nested}},
    )
    assert codes(document) == expected


@pytest.mark.parametrize(
    ("media_type", "schema", "expected"),
    [
        ("multipart/related", {"properties": {"a": {}}}, ["multipart-heuristic"]),
        ("multipart/form-data", {"properties": {"a": {}}}, []),
        ("multipart/mixed", {"type": "array", "items": {}}, []),
    ],
)
def test_parts_by_name_where_parts_have_no_names_are_told(media_type, schema, expected):
    body = {"content": {media_type: {"schema": schema}}}
    assert codes(with_webhook({"requestBody": body})) == expected


@each_row(
    ("openapi", "uri", "expected"),
    [
        ("3.1.0", "https://spec.openapis.org/oas/3.1/dialect/base", []),
        ("3.2.0", "https://spec.openapis.org/oas/3.2/dialect/2025-09-17", []),
        ("3.1.0", "https://json-schema.org/draft/2020-12/schema", []),
        ("3.1.0", "https://example.com/mine", ["dialect"]),
        ("3.0.3", "https://example.com/mine", ["field-too-new"]),
    ],
)
def test_a_dialect_that_is_not_known_is_told(openapi, uri, expected):
    document = with_webhook({}, openapi=openapi, jsonSchemaDialect=uri)
    assert codes(document) == expected


def test_merge_keys_are_told_once_with_the_first_line(tmp_path):
    path = tmp_path / "openapi.yaml"
    path.write_text(
        "openapi: 3.1.0\n"
        "x-common: &ok {responses: {'200': {}}}\n"
        "webhooks:\n"
        "  a: {post: {<<: *ok}}\n"
        "  b: {post: {<<: *ok, description: '<<'}}\n"
    )
    description = sources.describe(path)
    assert [
        (each.line, each.code, each.severity, each.detail)
        for each in lint(description, discover(description), schema_samples)
    ] == [
        (
            4,
            "yaml-merge",
            "info",
            "`<<` is used 2 times; YAML 1.2 has no merge keys, so other tools may not merge",
        )
    ]


@each_row(
    ("example", "expected"),
    [
        ({"a": 1}, []),
        ({"a": "x"}, ["example-invalid"]),
        ('{"a": 1}', ["stringified-example"]),
        ("{", ["example-invalid"]),
    ],
)
def test_examples_are_held_against_their_schema(example, expected):
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    single = json_body(schema, example=example)
    several = json_body(schema, examples={"x": {"value": example}})
    assert codes(with_webhook({"requestBody": single})) == expected
    response = {"200": {"description": "", **several}, "x-y": {}}
    assert codes(with_webhook({"responses": response})) == expected


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ({"dataValue": 1}, []),
        ({"dataValue": "x"}, ["example-invalid"]),
        ({"dataValue": 1, "serializedValue": "x"}, []),
        ({"serializedValue": "1"}, []),
        ({"serializedValue": "true"}, ["example-invalid"]),
        ({"serializedValue": "{"}, ["example-invalid"]),
        ({"externalValue": "one.json"}, []),
        ({"externalValue": "text.json"}, ["example-invalid"]),
        ({"externalValue": "gone.json"}, ["example-unreadable"]),
        ({"summary": "nothing"}, []),
    ],
)
def test_every_form_of_an_example_is_held_against_the_schema(
    tmp_path, example, expected
):
    (tmp_path / "one.json").write_text("1")
    (tmp_path / "text.json").write_text('"x"')
    path = tmp_path / "openapi.json"
    response = json_body({"type": "integer"}, examples={"e": example})
    document = with_webhook({"responses": {"200": response}})
    path.write_text(json.dumps({"openapi": "3.2.0", **document}))
    description = sources.describe(path)
    found = lint(description, discover(description), schema_samples)
    assert [each.code for each in found] == expected


@each_row(
    ("header", "expected"),
    [
        ({"schema": {"type": "integer"}, "example": 1}, []),
        ({"schema": {"type": "integer"}, "example": [1]}, ["example-invalid"]),
        ({"schema": {"type": "integer"}, "example": "1"}, []),
        ({"$ref": "#/nowhere"}, []),
    ],
)
def test_examples_of_headers_are_held_against_their_schema(header, expected):
    responses = {"200": {"headers": {"X-H": header}}}
    assert codes(with_webhook({"responses": responses})) == expected


def test_each_example_of_a_schema_that_several_refer_to_is_judged():
    """What may be absent from a request is another property than from a response."""
    schema = {
        "type": "object",
        "required": ["r", "w"],
        "properties": {"r": {"readOnly": True}, "w": {"writeOnly": True}},
    }
    shared = {"$ref": "#/components/schemas/T"}
    examples = {"r": {"r": 1}, "w": {"w": 1}, "neither": {}}
    hooks = {
        name: {
            "post": {
                "requestBody": json_body(shared, example=example),
                "responses": {
                    "200": {"description": "", **json_body(shared, example=example)}
                },
            }
        }
        for name, example in examples.items()
    }
    tree = {"webhooks": hooks, "components": {"schemas": {"T": schema}}}
    found = [each.pointer for each in findings(tree) if each.code == "example-invalid"]
    body = "content/application~1json/example"
    assert [each.partition("#/webhooks/")[2] for each in found] == [
        f"neither/post/requestBody/{body}",
        f"neither/post/responses/200/{body}",
        f"r/post/responses/200/{body}",
        f"w/post/requestBody/{body}",
    ]


def test_examples_of_what_is_no_json_are_not_judged():
    text = {"content": {"text/plain": {"schema": {}, "example": 1}}}
    assert codes(with_webhook({"responses": {"201": text}})) == []


def test_documents_have_findings_of_their_own(tmp_path):
    path = tmp_path / "openapi.yaml"
    path.write_text(
        "openapi: 3.7.0\n"
        "webhooks:\n"
        "  a: {post: {responses: {'200': {}}}}\n"
        "  b: {post: {responses: {'200': {}}}}\n"
        "  b: {additionalOperations: {POST: {}, NOTIFY: {responses: {'200': {}}}}}\n"
        "x-webhooks:\n"
        "  a: {post: {responses: {'200': {}}}}\n"
    )
    description = sources.describe(path)
    found = lint(description, discover(description), schema_samples)
    assert [(each.line, each.code, each.severity) for each in found] == [
        (1, "unknown-minor", "warning"),
        (5, "additional-op-fixed", "error"),
        (5, "yaml-dup-key", "error"),
        (7, "dup-webhook", "warning"),
    ]


@each_row(
    ("schemas", "more", "places"),
    [
        ({"A": {"$id": "urn:a"}, "B": {"$id": "urn:a"}}, {}, ["A", "B"]),
        (
            {"A": {"$id": "https://e.example/a"}, "B": {"$defs": {"a": {"$id": "https://e.example/a#"}}}},
            {},
            ["A", "B/$defs/a"],
        ),
        ({"A": {"$id": "a"}, "B": {"$id": "b"}}, {}, []),
        ({"A": {"$id": "urn:a"}, "B": {"const": {"$id": "urn:a"}}}, {}, []),
        ({"A": {"$id": "urn:a"}, "B": {"x-was": {"$id": "urn:a"}}}, {}, []),
        ({"A": {"$id": "urn:a"}, "B": {"$id": "urn:a"}}, {"openapi": "3.0.3"}, []),
    ],
)  # fmt: skip
def test_two_schemas_of_one_id_are_a_finding_with_both_places(schemas, more, places):
    document = {**with_webhook({}), **more, "components": {"schemas": schemas}}
    found = [each for each in findings(document) if each.code == "dup-id"]
    first, *others = places or [None]
    assert [each.pointer.partition("#/components/schemas/")[2] for each in found] == [
        f"{other}/$id" for other in others
    ]
    for each in found:
        assert f"openapi.json#/components/schemas/{first} too" in each.detail


def test_what_came_with_a_later_version_is_told():
    document = with_webhook({}, openapi="3.0.3")
    document["webhooks"]["event"]["query"] = {}
    assert codes(document) == ["field-too-new", "field-too-new"]


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "openapi.json"
    document = with_callback("{request.body#/url}", URL_BODY)
    text = {"openapi": "3.1.0", "info": {}, **document, **SUB}
    path.write_text(json.dumps(text, indent=1))
    return path


def run(*arguments):
    outcome = CliRunner().invoke(main, ["lint", *map(str, arguments)])
    return outcome.exit_code, outcome.output


def test_findings_are_told_with_place_and_remedy(spec):
    line = next(
        number
        for number, text in enumerate(Path(spec).read_text().splitlines(), 1)
        if "{request.body" in text
    )
    assert run(spec) == (
        0,
        (
            f"openapi.json:{line}:7: warning expr-missing-dollar: 'request.body#/url': "
            "an expression starts with '$'\n"
            "    at openapi.json#/paths/~1s/post/callbacks/event/%7Brequest.body%23~1url%7D\n"
            "    write $request.body#/url\n"
            "1 warning\n"
        ),
    )


def test_findings_can_fail_the_run(spec):
    assert run(spec, "--fail-on", "warning")[0] == 1
    assert run(spec, "--fail-on", "never")[0] == 0


def test_findings_are_written_as_json(spec):
    code, output = run(spec, "--format", "json")
    (record,) = json.loads(output)["findings"]
    assert (code, sorted(record)) == (
        0,
        sorted(
            [
                "code",
                "severity",
                "detail",
                "instead",
                "document",
                "pointer",
                "line",
                "column",
            ]
        ),
    )


def test_findings_are_written_as_annotations(spec):
    _, output = run(spec, "--format", "github")
    assert output.startswith("::warning file=openapi.json,line=")
    assert output.endswith("(write $request.body#/url)\n")


def test_a_clean_document_has_no_findings(tmp_path):
    path = tmp_path / "clean.json"
    path.write_text(json.dumps({"openapi": "3.1.0", **with_webhook({})}))
    assert run(path) == (0, "no findings\n")


def test_findings_are_values():
    document = with_webhook({"servers": [{"url": "/"}]})
    assert findings(document) == (
        Finding(
            code="servers-on-callback",
            severity="info",
            detail="a webhook goes to the URL that was registered; servers only add URLs "
            "that it is recognised at",
            pointer="openapi.json#/webhooks/event/post/servers",
            document="openapi.json",
        ),
    )


@each_row("properties", [1.5, [], "x", None, True])
def test_properties_that_are_no_object_document_no_member(properties):
    body = {"content": {"application/json": {"schema": {"properties": properties}}}}
    callbacks = {"paid": {"{$request.body#/url}": {"post": {"responses": {}}}}}
    operation = {"requestBody": body, "callbacks": callbacks, "responses": {}}
    found = findings({"paths": {"/a": {"post": operation}}})
    assert found


@each_row(
    "beside",
    [
        {"properties": {"z": {"$ref": "none.json"}}},
        {"allOf": [{"$ref": "#/nowhere"}]},
        {"maxLength": "x"},
        {"required": ["z"], "additionalProperties": False, "properties": {}},
        {"type": "object", "enum": [1]},
    ],
)
def test_what_is_beside_a_reference_in_3_0_is_ignored_and_nothing_more(beside):
    schema = {"$ref": "#/components/schemas/X", **beside}
    body = {"content": {"application/json": {"schema": schema}}}
    webhooks = with_webhook({"requestBody": body})["webhooks"]
    document = {
        "openapi": "3.0.3",
        "paths": {},
        "x-webhooks": webhooks,
        "components": {"schemas": {"X": {"type": "object"}}},
    }
    assert set(codes(document)) <= {"ref-siblings"}


def test_fault_4_3_what_cannot_be_answered_is_a_finding_of_lint(tmp_path):
    schema = {"allOf": [{"const": 1}, {"const": 2}]}
    response = {
        "description": "d",
        "content": {"application/json": {"schema": schema}},
        "headers": {"X-Never": {"required": True, "schema": {"not": {}}}},
    }
    responses = {"200": response}
    path = tmp_path / "never.json"
    document = {"openapi": "3.1.0", **with_webhook({"responses": responses})}
    path.write_text(json.dumps(document))
    _, output = run(path, "--format", "json")
    assert [
        (each["code"], each["pointer"].partition("/responses/200")[2])
        for each in json.loads(output)["findings"]
    ] == [
        ("no-sample", "/content/application~1json/schema"),
        ("no-sample", "/headers/X-Never/schema"),
    ]
