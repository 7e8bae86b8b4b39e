import json

import pytest
from cbmock.http import media_types
from cbmock.http.messages import Headers, Response
from cbmock.mock.responses.documented import (
    ANY,
    NO_CONTENT,
    ResponseSelection,
    UnknownExample,
    UnknownStatus,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.mocks import answering
from tests.support.rows import each_row

JSON = "application/json"


def content(media_type=JSON, **fields):
    return {"description": "d", "content": {media_type: fields}}


def body(value):
    return content(example=value)


def read(response):
    """Return status and JSON body."""
    return response.status, json.loads(response.body)


def answered(**fields):
    """Return what is answered with such a Media Type Object."""
    response = answering({"200": content(**fields)}).success()
    assert response.headers["content-type"] == JSON
    return json.loads(response.body)


def with_headers(headers, **others):
    response = answering(
        {"200": {"description": "d", "headers": headers}}, **others
    ).success()
    return [pair for pair in response.headers if pair[0] != "content-length"]


# --- which response ---------------------------------------------------------------------

A, B, C = body("A"), body("B"), body("C")


@each_row(
    ("responses", "expected"),
    [
        pytest.param({"200": A, "2XX": B, "default": C}, (200, "A"), id="7a"),
        pytest.param({"404": B, "default": A}, (200, "A"), id="7b"),
        ({"202": A, "204": B}, (202, "A")),
        ({"204": B, "201": A}, (201, "A")),
        ({"2XX": B, "299": A}, (299, "A")),
        ({"2XX": A, "default": B}, (200, "A")),
        ({"2xx": A}, (200, "A")),
        ({"400": B, "2²0": C, "20": C, "2000": C, "x-2": C, "default": A}, (200, "A")),
    ],
)
def test_the_lowest_success_is_answered(responses, expected):
    assert read(answering(responses).success()) == expected


@each_row("responses", [{"404": A}, {}, None, [], {"x-y": A}, {"3XX": A, "100": A}])
def test_without_a_documented_success_there_is_no_content(responses):
    assert answering(responses).success() == NO_CONTENT == Response(204)


@each_row(
    ("status", "expected"),
    [(200, (200, "A")), (202, (202, "B")), (404, (404, "C")), (599, (599, "C"))],
)
def test_a_forced_status_is_answered_by_its_code_its_range_or_default(status, expected):
    documented = answering({"200": A, "2XX": B, "default": C}).documented(status)
    assert read(documented) == expected


def test_a_status_that_is_not_documented_is_none():
    assert answering({"200": A}).documented(404) is None


@each_row(
    ("responses", "status", "expected"),
    [
        ({"422": A, "400": B, "default": C}, 415, (422, "A")),
        ({"422": A, "415": B}, 415, (415, "B")),
        ({"400": A, "4XX": B}, 422, (400, "A")),
        ({"4XX": A, "default": B}, 401, (401, "A")),
        ({"200": B, "default": A}, 401, (401, "A")),
    ],
)
def test_a_refusal_is_the_documented_error_that_comes_closest(
    responses, status, expected
):
    assert read(answering(responses).refusal(status)) == expected


def test_a_refusal_that_is_not_documented_is_none():
    assert answering({"200": A, "500": B}).refusal(422) is None


def test_an_answer_is_built_once():
    responses = answering({"200": A})
    assert responses.success() is responses.success()
    assert responses.documented(200) is responses.documented(200)


# --- without a body ---------------------------------------------------------------------


@each_row("status", ["204", "205", "304", "103"])
def test_what_has_no_content_is_sent_none(status):
    assert answering({status: A}).documented(int(status)) == Response(int(status))


def test_7c_a_documented_204_is_empty_although_it_has_content():
    headers = {"X-A": {"example": 1}}
    response = answering({"204": {**A, "headers": headers}}).success()
    assert response == Response(204, Headers.of([("X-A", "1")]))


@each_row(
    "response",
    [
        {"description": "d"},
        {"description": "d", "content": {}},
        None,
        "text",
    ],
)
def test_a_response_without_content_is_empty(response):
    expected = Response(200, Headers.of([("content-length", "0")]))
    assert answering({"200": response}).success() == expected


@each_row(
    ("key", "body"),
    [
        (JSON, b"{}"),
        ("application/problem+json", b"{}"),
        ("application/xml", b"<value />"),
        ("application/jsonl", b"{}\n"),
        ("application/json-seq", b"\x1e{}\n"),
        ("text/event-stream", b"data: {}\n\n"),
        ("text/plain", b"string"),
        ("image/png", b"string"),
    ],
)
def test_content_that_nothing_is_known_of_can_be_read(key, body):
    responses = answering({"200": content(key)})
    assert (responses.success().status, responses.success().body) == (200, body)
    assert responses.default()[1] == ()


NOWHERE = {"$ref": "#/nowhere"}
IMPOSSIBLE = {"schema": {"allOf": [{"const": 1}, {"const": 2}]}}
NO_VALUE = "`const` is both 1 and 2"
NO_TARGET = "has no target: nothing is at 'nowhere'"


@each_row(
    ("responses", "status", "body", "reason"),
    [
        pytest.param({"200": NOWHERE}, 204, b"", NO_TARGET, id="a response"),
        pytest.param(
            {"200": {"content": {JSON: NOWHERE}}},
            204,
            b"",
            NO_TARGET,
            id="a media type",
        ),
        pytest.param(
            {"200": content(schema=NOWHERE)}, 204, b"", NO_TARGET, id="a schema"
        ),
        pytest.param(
            {"200": content(schema=False)}, 204, b"", "leave none", id="false"
        ),
        pytest.param(
            {"200": content(**IMPOSSIBLE)}, 204, b"", NO_VALUE, id="fault 4.3: no value"
        ),
        pytest.param(
            {"200": content(**IMPOSSIBLE), "204": A}, 204, b"", NO_VALUE, id="204"
        ),
        pytest.param(
            {"200": content(**IMPOSSIBLE), "202": content(example=7)},
            202,
            b"7",
            NO_VALUE,
            id="another success",
        ),
        pytest.param(
            {"200": content(**IMPOSSIBLE), "4xx": content(example=7)},
            204,
            b"",
            NO_VALUE,
            id="never an error",
        ),
        pytest.param(
            {"default": content(**IMPOSSIBLE)}, 204, b"", NO_VALUE, id="default"
        ),
    ],
)
def test_what_cannot_be_generated_is_a_warning_and_another_answer(
    responses, status, body, reason
):
    response, (violation,) = answering(responses).default()
    assert (response.status, response.body) == (status, body)
    assert (violation.code, violation.severity, violation.location) == (
        "response-not-generated",
        "warning",
        "delivery",
    )
    assert reason in violation.detail
    assert f"the mock answers {status}" in violation.detail


@pytest.mark.parametrize(
    "others",
    [
        {"oneOf": [NOWHERE, {"const": 7}]},
        {"anyOf": [{"allOf": [NOWHERE]}, {"const": 7}]},
        {"oneOf": [{"$ref": "#/components/schemas/Lost"}, {"const": 7}]},
    ],
)
def test_alternatives_that_cannot_be_read_leave_the_others(others):
    responses = answering(
        {"200": content(schema={"type": "object", "required": ["a"], "properties": {"a": others}})},
        components={"schemas": {"Lost": {"$ref": "lost.json"}}},
    )  # fmt: skip
    assert read(responses.success()) == (200, {"a": 7})
    assert responses.default()[1] == ()


@pytest.mark.parametrize(
    "schema", [NOWHERE, {"allOf": [NOWHERE]}, {"$ref": "#/components/schemas/Lost"}]
)
def test_the_reference_that_keeps_an_answer_from_being_generated_is_named(schema):
    responses = answering(
        {"200": content(schema=schema)}, components={"schemas": {"Lost": NOWHERE}}
    )
    (violation,) = responses.default()[1]
    assert ": $ref '#/nowhere' has no target" in violation.detail
    assert "openapi.json#/" in violation.detail


def test_another_media_type_is_answered_where_the_first_has_no_value():
    media_types = {JSON: IMPOSSIBLE, "text/plain": {"example": "ok"}}
    responses = answering({"200": {"content": media_types}})
    assert responses.success().headers["content-type"] == "text/plain"
    assert responses.default()[1] == ()
    answer = responses.answer(ANY, "application/json")
    assert (answer.response.status, len(answer.violations)) == (204, 1)


@pytest.mark.parametrize("status", ["200", "204", "default"])
def test_a_required_header_without_a_value_is_a_warning(status):
    headers = {
        "X-Never": {"required": True, **IMPOSSIBLE},
        "X-Perhaps": {"schema": {"enum": [1], "type": "string"}},
        "X-Lost": {"required": True, "schema": NOWHERE},
        "X-Fine": {"required": True, "schema": {"const": "a"}},
    }
    responses = answering({status: {"description": "d", "headers": headers}})
    response, violations = responses.default()
    assert response.headers.get("x-fine") == "a"
    assert [(each.code, each.name, each.detail) for each in violations] == [
        (
            "response-not-generated",
            "X-Never",
            (
                "the documented header X-Never cannot be generated and is left out: "
                f"{NO_VALUE}"
            ),
        )
    ]
    assert [
        (each.code, each.pointer.rpartition("/headers/")[2])
        for each in responses.findings
    ] == [("no-sample", "X-Never/schema")]


def test_a_status_that_is_selected_stays_and_says_that_its_body_is_missing():
    answer = answering({"200": content(**IMPOSSIBLE)}).answer(
        ResponseSelection(status=200)
    )
    assert (answer.response.status, answer.response.body) == (200, b"")
    assert [each.detail for each in answer.violations] == [
        (
            "the documented 200 response cannot be generated, the mock answers an empty "
            f"body: {NO_VALUE}"
        )
    ]


@each_row("version", ["3.0.3", "3.1.0", "3.2.0"])
@each_row(
    "media_type",
    [
        {"example": "<a b='1'/>"},
        {"example": "<a b='1'/>", "schema": {"type": "object"}},
        {"example": "<a b='1'/>", "schema": {"type": "string"}},
        {"examples": {"x": {"value": "<a b='1'/>"}}, "schema": {"type": "object"}},
        {"schema": {"type": "object", "example": "<a b='1'/>"}},
        {"schema": {"type": "string", "example": "<a b='1'/>"}},
        {"schema": {"$ref": "#/components/schemas/X"}},
        {"schema": {"allOf": [{"$ref": "#/components/schemas/X"}]}},
    ],
)
@each_row("key", ["application/xml", "text/xml", "application/soap+xml; charset=utf-8"])
def test_fault_4_1_a_text_example_of_xml_is_the_content(version, media_type, key):
    x = {"type": "object", "example": "<a b='1'/>"}
    responses = answering(
        {"200": content(key, **media_type)},
        version=version,
        components={"schemas": {"X": x}},
    )
    response, violations = responses.default()
    assert (response.body, response.headers["content-type"]) == (b"<a b='1'/>", key)
    assert violations == ()


ITEM = {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}}


