import json
import os
import threading
from urllib.parse import quote

import httpx2
import pytest
from cbmock import Receiver, sources
from cbmock.contract.schemas.schema import Schema
from cbmock.mock.timestamps import timestamp
from cbmock.server.control import description

from tests.support.control_document import documented
from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.rows import each_row

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def receiver():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


@pytest.fixture
def api(receiver):
    url = receiver.url + "/_cbmock/api"
    with httpx2.Client(base_url=url, timeout=60) as client:
        client.delete("calls")
        client.delete("responses")
        yield client


def send(receiver, target=TARGET, body=EVENT):
    return httpx2.post(receiver.url + target, json=body)


def test_health_says_what_is_served(api, receiver):
    send(receiver)
    health = api.get("health").json()
    assert health == {
        "ready": True,
        "status": "ok",
        "url": receiver.url,
        "public_url": None,
        "document": "openapi.json",
        "pid": os.getpid(),
        "started_at": timestamp(receiver.app.started_at),
        "operations": 2,
        "calls": 1,
        "last_id": receiver.calls[-1].id if receiver.calls else 0,
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


@pytest.mark.parametrize("among", ["operation=new-subscription", "token=a"])
def test_a_wait_is_not_ended_by_calls_that_it_is_not_for(api, receiver, among):
    sender = threading.Timer(0.2, send, [receiver])
    sender.start()
    answer = api.get(f"calls/wait?{among}&timeout=1")
    sender.join()
    assert answer.status_code == 408


def test_a_wait_that_is_given_up_says_what_was_missing(api):
    answer = api.get("calls/wait?operation=new-subscription&count=2&timeout=0.05")
    assert (answer.status_code, answer.json()["detail"]) == (
        408,
        "0 of 2 calls to new-subscription arrived within 0.05 s",
    )
    assert documented("waitForCalls", 408, answer.json())


def test_deleting_forgets_the_calls_of_one_test_or_all(api, receiver):
    send(receiver)
    send(receiver, f"/t/a{TARGET}")
    assert api.delete("calls?token=a").json() == {"deleted": 1}
    assert api.delete("calls").json() == {"deleted": 1}
    assert api.get("calls").json() == {"calls": []}


@each_row(
    ("path", "status", "detail"),
    [
        ("calls/999999", 404, "there is no call 999999"),
        ("nothing", 404, "Not Found"),
        ("calls?operation=invoice", 400, "no callback or webhook is named 'invoice'"),
        ("calls?valid=maybe", 400, "valid='maybe' must be true or false"),
        ("calls?after=-1", 400, "after='-1' is not an integer"),
        (
            "calls/wait?timeout=soon",
            400,
            "timeout='soon' must be between 0 and 3600 seconds",
        ),
        ("calls/wait?timeout=9999", 400, "timeout='9999' must be between"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(api, path, status, detail):
    answer = api.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


# --- scripts ----------------------------------------------------------------------------

POINTER = (
    "openapi.json#/paths/~1invoices~1/post/callbacks/invoice_notification/"
    "%7B$callback_url%7D~1invoices~1%7B$request.body.id%7D/post"
)
RETRIES = {"replies": [{"status": 503, "retry_after": 1, "times": 2}, {"status": 200}]}


def taken(value):
    """Tell whether the control API's own document lets a PUT have this body."""
    described = sources.describe(description())
    put = described.root.child("paths", "/_cbmock/api/responses/{operation}", "put")
    ((_, media_type),) = put.child("requestBody", "content").members()
    return Schema(media_type.child("schema"), described).is_valid(value)


def scripted(name):
    return f"responses/{quote(name, safe='')}"


def test_a_script_is_put_listed_played_and_deleted(api, receiver):
    answer = api.put(scripted("invoice_notification"), json=RETRIES)
    script = answer.json()
    assert answer.status_code == 200
    assert script["operation"]["name"] == "invoice_notification"
    assert (script["token"], script["replies"]) == (
        None,
        [
            {"status": 503, "retry_after": 1, "times": 2},
            {"status": 200, "times": None},
        ],
    )
    assert documented("putResponses", 200, script)
    got = send(receiver)
    assert (got.status_code, got.headers["retry-after"]) == (503, "1")
    listed = api.get("responses").json()
    assert [each["times"] for each in listed["responses"][0]["replies"]] == [1, None]
    assert documented("listResponses", 200, listed)
    assert [send(receiver).status_code for _ in range(3)] == [503, 200, 200]
    deleted = api.delete(scripted("invoice_notification"))
    assert deleted.json() == {"deleted": 1}
    assert documented("deleteResponse", 200, deleted.json())
    assert api.get("responses").json() == {"responses": []}


def test_what_was_played_is_in_the_call(api, receiver):
    api.put(scripted("invoice_notification"), json={"fault": "reset"})
    with pytest.raises(httpx2.ReadError):
        send(receiver)
    (call,) = api.get("calls").json()["calls"]
    assert call["scripted"] == {"delay_ms": 0, "fault": "reset"}
    assert call["response"]["status"] == 200
    assert documented("getCall", 200, call)


def test_a_script_that_is_through_is_not_listed(api, receiver):
    api.put(scripted("invoice_notification"), json={"status": 503, "times": 1})
    assert [send(receiver).status_code for _ in range(2)] == [503, 200]
    assert api.get("responses").json() == {"responses": []}


def test_a_function_is_listed_by_its_name(api, receiver):
    def gone(call):
        raise NotImplementedError

    receiver.respond("invoice_notification", gone, times=2)
    listed = api.get("responses").json()
    (reply,) = listed["responses"][0]["replies"]
    assert reply == {
        "by": "test_a_function_is_listed_by_its_name.<locals>.gone",
        "times": 2,
    }
    assert documented("listResponses", 200, listed)


@pytest.mark.parametrize(
    "name",
    [
        "createInvoice.invoice_notification",
        "createInvoice.invoice_notification.post",
        "post /invoices/.invoice_notification",
        POINTER,
    ],
)
def test_an_operation_has_all_its_names(api, receiver, name):
    assert api.put(scripted(name), json={"status": 503}).status_code == 200
    assert send(receiver).status_code == 503
    assert api.delete(scripted(name)).json() == {"deleted": 1}


def test_scripts_are_for_one_test_or_all(api, receiver):
    operation = scripted("invoice_notification")
    put = api.put(f"{operation}?token=a", json={"status": 503}).json()
    api.put(operation, json={"status": 429})
    assert put["token"] == "a"
    got = [send(receiver, target).status_code for target in (TARGET, f"/t/a{TARGET}")]
    assert got == [429, 503]
    listed = api.get("responses?token=a").json()["responses"]
    assert [each["token"] for each in listed] == ["a"]
    deleted = api.delete("responses?token=a").json()
    assert deleted == {"deleted": 1}
    assert documented("deleteResponses", 200, deleted)
    assert send(receiver, f"/t/a{TARGET}").status_code == 429
    assert api.delete(f"{operation}?token=b").json() == {"deleted": 0}
    assert api.delete(operation).json() == {"deleted": 1}


@each_row(
    ("body", "detail"),
    [
        ({"statuss": 503}, "a reply has no field 'statuss'. Did you mean status?"),
        ({"by": "print"}, "a reply has no field 'by'."),
        ({"status": 99}, "status=99: a status is an integer from 200 to 599."),
        ({"delay": None}, "delay=None: a delay is a number of seconds"),
        (503, '503 is not a reply: use a mapping such as {"status": 503}.'),
        (None, "None is not a reply"),
        ([{"status": 503}], "is not a reply"),
        ({"replies": []}, "`replies` must be a list of at least one reply, alone"),
        ({"replies": {}}, "`replies` must be a list of at least one reply, alone"),
        (
            {"replies": [{}], "times": 2},
            "`replies` must be a list of at least one reply",
        ),
        (
            {"replies": [{}, {"times": 0}]},
            "#/replies/1: times=0: it is the number of calls",
        ),
        (
            {"replies": [{}] * 1001},
            "`replies` has at most 1000; `times` repeats a reply.",
        ),
        ({"replies": [503]}, "#/replies/0: 503 is not a reply"),
    ],
)
def test_a_wrong_reply_is_told_what_is_wrong(api, receiver, body, detail):
    operation = scripted("invoice_notification")
    api.put(operation, json={"status": 429})
    answer = api.put(operation, content=json.dumps(body), headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (
        400,
        "application/problem+json",
    )
    assert detail in answer.json()["detail"]
    assert documented("putResponses", 400, answer.json())
    assert not taken(body)
    assert send(receiver).status_code == 429


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"status": 204, "json": {}}, "a 204 response has no body: leave it out."),
        ({"example": "x"}, "no example is named 'x'. The response has no examples."),
        ({"replies": [{"example": "x"}]}, "#/replies/0: no example is named 'x'."),
    ],
)
def test_a_reply_that_does_not_fit_the_operation_is_told_why(api, body, detail):
    answer = api.put(scripted("invoice_notification"), json=body)
    assert (answer.status_code, taken(body)) == (400, True)
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        RETRIES,
        {},
        {"json": None},
        {"status": None, "example": None, "body": None, "times": None},
        {"body": "x", "headers": {"a": "b"}, "fault": "slow", "delay": 0.5},
        {"body_base64": "/w==", "headers": [["a", "b"]], "retry_after": "soon"},
    ],
)
def test_what_is_described_is_taken(api, body):
    assert taken(body)
    assert api.put(scripted("invoice_notification"), json=body).status_code == 200


