"""Mocks on one database: what is said to one of them holds for all, as soon as it is said."""

import contextlib
import json
import re
import socket
import time

import httpx
import pytest
from cbmock import sources
from cbmock.http.messages import Headers, Request
from cbmock.journal.database import DatabaseJournal
from cbmock.mock.mock import Mock
from cbmock.server import agreements
from cbmock.server.app import App
from cbmock.server.run import Running
from starlette.testclient import TestClient

from tests.support.invoices import DOCUMENT, event

pytestmark = pytest.mark.process  # PostgreSQL

NAME = "invoice_notification"
TRIGGER = {
    "method": "POST",
    "url": "http://api/invoices/?callback_url=http%3A%2F%2Fmock",
    "body": {"id": "1", "customer": "a", "total": 1},
    "response": {"status": 201, "body": {"msg": "ok"}},
    "settle": 0,
}


class Mocks:
    """Mocks of one document on one database, as several processes have them."""

    def __init__(self, url, count=2):
        self.url = url
        self.apps = [self.one() for _ in range(count)]

    def one(self):
        mock = Mock(sources.describe(DOCUMENT))
        journal = DatabaseJournal(self.url, mock.operations)
        app = App(mock, journal, of_workers=True)
        app.bases = ("http://mock",)
        return app

    def control(self, at):
        return TestClient(self.apps[at], base_url="http://mock/_cbmock/api/")

    def statuses(self, count):
        clients = [TestClient(app, base_url="http://mock") for app in self.apps]
        body = {"description": "x", "paid": True}
        return [
            clients[each % len(clients)]
            .post("/events/invoices/1", json=body)
            .status_code
            for each in range(count)
        ]

    def codes(self):
        """Return the codes of violations of the rate, of all calls."""
        calls = self.apps[0].journal.calls()
        found = [each.code for call in calls for each in call.violations]
        return [each for each in found if each == "rate-exceeded"]


@contextlib.contextmanager
def started(running):
    running.start()
    try:
        yield
    finally:
        running.stop()


@pytest.fixture
def mocks(url):
    found = Mocks(url)
    found.apps[0].scripts.remove()
    found.apps[0].triggers.clear()
    found.apps[0].disagree(None, agreements.OF_HANDSHAKES | agreements.OF_SIGNATURES)
    yield found
    for each in found.apps:
        each.journal.close()


def test_a_script_is_played_by_all_together_as_often_as_was_said(mocks):
    replies = {"replies": [{"status": 503, "times": 3}, {"status": 429, "times": 2}]}
    mocks.control(0).put(f"responses/{NAME}", json=replies)
    taken = mocks.apps[1].take([event(), event()])
    assert (taken, mocks.apps[1].target(b"/events/invoices/1")) == ([None] * 2, None)
    assert len(mocks.apps[1].journal) == 0
    assert mocks.statuses(8) == [503, 503, 503, 429, 429, 200, 200, 200]


@pytest.mark.parametrize("more", [{}, {"http2": True}], ids=["HTTP/1.1", "HTTP/2"])
def test_a_script_of_another_applies_to_requests_that_were_to_be_answered_at_once(
    mocks, more
):
    answer = {"status": 503, "times": 2, "body": "later"}
    running = Running(mocks.apps[1], host="127.0.0.1", port=0, **more)
    with (
        started(running),
        httpx.Client(
            base_url=running.url, trust_env=False, http1=not more, **more
        ) as client,
    ):

        def sent(content):
            return client.post(
                "/events/invoices/1",
                content=content,
                headers={"content-type": "application/json"},
            )

        body = b'{"description": "x", "paid": true}'
        assert sent(body).status_code == 200
        mocks.control(0).put(f"responses/{NAME}", json={"replies": [answer]})
        found = [sent(each) for each in (iter([body]), body, body)]
    assert [each.status_code for each in found] == [503, 503, 200]
    assert [each.text for each in found[:2]] == ["later"] * 2
    assert [each.body for each in mocks.apps[0].journal.calls()] == [body] * 4