@each_row(
    ("media_type", "lines"),
    [
        ({"example": [{"a": 1}, {"a": 2}]}, ['{"a": 1}', '{"a": 2}']),
        ({"example": '{"a":1}\n{"a":2}\n'}, ['{"a":1}', '{"a":2}']),
        ({"itemSchema": ITEM}, ['{"a": 1}']),
        ({"itemSchema": ITEM, "example": [{"a": 2}]}, ['{"a": 2}']),
        ({"schema": {"type": "array", "minItems": 2, "items": ITEM}}, ['{"a": 1}'] * 2),
        ({"example": {"a": 1}}, ['{"a": 1}']),
        ({"schema": {"type": "array", "items": ITEM}}, ['{"a": 1}']),
        ({"schema": {"type": "array", "maxItems": 0}}, []),
        ({"schema": {"type": "array"}}, ["{}"]),
        ({"schema": {"type": "array", "items": False}}, []),
        ({"schema": {"type": "array", "items": {"allOf": [{"const": 1}, False]}}}, []),
    ],
)
@each_row("key", ["application/jsonl", "application/x-ndjson"])
def test_fault_4_2_sequences_are_framed(key, media_type, lines):
    responses = answering({"200": content(key, **media_type)}, version="3.2.0")
    assert responses.success().body.decode() == "".join(f"{each}\n" for each in lines)


