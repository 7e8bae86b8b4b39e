import asyncio
import threading

import httpx2
import pytest
from cbmock import Receiver
from cbmock.errors import ReceiverError, UnknownOperation

from tests.support.invoices import DOCUMENT, EVENT, TARGET


@pytest.fixture(scope="module")
def server():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


@pytest.fixture
def cbmock(server, request):
    return server.for_test(request.node.name)


def send(cbmock, body=EVENT, path="/events/invoices/1"):
    return httpx2.post(cbmock.url + path, json=body)


def test_the_url_keeps_one_tests_calls_apart(cbmock, server):
    other = server.for_test("other")
    send(cbmock)
    send(other)
    assert [call.token for call in cbmock.calls] == [
        "test_the_url_keeps_one_tests_calls_apart"
    ]
    assert len(other.calls) == 1


def test_a_call_without_a_token_belongs_to_the_running_test(server):
    cbmock = server.for_test("running")
    httpx2.post(server.url + TARGET, json=EVENT)
    assert [call.target for call in cbmock.calls] == [TARGET]


def test_url_for_hands_out_the_url_of_the_group_or_webhook(cbmock):
    assert cbmock.url_for("invoice_notification") == (
        cbmock.url + "/callbacks/createInvoice/callback_url"
    )
    assert (
        cbmock.url_for("new-subscription") == cbmock.url + "/webhooks/new-subscription"
    )


def test_an_operation_that_is_not_served_has_no_url():
    document = {
        **DOCUMENT,
        "paths": {},
        "webhooks": {"gone": {"$ref": "#/components/pathItems/Gone"}},
    }
    with pytest.raises(ReceiverError, match="gone has no URL: openapi.json#/webhooks"):
        Receiver(document).url_for("gone")


def test_a_misspelt_name_is_told_the_right_one(cbmock):
    with pytest.raises(UnknownOperation, match="Did you mean 'invoice_notification'"):
        cbmock.wait_for("invoice_notifcation")


def test_wait_for_returns_the_call_or_the_calls(cbmock):
    send(cbmock)
    call = cbmock.wait_for("invoice_notification")
    assert cbmock.wait_for("invoice_notification", count=0) == (call,)
    send(cbmock)
    assert cbmock.wait_for("invoice_notification", 2) == cbmock.calls
    assert cbmock.calls_to("new-subscription") == ()


def test_wait_for_ends_when_the_call_arrives(cbmock):
    sender = threading.Timer(0.05, send, [cbmock])
    sender.start()
    assert cbmock.wait_for("invoice_notification", timeout=5).json == EVENT
    sender.join()


@pytest.mark.parametrize(
    "matching",
    [
        {"paid": True},
        {"paid": True, "description": "second"},
        lambda call: call.json["description"] == "second",
    ],
)
def test_wait_for_takes_only_calls_that_match(cbmock, matching):
    send(cbmock, {**EVENT, "paid": False})
    send(cbmock, {"description": "second", "paid": True})
    call = cbmock.wait_for("invoice_notification", matching=matching)
    assert call.json == {"description": "second", "paid": True}


def test_matching_is_partial_for_mappings_at_any_depth(server):
    cbmock = server.for_test("deep")
    body = {"username": "rick", "plan": {"name": "pro", "fee": 9.5}}
    httpx2.post(cbmock.url_for("new-subscription"), json=body)
    wanted = {"plan": {"name": "pro"}}
    assert cbmock.wait_for("new-subscription", matching=wanted).json == body
    with pytest.raises(AssertionError):
        cbmock.wait_for("new-subscription", matching={"plan": {"x": 1}}, timeout=0)


def test_a_body_that_is_no_json_matches_no_mapping(cbmock):
    httpx2.post(cbmock.url + "/invoices/1", content=b"{")
    with pytest.raises(AssertionError):
        cbmock.wait_for("invoice_notification", matching={"paid": True}, timeout=0)


def test_a_wait_in_vain_tells_what_came_instead(cbmock):
    send(cbmock, path="/events/invoice/1")
    with pytest.raises(AssertionError) as red:
        cbmock.wait_for("invoice_notification", timeout=0.01)
    told = str(red.value)
    assert told.startswith(
        "invoice_notification was due a call within 0.01 s, 0 came; URL was "
    )
    assert "POST {$callback_url}/invoices/{$request.body.id}" in told
    assert "/events/invoice/1" in told
    assert "answered 404" in told


def test_a_wait_in_vain_says_that_nothing_arrived(cbmock):
    with pytest.raises(
        AssertionError, match="(?s)due at least 2 calls.*nothing arrived"
    ) as red:
        cbmock.wait_for("new-subscription", count=2, timeout=0)
    assert cbmock.url_for("new-subscription") in str(red.value)