def test_requests_of_one_connection_are_answered_in_order_if_another_scripts_them(
    mocks,
):
    lines = "POST /events/invoices/{} HTTP/1.1\r\nhost: mock\r\n"
    head = lines + "content-type: application/json\r\ncontent-length: 34\r\n\r\n"
    body = '{"description": "x", "paid": true}'
    asked = (
        "GET /_cbmock/api/health HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\r\n"
    )
    running = Running(mocks.apps[1], host="127.0.0.1", port=0)
    port = httpx.URL(running.url).port
    with started(running), socket.create_connection(("127.0.0.1", port)) as connection:
        mocks.control(0).put(f"responses/{NAME}", json={"status": 503, "times": 1})
        both = "".join(head.format(each) + body for each in (1, 2))
        connection.sendall((both + asked).encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"503", b"200", b"200"]
    assert b'"last_id"' in received.rpartition(b"HTTP/1.1")[2]


def test_what_is_left_of_a_script_is_said_by_each(mocks):
    mocks.control(0).put(f"responses/{NAME}", json={"status": 503, "times": 3})
    mocks.statuses(2)
    mocks.apps.append(mocks.one())
    found = [mocks.control(at).get("responses").json()["responses"] for at in range(3)]
    left = [[each["replies"] for each in listed] for listed in found]
    assert left == [[[{"status": 503, "times": 1}]]] * 3
    mocks.statuses(3)
    found = [mocks.control(at).get("responses").json()["responses"] for at in range(3)]
    assert found == [[]] * 3


def test_a_timed_reply_that_is_over_is_not_listed_again(mocks):
    replies = [{"status": 503, "lasts": 0.01}, {"status": 200, "times": 2}]
    mocks.control(0).put(f"responses/{NAME}", json={"replies": replies})
    assert mocks.statuses(1) == [503]
    time.sleep(0.02)
    assert mocks.statuses(1) == [200]
    (left,) = mocks.control(0).get("responses").json()["responses"]
    assert left["replies"] == [{"status": 200, "times": 1}]


def test_a_signature_that_one_is_told_of_is_required_by_all(mocks):
    given = {"scheme": "github", "secret": "made up"}
    mocks.control(0).post("signatures", json=given)
    mocks.control(1).post("handshakes", json={"name": "slack"})
    assert mocks.statuses(2) == [401, 401]
    mocks.control(1).delete("handshakes")
    assert mocks.statuses(2) == [401, 401]
    mocks.control(1).delete("signatures")
    assert mocks.statuses(2) == [200, 200]


def test_a_rate_that_one_grants_is_counted_by_all(mocks):
    mocks.control(0).post("handshakes", json={"name": "cloudevents", "rate": 2})
    asked = {"webhook-request-origin": "shop", "webhook-request-rate": "9"}
    url = "/events/invoices/1"
    client = TestClient(mocks.apps[0], base_url="http://mock")
    granted = client.options(url, headers=asked).headers["webhook-allowed-rate"]
    first = mocks.apps[0].journal.last_id
    assert (granted, mocks.statuses(5)) == ("2", [200] * 5)
    codes = [
        [each.code for each in call.violations]
        for call in mocks.apps[1].journal.calls(after=first)
    ]
    assert ["rate-exceeded" in each for each in codes] == [False, False, *[True] * 3]
    mocks.control(1).delete("calls")
    assert (mocks.statuses(3), mocks.codes()) == ([200] * 3, [])


def test_a_script_that_another_removes_is_played_no_longer(mocks):
    mocks.control(0).put(f"responses/{NAME}", json={"status": 503})
    assert mocks.statuses(2) == [503, 503]
    assert mocks.control(1).delete("responses").json() == {"deleted": 1}
    assert mocks.statuses(2) == [200, 200]


def test_a_script_takes_the_place_of_one_that_another_gave(mocks):
    mocks.control(0).put(f"responses/{NAME}", json={"status": 503})
    mocks.control(1).put(f"responses/{NAME}", json={"status": 410, "times": 1})
    assert mocks.statuses(3) == [410, 200, 200]


