"""What senders with real HTTP clients see of a script, and what a test sees of them."""

import asyncio
import http.client
import json
import threading
import time
from datetime import UTC, datetime

import aiohttp
import httpx2
import pytest
import requests
from cbmock import Receiver, Reply
from cbmock.errors import ReceiverError, UnknownOperation
from fastapi import BackgroundTasks, FastAPI
from fastapi.testclient import TestClient

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.rows import each_row

OP = "invoice_notification"


@pytest.fixture(scope="module")
def server():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


@pytest.fixture
def cbmock(server, request):
    yield (mine := server.for_test(request.node.name))
    mine.respond_as_documented()


def send(cbmock, body=EVENT, timeout=5, **more):
    return httpx2.post(cbmock.url + TARGET, json=body, timeout=timeout, **more)


def statuses(cbmock, count):
    return [send(cbmock).status_code for _ in range(count)]


# --- a sender that retries --------------------------------------------------------------


def retrying(attempts=4, patience=30):
    """Return an API that sends its callback again as it is told to, or hears nothing."""
    app = FastAPI()
    waited = []

    async def notify(url):
        async with httpx2.AsyncClient() as client:
            for _ in range(attempts):
                try:
                    answer = await client.post(url, json=EVENT, timeout=patience)
                except httpx2.TransportError:
                    continue
                if answer.status_code not in (429, 503):
                    return
                waited.append(answer.headers.get("retry-after"))

    @app.post("/invoices/")
    async def create(callback_url: str, tasks: BackgroundTasks) -> dict[str, str]:
        tasks.add_task(notify, callback_url + "/invoices/7")
        return {}

    def trigger(cbmock):
        with TestClient(app) as client:
            client.post("/invoices/", params={"callback_url": cbmock.url})
        return waited

    return trigger


def test_a_sender_retries_until_the_receiver_is_well_again(cbmock):
    script = cbmock.respond(OP, status=503, times=2, retry_after=0).then(status=200)
    assert retrying()(cbmock) == ["0", "0"]
    assert [call.status for call in cbmock.calls_to(OP)] == [503, 503, 200]
    assert [reply.status for reply in script.left] == [200]
    cbmock.verify()


def test_a_sender_survives_each_way_in_which_a_receiver_breaks(cbmock):
    cbmock.respond(OP, fault="reset").then(fault="silence").then(fault="half").then(204)
    retrying(patience=2)(cbmock)
    calls = cbmock.wait_for(OP, count=4)
    faults = [call.scripted.fault for call in calls]
    assert faults == ["reset", "silence", "half", None]
    assert calls[3].response.body == b""


def test_a_sender_that_gives_up_at_410_stops(cbmock):
    cbmock.respond(OP, status=410)
    retrying()(cbmock)
    (call,) = cbmock.calls
    assert call.status == 410
    assert [each.code for each in call.violations] == ["undocumented-status"]
    cbmock.verify()
    assert "(info)" in cbmock.timeline()


# --- how often, for whom ----------------------------------------------------------------


def test_the_last_reply_goes_on_unless_it_is_limited(cbmock):
    cbmock.respond(OP, 503)
    assert statuses(cbmock, 3) == [503] * 3
    cbmock.respond(OP, 503, times=1)
    assert statuses(cbmock, 2) == [503, 200]


def test_what_is_said_last_counts(cbmock):
    cbmock.respond(OP, 503, times=5).then(410)
    cbmock.respond(OP, 429)
    assert statuses(cbmock, 2) == [429, 429]


def test_what_makes_no_sense_leaves_what_was_said_before(cbmock):
    cbmock.respond(OP, 503)
    for wrong in (
        {"status": 99},
        {"example": "none"},
        {"fault": "half", "status": 204},
    ):
        with pytest.raises(ReceiverError):
            cbmock.respond(OP, **wrong)
    with pytest.raises(
        ReceiverError, match="a reply has no field 'state'. Did you mean"
    ):
        cbmock.respond(OP, state=503)
    with pytest.raises(UnknownOperation, match="Did you mean 'invoice_notification'"):
        cbmock.respond("invoice_notif", 503)
    assert statuses(cbmock, 1) == [503]


def test_a_reply_that_makes_no_sense_does_not_follow(cbmock):
    script = cbmock.respond(OP, 503, times=1)
    with pytest.raises(ReceiverError, match="no example is named 'none'"):
        script.then(example="none")
    assert script.left == (Reply(status=503, times=1),)


