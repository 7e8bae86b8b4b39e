import json

import pytest
from cbmock.contract.contract import Contract
from cbmock.description.documents import Document
from cbmock.description.references import Description
from cbmock.errors import DocumentError
from cbmock.handshakes.agreed import Agreed, UndocumentedAnswer
from cbmock.http.messages import Headers, Request, Response
from cbmock.mock.generation.schema_samples import sample
from cbmock.mock.mock import Mock
from cbmock.mock.responses import problems
from cbmock.violations import Violation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.mocks import (
    ACCEPTED,
    calling,
    described,
    outcome,
    posted,
    request,
    schema_of,
    sent,
    taking,
    webhooks,
)
from tests.support.rows import each_row

PET = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}},
}
VALIDATION = {
    "HTTPValidationError": {
        "title": "HTTPValidationError",
        "type": "object",
        "properties": {
            "detail": {
                "title": "Detail",
                "type": "array",
                "items": {"$ref": "#/components/schemas/ValidationError"},
            }
        },
    },
    "ValidationError": {
        "title": "ValidationError",
        "type": "object",
        "required": ["loc", "msg", "type"],
        "properties": {
            "loc": {
                "title": "Location",
                "type": "array",
                "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            },
            "msg": {"title": "Message", "type": "string"},
            "type": {"title": "Error Type", "type": "string"},
        },
    },
}


def fastapi(**options):
    """Return the mock of a webhook as FastAPI documents it."""
    error = {"$ref": "#/components/schemas/HTTPValidationError"}
    operation = taking(PET) | {
        "responses": {
            "200": {"content": {"application/json": {"schema": {}}}},
            "422": {"content": {"application/json": {"schema": error}}},
        }
    }
    return Mock(
        described(
            webhooks={"new-pet": {"post": operation}},
            components={"schemas": VALIDATION},
        ),
        **options,
    )


def test_what_keeps_the_contract_is_answered_as_documented():
    call = sent(fastapi(), "POST", "/webhooks/new-pet", {"name": "Rex"})
    assert (outcome(call), call.valid) == (("matched", "new-pet", []), True)
    assert (call.status, call.response.body) == (200, b"{}")


def test_a_breach_is_answered_with_a_problem():
    mock = fastapi()
    call = sent(mock, "POST", "/webhooks/new-pet", {"name": 7})
    assert (call.status, call.valid) == (422, False)
    members = json.loads(call.response.body)
    assert (members["instance"], members["operation"]["name"]) == (
        "/_cbmock/api/calls/1",
        "new-pet",
    )
    assert [(each["pointer"], each["code"]) for each in members["errors"]] == [
        ("#/name", "type")
    ]


def test_a_breach_may_be_accepted_and_is_recorded_all_the_same():
    call = sent(
        fastapi(on_violation="accept"), "POST", "/webhooks/new-pet", {"name": 7}
    )
    assert (call.status, call.response.body, call.valid) == (200, b"{}", False)
    assert outcome(call) == ("matched", "new-pet", ["type"])


def test_a_breach_may_be_answered_with_the_documented_error():
    mock = fastapi(on_violation="documented")
    call = sent(mock, "POST", "/webhooks/new-pet", {"name": 7})
    assert (call.status, call.response.headers["content-type"]) == (
        422,
        "application/json",
    )
    schema = schema_of(VALIDATION["HTTPValidationError"], **VALIDATION)
    assert schema.is_valid(json.loads(call.response.body))


def test_a_documented_error_that_there_is_not_is_a_problem():
    mock = Mock(
        described(webhooks={"w": {"post": taking(PET)}}), on_violation="documented"
    )
    call = sent(mock, "POST", "/webhooks/w", {})
    assert call.response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("on_violation", ["reject", "accept", "documented"])
def test_a_warning_is_no_breach(on_violation):
    mock = Mock(
        described(webhooks={"w": {"post": ACCEPTED}}), on_violation=on_violation
    )
    call = sent(mock, "POST", "/webhooks/w/", {"unexpected": 1})
    assert (call.status, call.valid) == (202, True)
    assert [each.severity for each in call.violations] == ["warning", "warning"]


@pytest.mark.parametrize("on_violation", ["reject", "accept", "documented"])
def test_a_miss_is_always_a_problem(on_violation):
    call = sent(fastapi(on_violation=on_violation), "POST", "/webhooks/x")
    assert (call.status, call.response.headers["content-type"]) == (
        404,
        "application/problem+json",
    )


def test_what_did_not_arrive_whole_is_malformed_whatever_else_is_wrong_with_it():
    cut = Violation(location="delivery", code="incomplete", detail="hung up")
    call = webhooks("a", "b").refuse(
        request("POST", "/webhooks", b"{"), cut, id=3, now=1.5, token="t"
    )
    assert (call.id, call.received_at, call.token) == (3, 1.5, "t")
    assert (call.outcome, call.violations, call.status) == ("malformed", (cut,), 400)
    assert (call.operation.name, call.valid) == ("a", False)


@pytest.mark.parametrize(
    ("target", "token"), [("/t/own/x", "own"), ("/t/own/webhooks/w", "own"), ("", "t")]
)
def test_what_is_malformed_belongs_to_the_test_that_its_target_names(target, token):
    broken = Violation(location="delivery", code="malformed-http", detail="no HTTP")
    call = webhooks("w").refuse(
        request("POST", target), broken, id=3, now=1.5, token="t"
    )
    assert call.token == token


def test_a_token_in_the_url_comes_before_the_one_that_is_given():
    mock = webhooks("w")
    tokens = [
        mock.receive(request("POST", target), id=1, now=0, token="given").token
        for target in ("/t/own/webhooks/w", "/webhooks/w", "/x", "/t/own/x")
    ]
    assert tokens == ["own", "given", "given", "own"]


def test_a_deprecated_operation_is_mentioned():
    mock = webhooks("w", deprecated=True)
    call = sent(mock, "POST", "/webhooks/w")
    assert [(v.code, v.severity) for v in call.violations] == [
        ("deprecated-operation", "info")
    ]
    assert (call.valid, call.status) == (True, 202)


def test_head_is_answered_without_content():
    item = {
        "get": {"responses": {"200": {"content": {"text/plain": {"example": "ab"}}}}}
    }
    mock = Mock(described(webhooks={"w": item}))
    answers = [
        sent(mock, "HEAD", target).response for target in ("/webhooks/w", "/webhooks/x")
    ]
    assert [(a.status, a.body, a.headers["content-type"]) for a in answers] == [
        (200, b"", "text/plain"),
        (404, b"", "application/problem+json"),
    ]
    assert answers[0].headers["content-length"] == "2"


@each_row(
    ("body", "media_type", "codes"),
    [
        (b'{"name": "Rex"}', None, []),
        (b'{"name": "Rex"}', "application/json", []),
        (b"{}", None, ["required"]),
        (b"{}", "text/plain", ["media-type"]),
        (b"", None, ["missing-body"]),
    ],
)
def test_a_body_is_checked_alone(body, media_type, codes):
    mock = fastapi()
    found = mock.check_body(body, media_type, mock.operations[0])
    assert [each.code for each in found] == codes


def test_operations_are_found_by_name():
    mock = fastapi()
    assert mock.names.find("new-pet.post") is mock.operations[0]
    assert mock.mount_of(mock.operations[0]).path == "/webhooks/new-pet"


def test_a_document_that_is_no_openapi_is_refused():
    document = Document("x.json", "file:///x.json", {"swagger": "2.0"})
    with pytest.raises(DocumentError, match="Swagger"):
        Mock(Description(document, lambda _: b""))


def test_the_same_request_gives_the_same_call():
    one = sent(fastapi(), "POST", "/webhooks/new-pet", {"name": 7})
    other = sent(fastapi(), "POST", "/webhooks/new-pet", {"name": 7})
    assert one == other


def test_the_body_of_fastapis_422_satisfies_its_own_schema():
    schema = schema_of(VALIDATION["ValidationError"], **VALIDATION)
    whole = {"detail": [sample(schema)]}
    assert whole == {"detail": [{"loc": [], "msg": "string", "type": "string"}]}
    assert schema_of(VALIDATION["HTTPValidationError"], **VALIDATION).is_valid(whole)


# --- whatever arrives -------------------------------------------------------------------

EVERYTHING = Mock(
    described(
        paths=calling(
            {
                "deep": posted("{$url}/a/{$request.body#/x}-{y}/b?k={z}&l=1"),
                "any": {"{$url}": {"post": taking(PET), "get": ACCEPTED}},
                "amp": posted("{$url}&type=a", "{$url}&type=b"),
                "host": posted("http://host/p/{$request.body#/id}?q=1"),
                "relative": posted("rel/{x}", ""),
            },
            operationId="s",
        ),
        webhooks={
            "{any}": {"post": taking(PET), "trace": {}, "options": {}},
            "w/{id}": {
                "post": taking({"$ref": "#/nowhere"})
                | {
                    "parameters": [
                        {"name": "id", "in": "path", "schema": {"type": "integer"}},
                        {"name": "q", "in": "query", "schema": {"type": "array"}},
                        {"name": "X-O", "in": "header", "schema": {"type": "object"}},
                        {"name": "c", "in": "cookie", "required": True},
                    ]
                }
            },
            "form": {
                "post": {
                    "requestBody": {
                        "content": {
                            "application/x-www-form-urlencoded": {"schema": PET},
                            "multipart/form-data": {"schema": PET},
                            "text/*": {"schema": {"type": "integer"}},
                        }
                    },
                    "responses": {"200": {"content": {"a/b": {"$ref": "#/nowhere"}}}},
                }
            },
        },
    ),
    on_violation="documented",
)

METHODS = st.sampled_from(
    ["GET", "POST", "PUT", "HEAD", "OPTIONS", "TRACE", "QUERY", "CONNECT"]
) | st.text(st.characters(), max_size=5)
PIECES = st.sampled_from(
    [
        "/",
        "//",
        "?",
        "&",
        "=",
        "%",
        "%2F",
        "%C3%BC",
        "%ff",
        ";",
        "..",
        "+",
        "#",
        "\x00",
        "/t/",
        "/t/k",
        "/webhooks",
        "/callbacks/",
        "/callbacks/s/url",
        "/w/",
        "/form",
        "/a/",
        "x-y",
        "/b",
        "k=1",
        "l=1",
        "type=a",
        "rel/",
        "/p/",
        "http://host",
        "{any}",
    ]
) | st.text(st.characters(), max_size=4)
TARGETS = st.lists(PIECES, max_size=8).map("".join)
NAMES = st.sampled_from(
    [b"content-type", b"Host", b"cookie", b"x-o", b"ce-type", b"x-github-event"]
) | st.binary(max_size=5)
VALUES = st.sampled_from(
    [
        b"application/json",
        b"application/json; charset=utf-16",
        b"application/x-www-form-urlencoded",
        b"multipart/form-data; boundary=x",
        b"text/plain; charset=nonsense",
        b"host",
        b"c=1; c=2",
    ]
) | st.binary(max_size=8)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
BODIES = (
    st.binary(max_size=20)
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | st.sampled_from(
        [
            b"",
            b"[" * 10000,
            b"1" * 5000,
            b"1e999",
            b'"\\ud800"',
            b"\xef\xbb\xbf{}",
            b'{"action": "\\ud800", "type": "any"}',
            b"--x\r\n\r\n--x--",
            b"name=%ff",
        ]
    )
)


@settings(max_examples=5 * settings.default.max_examples)
@given(
    method=METHODS,
    target=TARGETS,
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=4),
    body=BODIES,
)
@example(method="POST", target="", headers=[], body=b"")
@example(method="HEAD", target="*", headers=[], body=b"")
@example(
    method="POST",
    target="/webhooks/\ud800",
    headers=[(b"content-type", b"application/json")],
    body=b'{"\\ud800": "\\ud800"}',
)
def test_whatever_arrives_becomes_a_call(method, target, headers, body):
    arrived = Request(method, target, Headers(headers), body)
    call = EVERYTHING.receive(arrived, id=1, now=0.0)
    assert call.request is arrived
    assert [each for each in call.violations if each.code == "internal"] == []
    unmatched = ("unmatched", "wrong_method", "malformed")
    assert (call.operation is None) == (call.outcome in unmatched)
    assert call.valid == (
        call.operation is not None
        and all(each.severity != "error" for each in call.violations)
    )
    if method == "HEAD":
        assert call.response.body == b""
    elif call.response.headers.get("content-type") == "application/problem+json":
        members = json.loads(call.response.body)
        assert members["status"] == call.status
        assert call.response.headers["content-length"] == str(len(call.response.body))
    json.dumps(call.record())


