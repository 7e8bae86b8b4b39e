"""The sender's part in a test: deliveries at applications in process and at URLs."""

import asyncio
import json
from pathlib import Path

import pytest
from cbmock import Receiver, ReceiverError, Sender, Signature

SPEC = Path("samples/subscriptions/openapi.json").resolve()
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NAME = "new-subscription"


def receiver(status=200):
    async def app(scope, receive, send):
        body = (await receive())["body"]
        app.got.append((scope["path"], dict(scope["headers"]), json.loads(body)))
        headers = [(b"content-type", b"application/json")]
        await send(
            {"type": "http.response.start", "status": status, "headers": headers}
        )
        await send({"type": "http.response.body", "body": b'{"ok": true}'})

    app.got = []
    return app


def test_a_delivery_is_fired_at_an_application_without_a_socket():
    app = receiver()
    answer = Sender(SPEC).fire(
        NAME,
        to=app,
        set={"#/username": "Zoë", "monthly_fee": 7},
        headers={"X-Own": "1"},
    )
    ((_, headers, body),) = app.got
    assert (answer.status, answer.json, answer.violations) == (200, {"ok": True}, ())
    assert (body["username"], body["monthly_fee"], headers[b"x-own"]) == (
        "Zoë",
        7,
        b"1",
    )


def test_a_wsgi_application_is_a_receiver_too():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"ok": true}']

    assert Sender(SPEC).fire(NAME, to=app).violations == ()


def test_what_the_answer_breaks_is_in_its_violations():
    answer = Sender(SPEC).fire(NAME, to=receiver(status=404))
    assert [each.code for each in answer.violations] == ["undocumented-response"]
    assert answer.curl.startswith("curl -X POST")


def test_a_delivery_is_signed_by_what_the_sender_was_given_or_by_its_own():
    app = receiver()
    sender = Sender(SPEC, signature="github", secret="a secret of its own")
    sender.fire(NAME, to=app)
    sender.fire(NAME, to=app, signature="standard-webhooks", secret=SECRET, id="msg_1")
    (_, first, _), (_, second, _) = app.got
    assert b"x-hub-signature-256" in first
    assert (second[b"webhook-id"], b"webhook-signature" in second) == (b"msg_1", True)


def test_a_receiver_fires_what_its_document_says_signed_as_it_asks_for():
    signature = Signature("standard-webhooks", secret=SECRET)
    with Receiver(SPEC, signature=signature) as cbmock:
        to = cbmock.url_for(NAME)
        answer = cbmock.fire(NAME, to=to, set={"#/username": "Ada"})
        assert (answer.status, answer.violations) == (200, ())
        assert cbmock.calls_to(NAME)[0].json["username"] == "Ada"


def test_an_application_can_be_asked_in_the_tests_own_loop():
    loops, answering = [], receiver()

    async def app(scope, receive, send):
        loops.append(asyncio.get_running_loop())
        await answering(scope, receive, send)

    async def test(cbmock):
        loops.append(asyncio.get_running_loop())
        return await cbmock.aio.fire(NAME, app, set={"#/username": "Ada"})

    with Receiver(SPEC) as cbmock:
        answer = asyncio.run(test(cbmock))
    ((_, _, body),) = answering.got
    assert (answer.violations, body["username"]) == ((), "Ada")
    assert loops[0] is loops[1]


def test_it_can_be_fired_from_within_a_loop():
    async def test():
        return Sender(SPEC).fire(NAME, to=receiver()).status

    assert asyncio.run(test()) == 200


def test_what_is_chosen_wrong_is_an_error():
    with pytest.raises(ReceiverError, match="no example is named 'odd'"):
        Sender(SPEC).fire(NAME, to=receiver(), example="odd")
    with pytest.raises(ReceiverError, match="nothing"):
        Sender(SPEC).fire("nothing", to=receiver())


def test_cases_are_those_of_the_command():
    sender = Sender(SPEC, signature="standard-webhooks", secret=SECRET)
    found = list(
        sender.cases(NAME, ["examples", "broken", "signatures"], max_examples=3)
    )
    assert {(each.phase, each.must_be_refused) for each in found} == {
        ("examples", False),
        ("broken", True),
        ("signatures", True),
        ("signatures", False),
    }
    asks = {"signature": "standard-webhooks", "secret": SECRET}
    with Receiver(SPEC, on_violation="documented", **asks) as cbmock:
        for each in found:
            each.check(cbmock.url_for(NAME))
        cbmock.allow_violations()


def test_a_case_that_fails_says_why_and_how_to_send_it_again():
    case = next(Sender(SPEC).cases(NAME, "broken"))
    with pytest.raises(AssertionError, match="a 4xx is expected\ncurl -X POST"):
        case.check(receiver())


def test_generated_cases_are_the_same_again():
    first, second = (
        [each.fire(receiver()).request.body for each in found]
        for found in (
            Sender(SPEC).cases(NAME, "generated", max_examples=4, seed=7)
            for _ in range(2)
        )
    )
    assert (first, len(first) > 1) == (second, True)


def test_the_whole_contract_test_is_one_call():
    results = Sender(SPEC).test(receiver(), NAME, phases=["examples"])
    assert (results.cases > 0, results.failures) == (True, [])
    failing = Sender(SPEC).test(receiver(500), phases=["examples"], max_time=60)
    assert {each.operation.name for each in failing.failures} == {
        NAME,
        "subscription-ended",
    }


APP = """
import json

async def app(scope, receive, send):
    body = json.loads((await receive())["body"])
    status = 500 if body["username"] == "" else 200
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"ok": true}'})
"""
TESTS = """
import cbmock
from app import app

@cbmock.parametrize("new-subscription", phase=["examples", "coverage"], max_examples=5)
def test_takes(case):
    assert case.check(app).status == 200
"""


def test_each_case_is_a_test(pytester):
    pytester.makeini(f"[pytest]\ncbmock_spec = {SPEC}")
    pytester.makepyfile(app=APP, test_it=TESTS)
    result = pytester.runpytest("-p", "no:cacheprovider")
    outcomes = result.parseoutcomes()
    assert (outcomes["passed"] > 5, outcomes["failed"] > 0) == (True, True)
    result.stdout.fnmatch_lines(["*FAILED test_it.py::test_takes?new-subscription: *"])


@pytest.mark.parametrize(
    ("decorator", "message"),
    [
        ('@cbmock.parametrize("nothing", spec=SPEC)', "*nothing*"),
        ('@cbmock.parametrize("new-subscription")', "*which OpenAPI document?*"),
    ],
)
def test_what_is_set_up_wrong_fails_the_collection(pytester, decorator, message):
    pytester.makepyfile(
        f"import cbmock\nSPEC = {str(SPEC)!r}\n{decorator}\ndef test_it(case): pass\n"
    )
    result = pytester.runpytest("-p", "no:cacheprovider")
    assert result.ret != 0
    result.stdout.fnmatch_lines([message])
