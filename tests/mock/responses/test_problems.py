import json

import pytest
from cbmock import sources
from cbmock.contract.explain.explanation import explain
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.security.requirements import SecurityScheme
from cbmock.mock.call import reference
from cbmock.mock.mock import Mock
from cbmock.mock.responses.problems import BASE, PROBLEMS, details, problem_of, response
from cbmock.server import control
from cbmock.violations import Violation

from tests.support.mocks import ACCEPTED, described, request, taking, webhooks
from tests.support.rows import each_row


def violation(location, code="c", **more):
    return Violation(location=location, code=code, detail=f"{location} {code}", **more)


SECURITY = violation("security")
SIGNATURE = violation("signature")
URL = violation("url", "unmatched")
METHOD = violation("method")
LARGE = violation("body", "too-large")
MEDIA_TYPE = violation("media_type", "media-type")
SYNTAX = violation("body", "syntax")
SCHEMA = violation("body", "type", pointer="#/a")


@each_row(
    ("violations", "name", "status"),
    [
        ([SCHEMA, SYNTAX, SECURITY, URL], "unauthorized", 401),
        ([SCHEMA, SIGNATURE, MEDIA_TYPE], "signature-invalid", 401),
        ([SCHEMA, URL, METHOD], "unmatched-request", 404),
        ([METHOD], "method-not-documented", 405),
        ([LARGE, MEDIA_TYPE], "content-too-large", 413),
        ([SYNTAX, MEDIA_TYPE], "unsupported-media-type", 415),
        (
            [violation("media_type", "missing-content-type"), SCHEMA],
            "malformed-request",
            400,
        ),
        ([violation("media_type", "syntax")], "malformed-request", 400),
        ([SCHEMA, SYNTAX], "malformed-request", 400),
        ([violation("body", "encoding")], "malformed-request", 400),
        ([violation("body", "too-deep")], "malformed-request", 400),
        ([violation("delivery", "incomplete"), SYNTAX], "incomplete-request", 400),
        ([violation("delivery", "head-too-large"), URL], "head-too-large", 431),
        ([violation("delivery", "target-too-long")], "target-too-long", 414),
        ([violation("delivery", "request-timeout")], "request-timeout", 408),
        ([violation("delivery", "transfer-encoding")], "unknown-transfer-coding", 501),
        ([violation("delivery", "unknown-method")], "unknown-method", 501),
        ([violation("delivery", "too-many-connections")], "too-many-connections", 503),
        ([violation("delivery", "http-version")], "http-version-not-supported", 505),
        ([SCHEMA, violation("header", "missing-header")], "contract-violation", 422),
        ([violation("query", "syntax")], "contract-violation", 422),
        ([violation("url", "query")], "contract-violation", 422),
        (
            [violation("security", severity="warning"), SCHEMA],
            "contract-violation",
            422,
        ),
    ],
)
def test_the_most_urgent_error_names_the_problem(violations, name, status):
    for order in (tuple(violations), tuple(reversed(violations))):
        problem = problem_of(order)
        assert (problem.name, problem.status) == (name, status)


def test_a_refusal_is_problem_json():
    operation = webhooks("w").operations[0]
    warning = violation("body", "json-bom", severity="warning")
    answer = response(
        (SCHEMA, warning), call_id=7, operation=operation, matched_by="event hint"
    )
    assert answer.status == 422
    assert list(answer.headers) == [
        ("content-type", "application/problem+json"),
        ("content-length", str(len(answer.body))),
    ]
    assert json.loads(answer.body) == {
        "type": "/_cbmock/problems/contract-violation",
        "title": "The request violates the documented contract",
        "status": 422,
        "detail": "body type",
        "instance": "/_cbmock/api/calls/7",
        "operation": {**reference(operation), "matched_by": "event hint"},
        "errors": [SCHEMA.record(), warning.record()],
    }


def test_several_errors_are_counted():
    operation = webhooks("w").operations[0]
    header = violation("header", "missing-header")
    answer = response((SCHEMA, header), call_id=1, operation=operation)
    assert json.loads(answer.body)["detail"] == "2 violations in POST w"


def test_errors_of_a_less_urgent_type_are_left_to_the_record():
    operation = webhooks("w").operations[0]
    warning = violation("query", severity="warning")
    answer = response(
        (SCHEMA, warning, SECURITY, SYNTAX), call_id=1, operation=operation
    )
    problem = json.loads(answer.body)
    assert (problem["errors"], problem["detail"]) == (
        [warning.record(), SECURITY.record()],
        "security c",
    )


def test_a_miss_names_the_nearest():
    operations = webhooks("a", "b").operations
    members = json.loads(response((URL,), call_id=1, candidates=operations).body)
    assert (members["detail"], members["nearest"], "operation" in members) == (
        "url unmatched",
        [reference(each) for each in operations],
        False,
    )


