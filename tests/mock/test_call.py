import base64
import gzip
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import pytest
from cbmock.http.messages import Headers, Response
from cbmock.mock.call import Scripted, dumps, reference
from cbmock.mock.mock import Mock
from cbmock.mock.timestamps import timestamp
from cbmock.violations import Violation
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mocks import (
    callbacks,
    calling,
    described,
    posted,
    sent,
    taking,
    webhooks,
)
from tests.support.rows import each_row

WARNING = Violation(location="url", code="c", detail="d", severity="warning")
ERROR = Violation(location="url", code="c", detail="d")


@each_row(
    ("outcome", "violations", "valid"),
    [
        ("matched", (), True),
        ("matched", (WARNING,), True),
        ("matched", (WARNING, ERROR), False),
        ("ambiguous", (), True),
        ("handshake", (), True),
        ("unmatched", (), False),
        ("wrong_method", (), False),
    ],
)
def test_a_call_is_valid_if_it_matched_without_errors(outcome, violations, valid):
    call = sent(webhooks("w"), "POST", "/webhooks/w")
    assert replace(call, outcome=outcome, violations=violations).valid is valid


def test_a_call_shows_its_request_and_answer():
    call = sent(webhooks("w"), "POST", "/webhooks/w?a", b'{"x": 1}\xff', {"K": "v"})
    assert (call.method, call.target, call.headers, call.body, call.text) == (
        "POST",
        "/webhooks/w?a",
        {"K": "v"},
        b'{"x": 1}\xff',
        '{"x": 1}�',
    )
    assert call.status == 202


def test_the_body_is_read_as_json_once():
    call = sent(webhooks("w"), "POST", "/webhooks/w", {"x": [1]})
    assert call.json == {"x": [1]}
    assert call.json is call.json


@each_row("body", [b"", b"{", b"\xff", b"NaN"])
def test_a_body_that_is_no_json_is_a_value_error(body):
    call = sent(webhooks("w"), "POST", "/webhooks/w", body)
    with pytest.raises(ValueError, match="not"):
        _ = call.json


@each_row(
    ("media_type", "body", "reason"),
    [
        (
            "application/x-www-form-urlencoded",
            b"id=1",
            "the body is a form (application/x-www-form-urlencoded), which call.form reads",
        ),
        (
            "multipart/form-data; boundary=x",
            b"--x--",
            "the body is a form (multipart/form-data), which call.form reads",
        ),
        ("application/json", b"", "the body is empty, which is not JSON"),
        (None, b"", "the body is empty, which is not JSON"),
        (
            "text/plain",
            b"hello",
            (
                "the body is not JSON: expecting value at line 1 column 1; its "
                "Content-Type is text/plain"
            ),
        ),
        (
            "application/json",
            b"[1,",
            "the body is not JSON: expecting value at line 1 column 4",
        ),
    ],
)
def test_what_is_no_json_is_said_to_be_what_it_is(media_type, body, reason):
    headers = {} if media_type is None else {"content-type": media_type}
    call = sent(webhooks("w"), "POST", "/webhooks/w", body, headers)
    with pytest.raises(ValueError) as failure:  # noqa: PT011 - its whole text is compared
        _ = call.json
    assert str(failure.value) == reason


def test_an_absent_field_names_those_that_came():
    form = {"content-type": "application/x-www-form-urlencoded"}
    call = sent(webhooks("w"), "POST", "/webhooks/w?a=1&b=2", b"c=3", form)
    with pytest.raises(KeyError, match="no field 'x' came; these did: a, b"):
        _ = call.query["x"]
    with pytest.raises(KeyError, match="no field 'x' came; these did: c"):
        _ = call.form["x"]
    assert (call.query.get("x"), call.query) == (None, {"a": "1", "b": "2"})


@each_row(
    ("scripted", "left", "answered"),
    [
        (None, "whole", "202"),
        (Scripted(delay=2), "whole", "202 after 2 s"),
        (Scripted(fault="reset"), "nothing", "nothing (reset)"),
        (Scripted(fault="silence"), "nothing", "nothing (silence)"),
        (Scripted(fault="half"), "part", "202 (half)"),
        (Scripted(delay=2), "nothing", "nothing (the sender had disconnected)"),
        (Scripted(), "part", "202 in part (the sender had disconnected)"),
    ],
)
def test_fault_4_8_a_call_says_what_left_as_its_answer(scripted, left, answered):
    call = sent(webhooks("w"), "POST", "/webhooks/w")
    call = replace(call, scripted=scripted, sent=left)
    assert (call.answered, call.record()["response"]["sent"]) == (answered, left)
    assert f"valid, {answered}>" in repr(call)


