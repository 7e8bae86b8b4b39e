import pytest
from cbmock.errors import ReceiverError
from cbmock.mock.call import Scripted
from cbmock.mock.mock import Mock
from cbmock.mock.responses.documented import UnknownExample
from cbmock.mock.responses.scripted_reply import Reply
from cbmock.mock.responses.scripted_response import answer, failed, play

from tests.support.mocks import answering, described, sent, webhooks
from tests.support.rows import each_row

PARTS = {
    "200": {
        "headers": {"X-Id": {"example": "7"}},
        "content": {
            "application/vnd.x+json": {
                "examples": {"first": {"value": 1}, "second": {"value": 2}}
            }
        },
    },
    "4XX": {"content": {"text/plain": {"example": "no"}}},
    "304": {},
}
RESPONSES = answering(PARTS)
OPERATION = RESPONSES._operation


def made(**parts):
    response, _ = answer(Reply(**parts), OPERATION, RESPONSES)
    return response.status, dict(response.headers), response.body


@each_row(
    ("parts", "response"),
    [
        ({}, (200, "application/vnd.x+json", b"1")),
        ({"status": 200}, (200, "application/vnd.x+json", b"1")),
        ({"example": "second"}, (200, "application/vnd.x+json", b"2")),
        ({"status": 410}, (410, "text/plain", b"no")),
        ({"status": 410, "body": "gone"}, (410, "text/plain", b"gone")),
        ({"status": 410, "json": {}}, (410, "application/json", b"{}")),
        ({"json": {"é": 1}}, (200, "application/vnd.x+json", '{"é": 1}'.encode())),
        ({"status": 503}, (503, None, b"")),
        ({"status": 503, "body": "x"}, (503, "text/plain; charset=utf-8", b"x")),
        ({"status": 503, "body": b"x"}, (503, "application/octet-stream", b"x")),
        ({"status": 503, "body": b""}, (503, None, b"")),
        ({"status": 503, "json": None}, (503, "application/json", b"null")),
    ],
)
def test_a_reply_is_the_documented_answer_with_what_it_says_instead(parts, response):
    status, headers, body = made(**parts)
    assert (status, headers.get("content-type"), body) == response
    assert headers["content-length"] == str(len(body))


def test_a_replys_headers_come_on_top_of_the_documented_ones():
    _, headers, _ = made(headers={"Content-Type": "a/b", "x-id": "8"}, retry_after=2)
    assert headers == {
        "Content-Type": "a/b",
        "x-id": "8",
        "retry-after": "2",
        "content-length": "1",
    }
    assert made(headers={"A": "b"})[1]["X-Id"] == "7"


def test_an_answer_that_has_no_body_has_no_length():
    assert made(status=304) == (304, {}, b"")
    assert made(status=204, body=b"") == (204, {}, b"")


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"status": 204, "json": 1}, "a 204 response has no body: leave it out."),
        (
            {"status": 503, "fault": "half"},
            "fault='half' needs a body, .* 503 has none",
        ),
        ({"status": 503, "fault": "slow", "delay": 1}, "fault='slow' needs a body"),
    ],
)
def test_a_reply_that_does_not_fit_is_told_why(parts, told):
    with pytest.raises(ReceiverError, match=told):
        made(**parts)


@pytest.mark.parametrize(
    ("parts", "known"),
    [
        ({"example": "third"}, ("first", "second")),
        ({"status": 503, "example": "third"}, ()),
        ({"status": 410, "example": "third"}, ("",)),
    ],
)
def test_an_unknown_example_is_told_those_that_exist(parts, known):
    with pytest.raises(UnknownExample) as error:
        made(**parts)
    assert error.value == UnknownExample("third", known)


@each_row(
    ("responses", "status", "flagged"),
    [
        (PARTS, 503, True),
        (PARTS, 404, False),
        (PARTS, 200, False),
        ({"default": {}}, 503, False),
        ({"2XX": {}}, 204, False),
        ({"400": {}}, 204, True),
        ({"400": {}}, None, False),
        ({}, 200, True),
    ],
)
def test_a_status_that_is_not_listed_is_flagged(responses, status, flagged):
    """Fault 4.10."""
    responses = answering(responses)
    _, violations = answer(Reply(status=status), responses._operation, responses)
    codes = [(each.location, each.code, each.severity) for each in violations]
    assert codes == [("delivery", "undocumented-status", "info")] * flagged


