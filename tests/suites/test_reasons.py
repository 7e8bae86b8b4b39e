"""Faults 7.2, 7.4 and 7.15: why nothing arrived, in the words of the failed test."""

TEST = """
import asyncio, socket, threading
import httpx, pytest, respx

PAID = {"id": "1", "amount": 1}

def send(cbmock, octets):
    port = int(cbmock.url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(octets)
        sender.recv(1000)

def test_https(cbmock):
    with pytest.raises(httpx.ConnectError):
        httpx.post(cbmock.url.replace("http:", "https:"), json=PAID, verify=False)

def test_https_and_a_wait(cbmock):
    with pytest.raises(httpx.ConnectError):
        httpx.post(cbmock.url.replace("http:", "https:"), json=PAID, verify=False)
    cbmock.wait_for("paid", timeout=0.1)

def test_https_that_is_allowed(cbmock):
    cbmock.allow_violations("malformed-http")
    with pytest.raises(httpx.ConnectError):
        httpx.post(cbmock.url.replace("http:", "https:"), json=PAID, verify=False)

def test_http2(cbmock):
    send(cbmock, b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n")

def test_octets(cbmock):
    send(cbmock, b"\\x00\\x01garbage\\r\\n\\r\\n")

LATE = []

def test_without_a_token(cbmock):
    LATE.append(cbmock.url.split("/t/")[0])

def test_of_the_test_before(cbmock):
    httpx.post(LATE[0], json={"id": "of the last", "amount": 1})
    assert cbmock.wait_for("paid").json["id"] == "1"

def test_mangled(cbmock):
    httpx.post(cbmock.url.replace("-", "_"), json=PAID)
    cbmock.wait_for("paid", timeout=0.1)

def test_proxy(cbmock, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    cbmock.wait_for("paid", timeout=0.1)

def test_no_proxy(cbmock, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    httpx.post(cbmock.url, json=PAID)
    cbmock.wait_for("paid")

def test_respx(cbmock):
    with respx.mock:
        respx.route().respond(200)
        httpx.post(cbmock.url, json=PAID)
        cbmock.wait_for("paid", timeout=0.1)

def test_respx_that_lets_pass(cbmock):
    with respx.mock as respx_mock:
        respx_mock.route(host="127.0.0.1").pass_through()
        httpx.post(cbmock.url, json=PAID)
        cbmock.wait_for("paid")

def test_httpx_mock(cbmock, httpx_mock):
    httpx_mock.add_response()
    httpx.post(cbmock.url, json=PAID)
    cbmock.wait_for("paid", timeout=0.1)

@pytest.mark.httpx_mock(should_mock=lambda request: request.url.host != "127.0.0.1")
def test_httpx_mock_that_lets_pass(cbmock, httpx_mock):
    httpx.post(cbmock.url, json=PAID)
    cbmock.wait_for("paid")

async def sending(url):
    async with httpx.AsyncClient() as client:
        await client.post(url, json=PAID)

def test_task_that_no_loop_runs(cbmock):
    loop = asyncio.new_event_loop()
    task = loop.create_task(sending(cbmock.url))
    try:
        cbmock.wait_for("paid", timeout=0.1)
    finally:
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()
"""
TLS = "a TLS handshake: the sender used https://, but this mock speaks http"
SAID = {
    "test_https": f"malformed: {TLS}\n",
    "test_https_and_a_wait": f"delivery: {TLS}\n",
    "test_http2": "HTTP/2 with prior knowledge",
    "test_octets": "what arrived is not an HTTP/1.1 request: ",
    "test_of_the_test_before": "POST /  (without token) paid: ok, answered 200\n",
    "test_mangled": "a token that no test has (nearest: this test's)",
    "test_proxy": "http_proxy is set (http://127.0.0.1:9) and NO_PROXY leaves out 127.0.0.1",
    "test_respx": "respx.mocks answers in place of httpcore: let it pass requests to",
    "test_httpx_mock": "pytest_httpx answers in place of httpx: let it pass requests to",
    "test_task_that_no_loop_runs": "the task sending() in test_it.py:",
}
"""What the tests that fail say; the others pass."""


def test_what_kept_a_call_away_is_in_the_failure(suite, red):
    outcome = suite(TEST, plugins=["respx", "pytest_httpx"])
    said = red(outcome)
    assert said.keys() == SAID.keys()
    assert [name for name in SAID if SAID[name] not in said[name]] == []
    assert "cbmock.never(" not in outcome.stdout.str()
    outcome.assert_outcomes(failed=len(SAID), passed=5)