def test_a_wrong_method_is_told_the_right_ones():
    answer = response((METHOD,), call_id=1, allow=("POST", "PUT"))
    assert (answer.status, answer.headers.get("Allow")) == (405, "POST, PUT")


def test_what_json_cannot_hold_is_written_as_text():
    odd = violation(
        "body",
        received={
            1,
        },
        expected=complex(1),
    )
    errors = json.loads(response((odd,), call_id=1).body)["errors"]
    assert (errors[0]["received"], errors[0]["expected"]) == ("{1}", "(1+0j)")


@pytest.mark.parametrize(
    ("schemes", "challenge"),
    [
        ({}, 'Signature realm="cbmock"'),
        ({"a": {"type": "http", "scheme": "basic"}}, 'Basic realm="cbmock"'),
        (
            {"a": {"type": "oauth2"}, "b": {"type": "apiKey", "in": "header"}},
            'Bearer realm="cbmock", ApiKey realm="cbmock"',
        ),
    ],
)
def test_a_401_names_the_schemes_that_would_do(schemes, challenge):
    description = sources.describe({"openapi": "3.1.0", "webhooks": {}})
    requirements = tuple(
        (SecurityScheme(name=name, value=value, scopes=(), node=description.root),)
        for name, value in schemes.items()
    )
    answer = response((SECURITY,), call_id=1, requirements=requirements)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, challenge)


# --- every refusal is as the control API's own document says ------------------------------

SIGNED = {"name": "X-S", "in": "header", "required": True, "schema": {"type": "string"}}
KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
REFUSING = Mock(
    described(
        webhooks={
            "w": {"post": taking({"type": "object"}, parameters=[SIGNED])},
            "closed": {"post": {"security": [{"key": []}], **ACCEPTED}},
        },
        components={"securitySchemes": {"key": KEY}},
    )
)
HTTP = violation("delivery", "malformed-http")


def refused(target="/webhooks/w", body=b"{}", *, method="POST", **fields):
    headers = {"content-type": "application/json", "x-s": "s", **fields}
    return REFUSING.receive(request(method, target, body, headers), id=7, now=0.0)


def malformed(violation):
    return REFUSING.refuse(request("POST", "/webhooks/w"), violation, id=1, now=0)


@each_row(
    ("call", "name"),
    [
        (refused("/nowhere"), "unmatched-request"),
        (refused(method="PUT"), "method-not-documented"),
        (refused("/webhooks/closed"), "unauthorized"),
        (refused(**{"content-type": "text/plain"}), "unsupported-media-type"),
        (refused(body=b"{"), "malformed-request"),
        (refused(body=b"[]"), "contract-violation"),
        (malformed(LARGE), "content-too-large"),
        (malformed(SIGNATURE), "signature-invalid"),
        (malformed(HTTP), "malformed-http"),
    ],
)
def test_a_refusal_is_as_described(call, name):
    described_by = sources.describe(control.description())
    schema = described_by.root.child("components", "schemas", "Refusal")
    problem = json.loads(call.response.body)
    assert (problem["type"].removeprefix("/_cbmock/problems/"), problem["status"]) == (
        name,
        call.status,
    )
    assert explain(Schema(schema, described_by), problem) == ()
    assert problem["instance"] == f"/_cbmock/api/calls/{call.id}"
    assert ("operation" in problem) is (call.operation is not None)
    for wrong in (
        {**problem, "errors": []},
        {**problem, "more": 1},
        {**problem, "status": 1},
    ):
        assert explain(Schema(schema, described_by), wrong)


def test_a_wrong_method_names_the_operations_that_the_url_fits():
    call = refused(method="PUT")
    detail = "PUT is not documented at this URL, only POST: w (POST /webhooks/w)"
    assert call.violations[0].detail == detail
    assert json.loads(call.response.body)["detail"] == detail
    assert call.response.headers["allow"] == "POST"
    assert [each.name for each in call.candidates] == ["w"]


def test_every_problem_type_is_a_page_of_the_mock():
    assert [name for name, each in PROBLEMS.items() if name != each.name] == []
    assert all(each.title and each.explanation for each in PROBLEMS.values())
    types = {
        json.loads(response((SCHEMA,), call_id=1).body)["type"],
        json.loads(response((URL,), call_id=1).body)["type"],
    }
    assert types == {BASE + "contract-violation", BASE + "unmatched-request"}


def test_problem_details_of_no_type_of_their_own():
    answer = details(502, "Bad gateway", "nobody answers", url="http://a")
    assert json.loads(answer.body) == {
        "type": "about:blank",
        "title": "Bad gateway",
        "status": 502,
        "detail": "nobody answers",
        "url": "http://a",
    }