def test_a_blocking_wait_in_an_event_loop_points_to_its_twin(cbmock):
    async def block():
        cbmock.wait_for("invoice_notification", timeout=0)

    with pytest.raises(AssertionError, match="await cbmock.aio.wait_for"):
        asyncio.run(block())


def test_the_awaitable_twin_waits_without_blocking(cbmock):
    async def both():
        waited = asyncio.create_task(cbmock.aio.wait_for("invoice_notification"))
        async with httpx2.AsyncClient() as client:
            await client.post(cbmock.url + "/invoices/1", json=EVENT)
        return await waited

    assert asyncio.run(both()).json == EVENT


def test_the_awaitable_twin_tells_what_came_instead(cbmock):
    waited = cbmock.aio.wait_for("invoice_notification", count=2, timeout=0.01)
    with pytest.raises(AssertionError, match="due at least 2 calls"):
        asyncio.run(waited)


CREATED = httpx2.Response(
    200,
    json={},
    request=httpx2.Request("POST", "http://api.example/invoices/", json={"id": "a/b"}),
)


def created(cbmock, path="", identity="7"):
    """Return the sender's answer to an invoice that registered a URL of the mock."""
    request = httpx2.Request(
        "POST",
        "http://api.example/v1/invoices/",
        params={"callback_url": cbmock.url + path},
        json={"id": identity},
    )
    return httpx2.Response(200, json={}, request=request)


@pytest.mark.parametrize(
    ("path", "identity", "target"),
    [
        ("", "7", "/invoices/7"),
        ("/events", "7", "/events/invoices/7"),
        ("/events", "a b", "/events/invoices/a%20b"),
    ],
)
def test_a_trigger_asks_for_the_url_that_the_key_gives(cbmock, path, identity, target):
    send(cbmock, path="/invoices/another")
    send(cbmock, path=target)
    response = created(cbmock, path, identity)
    call = cbmock.wait_for("invoice_notification", trigger=response)
    assert call.target.endswith(target)
    assert call == cbmock.calls[1]


def test_a_call_at_another_url_than_the_triggers_is_shown_beside_it(cbmock):
    send(cbmock, path="/invoices/9")
    with pytest.raises(AssertionError) as red:
        cbmock.wait_for("invoice_notification", timeout=0, trigger=created(cbmock))
    base = cbmock.target_of(cbmock.url)
    mark = " " * (len(f"    called: {base}/invoices/")) + "^"
    told = str(red.value)
    assert (
        f"expected: POST {cbmock.url}/invoices/7   as "
        "{$callback_url}/invoices/{$request.body.id} gives it\n"
        f"       due: {base}/invoices/7\n"
        f"    called: {base}/invoices/9\n"
        f"{mark}\n"
    ) in told


def test_a_trigger_that_asks_for_no_callback_is_told_at_once(cbmock):
    with pytest.raises(AssertionError, match="gives no URL for this trigger"):
        cbmock.wait_for("invoice_notification", timeout=60, trigger=CREATED)


def test_the_awaitable_twin_takes_a_trigger_too(cbmock):
    send(cbmock, path="/invoices/7")
    waited = cbmock.aio.wait_for("invoice_notification", trigger=created(cbmock))
    assert asyncio.run(waited).target.endswith("/invoices/7")


def test_a_trigger_of_another_operation_is_a_wrong_set_up(cbmock):
    other = ("GET", "http://api.example/invoices/", {}, None, 200, {}, None)
    with pytest.raises(ReceiverError, match="triggered by POST /invoices/, not by GET"):
        cbmock.wait_for("invoice_notification", trigger=other)
    with pytest.raises(ReceiverError, match="works for callbacks only; new-sub"):
        cbmock.wait_for("new-subscription", trigger=other)


def test_verify_is_content_with_conforming_calls(cbmock):
    send(cbmock)
    cbmock.verify()


def test_verify_tells_of_breaches_and_how_to_allow_them(cbmock):
    send(cbmock)
    send(cbmock, {"description": "x", "paid": "no"})
    send(cbmock, path="/nowhere")
    with pytest.raises(AssertionError) as red:
        cbmock.verify()
    told = str(red.value)
    assert told.startswith(
        "invoice_notification broke the contract: body #/paid: 'no' is not a boolean "
        "(and 1 call more)\n"
    )
    assert "(1 call ok: invoice_notification)" in told
    assert told.endswith(
        'If this is intended: cbmock.allow_violations("type", "unmatched")'
    )


@pytest.mark.parametrize(
    ("codes", "operation", "green"),
    [
        ((), None, True),
        (("type",), None, True),
        (("body",), None, True),
        (("required",), None, False),
        (("type",), "invoice_notification", True),
        ((), "new-subscription", False),
    ],
)
def test_violations_are_allowed_by_code_location_and_operation(
    cbmock, codes, operation, green
):
    send(cbmock, {"description": "x", "paid": "no"})
    cbmock.allow_violations(*codes, operation=operation)
    if green:
        cbmock.verify()
    else:
        with pytest.raises(AssertionError, match="broke the contract"):
            cbmock.verify()


