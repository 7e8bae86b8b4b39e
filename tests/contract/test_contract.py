from __future__ import annotations

import pytest
from cbmock.contract.contract import CheckResult, Contract, ordered
from cbmock.description.discovery import discover
from cbmock.http.messages import Headers, Request
from cbmock.violations import Violation
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.documents import OPERATION, contract_of, describe
from tests.support.rows import each_row

EVENT = {
    "type": "object",
    "required": ["paid"],
    "properties": {
        "paid": {"type": "boolean"},
        "at": {"type": "string", "format": "date-time"},
    },
}
OPERATION_OBJECT = {
    "parameters": [
        {"name": "attempt", "in": "query", "schema": {"type": "integer"}},
        {"name": "X-Id", "in": "header", "required": True},
        {"name": "Accept", "in": "header", "required": True},
        {"name": "kind", "in": "path", "schema": {"enum": ["paid", "due"]}},
        {"name": "sid", "in": "cookie"},
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Event"}}
        },
    },
}
CONTRACT = contract_of(OPERATION_OBJECT, schemas={"Event": EVENT})


def headers(**fields):
    return Headers.of((name.replace("_", "-"), text) for name, text in fields.items())


def test_a_verdict_holds_what_was_carried():
    request = Request(
        "POST",
        "/paid?attempt=2",
        headers(X_Id="7", Content_Type="application/json", Cookie="sid=abc"),
        b'{"paid": true}',
    )
    assert CONTRACT.check(request, {"kind": "paid"}) == CheckResult(
        parameters={
            ("query", "attempt"): 2,
            ("header", "X-Id"): "7",
            ("path", "kind"): "paid",
            ("cookie", "sid"): "abc",
        },
        body={"paid": True},
        media_type="application/json",
    )


def test_violations_are_told_in_the_order_that_people_read_them():
    request = Request(
        "POST", "/late?attempt=x", Headers(), b'{"paid": "yes", "at": "yesterday"}'
    )
    found = CONTRACT.check(request, {"kind": "late"}).violations
    assert [(each.where, each.code, each.detail, each.schema) for each in found] == [
        (
            "body #/at",
            "format",
            "'yesterday' is not a date-time: it must look like 2025-01-31T12:00:00Z",
            "openapi.json#/components/schemas/Event/properties/at",
        ),
        (
            "body #/paid",
            "type",
            "'yes' is not a boolean",
            "openapi.json#/components/schemas/Event/properties/paid",
        ),
        (
            "query attempt",
            "type",
            "'x' is not an integer",
            f"{OPERATION}/parameters/0/schema",
        ),
        (
            "path kind",
            "enum",
            "'late' is none of 'paid', 'due'",
            f"{OPERATION}/parameters/3/schema",
        ),
        (
            "header X-Id",
            "missing-header",
            "the required header 'X-Id' is missing",
            f"{OPERATION}/parameters/1",
        ),
        (
            "media type Content-Type",
            "missing-content-type",
            (
                "the request has a body but no Content-Type; the body reads as JSON "
                "(send Content-Type: application/json)"
            ),
            f"{OPERATION}/requestBody",
        ),
    ]


@each_row(
    ("body", "media_type", "codes"),
    [
        (b'{"paid": true}', None, []),
        (b'{"paid": true}', "application/json", []),
        (b'{"paid": true}', "text/plain", ["media-type"]),
        (b"{}", None, ["required"]),
        (b"", None, ["missing-body"]),
        (b'{"paid": 1, "at": 1}', None, ["type", "type"]),
    ],
)
def test_a_body_is_checked_alone(body, media_type, codes):
    found = CONTRACT.check_body(body, media_type)
    assert [each.code for each in found] == codes


@pytest.mark.parametrize(("body", "codes"), [(b"", []), (b"x", ["unexpected-body"])])
def test_a_body_is_checked_alone_where_none_is_documented(body, codes):
    found = contract_of({}).check_body(body, None)
    assert [each.code for each in found] == codes