@each_row(
    ("key", "schema", "sent"),
    [
        ("application/*", {"type": "string"}, "application/json"),
        ("application/*", {"type": "object"}, "application/json"),
        ("text/*", {"type": "object"}, "text/plain"),
        ("text/*", {"type": "string"}, "text/plain"),
        ("image/*", {"type": "string"}, "image/png"),
        ("application/*+json", {"type": "string"}, "application/example+json"),
        ("application/*+xml", {"type": "object"}, "application/example+xml"),
        ("multipart/*", {"type": "object"}, "multipart/form-data"),
        ("font/*", {"type": "string"}, "font/example"),
        ("*/*", {"type": "string"}, "text/plain"),
        ("*/*", {"type": "string", "format": "binary"}, "application/octet-stream"),
        (
            "application/*",
            {"$ref": "#/components/schemas/F"},
            "application/octet-stream",
        ),
        ("image/*", {"type": "string", "format": "binary"}, "image/png"),
    ],
)
def test_fault_4_7_a_range_is_answered_with_a_type_within_it(key, schema, sent):
    components = {"schemas": {"F": {"type": "string", "format": "binary"}}}
    responses = answering({"200": content(key, schema=schema)}, components=components)
    response = responses.success()
    essence = response.headers["content-type"].partition(";")[0]
    assert essence == sent
    assert media_types.specificity(key, media_types.parse(essence)) > 0


