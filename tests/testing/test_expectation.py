import asyncio
import threading
from urllib.parse import quote

import httpx2
import pytest
from cbmock import Like, Receiver
from cbmock.errors import ReceiverError

from tests.support.invoices import DOCUMENT, EVENT

OP = "invoice_notification"


@pytest.fixture(scope="module")
def server():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


@pytest.fixture
def cbmock(server, request):
    return server.for_test(request.node.name)


def send(cbmock, path="/invoices/1", **more):
    return httpx2.post(cbmock.url + path, json={**EVENT, **more})


def subscribe(cbmock):
    return httpx2.post(cbmock.url_for("new-subscription"), json={"username": "rick"})


def red(function, *arguments, **options):
    with pytest.raises(AssertionError) as raised:
        function(*arguments, **options)
    return str(raised.value)


def test_an_expectation_returns_the_calls_once_they_are_there(cbmock):
    sender = threading.Timer(0.05, send, [cbmock])
    sender.start()
    calls = cbmock.expect(OP).times(1).within(5).calls
    sender.join()
    assert calls == cbmock.calls


@pytest.mark.parametrize(
    ("complete", "sent", "wanted"),
    [
        (lambda e: e, 0, "at least one call"),
        (lambda e: e.times(2), 1, "exactly 2 calls"),
        (lambda e: e.times(1), 2, "exactly one call"),
        (lambda e: e.times(0), 1, "no call"),
        (lambda e: e.at_least(2), 1, "at least 2 calls"),
        (lambda e: e.at_most(1), 2, "at most one call"),
        (lambda e: e.at_least(2).at_most(3), 1, "2 to 3 calls"),
    ],
)
def test_too_few_or_too_many_calls_are_told(cbmock, complete, sent, wanted):
    for _ in range(sent):
        send(cbmock)
    expectation = complete(cbmock.expect(OP).within(0.05))
    told = red(expectation.wait)
    assert told.startswith(f"{OP} was due {wanted} within 0.05 s, {sent} came")
    assert red(cbmock.verify) == told


@pytest.mark.parametrize(
    ("complete", "sent"),
    [
        (lambda e: e, 3),
        (lambda e: e.times(2), 2),
        (lambda e: e.times(0), 0),
        (lambda e: e.at_least(2), 3),
        (lambda e: e.at_most(1), 0),
        (lambda e: e.at_most(1), 1),
        (lambda e: e.at_least(1).at_most(3), 2),
    ],
)
def test_as_many_calls_as_were_expected_are_fine(cbmock, complete, sent):
    for _ in range(sent):
        send(cbmock)
    assert len(complete(cbmock.expect(OP).within(0.05)).wait()) == sent
    cbmock.verify()


def test_only_calls_that_match_are_counted(cbmock):
    send(cbmock, description="first")
    send(cbmock, path="/invoices/2?try=2", description="second")
    expect = cbmock.expect
    assert len(expect(OP).matching({"description": Like("^s")}).times(1).wait()) == 1
    assert len(expect(OP).matching(query={"try": "2"}).times(1).wait()) == 1
    assert len(expect(OP).matching(where=lambda c: c.json["paid"]).times(2).wait()) == 2
    headers = {"content-type": "application/json"}
    assert len(expect(OP).matching(headers=headers).at_least(2).wait()) == 2
    told = red(expect(OP).matching({"description": "third"}).within(0).wait)
    assert "\n    body description  'third'  'first'\n" in told
    assert told.endswith(
        f"""If this is intended: cbmock.wait_for("{OP}", matching={{'description': 'first'}})"""
    )


def test_an_expectation_may_ask_for_the_triggers_url(cbmock):
    request = httpx2.Request(
        "POST",
        "http://api/invoices/",
        params={"callback_url": cbmock.url},
        json={"id": "7"},
    )
    response = httpx2.Response(200, request=request)
    send(cbmock)
    told = red(cbmock.expect(OP).triggered_by(response).within(0.01).wait)
    assert f"expected: POST {cbmock.url}/invoices/7   as " in told
    send(cbmock, path="/invoices/7")
    assert len(cbmock.expect(OP).triggered_by(response).times(1).wait()) == 1
    wanted = cbmock.expect(OP).triggered_by(response).matching({"paid": 1}).within(0)
    assert f"called: {cbmock.target_of(cbmock.url)}/invoices/1\n" in red(wanted.wait)


