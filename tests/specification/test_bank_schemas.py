"""Section 6 of the example bank: schemas, by number and row, as a whole request shows it."""

import json

import pytest
from cbmock.description.discovery import discover
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples
from cbmock.mock.mock import Mock

from tests.support.mocks import described, sent, taking

ERROR, WARNING = "error", "warning"
BASE = {"type": "object", "properties": {"a": {"type": "integer"}}}


def description(schema, version="3.1.0", **schemas):
    container = "x-webhooks" if version < "3.1" else "webhooks"
    webhooks = {container: {"w": {"post": taking(schema)}}}
    return described(version=version, components={"schemas": schemas}, **webhooks)


def receive(schema, value, version="3.1.0", **schemas):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    headers = {"content-type": "application/json"}
    mock = Mock(description(schema, version, **schemas))
    return sent(mock, "POST", "/webhooks/w", body, headers)


def told(call):
    return [(each.pointer, each.code, each.severity) for each in call.violations]


def findings(schema, version="3.1.0", **schemas):
    found = description(schema, version, **schemas)
    return {each.code for each in lint(found, discover(found), schema_samples)}


# --- the dialect of 3.0 -------------------------------------------------------------------

NAMES = {
    "type": "object",
    "properties": {"nullable": {"type": "boolean"}, "$ref": {"type": "string"}},
}
STRING = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "value", "codes"),
    [
        pytest.param(NAMES, {"nullable": True, "$ref": "x"}, [], id="6a"),
        pytest.param(NAMES, {"nullable": 1}, ["type"], id="6a wrong"),
        pytest.param({"enum": [{"$ref": "#/x"}]}, {"$ref": "#/x"}, [], id="6b"),
        pytest.param({"enum": [{"$ref": "#/x"}]}, {}, ["enum"], id="6b wrong"),
        pytest.param(
            {"type": "integer", "minimum": 5, "exclusiveMinimum": True},
            5,
            ["exclusiveMinimum"],
            id="6c",
        ),
        pytest.param({"exclusiveMinimum": 5}, 5, ["exclusiveMinimum"], id="6d"),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": False}, 5, []),
        ({"type": "integer", "exclusiveMinimum": True}, 0, []),
        ({"$ref": "#/components/schemas/S", "maxLength": 1}, "ab", []),
        ({"type": "string", "nullable": True}, None, []),
        ({"type": "string", "nullable": True, "enum": ["a", None]}, None, []),
        ({"type": ["string", "null"]}, None, []),
        ({"const": 1}, 2, ["const"]),
        ({"if": {"const": 1}, "then": False}, 1, ["not"]),
        ({"patternProperties": {"^a": {"type": "integer"}}}, {"ab": "x"}, ["type"]),
        ({"items": [STRING], "additionalItems": False}, ["a", 1], ["items"]),
        ({"required": True, "type": "object"}, {}, []),
        ({"$id": "http://x.example/", "$ref": "#/components/schemas/S"}, "a", []),
        ({"id": "x", "properties": {"a": {"$ref": "#/components/schemas/S"}}}, {}, []),
        ({"type": "string", "format": "byte"}, "a-b", ["format"]),
        ({"type": "string", "format": "binary"}, "\x00", []),
        ({"type": "file"}, "anything", []),
        ({"type": "array"}, [1], []),
        ({"example": 1, "deprecated": True, "x-a": {}, "type": "string"}, "a", []),
    ],
)
def test_3_0_has_a_dialect_of_its_own(schema, value, codes):
    call = receive(schema, value, "3.0.3", S=STRING)
    assert [each.code for each in call.violations] == codes


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ({"$ref": "#/components/schemas/S", "maxLength": 1}, "ref-siblings"),
        ({"nullable": True, "allOf": [STRING]}, "nullable-ineffective"),
        ({"patternProperties": {"^a": STRING}}, "keyword-not-3.0"),
        ({"const": 1}, "keyword-not-3.0"),
        ({"required": True}, "required-boolean"),
        ({"type": "array"}, "array-items"),
        ({"pattern": "(?<"}, "pattern"),
        pytest.param({"exclusiveMinimum": 5}, "keyword-not-3.0", id="6d"),
        ({"type": ["string", "null"]}, "keyword-not-3.0"),
        ({"items": [STRING]}, "keyword-not-3.0"),
    ],
)
def test_what_3_0_does_not_say_is_a_finding(schema, code):
    assert code in findings(schema, "3.0.3", S=STRING)


