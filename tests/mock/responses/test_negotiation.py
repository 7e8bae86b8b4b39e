import pytest
from cbmock.contract.policy import Policy
from cbmock.http.media_types import MediaType
from cbmock.mock.mock import Mock
from cbmock.mock.responses.negotiation import Accepted, accept_of, choose, read
from cbmock.violations import Violation
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mocks import outcome, request, sent, webhooks
from tests.support.rows import each_row

KEYS = (
    "application/json",
    "application/json; version=2",
    "application/xml",
    "text/html",
)


@each_row(
    ("accept", "key"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("nonsense", "application/json"),
        ("application/xml", "application/xml"),
        ("Application/XML", "application/xml"),
        ("text/*", "text/html"),
        ("text/*;q=0.9, application/xml;q=0.1", "text/html"),
        # the range that comes closest decides, not the kindest
        ("application/*, application/json;q=0.1", "application/xml"),
        ("*/*;q=0.5, application/json;q=0, application/xml;q=0.2", "text/html"),
        ("application/json;version=2", "application/json; version=2"),
        ("application/json;version=2;q=0.1, application/json", "application/json"),
        ('text/html;level="1,2", application/xml', "application/xml"),
        ("application/json; charset=utf-8", "application/json"),
        ("text/html, application/xml;q=0.9, *; q=.2", "text/html"),
        ("image/png, *; q=.2", "application/json"),
        ("application/xml;q=high, text/html;q=0.001", "text/html"),
        # nobody is sent what they rule out
        ("application/json;q=0", None),
        ("image/png", None),
        ("application/problem+json", None),
        ("*/*;q=0", None),
    ],
)
def test_the_documented_media_type_of_the_highest_quality_is_chosen(accept, key):
    assert choose(KEYS, accept) == (None if key is None else (key, key))


@each_row(
    ("key", "accept", "expected"),
    [
        ("*/*", "image/png", "image/png"),
        ("*/*", "image/*", "*/*"),
        ("image/*", "image/png;q=0.1, image/gif", "image/gif"),
        ("image/*", "*/*", "image/*"),
        ("image/*", "text/plain", None),
        ("image/*", "text/*", None),
        ("no media type", "text/plain", "no media type"),
    ],
)
def test_a_documented_range_takes_in_what_is_asked_for(key, accept, expected):
    assert choose([key], accept) == (None if expected is None else (key, expected))


def test_weights_are_told_from_parameters():
    assert read('text/a;x="q=0";q=0.25, b/c; q=1.000') == (
        Accepted(MediaType("text", "a", (("x", "q=0"),)), 0.25),
        Accepted(MediaType("b", "c"), 1.0),
    )


@given(st.text(st.sampled_from('a/*;q=0.1, "\\')))
def test_any_field_can_be_read(accept):
    for each in read(accept):
        assert 0 <= each.quality <= 1


def test_a_field_of_any_length_is_read_soon():
    assert read('"\\' * 100_000) == (Accepted(MediaType("*", "*"), 1.0),)


@each_row(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Accept": "*/*"}, None),
        ({"Accept": ""}, None),
        ({"Accept": "text/plain"}, "text/plain"),
    ],
)
def test_most_senders_take_anything(headers, expected):
    assert accept_of(request("POST", "/", headers=headers).headers) == expected


RESPONSES = {
    "200": {"description": "d", "content": {"application/json": {"example": 1}}}
}
PNG = {"Accept": "image/png"}


def test_a_sender_that_takes_no_documented_answer_is_answered_and_told():
    mock = webhooks("w", responses=RESPONSES)
    call = sent(mock, "POST", "/webhooks/w", headers=PNG)
    assert (call.valid, call.response.status, call.response.body) == (True, 200, b"1")
    assert call.violations == (
        Violation(
            location="header",
            name="Accept",
            code="not-acceptable",
            severity="info",
            detail="the answer is documented as application/json only",
            expected=["application/json"],
            received="image/png",
        ),
    )


@pytest.mark.parametrize(
    ("mode", "status", "media_type"),
    [
        ("reject", 406, "application/problem+json"),
        ("accept", 200, "application/json"),
        ("documented", 406, "application/problem+json"),
    ],
)
def test_who_is_strict_sees_it_fail(mode, status, media_type):
    lenient = webhooks("w", responses=RESPONSES)
    mock = Mock(lenient.description, on_violation=mode, policy=Policy(strict=True))
    call = sent(mock, "POST", "/webhooks/w", headers=PNG)
    assert outcome(call) == ("matched", "w", ["not-acceptable"])
    assert (call.valid, call.response.status) == (False, status)
    assert call.response.headers["content-type"] == media_type


def test_a_breach_of_the_contract_is_graver_than_an_accept_in_vain():
    body = {"content": {"application/json": {"schema": {"type": "integer"}}}}
    lenient = webhooks("w", responses=RESPONSES, requestBody=body)
    mock = Mock(lenient.description, policy=Policy(strict=True))
    call = sent(mock, "POST", "/webhooks/w", "x", headers=PNG)
    assert call.response.status == 422
