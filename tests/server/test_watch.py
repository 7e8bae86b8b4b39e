import asyncio
import gzip
import threading
import time

import httpx2
import pytest
import requests
from cbmock import Receiver
from cbmock.errors import ReceiverError
from starlette.testclient import TestClient

from tests.support.invoices import DOCUMENT
from tests.support.rows import each_row
from tests.support.senders import EVENT, running, sender

OP = "invoice_notification"
KEY = "{$callback_url}/invoices/{$request.body.id}"


@pytest.fixture(scope="module")
def server():
    with Receiver(DOCUMENT) as started:
        started.allow_violations()  # each test has its own verdict
        yield started


@pytest.fixture
def cbmock(server, request):
    return server.for_test(request.node.name)


def order(client, cbmock, number="7"):
    return client.post(
        "/invoices/", params={"callback_url": cbmock.url}, json={"id": number}
    )


def watched(cbmock, how, settle=0.05, **terms):
    """Have one invoice taken by a watched sender, through Starlette's TestClient."""
    app = cbmock.watch(sender(how), settle=settle, **terms)
    with TestClient(app, raise_server_exceptions=False) as client:
        return order(client, cbmock)


def red(cbmock):
    with pytest.raises(AssertionError) as raised:
        cbmock.verify()
    return str(raised.value)


@pytest.mark.parametrize("how", ["background", "inline", "refuse", "crash"])
def test_a_sender_that_keeps_its_promise_passes(cbmock, how):
    watched(cbmock, how)
    cbmock.verify()


def test_a_key_that_reads_what_the_sender_did_not_raises_no_alarm(cbmock):
    async def app(_scope, _receive, send):
        await asyncio.to_thread(httpx2.post, f"{cbmock.url}/invoices/7", json=EVENT)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    order(TestClient(cbmock.watch(app, settle=0)), cbmock)
    cbmock.verify()
    assert len(cbmock.calls) == 1


def test_a_callback_that_comes_late_is_waited_for(cbmock):
    watched(cbmock, "late", settle=5)
    cbmock.verify()
    assert len(cbmock.calls) == 1


def test_a_callback_that_never_comes_fails_the_test(cbmock):
    watched(cbmock, "never")
    target = f"/invoices/?callback_url={cbmock.url}".replace("://", "%3A%2F%2F")
    assert red(cbmock) == (
        f"{OP} did not come within 0.05 s after POST "
        f"{target.replace(':', '%3A').replace('/t/', '%2Ft%2F')}, answered 200.\n"
        f"  expected: POST {cbmock.url}/invoices/7   as {KEY} gives it\n\n"
        'If this is intended: cbmock.allow_violations("missing-callback")'
    )


@pytest.mark.parametrize(
    ("how", "lines"),
    [
        (
            "wrong",
            [
                "invoice_notification broke the contract: url: due at ",
                "{url}/invoices/7,",
                "as " + KEY + " gives it for POST",
                "       due: {path}/invoices/7\n    called: {path}/invoices/x7\n",
                'cbmock.allow_violations("wrong-callback-url")',
            ],
        ),
        (
            "misspelt",
            [
                "invoice_notification did not come within 0.05 s after POST",
                "       due: {path}/invoices/7\n    called: {path}/invoice/7\n",
                "/invoice/7 matched no callback or webhook: nearest: ",
            ],
        ),
        (
            "twice",
            ["delivery: the same as call ", 'allow_violations("duplicate-delivery")'],
        ),
        (
            "extra",
            [
                "no observed POST /invoices/ registered this URL for invoice_notification",
                'allow_violations("unasked")',
            ],
        ),
    ],
)
def test_a_breach_of_the_promise_is_told_with_both_urls(cbmock, how, lines):
    watched(cbmock, how)
    told = red(cbmock)
    path = cbmock.target_of(cbmock.url)
    for line in lines:
        assert line.replace("{url}", cbmock.url).replace("{path}", path) in told, told


