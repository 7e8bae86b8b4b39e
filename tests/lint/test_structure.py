import pytest

from tests.support.findings import (
    OK,
    OPERATION,
    findings,
    found,
    json_body,
    with_body,
    with_webhook,
)
from tests.support.rows import each_row

KEY = "{$request.query.u}"
QUERY = {"parameters": [{"name": "u", "in": "query", "schema": {"type": "string"}}]}


def path(**fields):
    return {"paths": {"/a": {"post": {**OPERATION, **QUERY, **fields}}}}


def called_back(item):
    return path(callbacks={"paid": {KEY: item}})


NOTHING = ("nothing-to-receive", "")


def test_an_extension_among_webhooks_or_callbacks_is_no_broken_one():
    marks = {"x-sdk-exclude": True, "x-tags": ["a"], "x-note": "internal"}
    webhooks = {**marks, "paid": {"post": OPERATION}}
    callbacks = {**marks, "paid": {KEY: {"post": OPERATION}}}
    for document in (
        {"webhooks": webhooks},
        {"x-webhooks": webhooks},
        path(callbacks=callbacks),
    ):
        assert found(document) == []


AT_KEY = "/paths/~1a/post/callbacks/paid/%7B$request.query.u%7D"


@each_row(
    ("document", "expected"),
    [
        ({"webhooks": []}, ("wrong-type", "/webhooks")),
        ({"webhooks": None}, ("wrong-type", "/webhooks")),
        ({"x-webhooks": "all"}, ("wrong-type", "/x-webhooks")),
        ({"paths": []}, ("wrong-type", "/paths")),
        ({"components": []}, ("wrong-type", "/components")),
        (
            {"components": {"callbacks": 1}},
            ("wrong-type", "/components/callbacks"),
        ),
        ({"webhooks": {"a": 1}}, ("wrong-type", "/webhooks/a")),
        ({"webhooks": {"a": []}}, ("wrong-type", "/webhooks/a")),
        ({"webhooks": {"a": {"post": 1}}}, ("wrong-type", "/webhooks/a/post")),
        ({"webhooks": {"a": {}}}, ("no-operation", "/webhooks/a")),
        (
            {"webhooks": {"post": OPERATION}},
            ("webhook-name-missing", "/webhooks/post"),
        ),
        (
            {"webhooks": {"a": {"POST": OPERATION}}},
            ("misspelt-field", "/webhooks/a/POST"),
        ),
        (
            {"webhooks": {"a": {"pots": OPERATION}}},
            ("misspelt-field", "/webhooks/a/pots"),
        ),
        ({"webhook": {"a": {"post": OPERATION}}}, ("misspelt-field", "/webhook")),
        ({"webHooks": {"a": {"post": OPERATION}}}, ("misspelt-field", "/webHooks")),
        ({"web-hooks": {"a": {"post": OPERATION}}}, ("misspelt-field", "/web-hooks")),
        ({"x-webhook": {"a": {"post": OPERATION}}}, ("misspelt-field", "/x-webhook")),
        ({"callbacks": {"a": {}}}, ("misplaced-field", "/callbacks")),
        (
            {"components": {"webhooks": {"a": {}}}},
            ("misplaced-field", "/components/webhooks"),
        ),
        (
            {"components": {"callback": {"a": {}}}},
            ("misspelt-field", "/components/callback"),
        ),
        (
            {"paths": {"webhooks": {"w": {"post": OPERATION}}}},
            ("misplaced-field", "/paths/webhooks"),
        ),
        (
            {"paths": {"callbacks": {"w": {"post": OPERATION}}}},
            ("misplaced-field", "/paths/callbacks"),
        ),
        *(
            (document, ("misplaced-field", where))
            for document, where in (
                ({"info": {"webhooks": {}}}, "/info/webhooks"),
                ({"paths": {"/a": {"callbacks": {}}}}, "/paths/~1a/callbacks"),
                (path(**{"x-callbacks": {}}), "/paths/~1a/post/x-callbacks"),
                (
                    path(responses={"callbacks": {}}),
                    "/paths/~1a/post/responses/callbacks",
                ),
                (
                    path(responses={"200": {"callbacks": {}}}),
                    "/paths/~1a/post/responses/200/callbacks",
                ),
                (
                    path(requestBody={"content": {}, "callbacks": {}}),
                    "/paths/~1a/post/requestBody/callbacks",
                ),
            )
        ),
        (path(callbacks=[]), ("wrong-type", "/paths/~1a/post/callbacks")),
        (path(callbacks="x"), ("wrong-type", "/paths/~1a/post/callbacks")),
        (
            path(callbacks={"paid": 1}),
            ("wrong-type", "/paths/~1a/post/callbacks/paid"),
        ),
        (
            path(callbacks={"paid": {}}),
            ("no-operation", "/paths/~1a/post/callbacks/paid"),
        ),
        (called_back(1), ("wrong-type", AT_KEY)),
        (called_back({}), ("no-operation", AT_KEY)),
        (called_back({"POST": OPERATION}), ("misspelt-field", AT_KEY + "/POST")),
        (called_back({"post": []}), ("wrong-type", AT_KEY + "/post")),
        (
            path(callback={"paid": {KEY: {"post": OPERATION}}}),
            ("misspelt-field", "/paths/~1a/post/callback"),
        ),
        (
            path(callBacks={"paid": {KEY: {"post": OPERATION}}}),
            ("misspelt-field", "/paths/~1a/post/callBacks"),
        ),
        (
            path(webhooks={"paid": {"post": OPERATION}}),
            ("misplaced-field", "/paths/~1a/post/webhooks"),
        ),
        (
            {"paths": {"/a": {"POST": {"callbacks": {"paid": {}}}}}},
            ("misspelt-field", "/paths/~1a/POST"),
        ),
        ({"Paths": {"/a": {}}}, ("misspelt-field", "/Paths")),
        ({"paths": {"/a": None}}, ("wrong-type", "/paths/~1a")),
        ({"paths": {"/a": {"post": []}}}, ("wrong-type", "/paths/~1a/post")),
        (
            path(callbacks={"$ref": "#/components/callbacks"}),
            ("wrong-type", "/paths/~1a/post/callbacks/$ref"),
        ),
        (
            path(callbacks={"paid": {"more": {KEY: {"post": OPERATION}}}}),
            ("no-operation", "/paths/~1a/post/callbacks/paid/more"),
        ),
        (called_back({"methods": {"post": OPERATION}}), ("no-operation", AT_KEY)),
    ],
    ids=str,
)
def test_what_keeps_an_operation_from_being_found_is_a_finding(document, expected):
    """Fault 1.3."""
    assert expected in found(document)
    assert NOTHING in found(document)


