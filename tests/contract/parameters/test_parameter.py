from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from cbmock.contract.parameters import styles
from cbmock.contract.parameters.styles import NotInStyle
from cbmock.http.messages import Headers, Request
from cbmock.violations import Violation
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.documents import OPERATION, contract_of
from tests.support.parameters import COLOUR, INTEGERS, STRINGS, read
from tests.support.rows import each_row

FIRST = f"{OPERATION}/parameters/0"


def violation(code, detail, *, severity="error", location="query", **more):
    return Violation(
        location=location,
        name="p",
        code=code,
        detail=detail,
        severity=severity,
        **{"schema": FIRST, **more},
    )


DUPLICATE = violation("duplicate", "'p' is sent 2 times", severity="warning")
EMPTY = violation(
    "empty", "'p' has no value; read as an empty array", severity="warning"
)


# --- one value --------------------------------------------------------------------------


@each_row(
    ("schema", "query", "value"),
    [
        ({"type": "string"}, "p=12", "12"),
        ({"type": "string"}, "p=a+b%20c%2B", "a b c+"),
        ({"type": "string"}, "%70=a", "a"),
        ({"type": "string"}, "p", ""),
        ({"type": "string"}, "a=1&&p=x=y", "x=y"),
        ({"type": "string", "nullable": True}, "p=null", "null"),
        ({"type": "integer"}, "p=12", 12),
        ({"type": "integer"}, "p=-0", 0),
        ({"type": "integer"}, "p=1.0", 1),
        ({"type": "integer"}, "p=1e3", 1000),
        ({"type": "integer"}, "p=12345678901234567890123", 12345678901234567890123),
        ({"type": "number"}, "p=1.5", 1.5),
        ({"type": "number"}, "p=1", 1),
        ({"type": "boolean"}, "p=true", True),
        ({"type": "boolean"}, "p=false", False),
        ({"type": ["integer", "null"]}, "p=null", None),
        ({"type": ["integer", "null"]}, "p=", None),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "p=12", 12),
        ({"anyOf": [{"type": "integer"}, {}]}, "p=12", "12"),
        ({"type": ["integer", "string"]}, "p=12", "12"),
        ({"type": ["integer", "string"], "enum": [12]}, "p=12", 12),
        ({"allOf": [{"type": "number"}, {"type": "integer"}]}, "p=12", 12),
        ({"allOf": [{}, {"$ref": "#/components/schemas/N"}]}, "p=12", 12),
        ({"oneOf": [{"$ref": "#/components/schemas/N"}]}, "p=12", 12),
        ({}, "p=12", "12"),
        ({"const": 12}, "p=12", 12),
        (True, "p=12", "12"),
        ({"type": "date"}, "p=tomorrow", "tomorrow"),
    ],
)
def test_a_text_is_read_by_the_types_of_its_schema(schema, query, value):
    found = read({"in": "query", "schema": schema}, query, N={"type": "integer"})
    assert found == (value, ())


@pytest.mark.parametrize(
    ("version", "schema", "value"),
    [
        ("3.0.3", {"type": "integer", "nullable": True}, None),
        ("3.0.3", {"type": "string", "nullable": True}, "null"),
    ],
)
def test_null_is_read_where_no_string_is_allowed(version, schema, value):
    found = read({"in": "query", "schema": schema}, "p=null", version=version)
    assert found == (value, ())


REFERRED = {"nullable": True, "allOf": [{"$ref": "#/components/schemas/N"}]}


@pytest.mark.parametrize(
    ("version", "schema"),
    [
        ("3.0.3", REFERRED),
        ("3.0.3", {"nullable": True, "$ref": "#/components/schemas/N"}),
        ("3.0.3", {"type": "integer", "nullable": True, "enum": [1, 2]}),
        ("3.1.0", REFERRED),
        ("3.1.0", {"type": "integer", "nullable": True}),
        ("3.2.0", {"type": "number", "nullable": True}),
    ],
)
@pytest.mark.parametrize("location", ["query", "header", "cookie"])
def test_null_where_nullable_has_no_effect_is_a_warning_as_in_a_body(
    version, schema, location
):
    value, found = read(
        {"in": location, "schema": schema},
        "null" if location == "header" else "p=null",
        version=version,
        N={"type": "integer"},
    )
    assert (value, [(each.code, each.severity) for each in found]) == (
        None,
        [("nullable-ineffective", "warning")],
    )


@each_row(
    ("kind", "text"),
    [
        *(
            ("integer", text)
            for text in ("+5", "007", "0x1", "NaN", "1_0", "٣", "", "a")
        ),
        *(("integer", text) for text in ("9" * 1001, "1e" + "9" * 30)),
        *(("boolean", text) for text in ("True", "1", "yes", "on")),
        ("number", ".5"),
    ],
)
def test_a_text_that_is_no_json_scalar_stays_a_text(kind, text):
    value, (found,) = read({"in": "header", "schema": {"type": kind}}, [text])
    assert (found.code, found.expected, value) == ("type", kind, found_text(text))


def found_text(text):
    return text.encode("latin-1", "replace").decode("latin-1")


