"""Handshakes in tests: named, waited for, refused; in this process and in another."""

import asyncio
import http.server
import logging
import threading

import httpx2
import pytest
from cbmock import Receiver, ReceiverError
from cbmock.reports.html.page import page
from cbmock.server import confirming

from tests.support.control_document import documented
from tests.support.rows import each_row

BODY = {
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}
}
ITEM = {"post": {**BODY, "responses": {"202": {"description": "Taken."}}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "paths": {
        "/subscriptions": {
            "post": {
                "operationId": "subscribe",
                "callbacks": {
                    "paid": {"{$request.body#/url}/paid/{$request.body#/id}": ITEM}
                },
            }
        }
    },
    "webhooks": {"event": ITEM},
}
CHALLENGE = {"type": "url_verification", "challenge": "c", "token": "t"}


@pytest.fixture(scope="module")
def server():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


@pytest.fixture(scope="module")
def client():
    with httpx2.Client() as found:
        yield found


@pytest.fixture(params=["local", "remote"])
def cbmock(request, server):
    token = request.node.name.partition("[")[0] + request.param
    base = server if request.param == "local" else Receiver.at(server.url)
    receiver = base.for_test(token)
    yield receiver
    receiver.end_test()
    server.for_test(token).end_test()


def test_a_test_names_the_handshake_and_waits_for_it(client, cbmock):
    cbmock.handshake("slack")
    url = cbmock.url_for("event")
    assert client.post(url, json=CHALLENGE).text == "c"
    assert client.post(url, json={"type": "message"}).status_code == 202
    call = cbmock.wait_for_handshake("slack", timeout=5)
    assert [each.id for each in cbmock.handshakes] == [call.id]
    assert cbmock.wait_for("event").json == {"type": "message"}
    assert call.id not in [each.id for each in cbmock.calls_to("event")]
    cbmock.no_other_calls()
    cbmock.verify()


def test_the_url_that_was_registered_is_asked_though_keys_add_to_it(client, cbmock):
    cbmock.handshake("microsoft-graph")
    query = {"validationToken": "v"}
    bases = [cbmock.url, cbmock.url_for("paid"), f"{cbmock.url}/paid/7"]
    assert [client.post(each, params=query).text for each in bases] == ["v"] * 3
    names = [each.operation and each.operation.name for each in cbmock.handshakes]
    assert names == [None, "paid", "paid"]
    cbmock.verify()


def test_a_reply_of_the_operation_is_kept_for_its_deliveries(client, cbmock):
    cbmock.handshake("websub")
    cbmock.respond("event", 503)
    url = cbmock.url_for("event")
    query = {
        "hub.mode": "subscribe",
        "hub.topic": "https://a.example",
        "hub.challenge": "c",
    }
    asked = client.get(url, params=query)
    assert (asked.status_code, asked.text) == (200, "c")
    assert client.post(url, json={}).status_code == 503
    assert cbmock.wait_for_handshake("websub", timeout=5).response.status == 200
    cbmock.verify()


def test_a_refused_sender_must_not_send(client, cbmock):
    cbmock.handshake("dropbox", accept=False)
    url = cbmock.url_for("event")
    assert client.get(url, params={"challenge": "c"}).status_code == 404
    assert client.post(url, json={}).status_code == 403
    with pytest.raises(AssertionError, match="the handshake of Dropbox is refused"):
        cbmock.verify()
    cbmock.allow_violations("unverified-sender")
    cbmock.verify()


def test_a_refusal_is_taken_back(client, cbmock):
    cbmock.handshake("dropbox", accept=False)
    cbmock.handshake("dropbox")
    url = cbmock.url_for("event")
    assert client.get(url, params={"challenge": "c"}).text == "c"
    assert client.post(url, json={}).status_code == 202


def test_a_handshake_may_be_limited_to_one_operation(client, cbmock):
    cbmock.handshake("trello", operation="event")
    urls = [cbmock.url_for("event"), f"{cbmock.url}/paid/7"]
    assert [client.head(each).status_code for each in urls] == [200, 405]
    cbmock.allow_violations("method")
    cbmock.verify()


def test_a_handshake_is_over_with_its_test(client, cbmock):
    cbmock.handshake("dropbox")
    cbmock.answer("GET", "/x")
    url = cbmock.url
    assert client.get(f"{url}/x").status_code == 200
    cbmock.end_test()
    assert client.get(f"{url}/x").status_code == 404
    assert client.get(url, params={"challenge": "c"}).status_code == 404


def test_other_requests_are_answered_as_a_test_says(client, cbmock):
    cbmock.answer("GET", "/rooms/{alias}", json={"room": 1})
    cbmock.answer("DELETE", "event", status=204)
    cbmock.answer(
        "GET", cbmock.url_for("event"), body=b"\xff", headers={"content-type": "a/b"}
    )
    found = client.get(f"{cbmock.url}/rooms/a?x=1")
    assert (found.status_code, found.json()) == (200, {"room": 1})
    assert client.delete(cbmock.url_for("event")).status_code == 204
    found = client.get(cbmock.url_for("event"))
    assert (found.content, found.headers["content-type"]) == (b"\xff", "a/b")
    assert [each.handshake for each in cbmock.handshakes] == ["answer"] * 3
    assert client.get(f"{cbmock.url}/rooms/a/b").status_code == 404
    cbmock.allow_violations("unmatched")
    cbmock.verify()


@each_row(
    ("ask", "message"),
    [
        (lambda it: it.handshake("slak"), "did you mean 'slack'?"),
        (lambda it: it.handshake("zoom"), "give it"),
        (lambda it: it.handshake("slack", operation="evnt"), "evnt"),
        (lambda it: it.answer("GET", "evnt"), "evnt"),
        (lambda it: it.answer("GET", "/x", delay=1), "an answer has no 'delay'"),
        (lambda it: it.answer("GET", "/x", status=204, json=1), "status 204 has no body"),
        (lambda it: it.answer("GET", "/x", status=99), "from 200 to 599"),
    ],
)  # fmt: skip
def test_a_wrong_wish_is_an_error_at_once(cbmock, ask, message):
    with pytest.raises(ReceiverError) as raised:
        ask(cbmock)
    assert message in raised.value.message


def test_a_handshake_that_does_not_come_is_said_with_what_came(client, cbmock):
    cbmock.handshake("slack")
    with pytest.raises(AssertionError) as raised:
        cbmock.wait_for_handshake("zoom", timeout=0)
    assert str(raised.value).startswith(
        "a handshake zoom was due within 0 s, none came; nothing arrived."
    )
    client.post(cbmock.url_for("event"), json=CHALLENGE)
    with pytest.raises(AssertionError, match="none came; slack came"):
        asyncio.run(cbmock.aio.wait_for_handshake("zoom", timeout=0))
    assert asyncio.run(cbmock.aio.wait_for_handshake()).handshake == "slack"


def test_timelines_call_it_a_handshake_and_coverage_leaves_it_out_of_both_counts(
    client,
):
    with Receiver(DOCUMENT, handshake="slack,trello") as receiver:
        client.post(receiver.url_for("event"), json=CHALLENGE)
        assert "event: handshake, answered 200" in receiver.timeline()
        record = receiver.calls[0].record()
        test = {
            "test": "t",
            "outcome": "passed",
            "failure": None,
            "calls": [record],
            "deliveries": [],
            "triggers": [],
            "rules": {},
        }
        assert ">handshake<" in page(
            {"tests": [test], "coverage": None, "documents": []}
        )
        found = receiver.coverage
        assert (found.covered, found.left_out) == (0, 0)


def test_a_documented_question_is_covered_and_leaves_the_url_clear(client):
    asked = {"get": {"responses": {"200": {"description": "The challenge."}}}}
    document = {**DOCUMENT, "webhooks": {"event": {**ITEM, **asked}}}
    with Receiver(document, handshake={"event": "dropbox"}) as receiver:
        url = receiver.url_for("event")
        assert client.get(url, params={"challenge": "c"}).text == "c"
        assert receiver.coverage.covered == 2
        assert client.post(url, json={}).status_code == 202
        receiver.verify()


def test_names_of_several_urls_stay_ambiguous():
    callbacks = {"event": {"{$request.body#/url}": ITEM}}
    document = {**DOCUMENT, "paths": {"/s": {"post": {"callbacks": callbacks}}}}
    with Receiver(document) as receiver, pytest.raises(ReceiverError, match="event"):
        receiver.url_for("event")


@pytest.fixture
def subscriptions():
    """A server of the sender's, and the paths that are fetched from it."""
    fetched, came = [], threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            fetched.append(self.path)
            self.send_response(302 if "away" in self.path else 200)
            self.send_header("location", "http://example.invalid/")
            self.end_headers()
            came.set()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", fetched, came
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_subscription_is_confirmed_by_fetching_its_url(client, subscriptions):
    base, fetched, came = subscriptions
    body = {
        "Type": "SubscriptionConfirmation",
        "Token": "1",
        "SubscribeURL": f"{base}/s?T=1",
    }
    with Receiver(DOCUMENT, handshake="aws-sns") as receiver:
        assert client.post(receiver.url_for("event"), json=body).status_code == 200
        assert came.wait(10)
    assert fetched == ["/s?T=1"]


@pytest.mark.parametrize("path", ["away", None])
def test_a_confirmation_that_fails_is_logged_and_follows_no_redirect(
    subscriptions, path, caplog
):
    base, fetched, _ = subscriptions
    url = "http://127.0.0.1:1/" if path is None else f"{base}/{path}"
    with caplog.at_level(logging.WARNING, "cbmock"):
        confirming.confirm(url).join(10)
    assert f"the handshake could not be confirmed at {url}" in caplog.text
    assert fetched == ([] if path is None else ["/away"])


def test_the_control_api_is_as_its_document_says(client, server):
    api = f"{server.url}/_cbmock/api"
    said = client.post(f"{api}/handshakes?token=doc", json={"name": "slack"})
    assert (said.status_code, documented("expectHandshake", 201, said.json())) == (
        201,
        True,
    )
    said = client.post(f"{api}/answers?token=doc", json={"method": "GET", "path": "/x"})
    assert (said.status_code, documented("addAnswer", 201, said.json())) == (201, True)
    assert documented("listHandshakes", 200, client.get(f"{api}/handshakes").json())
    assert client.get(f"{api}/handshakes?token=doc").json() == {
        "handshakes": [
            {"token": "doc", "operation": None, "name": "slack", "accept": True}
        ],
        "answers": [
            {
                "token": "doc",
                "operation": None,
                "path": "/x",
                "method": "GET",
                "status": 200,
            }
        ],
    }
    gone = client.delete(f"{api}/handshakes?token=doc").json()
    assert (gone, documented("deleteHandshakes", 200, gone)) == ({"deleted": 2}, True)


@each_row(
    ("path", "body", "message"),
    [
        ("handshakes", b"{", "the body cannot be read: not JSON"),
        ("handshakes", b"[]", "the body must be an object"),
        ("handshakes", b"{}", "a handshake is given by its `name`"),
        (
            "handshakes",
            b'{"name": "slack", "operation": 1}',
            "operation=1 is not an operation's name",
        ),
        ("answers", b'{"path": "/x"}', "an answer needs `method`"),
        ("answers", b'{"method": "GET", "path": "x"}', "path='x' must start with `/`"),
        ("answers", b'{"method": "GET", "path": "/x", "operation": "event"}', "needs"),
    ],
)
def test_a_wrong_question_to_the_control_api_is_refused(
    client, server, path, body, message
):
    said = client.post(
        f"{server.url}/_cbmock/api/{path}",
        content=body,
        headers={"content-type": "application/json"},
    )
    assert said.status_code == 400
    assert message in said.json()["detail"]