def test_the_document_speaks_again_when_it_is_asked_to(cbmock):
    cbmock.respond(OP, 503)
    cbmock.respond("new-subscription", 503)
    cbmock.respond_as_documented(OP)
    subscribed = httpx2.post(cbmock.url_for("new-subscription"), json={"username": "x"})
    assert (*statuses(cbmock, 1), subscribed.status_code) == (200, 503)
    cbmock.respond_as_documented()
    assert statuses(cbmock, 1) == [200]


def test_each_test_has_its_own_script(server):
    tests = [server.for_test(f"own-{number}") for number in range(4)]
    for number, each in enumerate(tests):
        each.respond(OP, status=500 + number, times=2).then(200)

    async def both():
        async with httpx2.AsyncClient() as client:
            urls = [each.url + TARGET for each in tests for _ in range(3)]
            sent = [client.post(url, json=EVENT) for url in urls]
            return [answer.status_code for answer in await asyncio.gather(*sent)]

    got = asyncio.run(both())
    for number in range(4):
        own = sorted(got[3 * number : 3 * number + 3])
        assert own == [200, 500 + number, 500 + number]
        tests[number].respond_as_documented()


def test_a_call_without_a_token_takes_the_script_of_the_running_test(server):
    mine = server.for_test("running")
    mine.respond(OP, 503)
    assert statuses(server, 1) == [503]
    mine.respond_as_documented()


def test_the_whole_receiver_speaks_to_every_test(server, cbmock):
    server.respond(OP, 503)
    assert statuses(cbmock, 1) == [503]
    cbmock.respond(OP, 429, times=1)
    assert statuses(cbmock, 2) == [429, 503]
    server.respond_as_documented()
    assert statuses(cbmock, 1) == [200]


def test_a_script_is_played_whatever_the_request_holds(cbmock):
    cbmock.respond(OP, 503, times=1).then(200)
    wrong = {**EVENT, "paid": "no"}
    got = [send(cbmock, body).status_code for body in (wrong, wrong, EVENT)]
    assert got == [503, 200, 200]
    with pytest.raises(
        AssertionError, match="broke the contract: .* \\(and 1 call more\\)"
    ):
        cbmock.verify()


def test_a_request_that_fits_nothing_takes_no_reply(cbmock):
    script = cbmock.respond(OP, 503, times=1)
    assert httpx2.post(cbmock.url + "/nowhere").status_code == 404
    assert script.left == (Reply(status=503, times=1),)


def test_a_script_may_be_written_before_the_server_starts():
    receiver = Receiver(DOCUMENT)
    receiver.respond(OP, 503, times=1).then(fault="reset")
    with receiver:
        assert statuses(receiver, 1) == [503]
        with pytest.raises(httpx2.TransportError):
            send(receiver)


# --- what is answered -------------------------------------------------------------------


def test_the_answer_is_ones_own(cbmock):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    cbmock.respond(
        OP, 503, json={"é": [1]}, headers={"X-A": "b"}, retry_after=moment, times=1
    ).then(body="text", times=1).then(body=b"\xff", headers=[("Content-Type", "a/b")])
    first, second, third = send(cbmock), send(cbmock), send(cbmock)
    assert (first.status_code, first.json()) == (503, {"é": [1]})
    assert first.headers["retry-after"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert first.headers["x-a"] == "b"
    assert (second.text, second.headers["content-type"]) == ("text", "application/json")
    assert (third.content, third.headers["content-type"]) == (b"\xff", "a/b")


def test_a_redirect_is_followed_or_not(cbmock):
    there = cbmock.url + "/moved/invoices/7"
    cbmock.respond(OP, status=307, headers={"Location": there}, times=1)
    answer = send(cbmock)
    assert (answer.status_code, answer.headers["location"]) == (307, there)
    cbmock.respond(OP, status=307, headers={"Location": there}, times=1)
    assert send(cbmock, follow_redirects=True).status_code == 200
    assert cbmock.calls[-1].target.endswith("/moved/invoices/7")
    assert cbmock.calls[-1].json == EVENT


def test_a_function_says_what_is_answered(cbmock):
    seen = []

    def by(call):
        seen.append((call.json, call.valid, call.status))
        return {"status": 429, "retry_after": 1} if len(seen) == 1 else None

    cbmock.respond(OP, by)
    assert statuses(cbmock, 2) == [429, 200]
    assert seen == [(EVENT, True, 200)] * 2


def test_a_function_may_send_to_the_same_server(cbmock):
    def by(call):
        return httpx2.post(cbmock.url_for("new-subscription"), json={"username": "a"})

    def status(call):
        return by(call).status_code

    cbmock.respond(OP, status)
    answer = send(cbmock)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_function_that_fails_fails_the_test(cbmock):
    cbmock.respond(OP, lambda call: call.json["nothing"])
    answer = send(cbmock)
    assert answer.status_code == 500
    assert answer.json()["title"] == "The script that was to answer has failed"
    told = "the script of invoice_notification raised KeyError: 'nothing'"
    with pytest.raises(AssertionError, match=told):
        cbmock.verify()
    cbmock.allow_violations("script-failed")
    cbmock.verify()


# --- how it leaves ----------------------------------------------------------------------


def waiting_for(function):
    """Return what a function raises or returns, and how many seconds it took."""
    began = time.monotonic()
    try:
        outcome = function()
    except Exception as error:  # noqa: BLE001 - what the client makes of it is asked
        outcome = error
    return outcome, time.monotonic() - began


def by_aiohttp(url, timeout=5):
    async def post():
        limit = aiohttp.ClientTimeout(total=timeout)
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.post(url, json=EVENT) as answer,
        ):
            return await answer.json()

    return asyncio.run(post())