def test_a_wrong_value_is_explained_at_its_schema():
    assert read({"in": "query", "schema": {"type": "boolean"}}, "p=True") == (
        "True",
        (
            violation(
                "type",
                "'True' is not a boolean; JSON writes true and false in lower case",
                schema=f"{FIRST}/schema",
                expected="boolean",
                received="True",
            ),
        ),
    )


def test_the_reading_that_is_no_string_is_explained():
    schema = {"type": ["string", "integer"], "maximum": 5, "pattern": "^a"}
    value, (found,) = read({"in": "query", "schema": schema}, "p=12")
    assert (value, found.detail) == (12, "12 is greater than 5")


def test_every_one_of_several_values_is_checked_and_the_first_counts():
    schema = {"type": "integer", "maximum": 5}
    value, (duplicate, wrong) = read({"in": "query", "schema": schema}, "p=1&p=7")
    assert (value, duplicate, wrong.detail) == (1, DUPLICATE, "7 is greater than 5")


@pytest.mark.parametrize("query", ["p=", "p"])
def test_an_empty_value_may_be_allowed(query):
    parameter = {"in": "query", "schema": {"type": "integer"}, "allowEmptyValue": True}
    assert read(parameter, query) == ("", ())


def test_only_in_a_query_an_empty_value_may_be_allowed():
    parameter = {"in": "header", "schema": {"type": "integer"}, "allowEmptyValue": True}
    _, (found,) = read(parameter, [""])
    assert found.detail == "'' is not an integer"


@each_row(
    ("location", "sent", "value"),
    [
        ("path", "a+b%20c", "a+b c"),
        ("header", "a+b%20c", "a+b%20c"),
        ("cookie", "p=a+b%20c", "a+b%20c"),
        ("query", "p=a+b%20c", "a b c"),
        ("header", [" a ", "b"], "a, b"),
        ("cookie", ["x=1; P=2", "y; p=3"], "3"),
    ],
)
def test_each_location_has_its_own_encoding(location, sent, value):
    schema = {"type": "string"}
    assert read({"in": location, "schema": schema}, sent) == (value, ())


def test_a_cookie_that_is_sent_twice_is_checked_twice():
    value, found = read({"in": "cookie", "schema": {"maxLength": 1}}, "p=aa; x=1; p=bb")
    assert (value, [each.detail for each in found]) == (
        "aa",
        [
            "'p' is sent 2 times",
            "'aa' is too long: 2 characters, at most 1",
            "'bb' is too long: 2 characters, at most 1",
        ],
    )


# --- what is missing--------------------------------------------------------------------


@each_row(
    ("location", "code", "detail"),
    [
        ("query", "missing-parameter", "the required query parameter 'p' is missing"),
        ("header", "missing-header", "the required header 'p' is missing"),
        ("cookie", "missing-cookie", "the required cookie parameter 'p' is missing"),
    ],
)
@each_row("schema", [{"type": "integer", "default": 1}, COLOUR])
def test_a_required_parameter_must_be_sent(location, code, detail, schema):
    parameter = {"in": location, "required": True, "schema": schema}
    sent = "" if location == "query" else []
    assert read(parameter, sent) == (
        None,
        (violation(code, detail, location=location),),
    )


@pytest.mark.parametrize(
    "parameter", [{"in": "query"}, {"in": "header"}, {"in": "query", "required": "yes"}]
)
def test_other_parameters_may_be_absent(parameter):
    assert read(parameter, []) == (None, ())


def test_a_path_variable_that_the_url_has_no_place_for_is_not_missed():
    contract = contract_of(
        {"parameters": [{"name": "p", "in": "path", "required": True}]}
    )
    assert contract.check(Request("POST", "/"), {}).violations == ()


@each_row("name", ["Accept", "content-type", "AUTHORIZATION", "Cookie"])
def test_some_headers_are_not_for_parameters_to_define(name):
    parameter = {"name": name, "in": "header", "required": True}
    assert contract_of({"parameters": [parameter]}).parameters == ()


@each_row(
    "parameters",
    [
        None,
        5,
        [5],
        [{"in": "query"}],
        [{"name": "p", "in": "body"}],
        [{"name": "p", "in": ["query"]}],
        [{"name": 5, "in": "query"}],
        [{"$ref": "#/components/parameters/Missing"}],
    ],
)
def test_what_is_no_parameter_is_left_out(parameters):
    assert contract_of({"parameters": parameters}).parameters == ()


@pytest.mark.parametrize(
    "parameter",
    [
        {"schema": {"$ref": "#/components/schemas/Missing"}, "required": True},
        {"content": {"application/json": {"schema": {"$ref": "#/nowhere"}}}},
    ],
)
def test_a_schema_that_cannot_be_had_is_not_held_against_the_sender(parameter):
    assert read({"in": "query", **parameter}, "p=1") == (None, ())


@each_row(
    ("parameter", "value"),
    [
        ({}, "1"),
        ({"schema": None}, "1"),
        ({"content": {}}, "1"),
        ({"content": {"text/plain": {}}}, "1"),
        ({"content": {"application/json": {}}}, 1),
    ],
)
def test_a_parameter_may_say_nothing_about_its_value(parameter, value):
    assert read({"in": "query", **parameter}, "p=1") == (value, ())