def test_the_scripts_of_a_test_end_with_it(server):
    one = server.for_test("one")
    one.respond("invoice_notification", 503)
    one.end_test()
    two = server.for_test("one")
    send(two)
    assert two.calls[0].response.status == 200


def test_clear_forgets_what_has_arrived(cbmock):
    send(cbmock, path="/nowhere")
    cbmock.clear()
    cbmock.verify()
    assert cbmock.calls == ()


def test_a_receiver_serves_in_process_without_a_server():
    cbmock = Receiver(DOCUMENT)

    async def exchange():
        transport = httpx2.ASGITransport(app=cbmock.app)
        async with httpx2.AsyncClient(transport=transport) as client:
            answer = await client.post(cbmock.url + TARGET, json=EVENT)
        return answer, await cbmock.aio.wait_for("invoice_notification")

    answer, call = asyncio.run(exchange())
    assert answer.json() == {"ok": True}
    assert cbmock.calls == (call,)


def test_a_receiver_runs_inside_an_event_loop():
    async def exchange():
        async with Receiver(DOCUMENT) as cbmock, httpx2.AsyncClient() as client:
            await client.post(cbmock.url + TARGET, json=EVENT)
            return await cbmock.aio.wait_for("invoice_notification")

    assert asyncio.run(exchange()).valid


def test_a_public_url_is_handed_out_instead_of_the_address():
    cbmock = Receiver(DOCUMENT, public_url="https://hooks.example/x/")
    assert cbmock.url == "https://hooks.example/x"


def test_starting_twice_is_starting_once():
    with Receiver(DOCUMENT) as cbmock:
        assert cbmock.start().url == cbmock.url
    cbmock.stop()


def test_leaving_with_verifies_unless_an_exception_came_before():
    with (
        pytest.raises(AssertionError, match="broke the contract"),
        Receiver(DOCUMENT) as cbmock,
    ):
        httpx2.post(cbmock.url + TARGET, json={})
    with pytest.raises(KeyError), Receiver(DOCUMENT) as cbmock:
        {}[httpx2.post(cbmock.url + TARGET, json={}).status_code]
    with Receiver(DOCUMENT) as cbmock:  # what a test's view saw is that test's
        httpx2.post(cbmock.for_test("one").url + TARGET, json={})


def test_leaving_async_with_verifies_too():
    async def exchange():
        async with Receiver(DOCUMENT) as cbmock, httpx2.AsyncClient() as client:
            cbmock.expect("new-subscription").within(0)
            await client.post(cbmock.url + TARGET, json=EVENT)

    with pytest.raises(AssertionError, match="new-subscription was due"):
        asyncio.run(exchange())


def test_a_document_that_cannot_be_read_is_a_wrong_set_up():
    with pytest.raises(ReceiverError, match="nowhere.json: cannot be read"):
        Receiver("nowhere.json")


def test_breaches_can_be_answered_with_success():
    with Receiver(DOCUMENT, on_violation="accept") as cbmock:
        answer = httpx2.post(cbmock.url + TARGET, json={})
        cbmock.allow_violations()
    assert answer.json() == {"ok": True}
    assert not cbmock.calls[0].valid


def test_the_operations_are_listed(cbmock):
    assert [each.name for each in cbmock.operations] == [
        "invoice_notification",
        "new-subscription",
    ]


def test_a_request_may_prefer_an_answer_and_what_was_served_is_judged():
    answer = {"schema": {"type": "integer"}, "example": "x"}
    responses = {"200": {"content": {"application/json": answer}}}
    hooks = {name: {"post": {"responses": responses}} for name in ("w", "uncalled")}
    with Receiver({"openapi": "3.1.0", "webhooks": hooks}, prefer=True) as cbmock:
        url = cbmock.url_for("w")
        assert httpx2.post(url).json() == "x"
        assert httpx2.post(url, headers={"Prefer": "dynamic"}).json() == 0
        assert [(each.code, each.pointer) for each in cbmock.findings] == [
            (
                "example-invalid",
                (
                    "openapi.json#/webhooks/w/post/responses/200/content/application~1json"
                    "/example"
                ),
            )
        ]


def test_calls_beyond_those_that_are_remembered_are_read_and_cleared_ones_are_gone():
    with Receiver(DOCUMENT) as shared:
        cbmock = shared.for_test("many")
        for _ in range(101):
            send(cbmock)
        assert [call.id for call in cbmock.calls] == list(range(1, 102))
        later = shared.for_test("later")
        send(later)
        assert [call.token for call in later.calls] == ["later"]
        assert len(cbmock.calls) == 101
        cbmock.clear()
        assert cbmock.calls == ()
        assert len(shared.calls) == 102
