"""`POST fire` and `POST replay`: deliveries for programs in other languages."""

import httpx2
import pytest
from cbmock import Receiver

from tests.support.control_document import documented
from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.rows import each_row

NAME = "invoice_notification"


@pytest.fixture(scope="module")
def mocks():
    with Receiver(DOCUMENT) as sends, Receiver(DOCUMENT) as takes:
        yield sends, takes


@pytest.fixture
def takes(mocks):
    mocks[1].clear()
    yield mocks[1]
    mocks[1].clear()


@pytest.fixture
def api(mocks):
    with httpx2.Client(base_url=mocks[0].url + "/_cbmock/api") as client:
        client.delete("calls")
        yield client
        client.delete("calls")


def test_a_delivery_is_fired_and_its_answer_judged(api, takes):
    answer = api.post(
        "fire",
        json={
            "operation": NAME,
            "to": takes.url_for(NAME),
            "set": {"#/description": "Hi"},
            "values": {"request.body.id": 7},
            "headers": {"X-Own": "1"},
        },
    )
    record = answer.json()
    assert (answer.status_code, record["response"]["status"], record["violations"]) == (
        200,
        200,
        [],
    )
    assert documented("fire", 200, record)
    (call,) = takes.calls
    assert (call.json["description"], call.headers["x-own"], call.path[-2:]) == (
        "Hi",
        "1",
        "/7",
    )


def test_a_delivery_is_signed(api, takes):
    signed = {"signature": "github", "secret": "a secret"}
    api.post("fire", json={"operation": NAME, "to": takes.url_for(NAME), **signed})
    assert takes.calls[0].headers["x-hub-signature-256"].startswith("sha256=")


def test_recorded_calls_are_sent_again(api, mocks, takes):
    for paid in (True, "yes"):
        httpx2.post(mocks[0].url + TARGET, json={**EVENT, "paid": paid})
    to = takes.url_for(NAME) + "/invoices/1"
    record = api.post("replay", json={"to": to, "valid": True, "rate": 1000}).json()
    assert documented("replay", 200, record)
    assert [each["response"]["status"] for each in record["replayed"]] == [200]
    api.post("replay", json={"to": to, "operation": NAME})
    assert [each.json["paid"] for each in takes.calls] == [True, True, "yes"]


def test_one_recorded_call_is_sent_again(api, mocks, takes):
    for paid in (True, "yes"):
        httpx2.post(mocks[0].url + TARGET, json={**EVENT, "paid": paid})
    to = takes.url_for(NAME) + "/invoices/1"
    for other in ({}, {"operation": NAME}, {"token": "another"}, {"valid": True}):
        api.post("replay", json={"to": to, "id": mocks[0].calls[1].id, **other})
    api.post("replay", json={"to": to, "id": 99})
    assert [each.json["paid"] for each in takes.calls] == ["yes", "yes"]


WRONG = [
    ("fire", {"operation": NAME}, "`to` is missing"),
    ("fire", {"operation": NAME, "to": "os:getcwd"}, "`to` must be a URL"),
    ("fire", {"operation": NAME, "to": "http://192.0.2.1/"}, "is not on this machine"),
    ("fire", {"operation": NAME, "to": 5}, "`to` has a value of the wrong type"),
    ("fire", {"operation": "no", "to": "http://127.0.0.1:9"}, "'no'"),
    ("fire", {"odd": 1}, "'odd' is not one of operation, to"),
    ("fire", [], "the body must be an object"),
    ("replay", {"to": "http://192.0.2.1/"}, "is not on this machine"),
    ("replay", {"to": "http://127.0.0.1:9", "rate": 0}, "must be greater than 0"),
    ("replay", {"to": "http://127.0.0.1:9", "rate": True}, "wrong type"),
]


@each_row(("path", "body", "reason"), WRONG)
def test_what_is_asked_wrong_says_why(api, path, body, reason):
    answer = api.post(path, json=body)
    assert (answer.status_code, reason in answer.json()["detail"]) == (400, True)
    assert documented("fire", 400, answer.json())


def test_a_foreign_page_may_not_fire(api):
    foreign = {"origin": "http://evil.example"}
    answer = api.post("fire", json={}, headers=foreign)
    assert answer.status_code == 403
    unlabelled = api.post("fire", content=b"{}", headers={"content-type": "text/plain"})
    assert unlabelled.status_code == 415
