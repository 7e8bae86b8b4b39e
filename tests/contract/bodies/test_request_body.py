from __future__ import annotations

from dataclasses import replace

import pytest
from cbmock.contract.bodies import request_body
from cbmock.contract.bodies.request_body import CheckedBody
from cbmock.description.references import Node
from cbmock.errors import UnresolvableReference
from cbmock.http.messages import Headers, Request
from cbmock.violations import Violation

from tests.support.documents import OPERATION, contract_of, describe
from tests.support.rows import each_row

BODY = f"{OPERATION}/requestBody"
EVENT = {
    "type": "object",
    "required": ["paid"],
    "properties": {"paid": {"type": "boolean"}},
}
JSON = {"application/json": {"schema": EVENT}}
PAID = b'{"paid": true}'
AS_JSON = BODY + "/content/application~1json"


def checked(
    body, data, media_type="application/json", *, method="post", version="3.1.0"
):
    """Check a body against a Request Body Object."""
    contract = contract_of({"requestBody": body}, method=method, version=version)
    fields = [] if media_type is None else [("Content-Type", media_type)]
    request = Request(method.upper(), "/", Headers.of(fields), data)
    return request_body.check(contract.body, request, place=OPERATION)


def on_body(code, detail, **more):
    return Violation(location="body", pointer="#", code=code, detail=detail, **more)


def on_media_type(code, detail, **more):
    return Violation(
        location="media_type", name="Content-Type", code=code, detail=detail, **more
    )


def test_a_documented_body_is_read():
    assert checked({"content": JSON}, PAID) == CheckedBody(
        {"paid": True}, "application/json"
    )


def test_a_wrong_body_is_told_with_the_value():
    assert checked({"content": JSON}, b'{"paid": "yes"}') == CheckedBody(
        {"paid": "yes"},
        "application/json",
        (
            Violation(
                location="body",
                name="paid",
                pointer="#/paid",
                code="type",
                detail="'yes' is not a boolean",
                schema=f"{AS_JSON}/schema/properties/paid",
                expected="boolean",
                received="yes",
            ),
        ),
    )


# --- whether there is a body ------------------------------------------------------------

MISSING = on_body(
    "missing-body",
    "the required body is missing",
    schema=BODY,
    expected=["application/json"],
)


@each_row(
    ("body", "media_type", "violations"),
    [
        ({"required": True, "content": JSON}, None, (MISSING,)),
        ({"required": True, "content": JSON}, "application/json", (MISSING,)),
        ({"required": False, "content": JSON}, "application/json", ()),
        ({"required": "yes", "content": JSON}, None, ()),
        ({"content": JSON}, "text/plain", ()),
        (None, None, ()),
        ("no body", None, ()),
    ],
)
def test_a_body_is_only_missed_where_it_is_required(body, media_type, violations):
    assert checked(body, b"", media_type) == CheckedBody(violations=violations)


@pytest.mark.parametrize("body", [None, "no body", ["content"]])
def test_a_body_that_is_not_documented_is_suspicious(body):
    assert checked(body, b"x", None) == CheckedBody(
        violations=(
            on_body(
                "unexpected-body",
                "the request has a body, but the operation documents none",
                severity="warning",
                schema=OPERATION,
            ),
        )
    )


def test_an_operation_may_have_no_body_at_all():
    assert contract_of({}).body is None


# --- which media type -------------------------------------------------------------------


@each_row(
    ("keys", "sent", "key"),
    [
        (["application/*", "application/json"], "Application/JSON;charset=UTF-8", 1),
        (["application/json; version=2", "application/json"], "application/json", 1),
        (["application/*+json", "*/*"], "application/cloudevents+json", 0),
        (["*/*"], "image/png", 0),
        (["text/plain"], "text/plain; charset=utf-8", 0),
    ],
)
def test_the_most_specific_media_type_object_is_used(keys, sent, key):
    content = {each: {} for each in keys}
    assert checked({"content": content}, b"1", sent).media_type == keys[key]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("text/html; charset=utf-8", "text/html"),
        ("application/problem+json", "application/problem+json"),
    ],
)
def test_a_type_that_is_not_documented_is_told(sent, shown):
    content = {**JSON, "text/plain": {}}
    assert checked({"content": content}, b"{}", sent) == CheckedBody(
        violations=(
            on_media_type(
                "media-type",
                f"unexpected media type {shown}; documented: application/json, text/plain"
                f"; the body reads as JSON; the sender labels it {shown}"
                " (send Content-Type: application/json)",
                schema=BODY,
                expected=["application/json", "text/plain"],
                received=shown,
            ),
        )
    )