@each_row("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_script_that_is_no_json_is_told_so(api, body):
    answer = api.put(scripted("invoice_notification"), content=body, headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert "the body cannot be read: " in answer.json()["detail"]


@each_row("method", ["put", "delete"])
@each_row("name", ["invoice", "", "a/b"])
def test_a_script_of_no_operation_is_not_found(api, method, name):
    answer = api.request(method, f"responses/{name}", content=b"{}", headers=JSON)
    assert answer.status_code == 404
    assert f"no callback or webhook is named '{name}'" in answer.json()["detail"]
    assert documented("deleteResponse", 404, answer.json())


def test_a_wrong_method_is_told_the_right_ones(api):
    answer = api.post("health", headers=JSON)
    allowed = sorted(answer.headers["allow"].split(", "))
    assert (answer.status_code, allowed) == (405, ["GET", "HEAD"])


def test_the_control_api_is_described(receiver):
    answer = httpx2.get(receiver.url + "/_cbmock/openapi.json")
    assert answer.json() == description()


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


def test_deliveries_are_the_attempts_of_each_event(api, receiver):
    receiver.respond("invoice_notification", status=503, times=1).then(200)
    for _ in range(2):
        send(receiver)
    send(receiver, body={**EVENT, "paid": False})
    httpx2.post(receiver.url + "/webhooks/new-subscription", json={"username": "a"})
    one, two, three, four = (each["id"] for each in api.get("calls").json()["calls"])
    listed = api.get("deliveries").json()
    assert documented("listDeliveries", 200, listed)
    assert [
        (each["operation"]["name"], each["attempts"], each["delivered"])
        for each in listed["deliveries"]
    ] == [
        ("invoice_notification", [one, two], True),
        ("invoice_notification", [three], True),
        ("new-subscription", [four], True),
    ]
    only = api.get("deliveries", params={"operation": "new-subscription"}).json()
    assert only == {"deliveries": listed["deliveries"][2:]}


def test_a_delivery_that_comes_again_after_its_success_says_so(api, receiver):
    for _ in range(2):
        send(receiver)
    (found,) = api.get("deliveries").json()["deliveries"]
    assert [(each["code"], each["severity"]) for each in found["violations"]] == [
        ("duplicate-delivery", "warning")
    ]