@each_row(
    "document",
    [
        {"paths": {"/a": {"get": OPERATION}}},
        {"paths": {"/a": {"x-hooks": {"callbacks": 1}}}},
        {"x-webhooks": {}, "x-webhook-secret": {}, "x-anything": []},
        {"tags": [], "definitions": {}, "components": {"schemas": {}}},
    ],
    ids=str,
)
def test_a_document_of_ordinary_paths_has_nothing_to_receive_alone(document):
    assert found(document) == [NOTHING]


def body(**fields):
    return {"requestBody": fields}


@each_row(
    ("operation", "expected"),
    [
        ({"requestBody": []}, [("wrong-type", "/requestBody")]),
        ({"parameters": {}}, [("wrong-type", "/parameters")]),
        ({"parameters": [1]}, [("wrong-type", "/parameters/0")]),
        ({"security": {}}, [("wrong-type", "/security")]),
        (
            {"operationId": 7},
            [("wrong-type", "/operationId"), ("yaml-1.1", "/operationId")],
        ),
        ({"requestbody": {}}, [("misspelt-field", "/requestbody")]),
        ({"produces": []}, [("unknown-field", "/produces")]),
        (body(), [("missing-field", "/requestBody")]),
        (
            body(schema={"type": "object"}),
            [
                ("missing-field", "/requestBody"),
                ("misplaced-field", "/requestBody/schema"),
            ],
        ),
        (body(content=[]), [("wrong-type", "/requestBody/content")]),
        (
            body(content={"a/b": 1}),
            [("wrong-type", "/requestBody/content/a~1b")],
        ),
        (
            body(content={"a/b": {"schema": "string"}}),
            [("wrong-type", "/requestBody/content/a~1b/schema")],
        ),
        (
            body(content={"a/b": {"type": "object"}}),
            [("misplaced-field", "/requestBody/content/a~1b/type")],
        ),
        (
            body(content={"a/b": {}}, required="yes"),
            [("wrong-type", "/requestBody/required")],
        ),
        (
            {"parameters": [{"name": "q", "in": "body", "schema": {}}]},
            [("parameter-location", "/parameters/0")],
        ),
        (
            {"parameters": [{"name": "q", "in": "query", "type": "string"}]},
            [("misplaced-field", "/parameters/0/type")],
        ),
        (
            {"parameters": [{"schema": {}}]},
            [("missing-field", "/parameters/0")] * 2,
        ),
        (
            {"responses": {"200": {"description": "ok", "schema": {"type": "object"}}}},
            [("misplaced-field", "/responses/200/schema")],
        ),
        (
            body(content={"json": {}}),
            [("media-type-name", "/requestBody/content/json")],
        ),
        (body(content={"*": {}}), [("media-type-name", "/requestBody/content/*")]),
        (
            {"responses": {**OK, "20": {}, "600": {}, "ok": {}}},
            [("status-name", f"/responses/{code}") for code in ("20", "600", "ok")],
        ),
        (
            body(
                content={
                    "multipart/form-data": {
                        "schema": {"properties": {"file": {"type": "string"}}},
                        "encoding": {"file": {}, "fil": {}},
                    }
                }
            ),
            [
                (
                    "encoding-property",
                    "/requestBody/content/multipart~1form-data/encoding/fil",
                )
            ],
        ),
        ({"responses": {"200": "ok"}}, [("wrong-type", "/responses/200")]),
        (
            {"responses": {"200": {"type": "object", "properties": {}}}},
            [
                ("misplaced-field", "/responses/200/type"),
                ("misplaced-field", "/responses/200/properties"),
            ],
        ),
    ],
    ids=str,
)
def test_what_keeps_a_part_of_an_operation_from_being_read_is_a_finding(
    operation, expected
):
    listed = found(with_webhook(operation))
    wanted = [(code, "/webhooks/event/post" + pointer) for code, pointer in expected]
    assert sorted(listed) == sorted(wanted)


