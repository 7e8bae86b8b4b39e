"""A wait that nothing ended: what the process shows of the reason (fault 7.15)."""

import asyncio
import functools
import socket
import sys
import threading

import httpx
import pytest
import requests
from cbmock import Receiver
from cbmock.testing import nothing_arrived
from starlette.testclient import TestClient

from tests.support.invoices import DOCUMENT, EVENT, TARGET

OP = "invoice_notification"
ASKED = "and NO_PROXY leaves out cbmock: senders that heed it ask that proxy"
HEAD = "What may have kept calls away:\n"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in ("http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def server():
    return Receiver(DOCUMENT)


@pytest.fixture
def cbmock(server):
    return server.for_test("test_paid-1f3a")


def message(cbmock):
    with pytest.raises(AssertionError) as failure:
        cbmock.wait_for(OP, timeout=0)
    return str(failure.value)


def cause(cbmock):
    return message(cbmock).partition(HEAD)[2]


def test_nothing_is_added_where_nothing_is_known(cbmock):
    assert message(cbmock).endswith(f'If this is intended: cbmock.never("{OP}")')


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (
            {"HTTP_PROXY": "http://me:secret@proxy:3128"},
            f"  HTTP_PROXY is set (proxy:3128) {ASKED}",
        ),
        (
            {"all_proxy": "socks5://proxy:1080", "NO_PROXY": "localhost"},
            f"  all_proxy is set (socks5://proxy:1080) {ASKED}",
        ),
        ({"https_proxy": "http://proxy:3128"}, ""),
        ({"http_proxy": "http://proxy:3128", "no_proxy": "localhost,cbmock"}, ""),
    ],
    ids=["credentials", "all", "of another scheme", "left out"],
)
def test_a_proxy_of_the_environment_is_named(
    cbmock, monkeypatch, environment, expected
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cause(cbmock) == expected


@pytest.mark.parametrize(
    ("owner", "name", "client"),
    [
        (httpx.HTTPTransport, "handle_request", "httpx"),
        (httpx.AsyncHTTPTransport, "handle_async_request", "httpx"),
        (requests.Session, "get_adapter", "requests"),
        (requests.adapters.HTTPAdapter, "send", "requests"),
    ],
)
def test_what_answers_in_a_clients_place_is_named(
    cbmock, monkeypatch, owner, name, client
):
    def answer(*_):
        raise NotImplementedError

    answer.__module__ = "respx.mocks"
    monkeypatch.setattr(owner, name, answer)
    assert cause(cbmock) == (
        f"  respx.mocks answers in place of {client}: let it pass requests to cbmock"
    )


def test_a_wrapped_client_is_still_the_client(cbmock, monkeypatch):
    genuine = httpx.HTTPTransport.handle_request

    @functools.wraps(genuine)
    def traced(*given):
        return genuine(*given)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", traced)
    assert cause(cbmock) == ""


def test_tasks_of_a_loop_that_does_not_run_are_named(cbmock):
    async def notify():
        await asyncio.sleep(60)

    async def order():
        return [asyncio.create_task(notify()) for _ in range(5)]

    with asyncio.Runner() as runner:
        tasks = runner.run(order())
        lines = cause(cbmock).splitlines()
    assert all(task.cancelled() for task in tasks)
    assert len(lines) == 3
    assert lines[0].startswith(
        "  the task test_tasks_of_a_loop_that_does_not_run_are_named.<locals>.notify() in "
        "test_nothing_arrived.py:"
    )
    assert lines[0].endswith(
        " has not ended, and its event loop does not run: await it in the test"
    )


def test_other_threads_go_on_while_tasks_are_looked_for(cbmock):
    """CPython fails `tuple(...)` of another thread while its half-made tuple is held."""
    over, failures = threading.Event(), []

    def make_tuples():
        try:
            while not over.is_set():
                assert len(tuple(number for number in range(2000))) == 2000
        except SystemError as error:
            failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=make_tuples) for _ in range(2)]
    for each in threads:
        each.start()
    try:
        for _ in range(20):
            nothing_arrived.explained(cbmock._view, None)
    finally:
        over.set()
        for each in threads:
            each.join()
        sys.setswitchinterval(interval)
    assert failures == []


def test_an_address_of_the_host_where_nothing_listens_is_named(monkeypatch):
    with Receiver(DOCUMENT, public_url="http://api.localhost:{port}") as cbmock:
        found = [
            (socket.AF_INET, 1, 6, "", ("127.0.0.1", 0)),
            (socket.AF_INET6, 1, 6, "", ("::1", 0, 0, 0)),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert cause(cbmock) == (
            "  api.localhost is ::1 too, where the mock does not listen: "
            'host="localhost" listens at both'
        )
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found[:1])
        assert cause(cbmock) == ""


def test_a_call_below_a_token_that_no_test_has_is_named(server, cbmock):
    TestClient(server.app).post(f"/t/test_paid_1f3a{TARGET}", json=EVENT)
    stray = (
        "1 call came below /t/test_paid_1f3a, a token that no test has "
        "(nearest: this test's)"
    )
    text = message(cbmock)
    assert text.splitlines()[0].endswith(f"0 came; {stray}.")
    assert text.endswith(f"received:\n  {stray}")


def test_a_call_below_the_url_of_another_test_is_named(server):
    server.for_test("first")
    second = server.for_test("second")
    for _ in range(2):
        TestClient(server.app).post(f"/t/first{TARGET}", json=EVENT)
    first_line = message(second).splitlines()[0]
    assert first_line.endswith("2 calls came below /t/first, the URL of another test.")


def test_a_callback_that_a_watched_trigger_makes_due_has_the_causes_too(
    cbmock, monkeypatch
):
    async def api(_scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body"})

    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    TestClient(cbmock.watch(api, settle=0)).post(
        "/invoices/", params={"callback_url": cbmock.url}, json={"id": "1"}
    )
    with pytest.raises(AssertionError, match="HTTP_PROXY is set"):
        cbmock.verify()


def test_where_a_call_came_nothing_is_guessed(cbmock, server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    TestClient(server.app).post(f"/t/{cbmock.token}/webhooks/none", json={})
    assert HEAD not in message(cbmock)