def test_a_body_that_cannot_be_had_is_told_and_nothing_else_suffers():
    operation = {
        **OPERATION_OBJECT,
        "requestBody": {"$ref": "#/components/requestBodies/Missing"},
    }
    place = f"{OPERATION}/requestBody"
    contract = contract_of(operation)
    request = Request("POST", "/", headers(X_Id="7"), b"{}")
    assert contract.check(request, {}) == CheckResult(
        parameters={("header", "X-Id"): "7"},
        violations=(
            Violation(
                location="body",
                pointer="#",
                code="unreadable-schema",
                detail=(
                    f"the body was not checked: {place}: $ref"
                    " '#/components/requestBodies/Missing'"
                    " has no target: nothing is at 'requestBodies'"
                ),
                severity="warning",
                schema=place,
            ),
        ),
    )


def test_an_operation_that_could_not_be_read_asks_for_nothing():
    description = describe(
        {"openapi": "3.1.0", "webhooks": {"event": {"$ref": "#/nowhere"}}}
    )
    (operation,) = discover(description)
    contract = Contract(operation, description)
    assert contract.check(Request("POST", "/", body=b""), {}) == CheckResult()


def test_one_place_has_its_violations_in_the_order_of_names_and_codes():
    def violation(location, pointer, name, code):
        return Violation(
            location=location, pointer=pointer, name=name, code=code, detail=""
        )

    expected = (
        violation("body", "#", None, "type"),
        violation("body", "#/a", None, "type"),
        violation("header", None, "a", "type"),
        violation("header", None, "b", "enum"),
        violation("header", None, "b", "type"),
        violation("security", None, None, "missing-credential"),
        violation("delivery", None, None, "late"),
    )
    assert ordered(tuple(reversed(expected))) == expected


# --- nothing raises ---------------------------------------------------------------------

FIELDS = st.sampled_from(
    [b"Content-Type", b"content-type", b"X-Id", b"Cookie", b"Accept", b"x"]
)
MEDIA_TYPES = st.sampled_from(
    [
        b"application/json",
        b"application/json; charset=utf-16",
        b'application/json; charset="utf-7"',
        b"application/json; charset=unicode_escape",
        b"application/x+json;charset=\xff",
        b"text/plain",
    ]
)
BODIES = st.binary() | st.sampled_from(
    [
        b'{"paid": true}',
        b'{"paid": "\\ud800", "\\udfff": "\\ud800"}',
        b'{"paid": ' + b"9" * 5000 + b"}",
        b'{"at": 1e400}',
        b'{"paid": ' + b"[" * 499 + b'"\\ud800"' + b"]" * 499 + b"}",
        b"[" * 100_000,
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
    ]
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(FIELDS | st.binary(), MEDIA_TYPES | st.binary())),
    BODIES,
    st.text(st.characters()),
    st.dictionaries(st.just("kind"), st.text(st.characters())),
    st.sampled_from(["3.0.3", "3.1.0"]),
)
def test_whatever_arrives_the_check_does_not_raise(fields, body, target, path, version):
    contract = contract_of(OPERATION_OBJECT, version=version, schemas={"Event": EVENT})
    request = Request("POST", target, Headers(fields), body)
    found = contract.check(request, path).violations
    assert ordered(found) == found
    assert all(each.schema and each.detail and each.code for each in found)


def test_what_breaks_the_rules_of_cloudevents_is_placed_at_the_operation():
    contract = contract_of(OPERATION_OBJECT, schemas={"Event": EVENT})
    fields = [(b"ce-specversion", b"1.0"), (b"content-type", b"application/json")]
    found = contract.check(Request("POST", "/", Headers(fields), b"{}"), {}).violations
    events = [each.schema for each in found if each.code == "cloudevents"]
    assert {*events} == {contract.operation.pointer}


@settings(deadline=None)
@given(BODIES, st.none() | st.text(st.characters()))
def test_whatever_body_is_checked_alone_the_check_does_not_raise(body, media_type):
    found = CONTRACT.check_body(body, media_type)
    assert ordered(found) == found