def test_a_response_is_followed_to_where_it_stands():
    responses = answering(
        {"200": {"$ref": "#/components/responses/R"}},
        components={
            "responses": {"R": {"content": {JSON: {"$ref": "#/components/x/M"}}}},
            "x": {"M": {"examples": {"e": {"$ref": "#/components/examples/E"}}}},
            "examples": {"E": {"value": 5}},
        },
    )
    assert read(responses.success()) == (200, 5)


# --- the body ---------------------------------------------------------------------------

INTEGER = {"type": "integer", "example": 3, "default": 4, "minimum": 2}


@each_row(
    ("media_type", "expected"),
    [
        pytest.param({"examples": {"a": {"value": 1}, "b": {"value": 2}}}, 1, id="7d"),
        ({"example": 1, "examples": {"a": {"value": 2}}}, 2),
        ({"example": 1, "examples": {"a": {"summary": "none"}}}, 1),
        ({"example": 1, "examples": {"a": {"$ref": "#/nowhere"}}}, 1),
        ({"example": 1, "examples": {"a": {"externalValue": "./none.json"}}}, 1),
        ({"example": 1, "examples": ["a"]}, 1),
        ({"example": None}, None),
        ({"example": False, "schema": INTEGER}, False),
        ({"schema": INTEGER | {"examples": [9, 8]}}, 9),
        ({"schema": INTEGER}, 3),
        ({"schema": {"type": "integer", "default": 4}}, 4),
        ({"schema": {"const": None}}, None),
        ({"schema": {"enum": ["a", "b"]}}, "a"),
        ({"schema": {"type": "integer", "minimum": 2}}, 2),
        ({"schema": INTEGER | {"example": "wrong", "default": "wrong"}}, 2),
    ],
)
def test_a_body_is_the_first_of_what_the_document_says(media_type, expected):
    assert answered(**media_type) == expected


def test_7d_an_example_may_be_asked_for_by_name():
    responses = answering(
        {"200": content(examples={"a": {"value": 1}, "b": {"value": 2}})}
    )
    assert read(responses.answer(ResponseSelection(example="b")).response) == (200, 2)
    with pytest.raises(UnknownExample) as caught:
        responses.answer(ResponseSelection(status=200, example="c"))
    assert caught.value == UnknownExample("c", ("a", "b"))
    assert caught.value.message == "no example is named 'c'. Use one of: 'a', 'b'."