@pytest.mark.parametrize(
    ("version", "codes"), [("3.0.3", []), ("3.1.0", ["maxLength"])]
)
def test_siblings_of_a_reference_count_from_3_1_on(version, codes):
    schema = {"$ref": "#/components/schemas/S", "maxLength": 1}
    call = receive(schema, "ab", version, S=STRING)
    assert [each.code for each in call.violations] == codes


@pytest.mark.parametrize("version", ["3.0.0", "3.0.4", "3.1.0", "3.2.0"])
def test_an_integer_may_be_written_with_a_fraction_of_nothing(version):
    assert told(receive({"type": "integer"}, b"1.0", version)) == []


# --- a nullable without effect ------------------------------------------------------------

OBJECT = {"type": "object"}
NULLABLE = {"type": "string", "nullable": True}
PAIR = {"type": "object", "properties": {"a": NULLABLE, "b": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("version", "schema", "value", "violations"),
    [
        pytest.param(
            "3.1.0", NULLABLE, None, [("#", "nullable-ineffective", WARNING)], id="6e"
        ),
        (
            "3.0.3",
            {"nullable": True, "allOf": [{"$ref": "#/components/schemas/O"}]},
            None,
            [("#", "nullable-ineffective", WARNING)],
        ),
        (
            "3.0.3",
            {"nullable": True, "type": "string", "enum": ["a"]},
            None,
            [("#", "nullable-ineffective", WARNING)],
        ),
        ("3.1.0", STRING, None, [("#", "type", ERROR)]),
        (
            "3.1.0",
            PAIR,
            {"a": None, "b": "x"},
            [("#/a", "nullable-ineffective", WARNING), ("#/b", "type", ERROR)],
        ),
        (
            "3.1.0",
            PAIR,
            {"a": None, "b": None},
            [("#/a", "nullable-ineffective", WARNING), ("#/b", "type", ERROR)],
        ),
        ("3.1.0", PAIR, {"a": 5, "b": 1}, [("#/a", "type", ERROR)]),
        (
            "3.1.0",
            {"items": {"anyOf": [NULLABLE, PAIR]}},
            [None, {"a": None, "b": 1}, {"b": "x"}, 5],
            [
                ("#/0", "nullable-ineffective", WARNING),
                ("#/1/a", "nullable-ineffective", WARNING),
                ("#/2/b", "type", ERROR),
                ("#/3", "anyOf", ERROR),
            ],
        ),
        (
            "3.1.0",
            {"allOf": [NULLABLE, STRING]},
            None,
            [
                ("#", "nullable-ineffective", WARNING),
                ("#", "type", ERROR),
            ],
        ),
        (
            "3.1.0",
            {"oneOf": [NULLABLE, {"type": "integer"}]},
            None,
            [("#", "nullable-ineffective", WARNING)],
        ),
        (
            "3.1.0",
            {"oneOf": [NULLABLE, {"type": ["integer"], "nullable": True}]},
            None,
            [("#", "oneOf", ERROR)],
        ),
    ],
)
def test_a_null_is_excused_where_nullable_has_no_effect(
    version, schema, value, violations
):
    call = receive(schema, value, version, O=OBJECT)
    assert told(call) == violations
    assert call.valid is (ERROR not in [severity for *_, severity in violations])


def test_a_nullable_parameter_is_excused_too():
    schema = {"type": "integer", "nullable": True, "enum": [1]}
    parameter = {"name": "X-A", "in": "header", "schema": schema}
    webhook = {"parameters": [parameter], "responses": {"202": {"description": ""}}}
    mock = Mock(described(webhooks={"w": {"post": webhook}}))
    call = sent(mock, "POST", "/webhooks/w", None, {"x-a": "null"})
    assert [(v.code, v.severity) for v in call.violations] == [
        ("nullable-ineffective", WARNING)
    ]


# --- 3.1 and newer ------------------------------------------------------------------------


def test_6f_unevaluated_properties_see_into_all_of():
    refers = {"allOf": [{"$ref": "#/components/schemas/Base"}]}
    open_, closed = "unevaluatedProperties", "additionalProperties"
    assert told(receive({**refers, open_: False}, {"a": 1}, Base=BASE)) == []
    call = receive({**refers, open_: False}, {"a": 1, "b": 1}, Base=BASE)
    assert [(code, severity) for _, code, severity in told(call)] == [(open_, ERROR)]
    call = receive({**refers, closed: False}, {"a": 1}, Base=BASE)
    assert told(call) == [("#", closed, ERROR)]
    assert "additionalprops-allof" in findings({**refers, closed: False}, Base=BASE)


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        pytest.param("date-time", "2024-01-01T00:00:00", False, id="6g no offset"),
        pytest.param("date-time", "2024-01-01T00:00:00Z", True, id="6g Z"),
        pytest.param("date-time", "2024-01-01T00:00:00z", True, id="6g z"),
        pytest.param("date-time", "2024-01-01T24:00:00Z", False, id="6g 24:00"),
        pytest.param("int32", "x", True, id="6g int32"),
        pytest.param("uri", "/rel", False, id="6g uri"),
    ],
)
def test_a_format_is_asserted_of_its_own_type(name, value, valid):
    codes = [] if valid else [("#", "format", ERROR)]
    assert told(receive({"format": name}, value)) == codes


