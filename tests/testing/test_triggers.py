import asyncio
import threading

import aiohttp
import httpx2
import pytest
from cbmock import Receiver
from cbmock.errors import ReceiverError
from fastapi import BackgroundTasks, FastAPI
from pydantic import HttpUrl
from starlette.testclient import TestClient

from tests.support.invoices import DOCUMENT, EVENT
from tests.support.senders import running, sender

OP = "invoice_notification"


@pytest.fixture(scope="module")
def server():
    with Receiver(DOCUMENT) as started:
        started.allow_violations()  # each test has its own verdict
        yield started


@pytest.fixture
def cbmock(server, request):
    return server.for_test(request.node.name)


def exchange(cbmock, number="7", path="/invoices/"):
    url = f"http://api{path}?callback_url={cbmock.url}"
    body = '{"id": "%s"}' % number  # noqa: UP031 - braces
    return ("POST", url, {"content-type": "application/json"}, body, 200, {}, "")


def send(cbmock, path="/invoices/7", body=EVENT):
    return httpx2.post(cbmock.url + path, json=body)


def red(function):
    with pytest.raises(AssertionError) as raised:
        function()
    return str(raised.value)


# --- once for each trigger ----------------------------------------------------------------


def test_the_same_again_after_the_call_that_was_waited_for_fails_the_test(cbmock):
    send(cbmock)
    send(cbmock)
    cbmock.wait_for(OP, trigger=exchange(cbmock))
    told = red(cbmock.verify)
    assert "delivery: the same as call " in told
    cbmock.allow_violations("duplicate-delivery")
    cbmock.verify()


def test_another_event_at_the_same_url_is_no_duplicate(cbmock):
    send(cbmock)
    send(cbmock, body={**EVENT, "paid": False})
    cbmock.wait_for(OP, trigger=exchange(cbmock))
    cbmock.verify()


def test_as_many_as_were_waited_for_are_in_order(cbmock):
    send(cbmock)
    send(cbmock)
    cbmock.wait_for(OP, trigger=exchange(cbmock))
    cbmock.wait_for(OP, count=2, trigger=exchange(cbmock))
    cbmock.verify()
    send(cbmock)
    assert "the same as call" in red(cbmock.verify)


def test_without_a_trigger_the_same_may_come_again(cbmock):
    send(cbmock)
    send(cbmock)
    cbmock.wait_for(OP)
    cbmock.verify()


def test_an_expectation_of_one_call_fails_for_a_second(cbmock):
    """Fault 5.8."""
    send(cbmock)
    send(cbmock, body={**EVENT, "paid": False})
    cbmock.expect(OP).triggered_by(exchange(cbmock)).times(1).within(0.05)
    assert "was due exactly one call within 0.05 s, 2 came" in red(cbmock.verify)


def test_two_triggers_that_were_named_make_two_callbacks_due(cbmock):
    app = sender()
    with TestClient(app) as client:
        asked = {"params": {"callback_url": cbmock.url}, "json": {"id": "7"}}
        responses = [client.post("/invoices/", **asked) for _ in range(2)]
    for response in responses:
        cbmock.wait_for(OP, trigger=response)
    cbmock.verify()


@pytest.mark.parametrize("how", ["background", "twice"])
def test_a_trigger_that_is_watched_and_named_is_one(cbmock, how):
    with TestClient(cbmock.watch(sender(how))) as client:
        asked = {"params": {"callback_url": cbmock.url}, "json": {"id": "7"}}
        response = client.post("/invoices/", **asked)
    cbmock.wait_for(OP, trigger=response)
    if how == "twice":
        assert "the same as call" in red(cbmock.verify)
        cbmock.wait_for(OP, count=2, trigger=response)
    cbmock.verify()


@pytest.mark.parametrize("spelling", ["", "/"])
def test_a_sender_that_reads_the_bare_host_as_an_http_url_calls_the_right_url(spelling):
    app = FastAPI()

    @app.post("/invoices/")
    def create_invoice(callback_url: HttpUrl, tasks: BackgroundTasks):
        url = f"{callback_url}/invoices/7"  # as in FastAPI's own example
        tasks.add_task(httpx2.post, url, json=EVENT)

    mock = Receiver(DOCUMENT)
    with mock, TestClient(mock.watch(app)) as client:
        query = {"callback_url": mock.url + spelling}
        created = client.post("/invoices/", params=query, json={"id": "7"})
        call = mock.wait_for(OP, trigger=created)
        assert (call.target, call.valid) == ("//invoices/7", True)
        assert mock.triggered_by(created) == (call,)
        mock.verify()


# --- triggered_by -------------------------------------------------------------------------