@pytest.mark.parametrize("status", [200, 204])
def test_a_response_without_content_has_no_example_of_any_name(status):
    responses = answering({"200": {"description": "d"}, "204": A})
    with pytest.raises(UnknownExample) as caught:
        responses.answer(ResponseSelection(status=status, example="a"))
    assert caught.value == UnknownExample("a", ())


def test_a_response_without_examples_says_so():
    with pytest.raises(UnknownExample, match=r"The response has no examples\."):
        answering({"200": A}).answer(ResponseSelection(example="c"))
    with pytest.raises(UnknownExample, match=r"The response has no examples\."):
        answering({}).answer(ResponseSelection(example="c"))


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ({"dataValue": {"a": 1}}, b'{"a": 1}'),
        ({"dataValue": {"a": 1}, "serializedValue": '{"a":1}'}, b'{"a":1}'),
        ({"serializedValue": "7"}, b"7"),
    ],
)
def test_7e_an_example_of_3_2_is_data_or_sent_to_the_letter(example, expected):
    responses = answering({"200": content(examples={"x": example})}, version="3.2.0")
    assert responses.success().body == expected


def test_7f_an_external_example_is_relative_to_its_document():
    responses = answering(
        {"200": {"$ref": "sub/r.json"}},
        files={
            "file:///sub/r.json": json.dumps(
                content(examples={"x": {"externalValue": "./e.json"}})
            ).encode(),
            "file:///sub/e.json": b'{"from": "file"}',
        },
    )
    assert read(responses.success()) == (200, {"from": "file"})


@each_row(
    ("example", "schema", "expected"),
    [
        ('{"ok": true}', {"type": "object"}, {"ok": True}),
        ('{"ok": true}', {"type": "string"}, '{"ok": true}'),
        ('{"ok": true}', {"type": "array"}, '{"ok": true}'),
        ('{"ok": true}', None, '{"ok": true}'),
        ('{"ok": true}', {"$ref": "#/nowhere"}, '{"ok": true}'),
        ("{", {"type": "object"}, "{"),
        ("[" * 100_000, {"type": "array"}, "[" * 100_000),
    ],
)
def test_an_example_that_holds_json_text_is_read(example, schema, expected):
    schemas = {} if schema is None else {"schema": schema}
    assert answered(example=example, **schemas) == expected


@each_row(
    ("key", "example", "media_type", "expected"),
    [
        ("application/json", "ü", "application/json", '"ü"'),
        ("application/vnd.a+json; v=1", {"a": 1}, None, '{"a": 1}'),
        ("text/plain", "a", None, "a"),
        ("text/plain", 1, None, "1"),
        ("*/*", {"a": 1}, "application/json", '{"a": 1}'),
        ("*/*", "a", "text/plain", "a"),
        ("text/*", "a", "text/plain", "a"),
        ("nonsense", [], "application/json", "[]"),
        ("application/json", "\ud800", None, '"?"'),
        ("text/plain", "\ud800", None, "?"),
        ("text/plain;\r\nX-Evil: 1", "a", "text/plain; X-Evil: 1", "a"),
    ],
)
def test_a_body_is_written_as_its_media_type_asks(key, example, media_type, expected):
    response = answering({"200": content(key, example=example)}).success()
    assert (response.headers["content-type"], response.body) == (
        media_type or key,
        expected.encode(),
    )


def test_a_range_without_example_is_text():
    response = answering({"200": content("*/*")}).success()
    assert response.headers["content-type"] == "text/plain"


def test_what_is_read_only_is_not_asked_of_an_answer():
    schema = {
        "required": ["id", "pw"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "pw": {"type": "string", "writeOnly": True},
        },
    }
    assert answered(schema=schema) == {"pw": "string"}


LISTED = {"examples": {"a": {"value": {"is": "a"}}, "b": {"value": {"is": "b"}}}}
SEVERAL = {
    "description": "d",
    "content": {
        "application/json": LISTED,
        "application/xml": {"example": {"is": "xml"}},
        "text/*": {"example": "text"},
    },
}