# --- which definition counts ------------------------------------------------------------


def test_an_operations_parameter_replaces_that_of_its_path_item():
    contract = contract_of(
        {"parameters": [{"name": "x-a", "in": "header", "required": False}]},
        path_item={
            "parameters": [
                {"name": "X-A", "in": "header", "required": True},
                {"name": "X-B", "in": "header", "required": True},
                {"name": "x-a", "in": "query"},
            ]
        },
    )
    assert [each.identity for each in contract.parameters] == [
        ("header", "x-a"),
        ("header", "x-b"),
        ("query", "x-a"),
    ]
    assert contract.parameters[0].required is False


def test_a_parameter_may_stand_behind_a_reference():
    contract = contract_of(
        {"parameters": [{"$ref": "#/components/parameters/P"}]},
        parameters={"P": {"name": "p", "in": "query", "required": True}},
    )
    assert contract.check(Request("POST", "/"), {}).violations == (
        violation(
            "missing-parameter",
            "the required query parameter 'p' is missing",
            schema="openapi.json#/components/parameters/P",
        ),
    )


# --- arrays -----------------------------------------------------------------------------


@each_row(
    ("parameter", "query", "value", "violations"),
    [
        ({"schema": INTEGERS}, "p=1&p=2", [1, 2], ()),
        ({"schema": INTEGERS}, "p=1", [1], ()),
        ({"schema": INTEGERS, "explode": False}, "p=1,2", [1, 2], ()),
        ({"schema": INTEGERS, "explode": False}, "p=1&p=2", [1, 2], (DUPLICATE,)),
        ({"schema": INTEGERS, "explode": False}, "p=1,2&p=3", [1, 2, 3], (DUPLICATE,)),
        ({"schema": STRINGS, "explode": False}, "p=a%2Cb,c", ["a,b", "c"], ()),
        ({"schema": STRINGS}, "p=a,b", ["a,b"], ()),
        ({"schema": STRINGS}, "p=", [""], ()),
        ({"schema": INTEGERS}, "p=", [], (EMPTY,)),
        ({"schema": STRINGS, "explode": False}, "p=", [], ()),
        (
            {"schema": STRINGS, "style": "spaceDelimited"},
            "p=a%20b+c",
            ["a", "b", "c"],
            (),
        ),
        (
            {"schema": STRINGS, "style": "pipeDelimited"},
            "p=a%7Cb|c",
            ["a", "b", "c"],
            (),
        ),
        (
            {"schema": STRINGS, "style": "pipeDelimited", "explode": True},
            "p=a&p=b",
            ["a", "b"],
            (DUPLICATE,),
        ),
        ({"schema": {"type": "array"}}, "p=1&p=a", ["1", "a"], ()),
        (
            {"schema": {"anyOf": [INTEGERS, {"type": "null"}]}},
            "p=1&p=2",
            [1, 2],
            (),
        ),
        ({"schema": {"allOf": [{"$ref": "#/components/schemas/Ids"}]}}, "p=1", [1], ()),
        ({"schema": {"$ref": "#/components/schemas/Loop"}}, "p=1", ["1"], ()),
    ],
)
def test_an_array_is_read_from_a_query(parameter, query, value, violations):
    loop = {"type": "array", "allOf": [{"$ref": "#/components/schemas/Loop"}]}
    found = read({"in": "query", **parameter}, query, Ids=INTEGERS, Loop=loop)
    assert found == (value, violations)


@each_row(
    ("parameter", "sent", "value"),
    [
        ({"in": "header"}, ["a, b"], ["a", "b"]),
        ({"in": "header"}, ["a", " b"], ["a", "b"]),
        ({"in": "header"}, [""], []),
        ({"in": "header"}, ["a%2Cb"], ["a%2Cb"]),
        ({"in": "cookie"}, "p=a; p=b", ["a", "b"]),
        ({"in": "cookie", "explode": False}, "p=a,b", ["a", "b"]),
        ({"in": "path"}, "a,b%2Cc", ["a", "b,c"]),
        ({"in": "path", "style": "label"}, ".a,b", ["a", "b"]),
        # Of an empty value `label` and `matrix` are empty (OAS 3.2.1).
        ({"in": "path", "style": "label"}, "", []),
        ({"in": "path", "style": "label", "explode": True}, "", []),
        ({"in": "path", "style": "matrix"}, "", []),
        ({"in": "path", "style": "matrix", "explode": True}, "", []),
        ({"in": "path", "style": "label"}, ".a.b", ["a", "b"]),
        ({"in": "path", "style": "label", "explode": True}, ".a.b", ["a", "b"]),
        ({"in": "path", "style": "matrix"}, ";p=a,b", ["a", "b"]),
        ({"in": "path", "style": "matrix", "explode": True}, ";p=a;p=b", ["a", "b"]),
    ],
)
def test_an_array_is_read_from_elsewhere(parameter, sent, value):
    assert read({**parameter, "schema": STRINGS}, sent) == (value, ())


def test_an_item_that_is_wrong_is_pointed_at():
    value, found = read({"in": "query", "schema": INTEGERS}, "p=1&p=x")
    assert (value, found) == (
        [1, "x"],
        (
            violation(
                "type",
                "'x' is not an integer",
                pointer="#/1",
                schema=f"{FIRST}/schema/items",
                expected="integer",
                received="x",
            ),
        ),
    )