@pytest.mark.parametrize(
    ("how", "codes"),
    [
        ("never", ["missing-callback"]),
        ("never", ["delivery"]),
        ("never", []),
        ("wrong", ["wrong-callback-url"]),
        ("wrong", ["url"]),
        ("misspelt", ["missing-callback", "unmatched"]),
        ("twice", ["duplicate-delivery"]),
        ("extra", ["unasked"]),
    ],
)
def test_a_breach_can_be_allowed(cbmock, how, codes):
    cbmock.allow_violations(*codes)
    watched(cbmock, how)
    cbmock.verify()


def test_a_breach_can_be_allowed_for_one_operation(cbmock):
    cbmock.allow_violations("missing-callback", operation="new-subscription")
    watched(cbmock, "never")
    assert "invoice_notification did not come within" in red(cbmock)
    cbmock.allow_violations("missing-callback", operation=OP)
    cbmock.verify()


def test_a_callback_to_the_url_of_an_earlier_request_is_told(cbmock):
    app = cbmock.watch(sender("stale"), settle=0.05)
    with TestClient(app) as client:
        order(client, cbmock, "1")
        order(client, cbmock, "2")
    told = red(cbmock)
    assert f"expected: POST {cbmock.url}/invoices/2   as " in told


def test_a_callback_to_the_url_of_an_earlier_test_is_the_nearest(server, cbmock):
    app = sender("stale")
    before = server.for_test("before")
    with TestClient(app) as client:
        order(client, before)
    with TestClient(cbmock.watch(app, settle=0.05)) as client:
        order(client, cbmock)
    told = red(cbmock)
    assert f"    called: {before.target_of(before.url)}/invoices/7" in told


def test_triggers_of_an_earlier_test_are_not_judged_again(server, cbmock):
    before = server.for_test("before")
    watched(before, "never")
    cbmock.verify()


def test_two_requests_with_one_url_make_two_callbacks_due(cbmock):
    with TestClient(cbmock.watch(sender(), settle=0.05)) as client:
        order(client, cbmock)
        order(client, cbmock)
    cbmock.verify()
    assert len(cbmock.calls) == 2


@pytest.mark.parametrize("missing", ["off", "warning"])
def test_silence_is_no_error_where_it_is_not_to_be(cbmock, missing):
    watched(cbmock, "never", missing=missing)
    cbmock.verify()


def test_clearing_forgets_the_triggers(cbmock):
    watched(cbmock, "never")
    cbmock.clear()
    cbmock.verify()


@pytest.mark.parametrize(
    ("terms", "wrong"),
    [
        ({"missing": "maybe"}, "missing='maybe' is not one of auto, error, every"),
        ({"settle": -1}, "settle=-1 must be between"),
    ],
)
def test_terms_that_are_none_are_a_wrong_set_up(cbmock, terms, wrong):
    with pytest.raises(ReceiverError, match=wrong):
        cbmock.watch(sender(), **terms)


# --- what passes through ------------------------------------------------------------------


def test_it_can_be_added_as_middleware(cbmock):
    app = sender("never")
    app.add_middleware(cbmock.watch, settle=0.05)
    with TestClient(app) as client:
        order(client, cbmock)
    assert "invoice_notification did not come" in red(cbmock)


def test_a_real_server_is_watched(cbmock):
    with running(cbmock.watch(sender())) as url:
        response = requests.post(
            f"{url}/invoices/",
            params={"callback_url": cbmock.url},
            json={"id": "7"},
            timeout=5,
        )
        cbmock.wait_for(OP, trigger=response)
    cbmock.verify()


def test_other_requests_websockets_and_lifespans_pass_untouched(cbmock):
    client = TestClient(cbmock.watch(sender()))
    with client, client.websocket_connect("/socket") as socket:
        assert socket.receive_text() == "hello"
        assert client.get("/health").json() == {"ok": True}
    cbmock.verify()


def test_a_streamed_response_passes_in_its_parts(cbmock):
    app = cbmock.watch(sender("stream"), missing="off")
    with running(app) as url, httpx2.Client(base_url=url) as client:
        answer = order(client, cbmock)
    assert answer.json() == {"a": 1}


def test_a_fault_of_the_sender_stays_the_senders(cbmock):
    client = TestClient(cbmock.watch(sender("crash")))
    with client, pytest.raises(RuntimeError, match="the sender has a fault"):
        order(client, cbmock)
    cbmock.verify()