def by_http_client(url, timeout=5):
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=timeout)
    try:
        headers = {"content-type": "application/json"}
        connection.request("POST", f"/{path}", json.dumps(EVENT), headers)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def by_requests(url, timeout=5):
    return requests.post(url, json=EVENT, timeout=timeout).json()


def by_httpx(url, timeout=5):
    return httpx2.post(url, json=EVENT, timeout=timeout).json()


@pytest.mark.parametrize(
    ("client", "fault", "raised"),
    [
        (by_httpx, "reset", httpx2.ReadError),
        (by_requests, "reset", requests.ConnectionError),
        (by_aiohttp, "reset", aiohttp.ClientConnectionError),
        (by_http_client, "reset", ConnectionResetError),
        (by_httpx, "silence", httpx2.ReadTimeout),
        (by_requests, "silence", requests.ReadTimeout),
        (by_aiohttp, "silence", TimeoutError),
        (by_http_client, "silence", TimeoutError),
        (by_httpx, "half", httpx2.RemoteProtocolError),
        (by_requests, "half", requests.exceptions.ChunkedEncodingError),
        (by_aiohttp, "half", aiohttp.ClientPayloadError),
        (by_http_client, "half", http.client.IncompleteRead),
    ],
)
def test_a_client_sees_the_fault(cbmock, client, fault, raised):
    cbmock.respond(OP, fault=fault)
    timeout = 0.1 if fault == "silence" else 5
    outcome, _ = waiting_for(lambda: client(cbmock.url + TARGET, timeout))
    assert isinstance(outcome, raised), outcome
    (call,) = cbmock.calls
    assert (call.valid, call.scripted.fault, call.status) == (True, fault, 200)
    assert call.response.body == b'{"ok": true}'
    cbmock.verify()


def test_half_a_body_is_half_of_what_was_announced(cbmock):
    cbmock.respond(OP, body="0123456789", fault="half")
    with pytest.raises(http.client.IncompleteRead) as cut:
        by_http_client(cbmock.url + TARGET)
    assert (cut.value.partial, cut.value.expected) == (b"01234", 5)


@pytest.mark.parametrize("client", [by_httpx, by_requests, by_aiohttp, by_http_client])
def test_slow_bytes_come_all_the_same(cbmock, client):
    cbmock.respond(OP, json={"a": "b" * 300}, fault="slow", delay=0.15)
    body, seconds = waiting_for(lambda: client(cbmock.url + TARGET))
    assert body == {"a": "b" * 300}
    assert seconds > 0.14


def test_slow_bytes_come_by_drops(cbmock):
    cbmock.respond(OP, body="0123456789", fault="slow", delay=0.1)
    with httpx2.stream("POST", cbmock.url + TARGET, json=EVENT) as answer:
        drops = list(answer.iter_raw())
    assert (len(drops) > 3, b"".join(drops)) == (True, b"0123456789")


def test_a_sender_without_patience_ends_slow_bytes(cbmock):
    cbmock.respond(OP, body="0123456789", fault="slow", delay=60)
    outcome, seconds = waiting_for(lambda: by_httpx(cbmock.url + TARGET, 0.05))
    assert isinstance(outcome, httpx2.ReadTimeout)
    assert seconds < 3


def test_silence_may_end_before_the_senders_patience(cbmock):
    cbmock.respond(OP, fault="silence", delay=0.05)
    outcome, seconds = waiting_for(lambda: by_httpx(cbmock.url + TARGET))
    assert isinstance(outcome, httpx2.RemoteProtocolError)
    assert 0.04 < seconds < 3