@each_row(
    ("accept", "sent"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/xml", "application/xml"),
        ("application/json;q=0.5, application/xml", "application/xml"),
        ("text/html", "text/html"),
        ("text/*", "text/plain"),
        ("text/plain, */*;q=0.1", "text/plain"),
        ("application/json;q=0, */*", "application/xml"),
    ],
)
def test_the_media_type_that_accept_prefers_is_answered(accept, sent):
    answer = answering({"200": SEVERAL}).answer(ANY, accept)
    assert (answer.response.headers["content-type"], answer.acceptable) == (sent, True)


def test_a_sender_that_takes_none_is_answered_the_first():
    answer = answering({"200": SEVERAL}).answer(ANY, "image/png")
    assert (answer.acceptable, answer.response.headers["content-type"]) == (False, JSON)
    assert answer.offered == (JSON, "application/xml", "text/*")


@pytest.mark.parametrize("response", [{"description": "d"}, {"$ref": "#/nowhere"}])
def test_what_has_no_content_suits_every_sender(response):
    assert answering({"200": response}).answer(ANY, "image/png").acceptable
    assert answering({}).answer(ANY, "image/png").acceptable
    assert answering({"204": SEVERAL}).answer(ANY, "image/png").acceptable


def test_an_example_is_looked_for_in_every_media_type():
    responses = answering({"200": {"content": {"text/plain": {}, JSON: LISTED}}})
    assert read(responses.answer(ResponseSelection(example="b")).response) == (
        200,
        {"is": "b"},
    )


def test_a_refusal_is_of_the_media_type_that_accept_prefers():
    refusal = answering({"422": SEVERAL}).refusal(422, "application/xml")
    assert refusal.headers["content-type"] == "application/xml"


def test_a_dynamic_answer_leaves_examples_aside_and_follows_its_seed():
    schema = {"type": "integer", "example": 7, "minimum": 3}
    responses = answering({"200": content(schema=schema, example=8)})
    bodies = [
        read(responses.answer(ResponseSelection(dynamic=True, seed=seed)).response)
        for seed in (0, 1, 2, 1)
    ]
    assert bodies == [(200, 3), (200, 4), (200, 5), (200, 4)]


def test_a_dynamic_answer_without_schema_is_the_example():
    assert read(
        answering({"200": A}).answer(ResponseSelection(dynamic=True)).response
    ) == (
        200,
        "A",
    )


def test_a_status_that_is_wanted_in_vain_is_told_with_those_there_are():
    with pytest.raises(UnknownStatus) as caught:
        answering({"200": A, "4XX": B}).answer(ResponseSelection(status=500))
    assert caught.value.message == (
        "no response is documented for 500. Use one of: 200, 4xx."
    )
    with pytest.raises(UnknownStatus, match="The operation has no responses."):
        answering({}).answer(ResponseSelection(status=500))


def test_no_more_answers_are_kept_than_senders_may_think_up():
    responses = answering({"200": A})
    for number in range(200):
        responses.answer(ANY, f"application/x-{number}")
    assert responses.answer.cache_info().currsize == 64


def test_an_external_example_is_sent_to_the_letter():
    png = b"\x89PNG\r\n\x1a\n\x00"
    example = {"examples": {"x": {"externalValue": "a.png"}}}
    for key, sent in (("image/png",) * 2, ("*/*", "application/octet-stream")):
        responses = answering(
            {"200": content(key, **example)}, files={"file:///a.png": png}
        )
        response = responses.success()
        assert (response.headers["content-type"], response.body) == (sent, png)