def test_a_call_during_the_request_counts_for_it(cbmock):
    """`$response` gives the URL, and the call comes before the response."""
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/jobs": {
                "post": {
                    "callbacks": {
                        "done": {
                            "{$request.body#/url}/{$response.body#/id}": {"post": {}}
                        }
                    }
                }
            }
        },
    }

    async def jobs(scope, receive, send):
        message = await receive()
        del message
        await asyncio.to_thread(httpx2.post, mock.url + "/5")
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b'{"id": 5}'})

    with Receiver(document) as mock:

        async def post():
            transport = httpx2.ASGITransport(app=mock.watch(jobs, settle=0.05))
            async with httpx2.AsyncClient(transport=transport) as client:
                await client.post("http://api/jobs", json={"url": mock.url})

        asyncio.run(post())
        mock.verify()
        assert [call.operation.name for call in mock.calls] == ["done"]


def test_an_exchange_that_is_under_way_is_waited_for(cbmock):
    began, go_on = threading.Event(), threading.Event()

    async def slow(scope, receive, send):
        assert scope["type"] == "http"  # it has no lifespan
        await receive()
        began.set()
        await asyncio.to_thread(go_on.wait, 5)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with running(cbmock.watch(slow, settle=5)) as url:
        client = httpx2.Client(base_url=url)
        asking = threading.Thread(target=order, args=[client, cbmock])
        asking.start()
        began.wait(5)
        # It calls back before it answers.
        httpx2.post(cbmock.url + "/invoices/7", json=EVENT)
        threading.Timer(0.2, go_on.set).start()
        before = time.monotonic()
        cbmock.verify()
        assert time.monotonic() - before > 0.1
        asking.join()
        client.close()


def test_a_verdict_can_be_awaited(cbmock):
    watched(cbmock, "late", settle=5)
    asyncio.run(cbmock.aio.verify())
    assert len(cbmock.calls) == 1


def test_a_body_that_is_too_large_to_copy_makes_no_false_alarm(cbmock, monkeypatch):
    monkeypatch.setattr("cbmock.server.watch.LARGEST_BODY", 4)
    watched(cbmock, "background")
    cbmock.verify()


def through(watch, headers=(), answer=b"", answer_headers=()):
    """Send one request without a host through a watched ASGI application."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/jobs ü",
        "headers": headers,
        "server": ("api", 81),
    }

    async def app(_scope, receive, send):
        await receive()
        start = {"type": "http.response.start", "status": 200}
        await send({**start, "headers": answer_headers})
        await send({"type": "http.response.body", "body": answer, "more_body": True})
        await send({"type": "http.response.body"})

    asyncio.run(watch(app)(scope, receive, send))
    return sent


GZIP = ((b"content-encoding", b"gzip"),)
CALLED = b'{"url": "http://elsewhere/x"}'


@each_row(
    ("answer", "headers", "urls"),
    [
        (CALLED, (), ("http://elsewhere/x",)),
        (gzip.compress(CALLED, mtime=0), GZIP, ("http://elsewhere/x",)),
        (CALLED, GZIP, ("http://elsewhere/x",)),
        (b"", GZIP, ()),
    ],
)
def test_a_compressed_body_is_read_and_passed_as_it_is(answer, headers, urls):
    callbacks = {"done": {"{$response.body#/url}": {"post": {}}}}
    document = {
        "openapi": "3.1.0",
        "paths": {"/jobs%20%C3%BC": {"post": {"callbacks": callbacks}}},
    }
    mock = Receiver(document)
    sent = through(mock.watch, answer=answer, answer_headers=headers)
    assert b"".join(each.get("body", b"") for each in sent) == answer
    (trigger,) = mock._view.backend.app.triggers.seen()
    assert trigger.exchange.url == "http://api:81/jobs%20%C3%BC"
    assert trigger.due[0].urls == urls


def test_an_application_that_answers_nothing_is_told_as_a_failure(cbmock):
    async def app(_scope, _receive, _send):
        """Say nothing, not even an error."""

    client = TestClient(cbmock.watch(app), raise_server_exceptions=False)
    assert order(client, cbmock).status_code == 500
    cbmock.verify()