@each_row(
    ("target", "body", "expected"),
    [
        ("/webhooks/pets", {"name": "Rex"}, "matched"),
        ("/webhooks/pets", {"name": 7}, "matched"),
        ("/up", None, "handshake"),
        ("/elsewhere", None, "unmatched"),
    ],
)
def test_every_call_says_how_long_its_check_took(target, body, expected):
    mock = Mock(described(webhooks={"pets": {"post": taking(PET)}}))
    up = UndocumentedAnswer(method="POST", path="/up", response=Response(204))
    arrived = request("POST", target, body)
    for agreed in ({}, {None: Agreed(answers=(up,))})[expected == "handshake" :]:
        for _ in range(2):  # then one like it is known
            call = mock.receive(
                arrived, id=1, now=0.0, handshakes=agreed, elapsed=lambda: 0.25
            )
            assert (call.outcome, call.duration) == (expected, 0.25)


class PanicError(BaseException):
    """An engine's panic, which is not an `Exception`."""


@pytest.mark.parametrize(
    "error", [KeyError(""), RecursionError("deep"), PanicError("x")]
)
@pytest.mark.parametrize("place", ["routing", "checking", "answering", "problems"])
def test_whatever_is_thrown_becomes_a_violation_of_a_recorded_call(
    monkeypatch, place, error
):
    mock = Mock(described(webhooks={"w": {"post": taking({"type": "integer"})}}))

    def failing(*_args, **_kwargs):
        raise error

    if place == "routing":
        monkeypatch.setattr(mock.router, "find", failing)
    elif place == "problems":
        monkeypatch.setattr(problems, "response", failing)
    elif place == "checking":
        monkeypatch.setattr(mock._ranking, "choose", failing)
    else:
        monkeypatch.setattr(mock._answering, "answer", failing)
    arrived = request("POST", "/t/one/webhooks/w", {"a": 1})
    call = mock.receive(arrived, id=7, now=1.5, token="given", elapsed=lambda: 0.25)
    (violation,) = call.violations
    assert (violation.code, violation.severity, call.status) == (
        "internal",
        "error",
        422,
    )
    assert type(error).__name__ in violation.detail
    assert (call.id, call.request, call.valid, call.duration) == (
        7,
        arrived,
        False,
        0.25,
    )
    if place == "routing":
        assert (call.outcome, call.operation, call.token) == (
            "unmatched",
            None,
            "given",
        )
    else:
        assert (call.outcome, call.operation.name, call.token) == (
            "matched",
            "w",
            "one",
        )
    json.dumps(call.record())