def test_the_faults_of_what_is_answered_are_told():
    never = {"schema": {"allOf": [{"const": 1}, {"const": 2}]}}
    responses = answering(
        {
            "200": content(schema={"type": "integer"}, example="x"),
            "201": content(schema={"type": "integer"}, example=1),
            "400": content(**never),
            "401": content(schema={"$ref": "#/nowhere"}),
            "402": {"description": "d", "headers": {"X-H": never}},
        }
    )
    assert [(each.code, each.detail) for each in responses.findings] == [
        (
            "example-invalid",
            "the example is not valid against its own schema: 'x' is not an integer",
        ),
        (
            "no-sample",
            (
                "the mock cannot answer with this, no value was found: "
                "`const` is both 1 and 2"
            ),
        ),
    ]
    assert responses.success().body == b'"x"'
    assert responses.documented(400).body == b""


# --- headers ----------------------------------------------------------------------------


@each_row(
    ("header", "expected"),
    [
        ({"example": 5}, "5"),
        ({"example": True}, "true"),
        ({"example": None}, ""),
        ({"example": [1, False, "a"]}, "1,false,a"),
        ({"example": {"a": 1, "b": [2, 3]}}, "a,1,b,[2, 3]"),
        ({"example": {"a": 1, "b": 2}, "explode": True}, "a=1,b=2"),
        ({"content": {"application/json": {"example": {"a": 1}}}}, '{"a": 1}'),
        ({"content": {"text/plain": {"schema": {"default": "t"}}}}, "t"),
        ({"examples": {"x": {"serializedValue": "%41"}}}, "%41"),
        ({"example": "a\r\nX-Evil: 1\0"}, "a X-Evil: 1"),
        ({"examples": {"x": {"value": "v"}}}, "v"),
        ({"schema": {"example": "s"}}, "s"),
        ({"schema": {"examples": ["s"]}}, "s"),
        ({"schema": {"default": 3}}, "3"),
        ({"schema": {"const": "c"}}, "c"),
        ({"schema": {"enum": ["e", "f"]}}, "e"),
        ({"schema": {"$ref": "#/components/schemas/E"}}, "e"),
        ({"required": True, "schema": {"type": "integer"}}, "0"),
        ({"$ref": "#/components/headers/H"}, "h"),
    ],
)
def test_a_header_with_a_value_of_its_own_is_sent(header, expected):
    components = {
        "headers": {"H": {"example": "h"}},
        "schemas": {"E": {"enum": ["e"]}},
    }
    assert with_headers({"X-H": header}, components=components) == [("X-H", expected)]


@each_row(
    "header",
    [
        {"schema": {"type": "integer"}},
        {"required": True},
        {"required": True, "schema": False},
        {"schema": True},
        {"schema": {"$ref": "#/nowhere"}},
        {"$ref": "#/nowhere"},
        {},
        None,
        "text",
    ],
)
def test_a_header_without_a_value_is_left_out(header):
    assert with_headers({"X-H": header}) == []


@each_row(
    "name",
    [
        "Content-Type",
        "content-length",
        "Transfer-Encoding",
        "Content-Encoding",
        "Connection",
        "X H",
        "X:H",
        "X\r\nH",
        "",
        "Ü",
    ],
)
def test_a_header_that_would_break_the_message_is_left_out(name):
    assert with_headers({name: {"example": "gzip"}, "X-H": {"example": "1"}}) == [
        ("X-H", "1")
    ]


# --- whatever the document holds --------------------------------------------------------

WORDS = st.sampled_from(
    [
        "$ref",
        "content",
        "headers",
        "schema",
        "examples",
        "example",
        "value",
        "type",
        "application/json",
        "text/*",
        "200",
        "2XX",
        "default",
        "X-H",
        "required",
        "enum",
        "string",
        "object",
        "properties",
        "allOf",
        "externalValue",
        "serializedValue",
    ]
)
TREES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=5 * settings.default.max_examples)
@given(headers=TREES, media_type=TREES, other=TREES)
def test_whatever_is_documented_something_is_answered(headers, media_type, other):
    documented = {"content": {JSON: media_type}, "headers": {"X-H": headers}}
    responses = answering({"200": documented, "400": other, "422": {"headers": other}})
    for response in (
        responses.success(),
        responses.refusal(400),
        responses.refusal(422),
    ):
        if response.status != 204:
            length = response.headers["content-length"]
            assert length == str(len(response.body))