def test_the_flag_says_what_is_listed_and_where():
    _, (violation,) = answer(Reply(status=503), OPERATION, RESPONSES)
    assert violation.record() == {
        "location": "delivery",
        "name": None,
        "pointer": None,
        "code": "undocumented-status",
        "severity": "info",
        "detail": "the script answers 503, which is not documented (documented: 200, 4xx, 304)",
        "schema": "openapi.json#/webhooks/w/post/responses",
        "line": None,
        "expected": ["200", "4xx", "304"],
        "received": 503,
    }


def mock(method="post"):
    return Mock(
        described(webhooks={"w": {method: {"responses": PARTS, "deprecated": True}}})
    )


def test_a_call_is_played_with_its_violations_kept():
    one = mock()
    call = sent(one, "POST", "/webhooks/w")
    (operation,) = one.operations
    reply = Reply(status=503, fault="reset", delay=1)
    played = play(call, reply, operation, one.responses_of(operation))
    assert [each.code for each in played.violations] == [
        "deprecated-operation",
        "undocumented-status",
    ]
    assert (played.valid, played.scripted) == (True, Scripted(1, "reset"))
    assert played.record()["scripted"] == {"delay_ms": 1000, "fault": "reset"}
    assert (call.scripted, call.status, played.status) == (None, 200, 503)


def test_head_is_answered_without_the_body():
    one = mock("head")
    (operation,) = one.operations
    call = sent(one, "HEAD", "/webhooks/w")
    played = play(call, Reply(json=[1]), operation, one.responses_of(operation))
    assert (played.response.body, played.response.headers["content-length"]) == (
        b"",
        "3",
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ZeroDivisionError("x"), "the script of w raised ZeroDivisionError: x"),
        (ReceiverError("no"), "the script of w raised ReceiverError: no"),
    ],
)
def test_a_script_that_fails_is_a_500_and_an_error(error, told):
    one = mock()
    call = failed(sent(one, "POST", "/webhooks/w"), one.operations[0], error)
    assert (call.status, call.valid, call.violations[-1].detail) == (500, False, told)
    assert call.response.headers["content-type"] == "application/problem+json"


def test_a_script_that_fails_is_told_the_line():
    one = mock()
    with pytest.raises(TypeError) as raised:
        Reply(unknown=1)
    call = failed(sent(one, "POST", "/webhooks/w"), one.operations[0], raised.value)
    assert "test_scripted_response.py:" in call.violations[-1].detail


@each_row(
    ("fault", "sent_part"),
    [
        (None, "whole"),
        ("slow", "whole"),
        ("half", "part"),
        ("reset", "nothing"),
        ("silence", "nothing"),
    ],
)
def test_a_call_says_how_much_of_its_answer_leaves(fault, sent_part):
    mock = webhooks("w")
    operation = mock.operations[0]
    reply = Reply(status=202, body="text", fault=fault, delay=0.1)
    call = play(
        sent(mock, "POST", "/webhooks/w"),
        reply,
        operation,
        mock.responses_of(operation),
    )
    assert (call.sent, call.record()["response"]["sent"]) == (sent_part, sent_part)


TYPED = {
    "200": {
        "content": {
            "application/json": {
                "schema": {"type": "object", "required": ["ok"]},
                "example": {"ok": True},
            }
        }
    }
}


@each_row(
    ("parts", "found"),
    [
        ({"json": {"ok": 1}}, []),
        ({"status": 200, "json": {"ok": 1}}, []),
        ({"json": {}}, [("response-invalid", "warning")]),
        ({"json": {}, "headers": {"content-type": "text/plain"}}, []),
        ({"status": 503, "json": {}}, [("undocumented-status", "info")]),
        ({"body": "{}"}, []),
    ],
)
def test_a_body_that_breaks_the_schema_documented_for_it_is_a_warning(parts, found):
    responses = answering(TYPED)
    _, violations = answer(Reply(**parts), responses._operation, responses)
    assert [(each.code, each.severity) for each in violations] == found


def test_a_warning_of_a_body_says_what_is_wrong_with_it():
    responses = answering(TYPED)
    _, (violation,) = answer(Reply(json={}), responses._operation, responses)
    assert violation.detail == (
        "the script's 200 response does not fit the documented schema: "
        "'ok' is missing at #"
    )
    assert violation.schema.endswith("/responses/200/content/application~1json/schema")