def test_whatever_is_thrown_becomes_a_violation_of_a_body_alone(monkeypatch):
    mock = webhooks("w")

    def failing(*_args):
        raise PanicError

    monkeypatch.setattr(Contract, "check_body", failing)
    (violation,) = mock.check_body(b"{}", None, mock.operations[0])
    assert (violation.code, violation.severity) == ("internal", "error")


@pytest.mark.parametrize("place", ["routing", "problems"])
def test_whatever_is_thrown_loses_nothing_that_is_no_request(monkeypatch, place):
    mock = webhooks("w")

    def failing(*_args, **_kwargs):
        raise PanicError

    owner, name = (
        (mock.router, "find") if place == "routing" else (problems, "response")
    )
    monkeypatch.setattr(owner, name, failing)
    arrived = request("POST", "/webhooks/w")
    violation = Violation(location="delivery", code="malformed-http", detail="no HTTP")
    call = mock.refuse(arrived, violation, id=7, now=1.5)
    assert (call.outcome, call.request, call.violations) == (
        "malformed",
        arrived,
        (violation,),
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_not_taken_for_a_failure(monkeypatch, error):
    mock = webhooks("w")

    def interrupted(_request):
        raise error

    monkeypatch.setattr(mock.router, "find", interrupted)
    with pytest.raises(error):
        mock.receive(request("POST", "/webhooks/w"), id=1, now=0.0)


def test_data_that_is_no_request_becomes_a_call_of_its_own_outcome():
    mock = webhooks("w")
    fault = Violation(location="delivery", code="malformed-http", detail="no HTTP")
    call = mock.refuse(request("", ""), fault, id=1, now=0.0, token="t")
    assert (call.outcome, call.token, call.valid, call.status) == (
        "malformed",
        "t",
        False,
        400,
    )
