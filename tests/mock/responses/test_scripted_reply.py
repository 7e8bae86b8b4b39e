import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers, Response
from cbmock.mock.examples import ABSENT
from cbmock.mock.responses.scripted_reply import (
    Reply,
    from_arguments,
    from_object,
    from_value,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rows import each_row

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
ENDLESS = []
ENDLESS.append(ENDLESS)


def test_a_reply_that_says_nothing_leaves_all_to_the_document():
    reply = Reply()
    assert (reply.status, reply.json, reply.headers, reply.delay, reply.times) == (
        None,
        ABSENT,
        (),
        0.0,
        None,
    )


@each_row(
    ("parts", "told"),
    [
        ({"status": 199}, "status=199: a status is an integer from 200 to 599."),
        ({"status": 600}, "status=600: a status is an integer"),
        ({"status": "503"}, "status='503': a status is an integer"),
        ({"status": True}, "status=True: a status is an integer"),
        ({"example": 1}, "example=1: an example is given by its name, a string."),
        ({"body": {}}, "body={}: a body is a string or bytes; give any other value as"),
        ({"delay": -1}, "delay=-1: a delay is a number of seconds, from 0 to 3600."),
        ({"delay": float("nan")}, "delay=nan: a delay is"),
        ({"delay": float("inf")}, "delay=inf: a delay is"),
        ({"delay": 3601}, "delay=3601: a delay is"),
        ({"delay": None}, "delay=None: a delay is"),
        ({"retry_after": -1}, "retry_after=-1: it is an integer of seconds, a"),
        ({"retry_after": 1.5}, "retry_after=1.5: it is an integer of seconds"),
        ({"retry_after": "1\r\nx: y"}, "retry_after='1.*: it is an integer"),
        ({"retry_after": 10**5000}, "retry_after=this int: it is an integer"),
        ({"retry_after": datetime(2026, 1, 1)}, "retry_after=.*with a time zone"),  # noqa: DTZ001
        ({"fault": "boom"}, "fault='boom': it is one of reset, silence, half, slow."),
        ({"fault": []}, r"fault=\[\]: it is one of"),
        (
            {"times": 0},
            "times=0: it is the number of calls that get the reply, at least 1.",
        ),
        ({"times": 1.0}, "times=1.0: it is the number of calls"),
        ({"json": {1, 2}}, "json={1, 2}: it cannot be written as JSON."),
        ({"json": float("nan")}, "json=nan: it cannot be written as JSON."),
        ({"json": ENDLESS}, r"json=\[\[\.\.\.\]\]: it cannot be written as JSON."),
        ({"headers": 1}, "headers=1: headers must map names to strings."),
        ({"headers": None}, "headers=None: headers must map names to strings."),
        ({"headers": [("a",)]}, "headers=.*: headers must map names to strings."),
        ({"headers": {"a b": "c"}}, "'a b' is not a valid header name."),
        ({"headers": {1: "c"}}, "1 is not a valid header name."),
        ({"headers": {"a": 1}}, "a: 1 cannot be sent: a header value is a string."),
        ({"headers": {"a": "1\n"}}, "a: .* cannot be sent"),
        ({"headers": {"a": "€"}}, "a: '€' cannot be sent"),
        (
            {"headers": {"Content-Length": "1"}},
            "Content-Length is set by the mock;",
        ),
        ({"json": 1, "body": "x"}, "give either json or body, not both."),
        ({"json": None, "example": "x"}, "give either example or json"),
        ({"fault": "slow"}, "fault='slow' needs delay=…: the seconds that the body"),
        ({"by": 1}, "by=1: it is a function that takes the call."),
        (
            {"by": print, "status": 200},
            "status: with a callable, put these into the reply",
        ),
    ],
)
def test_a_reply_that_makes_no_sense_is_told_what_would(parts, told):
    with pytest.raises(ReceiverError, match=told):
        Reply(**parts)


@each_row(
    ("value", "reply"),
    [
        (503, Reply(status=503)),
        (Reply(status=503), Reply(status=503)),
        ({"status": 503, "times": 2}, Reply(status=503, times=2)),
        ({"json": None}, Reply(json=None)),
        ({"body_base64": "/w=="}, Reply(body=b"\xff")),
        ({"headers": [["A", "b"]]}, Reply(headers={"A": "b"})),
        (
            Response(200, Headers.of([("a", "b"), ("Content-Length", "1")]), b"x"),
            Reply(status=200, headers={"a": "b"}, body=b"x"),
        ),
    ],
)
def test_a_reply_is_taken_in_any_of_its_forms(value, reply):
    assert from_value(value) == reply


@each_row(
    ("value", "told"),
    [
        (None, 'None is not a reply: use a mapping such as {"status": 503}.'),
        ("503", "'503' is not a reply"),
        (True, "status=True: a status is an integer"),
        ({"statuss": 503}, "a reply has no field 'statuss'. Did you mean status?"),
        ({"ok": True}, "a reply has no field 'ok'. Its fields: status, .* into json."),
        ({"by": "print"}, "a reply has no field 'by'."),
        ({"body": "x", "body_base64": ""}, "give either body or body_base64"),
        ({"body_base64": "é"}, "body_base64='é' is not base64."),
        ({"body_base64": "x"}, "body_base64='x' is not base64."),
        ({"body_base64": 1}, "body_base64=1 is not base64."),
    ],
)
def test_what_is_no_reply_is_told_what_is(value, told):
    with pytest.raises(ReceiverError, match=told):
        from_value(value)


def test_what_respond_takes_is_a_status_a_reply_or_a_function():
    def by(call):
        raise NotImplementedError

    assert from_arguments(None, {}) == Reply()
    assert from_arguments(503, {"times": 2}) == Reply(status=503, times=2)
    assert from_arguments(Reply(status=503), {"times": 2}) == Reply(status=503, times=2)
    assert from_arguments({"status": 503}, {"delay": 1}) == Reply(status=503, delay=1)
    assert from_arguments(by, {"times": 2}) == Reply(by=by, times=2)


@pytest.mark.parametrize("status", [503, print, Reply(status=503)])
def test_a_misspelt_part_is_told_the_right_one(status):
    with pytest.raises(ReceiverError, match="no field 'time'. Did you mean times?"):
        from_arguments(status, {"time": 2})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2, "2"),
        ("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"),
        (
            datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
            "Thu, 01 Jan 2026 00:00:00 GMT",
        ),
    ],
)
def test_retry_after_is_seconds_or_a_date_of_http(value, written):
    reply = Reply(headers={"a": "b"}, retry_after=value)
    assert reply.pairs == (("a", "b"), ("retry-after", written))