def test_a_list_of_responses_is_of_the_wrong_type():
    listed = found(with_webhook({"responses": ["200"]}))
    assert ("wrong-type", "/webhooks/event/post/responses") in listed


def test_an_object_that_is_referred_to_is_looked_at_once():
    components = {"requestBodies": {"B": {"schema": {}}}}
    operation = {
        "post": {**OPERATION, "requestBody": {"$ref": "#/components/requestBodies/B"}}
    }
    document = {"webhooks": {"a": operation, "b": operation}, "components": components}
    assert found(document) == [
        ("misplaced-field", "/components/requestBodies/B/schema"),
        ("missing-field", "/components/requestBodies/B"),
    ]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"webhooks": {"true": {"post": OPERATION}}}, "/webhooks/true"),
        ({"webhooks": {"False": {"post": OPERATION}}}, "/webhooks/False"),
        (
            path(callbacks={"false": {KEY: {"post": OPERATION}}}),
            "/paths/~1a/post/callbacks/false",
        ),
    ],
)
def test_a_name_that_yaml_1_1_makes_of_a_word_is_a_finding(document, pointer):
    assert found(document) == [("yaml-1.1", pointer)]


SCHEMA = "/webhooks/event/post/requestBody/content/application~1json/schema"


@each_row(
    ("schema", "expected"),
    [
        ({"properties": {"true": {"type": "boolean"}}}, "/properties/true"),
        ({"required": [True]}, "/required/0"),
        ({"required": [750]}, "/required/0"),
        ({"enum": [False, "SE"]}, "/enum/0"),
    ],
)
def test_a_text_that_yaml_1_1_has_rewritten_is_a_finding(schema, expected):
    assert ("yaml-1.1", SCHEMA + expected) in found(with_body(schema))