def test_a_call_at_the_right_url_is_not_shown_as_if_it_went_elsewhere(cbmock):
    url = f"http://api/invoices/?callback_url={quote(cbmock.url, safe='')}"
    trigger = "POST", url, {}, '{"id": "7"}', 200, {}, ""
    send(cbmock, path="/invoices/7")
    wanted = cbmock.expect(OP).triggered_by(trigger).matching({"paid": 1}).within(0)
    told = red(wanted.wait)
    assert "called:" not in told
    assert "nearest call:" in told


def test_an_expectation_can_be_awaited(cbmock):
    async def both():
        expectation = cbmock.aio.expect(OP).times(1).within(5)
        async with httpx2.AsyncClient() as client:
            await client.post(cbmock.url + "/invoices/1", json=EVENT)
        return await expectation

    assert asyncio.run(both()) == cbmock.calls


def test_never_is_content_with_silence(cbmock):
    cbmock.never(OP, within=0.02)
    asyncio.run(cbmock.aio.never(OP, within=0.02))


def test_never_tells_of_a_call_as_soon_as_it_is_there(cbmock):
    sender = threading.Timer(0.05, send, [cbmock])
    sender.start()
    told = red(cbmock.never, OP, within=30)
    sender.join()
    assert told.startswith(f"{OP} was due no call within 30 s, 1 came.")

    async def never():
        await cbmock.aio.never(OP, within=30)

    assert red(asyncio.run, never()).startswith(f"{OP} was due no call")


def test_calls_in_order_are_returned(cbmock):
    send(cbmock)
    subscribe(cbmock)
    assert cbmock.in_order(OP, "new-subscription") == cbmock.calls
    waited = cbmock.aio.in_order(OP, "new-subscription")
    assert asyncio.run(waited) == cbmock.calls


def test_calls_out_of_order_are_told_in_the_order_they_came(cbmock):
    send(cbmock)
    subscribe(cbmock)
    told = red(cbmock.in_order, "new-subscription", OP)
    assert told.startswith(
        f"new-subscription came after {OP}, not before it\n"
        f"expected in this order: new-subscription, {OP}\nreceived:"
    )
    assert told.index("/invoices/1") < told.index("/webhooks/new-subscription")


def test_a_wait_returns_no_more_calls_than_it_asks_for(cbmock):
    for _ in range(3):
        send(cbmock)
    first = cbmock.wait_for(OP)
    assert first == cbmock.calls[0]
    told = red(cbmock.no_other_calls)
    assert told.startswith(f"{OP} was not expected: POST /t/")
    assert "/invoices/1 (first of 2 calls)\n" in told
    assert cbmock.wait_for(OP, count=2) == cbmock.calls[:2]
    assert "(first of" not in red(cbmock.no_other_calls)


def test_calls_that_nobody_waited_for_are_told(cbmock):
    send(cbmock)
    cbmock.wait_for(OP)
    cbmock.no_other_calls()
    subscribe(cbmock)
    told = red(cbmock.no_other_calls)
    assert told.startswith("new-subscription was not expected: POST /t/")
    assert "/invoices/1" not in told
    cbmock.expect("new-subscription").times(1)
    cbmock.no_other_calls()


def test_a_misspelt_way_to_answer_is_a_wrong_set_up():
    with pytest.raises(ReceiverError, match="on_violation='ignore' is none of reject"):
        Receiver(DOCUMENT, on_violation="ignore")


def test_callbacks_that_share_a_path_item_are_told_apart():
    shared = {"$ref": "#/components/pathItems/Event"}
    callbacks = {
        name: {"{$request.query.u}/" + name: shared} for name in ("created", "paid")
    }
    document = {
        "openapi": "3.1.0",
        "paths": {"/invoices": {"post": {"callbacks": callbacks}}},
        "webhooks": {"begun": shared, "ended": shared},
        "components": {
            "pathItems": {
                "Event": {"post": {"responses": {"204": {"description": ""}}}}
            }
        },
    }
    with Receiver(document) as cbmock:
        cbmock.respond("paid", status=410)
        for path in ("/created", "/webhooks/begun"):
            assert httpx2.post(cbmock.url + path).status_code == 204
        for name, count in {"created": 1, "paid": 0, "begun": 1, "ended": 0}.items():
            assert len(cbmock.wait_for(name, count=0)) == count
            assert len(cbmock.calls_to(name)) == count
        assert httpx2.post(cbmock.url + "/paid").status_code == 410