UNTYPED = "the request has a body but no Content-Type"


@each_row(
    ("media_type", "code", "detail"),
    [
        (None, "missing-content-type", UNTYPED),
        ("json", "syntax", "the Content-Type 'json' is not a media type"),
        (
            "a/b, a/b",
            "syntax",
            "the Content-Type 'a/b, a/b' is not a media type",
        ),
    ],
)
@each_row(
    ("content", "data", "value", "key"),
    [
        (JSON, PAID, {"paid": True}, "application/json"),
        ({"*/*": {}}, b"[1]", [1], "*/*"),
        ({"*/*": {}}, b"\xff", b"\xff", "*/*"),
        ({"text/plain": {}, **JSON}, PAID, {"paid": True}, "application/json"),
        ({"text/plain": {}}, b"{}", "{}", "text/plain"),
        ({}, b"{}", None, None),
    ],
)
def test_without_a_media_type_the_likeliest_is_taken(
    media_type, code, detail, content, data, value, key
):
    hint = "; the body reads as JSON (send Content-Type: application/json)"
    assert checked({"content": content}, data, media_type) == CheckedBody(
        value,
        key,
        (
            on_media_type(
                code,
                detail + (hint if key == "application/json" else ""),
                schema=BODY,
                expected=list(content),
                received=media_type,
            ),
        ),
    )


def test_a_body_of_no_known_type_is_not_documented_either():
    content = {"text/plain": {}, "image/*": {}}
    found = checked({"content": content}, b"\xff", None)
    assert [each.detail for each in found.violations] == [
        UNTYPED,
        "unexpected media type application/octet-stream; documented: text/plain, image/*",
    ]


@each_row("content", [{}, None, [], "application/json"])
def test_where_no_type_is_documented_any_body_will_do(content):
    assert checked({"content": content}, b"\xff", "image/png") == CheckedBody()


@each_row("media_type", [{}, {"schema": True}, {"schema": None}, None, "text"])
def test_where_nothing_is_said_about_a_json_body_only_its_syntax_counts(media_type):
    body = {"content": {"application/json": media_type}}
    assert checked(body, b"[1]") == CheckedBody([1], "application/json")
    assert checked(body, b"[1").violations == (
        on_body(
            "syntax",
            "not JSON: expecting ',' delimiter at line 1 column 3",
            schema=AS_JSON,
        ),
    )


# --- what the text says -----------------------------------------------------------------


@each_row(
    ("schema", "data", "value", "violations"),
    [
        (
            {"type": "string"},
            b"abc",
            None,
            (on_body("syntax", "not JSON: expecting value at line 1 column 1"),),
        ),
        ({"type": "string"}, b'"abc"', "abc", ()),
        (
            {},
            b" ",
            None,
            (on_body("syntax", "not JSON: expecting value at line 1 column 2"),),
        ),
        (
            {},
            b"[NaN]",
            None,
            (on_body("syntax", "not JSON: NaN is not a JSON number"),),
        ),
        ({}, b"\xff", None, (on_body("encoding", "byte 0 (0xff) is not utf-8"),)),
        (
            {},
            b"[" * 501 + b"]" * 501,
            None,
            (on_body("too-deep", "nested more than 500 levels deep"),),
        ),
        (
            {},
            b"\xef\xbb\xbf1",
            1,
            (
                on_body(
                    "json-bom",
                    "the text starts with a byte order mark (RFC 8259 §8.1)",
                    severity="warning",
                ),
            ),
        ),
        (
            {"type": "object"},
            b'{"a": 1, "a": 2}',
            {"a": 2},
            (
                on_body(
                    "json-duplicate-key",
                    "the name 'a' is repeated in one object (RFC 8259 §4)",
                    severity="warning",
                ),
            ),
        ),
    ],
)
def test_a_text_is_read_as_json(schema, data, value, violations):
    found = checked({"content": {"application/json": {"schema": schema}}}, data)
    expected = tuple(replace(each, schema=AS_JSON) for each in violations)
    assert found == CheckedBody(value, "application/json", expected)


