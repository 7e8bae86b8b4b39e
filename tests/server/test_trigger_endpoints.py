import httpx2
import pytest
from cbmock import Receiver
from cbmock.server.limits import Limits

from tests.support.control_document import documented
from tests.support.invoices import DOCUMENT, EVENT
from tests.support.rows import each_row


@pytest.fixture(scope="module")
def receiver():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


@pytest.fixture
def api(receiver):
    with httpx2.Client(base_url=receiver.url + "/_cbmock/api") as client:
        client.delete("calls")
        client.delete("triggers")
        yield client


def told(receiver, **more):
    return {
        "method": "POST",
        "url": f"http://api/invoices/?callback_url={receiver.url}",
        "headers": [["content-type", "application/json"]],
        "body": {"id": "7"},
        "response": {"status": 200, "headers": [], "body": "{}"},
        **more,
    }


def send(receiver, path="/invoices/7"):
    httpx2.post(receiver.url + path, json=EVENT)


def states(trigger):
    return [(each["state"], len(each["calls"])) for each in trigger["due"]]


def test_a_trigger_is_told_what_it_makes_due(api, receiver):
    answer = api.post("triggers", json=told(receiver))
    assert answer.status_code == 201
    trigger = answer.json()
    (due,) = trigger["due"]
    assert due["operation"]["name"] == "invoice_notification"
    assert due["expression"] == "{$callback_url}/invoices/{$request.body.id}"
    # A bare host may be written with its slash.
    assert due["urls"] == [
        f"{receiver.url}{path}" for path in ("/invoices/7", "//invoices/7")
    ]
    assert (due["state"], due["calls"], due["exact"]) == ("awaited", [], True)
    assert documented("reportTrigger", 201, trigger)


def test_calls_that_came_before_count(api, receiver):
    send(receiver)
    trigger = api.post("triggers", json=told(receiver)).json()
    assert trigger["due"][0]["calls"] == [receiver.calls[-1].id]
    assert states(trigger) == [("fulfilled", 1)]


def test_what_did_not_come_is_missing_once_its_time_is_over(api, receiver):
    first = api.post("triggers", json=told(receiver, settle=0, token="a")).json()
    assert states(first) == [("missing", 0)]
    assert [each["code"] for each in first["violations"]] == ["missing-callback"]
    api.post("triggers", json=told(receiver, settle=5, token="b"))
    listed = api.get("triggers").json()
    assert documented("listTriggers", 200, listed)
    assert [states(each) for each in listed["triggers"]] == [
        [("missing", 0)],
        [("awaited", 0)],
    ]
    assert len(api.get("triggers?token=a").json()["triggers"]) == 1
    after = api.get(f"triggers?after={first['id']}").json()["triggers"]
    assert [each["token"] for each in after] == ["b"]
    assert api.delete("triggers?token=a").json() == {"deleted": 1}
    assert api.delete("triggers").json() == {"deleted": 1}


@each_row(
    ("more", "found"),
    [
        ({"response": {"status": 422}}, []),
        ({"response": None}, [("awaited", 0)]),
        ({"body": None}, [("awaited", 0)]),
        ({"body": None, "body_base64": "eyJpZCI6ICI3In0="}, [("awaited", 0)]),
        ({"url": "http://api/invoices/"}, [("not-due", 0)]),
        ({"url": "http://api/invoices/?callback_url=http://x"}, [("elsewhere", 0)]),
    ],
)
def test_other_triggers_are_told_what_they_are(api, receiver, more, found):
    answer = api.post("triggers", json=told(receiver, **more))
    assert answer.status_code == 201
    assert states(answer.json()) == found
    assert documented("listTriggers", 200, api.get("triggers").json())


def test_calls_that_no_trigger_explains_are_listed(api, receiver):
    watching = receiver.for_test("strays")
    watching.watch(receiver.app)
    api.post("triggers", json=told(watching, token="strays"))
    send(watching, "/invoices/8")
    listed = api.get("triggers?token=strays").json()
    assert [states(each) for each in listed["triggers"]] == [[("wrong-url", 0)]]
    ((stray,),) = [each["violations"] for each in listed["strays"]]
    assert stray["code"] == "wrong-callback-url"
    assert documented("listTriggers", 200, listed)
    receiver._view.backend.app.token = None


@each_row(
    ("more", "wrong"),
    [
        ({"method": None}, "`method` is missing"),
        ({"url": "/invoices/"}, "`url` must be the absolute URL of the request"),
        ({"url": "http://[x"}, "`url` is not a valid URL"),
        ({"url": "http://api/x"}, "POST /x triggers no documented callback"),
        ({"headers": {"a": "b"}}, "`headers` must be a list of pairs of strings"),
        ({"headers": [["a"]]}, "`headers` must be a list of pairs of strings"),
        ({"body": 7}, "`body` must be a string or JSON"),
        ({"body_base64": "x"}, "`body` is given twice"),
        ({"body": None, "body_base64": "x"}, "`body_base64` is not base64"),
        ({"body": None, "body_base64": 7}, "`body_base64` must be a string"),
        ({"token": 7}, "`token` must be a string"),
        ({"settle": "long"}, "`settle` must be a number of seconds"),
        ({"settle": 4000}, "settle=4000 must be between 0 and 3600 seconds"),
        ({"missing": "maybe"}, "missing='maybe' is not one of auto"),
        ({"response": []}, "`response` must be a JSON object"),
        ({"response": {"status": 7}}, "`response.status` must be an integer from 100"),
        (
            {"response": {"status": 200, "headers": 1}},
            "`response.headers` must be a list",
        ),
        ({"reponse": {}}, "a trigger has no reponse; it has body, body_base64"),
    ],
)
def test_what_is_no_trigger_is_told_what_is_wrong(api, receiver, more, wrong):
    answer = api.post("triggers", json=told(receiver, **more))
    assert answer.status_code == 400
    assert wrong in answer.json()["detail"]
    assert documented("reportTrigger", 400, answer.json())


JSON = {"content-type": "application/json"}


@each_row("body", [b"", b"{", b"[]", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(api, body):
    answer = api.post("triggers", content=body, headers=JSON)
    assert answer.status_code == 400


def test_what_is_too_large_is_refused(api, receiver, monkeypatch):
    app = receiver._view.backend.app
    monkeypatch.setattr(app, "limits", Limits(control_body=10))
    answer = api.post("triggers", content=b"x" * 11, headers=JSON)
    assert answer.status_code == 413
    assert documented("reportTrigger", 413, answer.json())


def test_after_which_trigger_is_a_number(api):
    assert api.get("triggers?after=x").status_code == 400
