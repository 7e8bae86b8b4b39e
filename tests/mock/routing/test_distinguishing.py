import gzip
import json

from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock
from cbmock.mock.routing.distinguishing import OperationFeatures, SentRequest, constant

from tests.support.mocks import described, request, taking
from tests.support.rows import each_row

JSON = {"content-type": "application/json"}
BODY = json.dumps({"a": "é"})


def features(operation):
    mock = Mock(described(webhooks={"w": {"post": operation}}))
    return OperationFeatures(mock.contract_of(mock.operations[0]))


@each_row(
    ("headers", "body", "expected"),
    [
        (JSON, BODY.encode(), {"a": "é"}),
        ({}, BODY.encode(), {"a": "é"}),
        (
            JSON | {"content-encoding": "gzip"},
            gzip.compress(BODY.encode(), mtime=0),
            {"a": "é"},
        ),
        (JSON | {"content-encoding": "gzip"}, BODY.encode(), None),
        (JSON, b"", None),
        (JSON, b"{", None),
    ],
)
def test_a_body_is_read_whatever_it_is_coded_with(headers, body, expected):
    assert (
        SentRequest(Request("POST", "/", Headers.of(headers.items()), body)).json
        == expected
    )


@each_row(
    ("headers", "body", "expected"),
    [
        ({}, b"{}", "application/json"),
        ({}, b"{", None),
        ({"content-type": "?"}, b"1", "application/json"),
        ({"content-type": "text/plain"}, b"{}", "text/plain"),
    ],
)
def test_a_body_without_a_media_type_is_what_it_looks_like(headers, body, expected):
    found = SentRequest(
        Request("POST", "/", Headers.of(headers.items()), body)
    ).media_type
    assert (found and found.essence) == expected


def test_a_schema_that_cannot_be_had_takes_everything():
    found = features(taking({"properties": {"kind": {"const": "a"}}}))
    body = found.contract.body
    (schema,) = body.content.values()
    schema.node.value["allOf"] = [{"$ref": "#/nowhere"}]
    sent = SentRequest(request("POST", "/", {"kind": "b"}))
    assert found.fits(sent) is True
    assert found.properties(sent).allowed == {}


def test_a_parameter_whose_schema_cannot_be_had_has_no_constant():
    declared = {"name": "K", "in": "header", "schema": {"type": "string"}}
    (parameter,) = features({"parameters": [declared]}).contract.parameters
    parameter.schema.node.value["$ref"] = "#/nowhere"
    assert constant(parameter) == []


def test_what_an_operation_says_nothing_of_fits():
    sent = SentRequest(request("POST", "/", {"a": 1}))
    assert features({}).fits(sent) is True
    assert features({}).properties(sent).misfits({"a": 1}) == 0