def coded(data, coding="gzip", **headers):
    fields = {"content-encoding": coding, **headers}
    return sent(webhooks("w"), "POST", "/webhooks/w", data, fields)


def test_a_coded_body_is_read_without_its_coding_and_kept_as_it_came():
    data = gzip.compress(b'{"x": "\xe9"}', mtime=0)
    call = coded(data, **{"content-type": "application/json; charset=iso-8859-1"})
    assert (call.json, call.text, call.body) == ({"x": "é"}, '{"x": "�"}', data)
    assert call.record()["request"]["body_base64"] == base64.b64encode(data).decode()


@each_row(
    ("data", "coding"),
    [
        (b"{}", "gzip"),
        (gzip.compress(b"{}", mtime=0)[:-9], "gzip"),
        (b"{}", "unheard-of"),
        (gzip.compress(b" " * 5_000_000, mtime=0), "gzip"),
        (b"{}", ", ".join(["gzip"] * 50)),
    ],
)
def test_a_body_whose_coding_is_broken_or_too_much_is_a_value_error(data, coding):
    call = coded(data, coding)
    with pytest.raises(ValueError, match=r"."):
        _ = call.json
    assert call.text == data.decode("utf-8", "replace")


@pytest.mark.parametrize("event", ["a.made", "b.made"])
def test_an_event_is_told_by_a_coded_body_too(event):
    mock = webhooks("a.made", "b.made")
    data = gzip.compress(json.dumps({"type": event}).encode())
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    call = sent(mock, "POST", "/webhooks", data, headers)
    assert (call.operation.name, call.decided_by) == (event, "event hint")


@given(st.binary(max_size=60), st.sampled_from(["gzip", "deflate", "br", "zstd", ""]))
def test_any_octets_are_json_or_a_value_error(data, coding):
    call = coded(data, coding)
    with suppress(ValueError):
        _ = call.json
    assert isinstance(call.text, str)


def test_a_call_is_shown_in_one_line():
    call = sent(webhooks("w"), "POST", "/webhooks/w?access_token=x")
    missed = sent(webhooks("w"), "POST", "/webhooks/x")
    assert (repr(call), repr(missed)) == (
        "<Call 1 POST /webhooks/w?access_token=*** w: matched, valid, 202>",
        "<Call 1 POST /webhooks/x -: unmatched, invalid, 404>",
    )


def test_a_call_is_for_its_operation_and_if_ambiguous_for_others():
    mock = webhooks("a", "b", "c")
    first, second, third = mock.operations
    call = sent(mock, "POST", "/webhooks/a")
    both = replace(call, outcome="ambiguous", candidates=(second,))
    missed = sent(mock, "POST", "/webhooks/x")
    assert [call.is_for(each) for each in mock.operations] == [True, False, False]
    assert [both.is_for(each) for each in mock.operations] == [True, True, False]
    assert [missed.is_for(each) for each in (first, second, third)] == [False] * 3


def test_a_record_holds_all_that_became_of_a_call():
    mock = Mock(
        described(
            paths=calling(
                {"cb": {"{$url}/x": {"post": taking({"type": "integer"})}}},
                operationId="s",
            )
        )
    )
    call = sent(
        mock, "POST", "/t/k/x?a=1", b'"no"', {"Content-Type": "application/json"}
    )
    problem = call.response.body.decode()
    operation = {
        "kind": "callback",
        "name": "cb",
        "method": "POST",
        "operation_id": None,
        "expression": "{$url}/x",
        "pointer": "openapi.json#/paths/~1streams/post/callbacks/cb/%7B$url%7D~1x/post",
        "parent": {"method": "POST", "path": "/streams", "operation_id": "s"},
    }
    assert replace(call, duration=0.00123456).record() == {
        "id": 1,
        "token": "k",
        "received_at": "1970-01-01T00:00:00.000Z",
        "outcome": "matched",
        "operation": operation,
        "valid": False,
        "violations": [each.record() for each in call.violations],
        "candidates": [],
        "delivery": None,
        "signature": None,
        "decided_by": "url",
        "decided_between": [],
        "request": {
            "method": "POST",
            "target": "/t/k/x?a=1",
            "headers": [["Content-Type", "application/json"]],
            "body": '"no"',
            "body_base64": None,
        },
        "response": {
            "status": 422,
            "headers": [
                ["content-type", "application/problem+json"],
                ["content-length", str(len(problem))],
            ],
            "body": problem,
            "sent": "whole",
        },
        "duration_ms": 1.235,
        "scripted": None,
    }
    assert [each.code for each in call.violations] == ["type"]