def test_a_body_is_what_it_was_when_it_was_said():
    body = {"ok": []}
    reply = Reply(json=body)
    body["ok"].append(1)
    assert reply.json == {"ok": []}


def test_a_record_is_what_the_control_api_takes():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    reply = Reply(
        status=503, body=b"\xff", headers={"A": "b"}, retry_after=moment, times=2
    )
    assert reply.record() == {
        "status": 503,
        "body_base64": "/w==",
        "headers": [["A", "b"]],
        "retry_after": "Thu, 01 Jan 2026 00:00:00 GMT",
        "times": 2,
    }
    assert Reply(by=test_a_record_is_what_the_control_api_takes).record() == {
        "by": "test_a_record_is_what_the_control_api_takes",
        "times": None,
    }


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "status": st.integers(200, 599),
            "json": JSON,
            "delay": st.floats(0, 3600),
            "retry_after": st.integers(0, 10**6),
            "fault": st.sampled_from(["reset", "silence", "half"]),
            "times": st.integers(1, 99),
        },
    )
)
def test_a_reply_survives_its_record(parts):
    try:
        reply = from_object(parts)
    except ReceiverError:
        assert "nan" in repr(parts) or "inf" in repr(parts)
        return
    assert from_object(json.loads(json.dumps(reply.record()))) == reply


@given(JSON)
def test_any_json_is_a_reply_or_told_why_not(value):
    for each in (value, {"status": value}, {"headers": value}, {"delay": value}):
        with contextlib.suppress(ReceiverError):
            assert isinstance(from_value(each), Reply)