def test_the_calls_that_a_response_made_due_are_returned(cbmock):
    send(cbmock)
    send(cbmock, "/invoices/8")
    found = cbmock.triggered_by(exchange(cbmock))
    assert found == cbmock.calls[:1]
    (due,) = found.due
    assert (due.operation.name, due.urls) == (OP, (f"{cbmock.url}/invoices/7",))
    assert asyncio.run(cbmock.aio.triggered_by(exchange(cbmock))) == found


def test_the_first_call_is_waited_for(cbmock):
    sending = threading.Timer(0.05, send, [cbmock])
    sending.start()
    assert len(cbmock.triggered_by(exchange(cbmock), timeout=5)) == 1
    sending.join()


def test_none_is_returned_where_none_came_or_none_is_due(cbmock):
    assert cbmock.triggered_by(exchange(cbmock), timeout=0.01) == ()
    found = cbmock.triggered_by(("POST", "http://api/invoices/", {}, "", 200, {}, ""))
    assert (found, found.due[0].urls) == ((), ())


def test_a_response_that_triggers_nothing_is_a_wrong_set_up(cbmock):
    with pytest.raises(ReceiverError) as raised:
        cbmock.triggered_by(exchange(cbmock, path="/other"))
    assert raised.value.message.startswith("POST /other?callback_url=")
    assert raised.value.message.endswith("these do: POST /invoices/")


# --- clients that keep no body --------------------------------------------------------------


async def with_aiohttp(url, cbmock, *, read=True):
    asked = {"params": {"callback_url": cbmock.url}, "json": {"id": "7"}}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/invoices/", **asked) as response,
    ):
        if read:
            await response.read()
        return response


def test_the_response_of_aiohttp_needs_the_body_that_the_key_reads(cbmock):
    with running(sender()) as url:
        response = asyncio.run(with_aiohttp(url, cbmock))
        with pytest.raises(ReceiverError) as raised:
            cbmock.wait_for(OP, trigger=response)
        assert raised.value.message == (
            "{$callback_url}/invoices/{$request.body.id} reads the request's body, and "
            "the response does not keep it. Pass both: `trigger=(response, body)`, with "
            "the body as it was sent."
        )
        for body in ({"id": "7"}, '{"id": "7"}', b'{"id": "7"}'):
            cbmock.wait_for(OP, trigger=(response, body))
    cbmock.verify()


def test_what_a_key_does_not_read_need_not_be_kept():
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/invoices/": {
                "post": {
                    "callbacks": {
                        "a": {"{$request.query.callback_url}": {"post": {}}},
                        "b": {"{$response.body#/url}": {"post": {}}},
                    }
                }
            }
        },
    }
    with Receiver(document) as cbmock, running(sender("never")) as url:
        response = asyncio.run(with_aiohttp(url, cbmock, read=False))
        httpx2.post(cbmock.url_for("a"), content=b"")
        with pytest.raises(ReceiverError, match="the response's body, which has not"):
            cbmock.wait_for("b", trigger=response, timeout=0)
        with pytest.raises(AssertionError, match="as {.request.query.callback_url}"):
            cbmock.wait_for("a", trigger=response, timeout=0)
        cbmock.allow_violations()


def test_streamed_bodies_are_not_taken_for_empty_ones(cbmock):
    def parts():
        yield b'{"id": "7"}'

    with running(sender()) as url, httpx2.Client(base_url=url) as client:
        asked = {"params": {"callback_url": cbmock.url}, "content": parts()}
        headers = {"content-type": "application/json"}
        response = client.post("/invoices/", headers=headers, **asked)
    with pytest.raises(ReceiverError, match="reads the request's body"):
        cbmock.wait_for(OP, trigger=response)
    assert cbmock.wait_for(OP, trigger=(response, {"id": "7"})).json == EVENT


# --- no other calls -----------------------------------------------------------------------


def test_the_calls_of_a_trigger_are_no_others(cbmock):
    send(cbmock)
    cbmock.triggered_by(exchange(cbmock))
    cbmock.no_other_calls()
    asyncio.run(cbmock.aio.triggered_by(exchange(cbmock)))
    asyncio.run(cbmock.aio.no_other_calls())


def test_no_other_calls_can_be_awaited_while_the_sender_needs_the_loop(cbmock):
    async def sent_from_this_loop():
        cbmock.expect(OP).within(5)
        async with httpx2.AsyncClient() as client:
            url = f"{cbmock.url}/invoices/7"
            sending = asyncio.create_task(client.post(url, json=EVENT))
            await cbmock.aio.no_other_calls()
            await sending

    asyncio.run(sent_from_this_loop())


def test_an_awaited_no_other_calls_tells_what_came_besides(cbmock):
    send(cbmock)
    told = red(lambda: asyncio.run(cbmock.aio.no_other_calls()))
    assert told == red(cbmock.no_other_calls)