def test_a_record_of_a_miss_has_no_operation_but_candidates():
    record = sent(webhooks("w"), "POST", "/webhooks/x").record()
    assert (record["operation"], record["valid"], record["outcome"]) == (
        None,
        False,
        "unmatched",
    )
    assert record["candidates"] == [reference(webhooks("w").operations[0])]


@each_row(
    ("body", "text", "encoded"),
    [
        (b"", None, None),
        (b"a", "a", None),
        ("ü".encode(), "ü", None),
        (b"\xff\x00", None, "/wA="),
    ],
)
def test_a_body_is_text_or_base64(body, text, encoded):
    request = sent(webhooks("w"), "POST", "/webhooks/w", body).record()["request"]
    assert (request["body"], request["body_base64"]) == (text, encoded)


def test_a_webhook_has_no_parent_and_no_expression():
    operation = Mock(
        described(webhooks={"w": {"post": {"operationId": "onW"}}})
    ).operations[0]
    assert reference(operation) == {
        "kind": "webhook",
        "name": "w",
        "method": "POST",
        "operation_id": "onW",
        "expression": None,
        "pointer": "openapi.json#/webhooks/w/post",
        "parent": None,
    }


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1795356000.1234, "2026-11-22T14:00:00.123Z"),
        (0.9999, "1970-01-01T00:00:00.999Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds(seconds, text):
    assert timestamp(seconds) == text


def test_what_utf_8_cannot_hold_is_escaped():
    assert dumps({"a": "ü\ud800", "b": Response}) == json.dumps(
        {"a": "ü\ud800", "b": str(Response)}
    )


def test_how_long_a_call_took_makes_no_difference():
    call = sent(callbacks("{$url}"), "POST", "/")
    assert replace(call, duration=9.0) == call


def test_posted_bodies_that_are_not_utf_8_are_kept_in_the_answer_of_a_record():
    call = sent(webhooks("w"), "POST", "/webhooks/w")
    call = replace(call, response=Response(200, Headers(), b"\xff"))
    assert call.record()["response"] == {
        "status": 200,
        "headers": [],
        "body": "�",
        "sent": "whole",
    }


def test_several_keys_of_one_callback_are_told_apart_by_pointer():
    mock = Mock(described(paths=calling({"cb": posted("{$url}/a", "{$url}/b")})))
    call = sent(mock, "POST", "/b")
    assert [call.is_for(each) for each in mock.operations] == [False, True]


def test_a_calls_headers_are_a_mapping_that_ignores_case():
    sent_headers = {"X-Two": "a", "Content-Type": "application/json"}
    call = sent(webhooks("w"), "POST", "/webhooks/w", b"{}", sent_headers)
    assert isinstance(call.headers, Mapping)
    assert dict(call.headers) == sent_headers
    assert dict(call.headers.items())["X-Two"] == call.headers["x-two"] == "a"
    assert ("X-TWO" in call.headers, call.headers.get("none", "-")) == (True, "-")
    with pytest.raises(KeyError, match="no header 'y' came; these did: X-Two, Cont"):
        call.headers["y"]


def test_a_call_has_its_url_path_and_query_as_the_sender_knows_them():
    target = "/webhooks/w?a=1&b=x%20y&a=2"
    call = sent(webhooks("w"), "POST", target, b"{}", {"Host": "mock.example:4020"})
    assert call.url == "http://mock.example:4020/webhooks/w?a=1&b=x%20y&a=2"
    assert (call.path, call.query) == ("/webhooks/w", {"a": ("1", "2"), "b": "x y"})
    forwarded = {
        "Host": "127.0.0.1:1",
        "X-Forwarded-Host": "t.example",
        "X-Forwarded-Proto": "https",
    }
    call = sent(webhooks("w"), "POST", "/webhooks/w", b"{}", forwarded)
    assert call.url == "https://t.example/webhooks/w"


@pytest.mark.parametrize(
    ("content_type", "body", "form"),
    [
        (
            "application/x-www-form-urlencoded",
            b"a=1&b=%C3%A9+x&a=",
            {"a": ("1", ""), "b": "é x"},
        ),
        (
            'multipart/form-data; boundary="b"',
            (
                b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b\r\n'
                b'Content-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\nx\xff'
                b"\r\n--b--\r\n"
            ),
            {"a": "1", "f": "x�"},
        ),
    ],
)
def test_a_call_has_the_fields_of_a_form(content_type, body, form):
    headers = {"Content-Type": content_type}
    assert sent(webhooks("w"), "POST", "/webhooks/w", body, headers).form == form


def test_what_is_no_form_says_what_it_is():
    call = sent(webhooks("w"), "POST", "/webhooks/w", b"{}", {"Content-Type": "a/b"})
    with pytest.raises(ValueError, match="not a form: its Content-Type is a/b"):
        _ = call.form
