import json
import threading

import httpx2
import pytest
from invoices import DOCUMENT, EVENT, TARGET

from receiver import Receiver, sources
from receiver.contract.schemas import Schema
from receiver.description.references import Node
from receiver.server.control import description


@pytest.fixture(scope="module")
def receiver():
    with Receiver(DOCUMENT) as running:
        yield running


@pytest.fixture
def api(receiver):
    with httpx2.Client(base_url=receiver.url + "/_cbmock/api") as client:
        client.delete("calls")
        yield client


def documented(operation_id, status, value):
    """Hold an answer against the control API's own document, with our own code."""
    described = sources.describe(control())
    node = described.root
    for path in node.child("paths").value:
        for _, found in node.child("paths", path).members():
            if found.value["operationId"] == operation_id:
                content = found.child("responses", str(status), "content")
                ((_, media_type),) = content.members()
                schema: Node = media_type.child("schema")
                return Schema(schema, described).is_valid(value)
    raise LookupError(operation_id)


def control():
    return description()


def send(receiver, target=TARGET, body=EVENT):
    return httpx2.post(receiver.url + target, json=body)


def test_health_says_what_is_served(api, receiver):
    send(receiver)
    health = api.get("health").json()
    assert health == {
        "status": "ok",
        "document": "openapi.json",
        "operations": 2,
        "calls": 1,
        "dropped": 0,
    }
    assert documented("getHealth", 200, health)


def test_operations_come_with_the_url_to_hand_out(api, receiver):
    listing = api.get("operations").json()
    assert [each["url"] for each in listing["operations"]] == [
        f"{receiver.url}/callbacks/createInvoice/callback_url",
        f"{receiver.url}/webhooks/new-subscription",
    ]
    assert documented("listOperations", 200, listing)


def test_calls_are_listed_in_order_and_one_by_one(api, receiver):
    send(receiver)
    send(receiver, "/nowhere")
    calls = api.get("calls").json()
    assert [each["outcome"] for each in calls["calls"]] == ["matched", "unmatched"]
    assert documented("listCalls", 200, calls)
    one = api.get(f"calls/{calls['calls'][0]['id']}").json()
    assert one == calls["calls"][0]
    assert documented("getCall", 200, one)


@pytest.mark.parametrize(
    ("query", "targets"),
    [
        ("operation=invoice_notification", [TARGET, f"/t/a{TARGET}"]),
        ("operation=createInvoice.invoice_notification&token=a", [f"/t/a{TARGET}"]),
        ("valid=false", ["/webhooks"]),
        ("valid=true&operation=new-subscription", []),
    ],
)
def test_calls_are_filtered(api, receiver, query, targets):
    send(receiver)
    send(receiver, f"/t/a{TARGET}")
    send(receiver, "/webhooks", {})
    found = api.get(f"calls?{query}").json()["calls"]
    assert [each["request"]["target"] for each in found] == targets


def test_calls_after_an_id_are_listed(api, receiver):
    send(receiver)
    send(receiver)
    first, second = api.get("calls").json()["calls"]
    assert api.get(f"calls?after={first['id']}").json() == {"calls": [second]}


def test_coverage_is_that_of_the_calls_that_are_asked_for(api, receiver):
    send(receiver)
    send(receiver, f"/t/a{TARGET}", {})
    found = api.get("coverage").json()
    seen = {key: found[key] for key in ("percent", "covered", "total", "left_out")}
    assert seen == {"percent": 50.0, "covered": 2, "total": 4, "left_out": 1}
    assert documented("getCoverage", 200, found)
    assert api.get("coverage?token=a").json()["covered"] == 0
    assert api.get("coverage?token=b").json()["left_out"] == 0


def test_a_wait_answers_as_soon_as_the_call_is_there(api, receiver):
    sender = threading.Timer(0.05, send, [receiver])
    sender.start()
    answer = api.get("calls/wait?operation=invoice_notification&timeout=5")
    sender.join()
    assert [each["request"]["target"] for each in answer.json()["calls"]] == [TARGET]
    assert documented("waitForCalls", 200, answer.json())


def test_a_wait_that_is_given_up_says_what_was_missing(api):
    answer = api.get("calls/wait?operation=new-subscription&count=2&timeout=0.05")
    assert (answer.status_code, answer.json()["detail"]) == (
        408,
        "0 of 2 calls to new-subscription came within 0.05 s",
    )
    assert documented("waitForCalls", 408, answer.json())


def test_deleting_forgets_the_calls_of_one_test_or_all(api, receiver):
    send(receiver)
    send(receiver, f"/t/a{TARGET}")
    assert api.delete("calls?token=a").json() == {"deleted": 1}
    assert api.delete("calls").json() == {"deleted": 1}
    assert api.get("calls").json() == {"calls": []}


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("calls/999999", 404, "there is no call 999999"),
        ("nothing", 404, "Not Found"),
        ("calls?operation=invoice", 400, "no callback or webhook is named 'invoice'"),
        ("calls?valid=maybe", 400, "valid='maybe' is neither true nor false"),
        ("calls?after=-1", 400, "after='-1' is no whole number"),
        ("calls/wait?timeout=soon", 400, "timeout='soon' is no number of seconds"),
        ("calls/wait?timeout=9999", 400, "timeout='9999' is no number of seconds"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(api, path, status, detail):
    answer = api.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


def test_a_wrong_method_is_told_the_right_ones(api):
    answer = api.post("health")
    allowed = sorted(answer.headers["allow"].split(", "))
    assert (answer.status_code, allowed) == (405, ["GET", "HEAD"])


def test_the_control_api_is_described(receiver):
    answer = httpx2.get(receiver.url + "/_cbmock/openapi.json")
    assert answer.json() == control()


def test_what_cannot_be_written_in_utf_8_is_told_all_the_same(api, receiver):
    httpx2.post(
        receiver.url + TARGET,
        content=b'{"description": "\\ud800", "paid": "\\udfff"}',
        headers={"content-type": "application/json"},
    )
    httpx2.post(receiver.url + TARGET, content=b"\xff\x00")
    first, second = api.get("calls").json()["calls"]
    assert json.loads(first["request"]["body"])["paid"] == "\udfff"
    assert second["request"]["body_base64"] == "/wA="