# --- objects ----------------------------------------------------------------------------

RG = {"R": 1, "G": 2}
MAP = {"type": "object", "additionalProperties": {"type": "integer"}}


@each_row(
    ("parameter", "query", "value"),
    [
        ({"schema": COLOUR}, "R=1&G=2&x=3", RG),
        ({"schema": COLOUR, "explode": False}, "p=R,1,G,2", RG),
        ({"schema": COLOUR, "style": "deepObject"}, "p%5BR%5D=1&p[G]=2&q[R]=3", RG),
        ({"schema": {"properties": {}}, "style": "deepObject"}, "p[a]=x", {"a": "x"}),
        ({"schema": MAP}, "a=1&b=2&other=3", {"a": 1, "b": 2}),
        ({"schema": {"allOf": [{"$ref": "#/components/schemas/C"}]}}, "R=1&G=2", RG),
        ({"schema": {"type": "object"}}, "x=1", None),
        ({"schema": COLOUR, "name": "R"}, "R=1&G=2", RG),
    ],
)
def test_an_object_is_read_from_a_query(parameter, query, value):
    other = {"name": "other", "in": "query"}
    found = read({"in": "query", **parameter}, query, other, C=COLOUR)
    assert found == (value, ())


@each_row(
    ("parameter", "sent"),
    [
        ({"in": "path"}, "R,1,G,2"),
        ({"in": "path", "explode": True}, "R=1,G=2"),
        ({"in": "path", "style": "label"}, ".R,1,G,2"),
        ({"in": "path", "style": "label"}, ".R.1.G.2"),
        ({"in": "path", "style": "label", "explode": True}, ".R=1.G=2"),
        ({"in": "path", "style": "matrix"}, ";p=R,1,G,2"),
        ({"in": "path", "style": "matrix", "explode": True}, ";R=1;G=2"),
        ({"in": "header"}, ["R,1, G,2"]),
        ({"in": "header", "explode": True}, ["R=1, G=2"]),
        ({"in": "cookie"}, "x=0; R=1; G=2"),
        ({"in": "cookie", "explode": False}, "p=R,1,G,2"),
    ],
)
def test_an_object_is_read_from_elsewhere(parameter, sent):
    assert read({**parameter, "schema": COLOUR}, sent) == (RG, ())


@pytest.mark.parametrize("explode", [True, False])
def test_an_object_may_be_empty(explode):
    parameter = {"in": "header", "schema": COLOUR, "explode": explode}
    assert read(parameter, [""]) == ({}, ())


def test_an_object_that_is_sent_twice_is_suspicious():
    parameter = {"in": "query", "schema": COLOUR, "explode": False}
    assert read(parameter, "p=R,1&p=R,2") == ({"R": 1}, (DUPLICATE,))


def test_a_property_that_is_wrong_is_pointed_at():
    parameter = {"in": "query", "schema": COLOUR, "style": "deepObject"}
    _, (found,) = read(parameter, "p[R]=red")
    assert (found.pointer, found.detail) == ("#/R", "'red' is not an integer")


@each_row(
    ("parameter", "sent", "detail"),
    [
        (
            {"schema": COLOUR, "explode": True},
            "R=1,G",
            "'R=1,G' is not a list of names and values",
        ),
        ({"schema": COLOUR}, "R,1,G", "'R,1,G' is not a list of names and values"),
        (
            {"schema": COLOUR, "style": "label", "explode": True},
            "R=1",
            "'R=1' does not start with '.'",
        ),
        (
            {"schema": COLOUR, "style": "matrix", "explode": True},
            "R=1",
            "'R=1' does not start with ';'",
        ),
        (
            {"schema": STRINGS, "style": "matrix", "explode": True},
            ";p=a;b",
            "';b' does not start with ';p='",
        ),
        ({"style": "label"}, "5", "'5' does not start with '.'"),
        ({"style": "matrix"}, ";q=5", "';q=5' does not start with ';p='"),
    ],
)
def test_a_text_that_is_not_in_its_style_is_refused(parameter, sent, detail):
    found = read({"in": "path", **parameter}, sent)
    assert found == (
        sent,
        (violation("syntax", detail, location="path", received=sent),),
    )


@each_row(
    ("style", "sent", "value"),
    [
        ("simple", "5", 5),
        ("label", ".5", 5),
        ("matrix", ";p=5", 5),
        ("matrix", ";p", ""),
    ],
)
def test_a_style_may_put_a_prefix_before_one_value(style, sent, value):
    schema = {"type": ["integer", "string"], "enum": [5, ""]}
    assert read({"in": "path", "style": style, "schema": schema}, sent) == (value, ())


# --- JSON texts -------------------------------------------------------------------------

OBJECT = {"content": {"application/json": {"schema": {"type": "object"}}}}