def test_a_suspicious_text_is_checked_all_the_same():
    body = {"content": {"application/json": {"schema": {"type": "string"}}}}
    found = checked(
        body, '{"é": 1}'.encode("latin-1"), "application/json; charset=latin-1"
    )
    assert [(each.code, each.detail) for each in found.violations] == [
        ("charset", "JSON is sent in UTF-8, not in latin-1 (RFC 8259 §8.1)"),
        ("type", '{"é": 1} is not a string'),
    ]


def test_an_integer_is_exact_whatever_its_size():
    schema = {"type": "integer", "format": "int64"}
    found = checked(
        {"content": {"application/json": {"schema": schema}}},
        b"12345678901234567890123",
    )
    assert [each.detail for each in found.violations] == [
        "12345678901234567890123 is not an int64"
    ]


# --- methods whose bodies are to be ignored ---------------------------------------------


@each_row("method", ["get", "head", "delete"])
@each_row(
    ("data", "media_type", "codes"),
    [
        (b"", None, []),
        (PAID, "application/json", []),
        (b"{}", "application/json", ["required"]),
        (b"{", "application/json", ["syntax"]),
        (b"{}", "text/html", ["media-type"]),
        (b"{}", None, ["missing-content-type", "required"]),
    ],
)
def test_below_3_1_their_bodies_only_cause_warnings(method, data, media_type, codes):
    body = {"required": True, "content": JSON}
    found = checked(body, data, media_type, method=method, version="3.0.3").violations
    assert [(each.code, each.severity) for each in found] == [
        (code, "warning") for code in codes
    ]


@pytest.mark.parametrize(
    ("method", "version"), [("get", "3.1.0"), ("put", "3.0.3"), ("patch", "3.0.3")]
)
def test_other_bodies_are_required_as_documented(method, version):
    body = {"required": True, "content": JSON}
    found = checked(body, b"", None, method=method, version=version)
    place = BODY.replace("/post/requestBody", f"/{method}/requestBody")
    assert found.violations == (replace(MISSING, schema=place),)


# --- references -------------------------------------------------------------------------


def of_operation(operation):
    description = describe(
        {
            "openapi": "3.1.0",
            "components": {
                "requestBodies": {"B": {"required": True, "content": JSON}},
                "schemas": {"Event": EVENT},
            },
        }
    )
    node = Node(operation, description.entry)
    return request_body.request_body_of(node, "POST", description)


def test_a_body_may_stand_behind_a_reference():
    found = of_operation({"requestBody": {"$ref": "#/components/requestBodies/B"}})
    assert (found.required, found.node.pointer, list(found.content)) == (
        True,
        "openapi.json#/components/requestBodies/B",
        ["application/json"],
    )


def test_a_body_behind_a_broken_reference_raises():
    with pytest.raises(UnresolvableReference):
        of_operation({"requestBody": {"$ref": "#/components/requestBodies/C"}})


def test_a_body_whose_schema_cannot_be_had_is_not_checked():
    body = {"content": {"application/json": {"schema": {"$ref": "#/nowhere"}}}}
    assert checked(body, b"1") == CheckedBody(
        1,
        "application/json",
        (
            on_body(
                "unreadable-schema",
                f"the body was not checked: {AS_JSON}/schema: $ref '#/nowhere'"
                " has no target: nothing is at 'nowhere'",
                severity="warning",
                schema=f"{AS_JSON}/schema",
            ),
        ),
    )