@each_row(
    "schema",
    [
        {"enum": [True, False, "auto"]},
        {"enum": [True, False]},
        {"enum": [1, "a"]},
        {"properties": {"truth": {}}},
    ],
)
def test_other_names_and_values_are_not_taken_for_rewritten(schema):
    assert found(with_body(schema)) == []


@pytest.mark.parametrize("combiner", ["allOf", "anyOf", "oneOf"])
def test_a_schema_that_applies_itself_without_an_end_is_one_finding(combiner):
    ref = "#/components/schemas/"
    schemas = {
        "A": {combiner: [{"$ref": ref + "B"}]},
        "B": {combiner: [{"type": "object"}, {"$ref": ref + "A"}]},
        "C": {"properties": {"again": {"$ref": ref + "C"}}},
    }
    document = with_body({"$ref": ref + "A"}, components={"schemas": schemas})
    assert found(document) == [("schema-loop", "/components/schemas/A")]
    recursive = with_body({"$ref": ref + "C"}, components={"schemas": schemas})
    assert found(recursive) == []


@each_row(
    "schema",
    [
        {"nullable": "true"},
        {"readOnly": "yes"},
        {"properties": ["a"]},
        {"allOf": {}},
        {"oneOf": []},
        {"items": "string"},
        {"additionalProperties": "false"},
        {"format": 1},
        {"discriminator": "kind"},
        {"discriminator": {"mapping": {}}},
        {"minLength": "1"},
        {"$ref": 1},
    ],
    ids=str,
)
def test_a_keyword_with_a_value_of_the_wrong_type_is_a_finding(schema):
    assert ("keyword-malformed", SCHEMA) in found(with_body({**schema, "title": "T"}))


@each_row(
    ("schema", "expected"),
    [
        ({"type": "object", "requierd": ["a"]}, ("keyword-unknown", "/requierd")),
        ({"type": "string", "maxlenght": 1}, ("keyword-unknown", "/maxlenght")),
        ({"type": "string", "MAXLENGTH": 1}, ("keyword-unknown", "/MAXLENGTH")),
        (
            {"type": "object", "name": {"type": "string"}},
            ("keyword-unknown", "/name"),
        ),
        ({"def": {}, "vendor": "zod"}, ("schema-without-keywords", "")),
        (
            {"properties": {"a": {"vendor": "zod"}}},
            ("schema-without-keywords", "/properties/a"),
        ),
    ],
    ids=str,
)
def test_keywords_that_no_dialect_has_are_findings(schema, expected):
    """Fault 6.3."""
    code, pointer = expected
    assert found(with_body(schema)) == [(code, SCHEMA + pointer)]


@each_row(
    ("name", "instead"),
    [
        ("maxlenght", "maxLength"),
        ("min_length", "minLength"),
        ("additionalproperties", "additionalProperties"),
        ("one_of", "oneOf"),
        ("tpye", "type"),
        ("min", "minimum"),
        ("note", None),
        ("vendor", None),
    ],
)
def test_an_unknown_keyword_names_the_one_that_was_intended(name, instead):
    (only,) = findings(with_body({"title": "T", name: 1}))
    assert only.instead == instead