def test_a_trigger_that_one_has_seen_is_known_to_all(mocks):
    told = mocks.control(0).post("triggers", json=TRIGGER).json()
    (seen,) = mocks.control(1).get("triggers").json()["triggers"]
    assert seen == told
    again = mocks.control(1).post("triggers", json=TRIGGER).json()
    assert again["id"] > told["id"]
    assert mocks.control(0).delete("triggers").json() == {"deleted": 2}
    assert mocks.control(1).get("triggers").json()["triggers"] == []


def test_handshakes_and_answers_are_agreed_with_all(mocks):
    mocks.control(0).post("handshakes", json={"name": "cloudevents"})
    answer = {"method": "GET", "path": "/probe", "status": 204}
    mocks.control(1).post("answers", json=answer)
    listed = [mocks.control(each).get("handshakes").json() for each in (0, 1)]
    assert listed[0] == listed[1]
    assert (len(listed[0]["handshakes"]), len(listed[0]["answers"])) == (1, 1)
    assert [
        app.take([Request("GET", "/probe", Headers(), b"")])[0].status
        for app in mocks.apps
    ] == [204, 204]
    assert mocks.control(0).delete("handshakes").json() == {"deleted": 2}
    assert mocks.control(1).get("handshakes").json() == {
        "handshakes": [],
        "answers": [],
    }


def test_a_wait_at_one_ends_by_a_call_to_another(mocks):
    mocks.apps[0].take([event()])
    found = mocks.control(1).get(
        "calls/wait", params={"operation": NAME, "timeout": 20}
    )
    assert [call["operation"]["name"] for call in found.json()["calls"]] == [NAME]


def test_a_mock_on_another_version_of_the_document_passes_over_what_it_does_not_know(
    mocks,
):
    mocks.control(0).put(f"responses/{NAME}", json={"status": 503})
    mocks.control(0).post("triggers", json=TRIGGER)
    empty = Mock(sources.describe({"openapi": "3.1.0", "info": {}, "webhooks": {}}))
    app = App(empty, DatabaseJournal(mocks.url))
    assert app.scripts.all() == ()
    assert [each.due for each in app.triggers.seen()] == [()]
    app.journal.close()


def test_what_is_agreed_on_an_operation_holds_again_once_a_document_has_it(mocks):
    probe = {"method": "GET", "path": "/probe", "status": 204}
    mocks.control(0).post("handshakes", json={"name": "slack", "operation": NAME})
    mocks.control(0).post("answers", json={"method": "PUT", "operation": NAME})
    mocks.control(0).post("answers", json=probe)
    mocks.control(0).post("signatures", json={"scheme": "github", "secret": "s"})
    told = mocks.control(0).get("handshakes").json()
    full = mocks.apps[1].mock
    hooks = {"probe": {"post": {"responses": {"200": {"description": "x"}}}}}
    emptied = {"openapi": "3.1.0", "info": {}, "webhooks": hooks}
    mocks.apps[1].replace_mock(Mock(sources.describe(emptied)))
    mocks.control(0).delete("signatures")
    (answer,) = mocks.apps[1].take([Request("GET", "/probe", Headers(), b"")])
    assert answer.status == 204
    late = App(mocks.apps[1].mock, DatabaseJournal(mocks.url), of_workers=True)
    assert [len(each.answers) for each in late.agreed.values()] == [1]
    late.journal.close()
    mocks.apps[1].replace_mock(full)
    assert mocks.control(1).get("handshakes").json() == told


def test_kept_calls_have_the_operations_of_the_document_that_judged_them(mocks):
    (app, _), renamed = mocks.apps, json.loads(json.dumps(DOCUMENT))
    first = app.journal.last_id
    app.take([event()])
    item = renamed["paths"]["/invoices/"]["post"]["callbacks"][NAME]
    (operations,) = item.values()
    operations["post"]["operationId"] = "renamed"
    app.replace_mock(Mock(sources.describe(renamed)))
    app.take([event()])
    kept = app.journal.calls(after=first)
    assert [call.operation.operation_id for call in kept] == [None, "renamed"]
    assert kept[1].operation is app.mock.names.find("renamed")