@pytest.mark.parametrize(
    ("pattern", "value", "codes"),
    [
        pytest.param("^a$", "a\n", ["pattern"], id="6h end"),
        pytest.param("b", "abc", [], id="6h unanchored"),
        (r"^\d$", "٣", ["pattern"]),
        (r"^\p{L}$", "é", []),
    ],
)
def test_patterns_are_ecma_262(pattern, value, codes):
    call = receive({"pattern": pattern}, value)
    assert [each.code for each in call.violations] == codes


def test_6i_a_value_may_be_deep_and_never_too_deep_for_an_answer():
    node = {
        "type": "object",
        "properties": {"next": {"$ref": "#/components/schemas/Node"}},
    }
    reference = {"$ref": "#/components/schemas/Node"}

    def nested(depth):
        return b'{"next":' * depth + b"{}" + b"}" * depth

    assert receive(reference, nested(300), Node=node).status == 202
    call = receive(reference, nested(600), Node=node)
    assert (call.status, told(call)) == (400, [("#", "too-deep", ERROR)])
    call = receive(reference, nested(100_000), Node=node)
    assert (call.status, told(call)) == (400, [("#", "too-deep", ERROR)])


def test_numbers_are_exact():
    assert told(receive({"multipleOf": 0.01}, b"19.99")) == []
    assert told(receive({"const": 1}, b"true")) == [("#", "const", ERROR)]


@pytest.mark.parametrize(
    ("uri", "codes"),
    [
        ("https://spec.openapis.org/oas/3.1/dialect/base", ["prefixItems"]),
        ("https://spec.openapis.org/oas/3.2/dialect/2025-09-17", ["prefixItems"]),
        ("https://json-schema.org/draft/2020-12/schema", ["prefixItems"]),
        ("https://unheard.example/of", ["prefixItems"]),
        ("http://json-schema.org/draft-07/schema#", []),
    ],
)
def test_a_schema_may_name_its_dialect(uri, codes):
    schema = {"$schema": uri, "prefixItems": [{"type": "integer"}]}
    expected = ["type" for _ in codes]
    assert [each.code for each in receive(schema, ["x"]).violations] == expected


# --- annotations --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "value", "violations"),
    [
        (
            {"contentEncoding": "base64"},
            "a-b",
            [("#", "contentEncoding", WARNING)],
        ),
        ({"contentEncoding": "base64"}, "aGk=", []),
        ({"contentEncoding": "base64url"}, "a-_b", []),
        (
            {"properties": {"a": {"contentEncoding": "base64url"}}},
            {"a": "a+b/"},
            [("#/a", "contentEncoding", WARNING)],
        ),
        (
            {
                "contentMediaType": "application/json",
                "contentSchema": {"type": "integer"},
            },
            '"no integer"',
            [],
        ),
        ({"contentMediaType": "application/json"}, "{", []),
    ],
)
def test_what_a_text_holds_is_only_looked_at_for_its_coding(schema, value, violations):
    assert told(receive(schema, value)) == violations


SECRET = {
    "type": "object",
    "required": ["id", "pw"],
    "properties": {"id": {"readOnly": True}, "pw": {"writeOnly": True}},
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_the_sender_owns_the_data(version):
    assert told(receive(SECRET, {"id": 1}, version)) == []
    assert told(receive(SECRET, {"pw": "x"}, version)) == [
        ("#", "required", ERROR),
        ("#/pw", "writeonly-sent", WARNING),
    ]