@each_row(
    ("location", "sent", "value"),
    [
        ("header", ['{"a":1, "b":2}'], {"a": 1, "b": 2}),
        ("header", ['{"a":"\xc3\xa9"}'], {"a": "é"}),
        ("query", "p=%7B%22a%22:1%7D", {"a": 1}),
        ("path", '{"a":1}', {"a": 1}),
    ],
)
def test_a_parameter_may_be_a_json_text(location, sent, value):
    assert read({"in": location, **OBJECT}, sent) == (value, ())


@each_row(
    ("query", "value", "violations"),
    [
        (
            "p={",
            "{",
            (
                violation(
                    "syntax",
                    "not JSON: expecting property name enclosed in double quotes"
                    " at line 1 column 2",
                ),
            ),
        ),
        (
            "p=[]",
            [],
            (
                violation(
                    "type",
                    "[] is not an object",
                    schema=f"{FIRST}/content/application~1json/schema",
                    expected="object",
                    received=[],
                ),
            ),
        ),
        (
            'p={"a":1,"a":2}',
            {"a": 2},
            (
                violation(
                    "json-duplicate-key",
                    "the name 'a' is repeated in one object (RFC 8259 §4)",
                    severity="warning",
                ),
            ),
        ),
        (
            "p=\ud800",
            "\ud800",
            (violation("encoding", "byte 0 (0xed) is not utf-8"),),
        ),
    ],
)
def test_a_json_text_that_is_wrong_is_told(query, value, violations):
    assert read({"in": "query", **OBJECT}, query) == (value, violations)


# --- nested objects ---------------------------------------------------------------------

TREE = {
    "type": "object",
    "properties": {
        "a": {"type": "object", "properties": {"b": {"type": "integer"}}},
        "l": INTEGERS,
    },
}


@each_row(
    ("query", "value"),
    [
        ("p[a][b]=1", {"a": {"b": 1}}),
        ("p%5Ba%5D%5Bb%5D=1", {"a": {"b": 1}}),
        ("p[l][]=1&p[l][]=2", {"l": [1, 2]}),
        ("p[l][1]=2&p[l][0]=1", {"l": [1, 2]}),
        ("p[l]=1&p[l]=2", {"l": [1, 2]}),
        ("p[x][y][]=1", {"x": {"y": ["1"]}}),
        ("p[" + "][".join("x" * 40) + "]=1", None),
    ],
)
def test_a_deep_object_may_be_nested(query, value):
    found = read({"in": "query", "style": "deepObject", "schema": TREE}, query)
    assert found == (value, ())


