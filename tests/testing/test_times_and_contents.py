import datetime as dt
import time

import httpx
import pytest
from cbmock import Receiver, ReceiverError
from cbmock.testing.call_query import CallQuery
from standardwebhooks import Webhook

from tests.support.rows import each_row

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "webhooks": {
        "batch": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {}}}},
                "responses": {"200": {"description": "seen"}},
            }
        },
        "form": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {"type": "object"}
                        }
                    }
                },
                "responses": {"200": {"description": "seen"}},
            }
        },
        "dangling": {
            "post": {
                "requestBody": {"$ref": "#/components/requestBodies/None"},
                "responses": {"200": {"description": "seen"}},
            }
        },
    },
}


@pytest.fixture(scope="module")
def server():
    receiver = Receiver(DOCUMENT).start()
    yield receiver
    receiver.stop()


@pytest.fixture
def cbmock(server, request):
    return server.for_test(request.node.name)


def batch(cbmock, *events):
    httpx.post(cbmock.url_for("batch"), json=[{"event": each} for each in events])


def test_a_call_after_its_time_is_not_one_that_was_expected(cbmock):
    cbmock.expect("batch").within(0.1)
    time.sleep(0.2)
    batch(cbmock, "late")
    with pytest.raises(
        AssertionError, match="within 0.1 s, 0 came; 1 call came too late.\n"
    ):
        cbmock.verify()


def test_a_call_in_time_is_expected_whenever_it_is_asked_for(cbmock):
    expectation = cbmock.expect("batch").within(0.5)
    batch(cbmock, "early")
    time.sleep(0.6)
    assert expectation.wait() == cbmock.calls


def test_the_time_counts_from_the_request_that_triggered(monkeypatch, cbmock):
    monkeypatch.setattr(CallQuery, "__init__", _any_url)
    began = time.monotonic()
    time.sleep(0.3)
    batch(cbmock, "late")
    response = httpx.Response(200)
    response.elapsed = dt.timedelta(seconds=time.monotonic() - began)
    with pytest.raises(AssertionError, match="within 0.2 s"):
        cbmock.expect("batch").triggered_by(response).within(0.2).wait()
    expectation = cbmock.expect("batch").triggered_by((response, b"")).within(1)
    assert expectation.wait() == cbmock.calls


_made = CallQuery.__init__


def _any_url(query, view, operation, matching, trigger=None):
    _made(query, view, operation, matching)


@pytest.mark.parametrize(
    ("matching", "fits"),
    [
        ([{"event": "open"}], True),
        ([{"event": "open"}, {"event": "delivered"}], True),
        ([], True),
        ([{"event": "closed"}], False),
        ({"event": "open"}, False),
    ],
)
def test_a_list_asks_for_each_of_its_items(cbmock, matching, fits):
    batch(cbmock, "delivered", "open")
    if fits:
        assert cbmock.wait_for("batch", timeout=0, matching=matching).valid
    else:
        with pytest.raises(AssertionError):
            cbmock.wait_for("batch", timeout=0, matching=matching)


def test_the_item_that_is_not_there_is_named(cbmock):
    batch(cbmock, "delivered")
    with pytest.raises(AssertionError, match="body +an item {'event': 'closed'}"):
        cbmock.wait_for("batch", timeout=0, matching=[{"event": "closed"}])


def test_a_form_is_matched_by_its_fields(cbmock):
    httpx.post(cbmock.url_for("form"), data={"CallStatus": "ringing", "To": "+1"})
    call = cbmock.wait_for("form", timeout=0, matching={"CallStatus": "ringing"})
    assert call.form == {"CallStatus": "ringing", "To": "+1"}
    with pytest.raises(AssertionError, match="CallStatus"):
        cbmock.wait_for("form", timeout=0, matching={"CallStatus": "busy"})


def test_what_cannot_be_matched_with_is_refused_at_once(cbmock):
    with pytest.raises(ReceiverError, match="matching=3: pass members of the body"):
        cbmock.wait_for("batch", matching=3)


@each_row(
    "ask",
    [
        lambda cbmock: cbmock.wait_for("dangling"),
        lambda cbmock: cbmock.expect("dangling"),
        lambda cbmock: cbmock.never("dangling", within=0.1),
        lambda cbmock: cbmock.in_order("dangling"),
        lambda cbmock: cbmock.in_order("batch", "dangling"),
        lambda cbmock: cbmock.calls_to("dangling"),
        lambda cbmock: cbmock.deliveries("dangling"),
        lambda cbmock: cbmock.wait_for_delivery("dangling"),
        lambda cbmock: cbmock.respond("dangling", status=503),
    ],
)
def test_an_operation_that_cannot_be_read_fails_at_once_with_the_reason(cbmock, ask):
    with pytest.raises(
        ReceiverError, match=r"dangling cannot be read.*requestBodies/None"
    ):
        ask(cbmock)


def test_headers_are_taken_by_a_library_that_verifies(cbmock):
    webhook = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    now, body = dt.datetime.now(dt.UTC), '[{"event": "open"}]'
    headers = {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign("msg_1", now, body),
    }
    httpx.post(cbmock.url_for("batch"), content=body, headers=headers)
    call = cbmock.wait_for("batch", timeout=0)
    assert webhook.verify(call.body, call.headers) == [{"event": "open"}]