@each_row(
    "schema",
    [
        {},
        {"x-anything": 1},
        {"description": "any"},
        {"properties": {"maxlenght": {"type": "string"}}},
        {"$defs": {"a": {}}, "definitions": {"a": {}}, "$comment": "", "$id": "a"},
        {"dependencies": {"a": ["b"]}, "items": [{}], "additionalItems": False},
        {"contentEncoding": "base64", "contentMediaType": "a/b"},
    ],
    ids=str,
)
def test_what_some_dialect_knows_is_no_finding(schema):
    assert found(with_body(schema)) == []


def test_a_body_that_lies_behind_a_response_is_looked_at_too():
    response = {"200": {"description": "ok", **json_body({"vendor": "zod"})}}
    assert [code for code, _ in found(with_webhook({"responses": response}))] == [
        "schema-without-keywords"
    ]


def test_a_webhook_that_is_shaped_like_a_callback_has_keys_and_no_unknown_fields():
    item = {"post": {**OPERATION, "requestbody": {}}}
    document = {"x-webhooks": {"paid": {"{$request.body#/url}": item}}}
    (only,) = findings(document)
    assert (only.code, only.instead) == ("misspelt-field", "requestBody")


@pytest.mark.parametrize("operation", [{"description": "d"}, {"tags": []}, OPERATION])
def test_a_method_in_place_of_a_key_is_an_operation_whatever_it_has(operation):
    codes = [code for code, _ in found(path(callbacks={"paid": {"post": operation}}))]
    assert "key-missing" in codes
    assert "no-operation" not in codes


def test_a_webhook_without_a_method_says_so():
    (lacking, *_) = (
        each
        for each in findings({"webhooks": {"paid": OPERATION}})
        if each.code == "no-operation"
    )
    assert lacking.detail == (
        "the webhook 'paid' has no operation, so nothing is served; is the method "
        "missing above `requestBody` and `responses`?"
    )


def test_a_level_too_many_above_a_key_names_the_key():
    document = path(callbacks={"paid": {"more": {KEY: {"post": OPERATION}}}})
    (lacking,) = (each for each in findings(document) if each.code == "no-operation")
    assert lacking.detail == (
        "the key 'more' of 'paid' has no operation, so nothing is served; "
        "'{$request.query.u}' is a level too deep for a key"
    )


def test_an_extension_of_paths_is_no_path():
    assert found({"paths": {"x-order": ["/a"]}}) == [NOTHING]


def test_a_reference_that_is_no_text_is_of_the_wrong_type():
    assert ("wrong-type", "/webhooks/a/$ref") in found({"webhooks": {"a": {"$ref": 5}}})


@each_row(
    ("example", "code", "pointer"),
    [
        ({"externalValue": "lost.json"}, "example-unreadable", "/externalValue"),
        ({"externalValue": "https://e.test/x"}, "example-unreadable", "/externalValue"),
        ({"$ref": "#/components/examples/Lost"}, "ref-unresolvable", ""),
    ],
)
@each_row("media_type", ["application/json", "text/csv"])
def test_an_example_that_cannot_be_read_is_a_finding(
    example, code, pointer, media_type
):
    content = {media_type: {"schema": {}, "examples": {"a": example}}}
    key = media_type.replace("/", "~1")
    where = f"/webhooks/event/post/requestBody/content/{key}/examples/a{pointer}"
    assert found(with_webhook(body(content=content))) == [(code, where)]


@each_row(
    ("field", "value"),
    [
        ("parameters", {"name": "u", "in": "query"}),
        ("requestBody", []),
        ("responses", ["200"]),
    ],
)
def test_what_an_expression_may_read_is_a_finding_if_its_type_is_wrong(field, value):
    operation = {"callbacks": {"e": {"{$url}": {"post": OPERATION}}}, field: value}
    document = {"paths": {"/s": {"post": operation}, "/t": {"post": {field: value}}}}
    assert found(document) == [("wrong-type", f"/paths/~1s/post/{field}")]