def test_3_11_a_member_without_a_name_is_told():
    found = read({"in": "query", "style": "deepObject", "schema": TREE}, "p[]=1")
    assert found == (
        {"": "1"},
        (
            violation(
                "empty-member-name",
                "'p[]' names no member; read as the member ''",
                severity="warning",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("location", "sent"),
    [("query", "?o=userId,1"), ("cookie", {"Cookie": "o=userId,1"})],
)
def test_an_exploded_object_that_is_sent_as_one_value_is_a_warning(location, sent):
    schema = {
        "type": "object",
        "properties": {"userId": {"type": "integer"}},
        "required": ["userId"],
    }
    parameter = {"name": "o", "in": location, "schema": schema}
    target = f"/{sent}" if isinstance(sent, str) else "/"
    headers = Headers.of(sent.items() if isinstance(sent, dict) else ())
    contract = contract_of({"parameters": [parameter]})
    found = contract.check(Request("POST", target, headers), {}).violations
    assert [(each.code, each.severity) for each in found] == [
        ("not-exploded", "warning")
    ]
    parameter["explode"] = False
    contract = contract_of({"parameters": [parameter]})
    assert contract.check(Request("POST", target, headers), {}).violations == ()


# --- near misses ------------------------------------------------------------------------


@each_row(
    ("parameter", "sent", "hint"),
    [
        ({"name": "ids"}, "?ids[]=1", "'ids[]' was sent, did you mean 'ids'?"),
        ({"name": "ids"}, "?ids%5B0%5D=1", "'ids[0]' was sent, did you mean 'ids'?"),
        (
            {"name": "eventId"},
            "?eventid=1",
            "'eventid' was sent, did you mean 'eventId'?",
        ),
        (
            {"name": "eventId"},
            "?event_id=1",
            "'event_id' was sent, did you mean 'eventId'?",
        ),
        (
            {"name": "eventId"},
            "?a=1&evntId=1",
            "'evntId' was sent, did you mean 'eventId'?",
        ),
        (
            {"name": "X-Event-Id", "in": "header"},
            {"x_event_id": "1"},
            "'x_event_id' was sent, did you mean 'X-Event-Id'?",
        ),
        (
            {"name": "X-Event-Id", "in": "header"},
            {"Cookie": "xEventId=1"},
            "a cookie of that name was sent",
        ),
        (
            {"name": "sid", "in": "cookie"},
            {"Cookie": "SID=1"},
            "'SID' was sent, did you mean 'sid'?",
        ),
        ({"name": "eventId"}, {"Event-Id": "1"}, "a header of that name was sent"),
        (
            {"name": "event-id", "in": "header"},
            "?eventId=1",
            "a query parameter of that name was sent",
        ),
        (
            {"name": "f", "style": "deepObject", "schema": {"type": "object"}},
            "?f.a=1",
            "'f.a' was sent, did you mean 'f[name]'?",
        ),
        (
            {"name": "f", "style": "deepObject", "schema": {"type": "object"}},
            "?f[a=1",
            "'f[a' was sent, did you mean 'f[name]'?",
        ),
        (
            {"name": "f", "style": "deepObject", "schema": {"type": "object"}},
            "?g[a]=1",
            None,
        ),
        (
            {
                "name": "o",
                "schema": {"type": "object", "properties": {"userId": {}}},
            },
            "?user_id=1",
            "'user_id' was sent, did you mean its property 'userId'?",
        ),
        (
            {
                "name": "o",
                "schema": {"type": "object", "properties": {"userId": {}}},
            },
            "?x=1",
            None,
        ),
        ({"name": "ids"}, "?other=1", None),
        ({"name": "a"}, "?b=1", None),
        ({"name": "ids"}, "?taken=1", None),
        ({"name": "-"}, "?_=1", None),
    ],
)
def test_3_9_what_was_sent_in_place_of_a_missing_parameter_is_named(
    parameter, sent, hint
):
    parameter = {"in": "query", "required": True, "schema": INTEGERS, **parameter}
    other = {"name": "taken", "in": "query"}
    target = f"/{sent}" if isinstance(sent, str) else "/"
    headers = Headers.of(sent.items() if isinstance(sent, dict) else ())
    contract = contract_of({"parameters": [parameter, other]})
    (found,) = contract.check(Request("POST", target, headers), {}).violations
    _, _, said = found.detail.partition("; ")
    assert (said or None) == hint


@each_row(
    ("schema", "more", "sent", "hint"),
    [
        (
            {"type": "string", "format": "date-time"},
            {},
            "p=2026-01-01T00:00:00+01:00",
            "a + in a query is a space, send %2B",
        ),
        (
            INTEGERS,
            {"explode": False},
            "p=1%2C2",
            "the comma is percent-encoded, so it is part of one item",
        ),
        (
            INTEGERS,
            {},
            "p=1,2",
            "the items are exploded: send the parameter once for each",
        ),
        (
            INTEGERS,
            {},
            "p=1;2",
            "the items are exploded: send the parameter once for each",
        ),
        (
            INTEGERS,
            {"explode": False},
            "p=1|2",
            "its style separates items by a comma",
        ),
        (
            INTEGERS,
            {"style": "pipeDelimited", "explode": False},
            "p=1,2",
            "its style separates items by |",
        ),
        (
            INTEGERS,
            {"style": "spaceDelimited", "explode": False},
            "p=1,2",
            "its style separates items by a space",
        ),
        ({"enum": ["a b"]}, {}, "p=a%2520b", "the value is percent-encoded twice"),
        (
            INTEGERS,
            {},
            "p=1|2",
            "the items are exploded: send the parameter once for each",
        ),
        (
            INTEGERS,
            {},
            "p=1%2C2",
            (
                "the comma is percent-encoded, so it is part of one item; the items are "
                "exploded: send the parameter once for each"
            ),
        ),
        (INTEGERS, {}, "p=[1,2]", "it is sent as JSON, which its style is not"),
        (
            INTEGERS,
            {"explode": False},
            "p=%5B1%2C2%5D",
            "it is sent as JSON, which its style is not",
        ),
        (INTEGERS, {}, "p=[1", None),
        (INTEGERS, {}, 'p=["x"]', None),
        (
            {"type": "boolean"},
            {},
            "p=False",
            "JSON writes true and false in lower case",
        ),
        ({"type": "integer"}, {}, "p=x+y", None),
        (INTEGERS, {"explode": False}, "p=1%2Cx", None),
        ({"type": "integer"}, {}, "p=" + "+" * 3000, None),
    ],
)
def test_3_9_how_an_invalid_value_would_be_valid_is_said(schema, more, sent, hint):
    _, (found,) = read({"in": "query", "schema": schema, **more}, sent)
    _, _, said = found.detail.partition("; ")
    assert (said or None) == hint


def test_3_9_a_text_in_place_of_a_deep_object_is_told_how_to_write_it():
    _, (found,) = read({"in": "query", "style": "deepObject", "schema": TREE}, "p=1")
    assert (found.code, found.detail) == (
        "syntax",
        "'1' is not a deepObject, written as p[name]=value",
    )


def test_3_9_a_percent_encoded_comma_in_a_path_is_named_too():
    _, (found,) = read({"in": "path", "schema": INTEGERS}, "1%2C2")
    assert found.detail.endswith(
        "; the comma is percent-encoded, so it is part of one item"
    )


@each_row(
    ("sent", "detail"),
    [
        ("p=%zz", "'p' has '%zz', which is not a percent-encoding"),
        ("p=50%", "'p' has '%', which is not a percent-encoding"),
        ("p=a%FFb", "'p' has '%FF', which is not UTF-8"),
        ("p=a%ffb", "'p' has '%ff', which is not UTF-8"),
        ("p=%C3%A9%e2%82x", "'p' has '%e2%82', which is not UTF-8"),
        ("p=%C3%A9", None),
        ("p=%EF%BF%BD", None),
    ],
)
@each_row("location", ["query", "path", "cookie"])
def test_3_11_text_that_is_not_read_as_it_was_sent_is_a_warning(location, sent, detail):
    sent = sent.removeprefix("p=") if location == "path" else sent
    _, found = read({"in": location, "schema": {"type": "string"}}, sent)
    warnings = [(each.code, each.severity, each.detail) for each in found]
    assert warnings == ([("percent-encoding", "warning", detail)] if detail else [])


FREE = {"type": "object", "additionalProperties": {"type": "string"}}


@each_row(
    ("parameter", "sent", "details"),
    [
        ({"in": "query", "style": "deepObject", "schema": FREE}, "p[%ff]=1",
         ["'p' has '%ff', which is not UTF-8"]),
        ({"in": "query", "style": "deepObject", "schema": FREE}, "p%5Ba%5D=%zz",
         ["'p' has '%zz', which is not a percent-encoding"]),
        ({"in": "query", "schema": FREE}, "%zz=1",
         ["'p' has '%zz', which is not a percent-encoding"]),
        ({"in": "cookie", "schema": FREE}, "a=%ff",
         ["'p' has '%ff', which is not UTF-8"]),
        ({"in": "cookie", "style": "cookie", "schema": {"type": "string"}}, "p=%ff", []),
        ({"in": "header", "schema": {"type": "string"}}, ["%ff"], []),
        ({"in": "header", "schema": {"enum": ["a \ufffd"]}}, ["a%20%ff"],
         ["'p' is percent-encoded, and only valid when decoded",
          "'p' has '%ff', which is not UTF-8"]),
        ({"in": "query", "style": "deepObject", "schema": FREE}, "p[a]=1&p[a]=2",
         ["'p[a]' is not used: its place has another value"]),
        ({"in": "query", "style": "deepObject", "schema": FREE}, "p[a]=1&p[a]=1",
         ["'p[a]' is not used: its place has another value"]),
        ({"in": "query", "style": "deepObject", "schema": FREE}, "p[a]=1&p[a][b]=1&p=4",
         ["'p[a][b]' is not used: its place has another value"]),
        ({"in": "query", "style": "deepObject", "schema": FREE}, "p[a]=1&p[b]=1", []),
        ({"in": "query", "schema": COLOUR}, "R=1&R=2",
         ["'p' has the member 'R' 2 times"]),
        ({"in": "query", "explode": False, "schema": COLOUR}, "p=R,1,R,2",
         ["'p' has the member 'R' 2 times"]),
        ({"in": "path", "schema": COLOUR}, "R,1,R,2",
         ["'p' has the member 'R' 2 times"]),
        ({"in": "header", "schema": COLOUR}, ["R,1,R,2"],
         ["'p' has the member 'R' 2 times"]),
        ({"in": "cookie", "schema": COLOUR}, "R=1; R=2",
         ["'p' has the member 'R' 2 times"]),
    ],
)  # fmt: skip
def test_3_11_what_is_not_used_of_a_text_is_a_warning_in_every_place(
    parameter, sent, details
):
    _, found = read(parameter, sent)
    assert [each.detail for each in found] == details
    assert {each.severity for each in found} <= {"warning", "info"}


# --- what is encoded although it need not be --------------------------------------------


@each_row(
    ("location", "parameter", "sent", "value", "codes"),
    [
        ("header", {"schema": {"enum": ["a b"]}}, ["a%20b"], "a b", ["header-encoded"]),
        ("header", {"schema": {"enum": ["a b"]}}, ["a%20c"], "a%20c", ["enum"]),
        ("header", {"schema": {"enum": ["a%20b"]}}, ["a%20b"], "a%20b", []),
        ("header", {"schema": {"enum": ["a b"]}}, ["x"], "x", ["enum"]),
        pytest.param(
            "cookie",
            {"schema": {"enum": ["a b"]}},
            "p=a%20b",
            "a b",
            [],
            id="3.9 cookie",
        ),
        (
            "cookie",
            {"schema": {"enum": ["a b"]}, "style": "cookie"},
            "p=a%20b",
            "a b",
            ["header-encoded"],
        ),
        (
            "header",
            {"schema": INTEGERS},
            ["1%2C2"],
            [1, 2],
            ["header-encoded"],
        ),
        (
            "header",
            {"schema": COLOUR, "explode": True},
            ["R%3D1"],
            {"R": 1},
            ["header-encoded"],
        ),
        (
            "header",
            {"schema": COLOUR, "explode": True},
            ["R%2C1"],
            "R%2C1",
            ["syntax"],
        ),
    ],
)
def test_what_is_only_valid_when_decoded_is_decoded(
    location, parameter, sent, value, codes
):
    found, violations = read({"in": location, **parameter}, sent)
    assert (found, [each.code for each in violations]) == (value, codes)
    assert all(
        each.severity == "info"
        for each in violations
        if codes[0] not in ("enum", "syntax")
    )


@each_row(
    ("schema", "explode", "sent", "value"),
    [
        (STRINGS, False, "p=a,b", ["a", "b"]),
        (STRINGS, True, "p=a; p=b%2C", ["a", "b%2C"]),
        (COLOUR, True, "R=1; G=2; x=3", {"R": 1, "G": 2}),
        (COLOUR, False, "p=R,1,G,2", {"R": 1, "G": 2}),
    ],
)
def test_cookies_have_a_style_of_their_own(schema, explode, sent, value):
    parameter = {
        "in": "cookie",
        "style": "cookie",
        "explode": explode,
        "schema": schema,
    }
    assert read(parameter, sent, version="3.2.0") == (value, ())


# --- the example bank -------------------------------------------------------------------


@each_row(
    ("parameter", "sent", "value", "violations"),
    [
        pytest.param(
            {"in": "query", "schema": INTEGERS}, "p=1&p=2", [1, 2], (), id="4a explode"
        ),
        pytest.param(
            {"in": "query", "schema": INTEGERS, "explode": False},
            "p=1,2",
            [1, 2],
            (),
            id="4a commas",
        ),
        pytest.param(
            {"in": "query", "schema": INTEGERS, "explode": False},
            "p=1&p=2",
            [1, 2],
            (DUPLICATE,),
            id="4a repeated",
        ),
        pytest.param(
            {"in": "query", "schema": STRINGS}, "p=", [""], (), id="4a empty string"
        ),
        pytest.param(
            {"in": "query", "schema": INTEGERS}, "p=", [], (EMPTY,), id="4a empty"
        ),
        pytest.param(
            {"in": "query", "schema": COLOUR},
            "R=1&G=2&x=3",
            {"R": 1, "G": 2},
            (),
            id="4b",
        ),
        pytest.param(
            {"in": "header", "schema": STRINGS}, ["a, b"], ["a", "b"], (), id="4c"
        ),
        pytest.param(
            {"in": "header", "schema": STRINGS},
            ["a", "b"],
            ["a", "b"],
            (),
            id="4c lines",
        ),
        pytest.param(
            {"in": "header", "content": {"application/json": {}}},
            ['{"a":1,"b":2}'],
            {"a": 1, "b": 2},
            (),
            id="4d",
        ),
        pytest.param(
            {"in": "cookie", "schema": {"type": "integer", "maximum": 1}},
            "p=1; p=2",
            1,
            (
                replace(DUPLICATE, location="cookie"),
                violation(
                    "maximum",
                    "2 is greater than 1",
                    location="cookie",
                    schema=f"{FIRST}/schema",
                    expected=1,
                    received=2,
                ),
            ),
            id="4e",
        ),
        pytest.param(
            {"in": "path", "schema": COLOUR, "explode": True},
            "R=1,G=2",
            {"R": 1, "G": 2},
            (),
            id="4f",
        ),
        pytest.param(
            {"in": "path", "schema": COLOUR, "explode": True},
            "R=1,G",
            "R=1,G",
            (
                violation(
                    "syntax",
                    "'R=1,G' is not a list of names and values",
                    location="path",
                    received="R=1,G",
                ),
            ),
            id="4f odd",
        ),
        pytest.param(
            {"in": "query", "required": True, "schema": {"default": 1}},
            "",
            None,
            (
                violation(
                    "missing-parameter", "the required query parameter 'p' is missing"
                ),
            ),
            id="4g",
        ),
        pytest.param(
            {"in": "query", "schema": {"type": "integer", "nullable": True}},
            "p=null",
            None,
            (),
            id="4h integer",
        ),
        pytest.param(
            {"in": "query", "schema": {"type": "string", "nullable": True}},
            "p=null",
            "null",
            (),
            id="4h string",
        ),
    ],
)
def test_the_bank_of_parameters(parameter, sent, value, violations):
    assert read(parameter, sent, version="3.0.3") == (value, violations)


def test_of_very_many_values_only_some_are_checked():
    schema = {"type": "integer"}
    _, found = read({"in": "query", "schema": schema}, "&".join(["p=x"] * 1000))
    assert len(found) == 101


# --- nothing raises ---------------------------------------------------------------------

STYLES = st.sampled_from(
    ["simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited", "x"]
)


@settings(deadline=None)
@given(STYLES, st.text(st.sampled_from(";,.=p|%20aé")), st.booleans())
def test_any_text_is_cut_or_not_in_its_style(style, text, explode):
    for cut in (styles.items, styles.pairs):
        with suppress(NotInStyle):
            assert isinstance(cut(style, "p", text, explode=explode), list)


PARAMETERS = st.fixed_dictionaries(
    {
        "in": st.sampled_from(["query", "header", "path", "cookie"]),
        "schema": st.sampled_from(
            [INTEGERS, STRINGS, COLOUR, MAP, {"type": "integer"}, {"type": "date"}, {}]
        ),
    },
    optional={
        "style": STYLES | st.just("deepObject") | st.just(5),
        "explode": st.booleans(),
        "allowEmptyValue": st.booleans(),
        "required": st.booleans(),
        "content": st.just({"application/json": {}}),
    },
)
SENT = st.text(st.sampled_from('p=&;,.[]R1%7C \ud800\xff{"')) | st.text(st.characters())


@settings(deadline=None)
@given(PARAMETERS, SENT)
def test_no_parameter_makes_the_check_raise(parameter, sent):
    _, violations = read(parameter, sent)
    assert all(each.schema.startswith(FIRST) for each in violations)