@pytest.mark.parametrize(
    ("fault", "raised"), [(None, None), ("reset", httpx2.ReadError)]
)
def test_a_delayed_answer_counts_as_received_when_the_call_arrives(
    cbmock, fault, raised
):
    cbmock.respond(OP, delay=0.3, fault=fault)
    got = []
    sender = threading.Thread(
        target=lambda: got.append(waiting_for(lambda: send(cbmock)))
    )
    sender.start()
    cbmock.wait_for(OP)
    assert got == []
    sender.join()
    ((outcome, seconds),) = got
    assert seconds > 0.29
    assert type(outcome) is (raised or httpx2.Response)


def test_a_delay_holds_up_nobody_else(cbmock):
    cbmock.respond(OP, delay=0.25, times=1)

    async def both():
        async with httpx2.AsyncClient() as client:
            late = asyncio.create_task(client.post(cbmock.url + TARGET, json=EVENT))
            await cbmock.aio.wait_for(OP)
            quick = await client.post(cbmock.url + TARGET, json=EVENT)
            return quick.status_code, late.done(), (await late).status_code

    assert asyncio.run(both()) == (200, False, 200)


def test_a_connection_is_kept_after_a_delayed_answer(cbmock):
    cbmock.respond(OP, 503, delay=0.01, times=1).then(fault="slow", delay=0.01)
    with httpx2.Client() as client:
        got = [client.post(cbmock.url + TARGET, json=EVENT) for _ in range(3)]
        assert [each.status_code for each in got] == [503, 200, 200]
        assert len(client._transport._pool.connections) == 1


@pytest.mark.parametrize(
    "parts", [{"fault": "silence"}, {"delay": 60}, {"by": "never"}]
)
def test_a_server_ends_while_an_answer_is_held_back(parts):
    async def never(call):
        return {"delay": 60}

    receiver = Receiver(DOCUMENT)
    receiver.respond(OP, *([never] if parts.pop("by", None) else []), **parts)
    got = []
    with receiver:
        sender = threading.Thread(
            target=lambda: got.append(waiting_for(lambda: send(receiver)))
        )
        sender.start()
        receiver.wait_for(OP)
        began = time.monotonic()
    assert time.monotonic() - began < 3
    sender.join()
    assert isinstance(got[0][0], httpx2.TransportError)


def test_a_server_that_starts_again_is_patient_again():
    receiver = Receiver(DOCUMENT)
    for _ in range(2):
        with receiver:
            receiver.respond(OP, delay=0.01)
            assert send(receiver).status_code == 200


def test_what_was_played_is_told(cbmock):
    cbmock.respond(OP, delay=0.01, times=1).then(503, times=1).then(fault="reset")
    for _ in range(3):
        waiting_for(lambda: send(cbmock))
    story = cbmock.timeline()
    assert "ok, answered 200 after 0.01 s" in story
    assert "ok, answered 503\n" in story
    assert "ok, answered nothing (reset)" in story
    records = [call.record()["scripted"] for call in cbmock.calls]
    assert records == [
        {"delay_ms": 10, "fault": None},
        {"delay_ms": 0, "fault": None},
        {"delay_ms": 0, "fault": "reset"},
    ]


# --- in process -------------------------------------------------------------------------


def in_process(receiver, seconds=5.0):
    async def post():
        transport = httpx2.ASGITransport(app=receiver.app)
        async with httpx2.AsyncClient(transport=transport) as client:
            async with asyncio.timeout(seconds):
                return await client.post(receiver.url + TARGET, json=EVENT)

    return waiting_for(lambda: asyncio.run(post()))[0]


@each_row(
    ("parts", "outcome"),
    [
        ({"fault": "reset"}, ConnectionResetError),
        ({"fault": "half"}, ConnectionResetError),
        ({"fault": "silence"}, TimeoutError),
        ({"fault": "silence", "delay": 0.01}, ConnectionResetError),
        ({"fault": "slow", "delay": 0.02}, httpx2.Response),
        ({"delay": 0.02}, httpx2.Response),
    ],
)
def test_faults_are_acted_out_in_process(parts, outcome):
    receiver = Receiver(DOCUMENT)
    receiver.respond(OP, **parts)
    got = in_process(receiver, 0.1 if outcome is TimeoutError else 5)
    assert type(got) is outcome
    assert [call.valid for call in receiver.calls] == [True]
