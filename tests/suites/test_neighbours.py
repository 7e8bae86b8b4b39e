"""Faults 7.6, 7.7, 7.11, 7.12, 7.14, 7.20, 7.23 and 7.25: what runs beside cbmock."""

import os
import subprocess
import sys
import time

TEST = """
import http.client, json, logging, pathlib, signal, threading, time, urllib.request
import httpx, pytest, stripe, svix, uvicorn
from slack_sdk.signature import SignatureVerifier
from standardwebhooks import Webhook
from cbmock import Receiver, Signature
import api

@pytest.fixture
def server():
    config = uvicorn.Config(api.app, port=0, log_config=None, log_level=None)
    served = uvicorn.Server(config)
    thread = threading.Thread(target=served.run)
    thread.start()
    while not served.started:
        time.sleep(0.01)
    port = served.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    served.should_exit = True
    thread.join()

SPEC = pathlib.Path("spec.json").absolute()

def process():
    names = ("", "asyncio", "uvicorn", "uvicorn.error", "uvicorn.access")
    logs = [logging.getLogger(each) for each in names]
    return [
        *((each.level, each.propagate, each.disabled, len(each.handlers)) for each in logs),
        *map(signal.getsignal, (signal.SIGINT, signal.SIGTERM)),
    ]

BEFORE = []

def test_before():
    BEFORE.extend(process())

def test_with_cbmock(cbmock):
    httpx.post(cbmock.url, json={"id": "1", "amount": 1})

def test_after(server, caplog):
    assert process() == BEFORE
    caplog.set_level(logging.INFO)
    api.SEND["delay"] = None
    httpx.post(server + "/orders", json={})
    while '"POST /orders HTTP/1.1" 202' not in caplog.text:
        time.sleep(0.01)

def test_a_live_server_is_watched(cbmock, server):
    api.SEND["delay"] = 0.05
    watched = cbmock.watch(server, settle=30)
    assert httpx.post(watched.url + "/orders", json={"cb": cbmock.url}).status_code == 202

def test_a_live_server_sends_nothing(cbmock, server):
    api.SEND["delay"] = None
    watched = cbmock.watch(server, settle=0.1)
    assert httpx.post(watched.url + "/orders", json={"cb": cbmock.url}).status_code == 202

def with_urllib(server, body):
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(server + "/orders", body, headers)
    with urllib.request.urlopen(request) as response:
        return request, response

def with_http_client(server, body):
    connection = http.client.HTTPConnection(server.removeprefix("http://"))
    headers = {"content-type": "application/json"}
    connection.request("POST", "/orders", body, headers)
    response = connection.getresponse()
    connection.close()
    return ("POST", server + "/orders", headers, body), response

@pytest.mark.parametrize("post", [with_urllib, with_http_client])
def test_a_client_of_the_standard_library_triggers(cbmock, server, post):
    api.SEND["delay"] = 0.05
    trigger = post(server, json.dumps({"cb": cbmock.url}).encode())
    assert cbmock.wait_for("paid", timeout=60, trigger=trigger).valid

def test_both_families_of_localhost():
    with Receiver("spec.json", host="localhost") as receiver:
        port = receiver.url.rpartition(":")[2]
        for host in ("127.0.0.1", "[::1]"):
            url = f"http://{host}:{port}/webhooks/shipped"
            assert httpx.post(url, json={"type": "shipped"}).status_code == 200
        assert len(receiver.calls) == 2

def test_a_unix_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is 107 octets long at most
    uds = "socket"
    with Receiver(SPEC, uds=uds) as receiver:
        with httpx.Client(transport=httpx.HTTPTransport(uds=uds)) as client:
            client.post(receiver.url_for("shipped"), json={"type": "shipped"})
        assert len(receiver.calls) == 1

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

@pytest.mark.parametrize(("scheme", "secret", "verify"), [
    ("svix", SECRET, lambda call: svix.Webhook(SECRET).verify(call.body, call.headers)),
    ("standard-webhooks", SECRET, lambda call: Webhook(SECRET).verify(call.body, call.headers)),
    ("slack", "s", lambda call: SignatureVerifier("s").is_valid_request(call.body, call.headers)),
    ("stripe", "s", lambda call: stripe.WebhookSignature.verify_header(
        call.text, call.headers["Stripe-Signature"], "s")),
], ids=["svix", "standard", "slack", "stripe"])
def test_libraries_verify_what_came(cbmock, scheme, secret, verify):
    body = b'{"type": "shipped"}'
    signed = Signature(scheme, secret=secret).sign(body, id="a", timestamp=time.time())
    headers = {"content-type": "application/json", **dict(signed)}
    httpx.post(cbmock.url_for("shipped"), content=body, headers=headers)
    assert verify(cbmock.wait_for("shipped")) is not False  # some return nothing
"""
FASTAPI = """
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

class Paid(BaseModel):
    id: str

app = FastAPI()
callbacks = APIRouter()

@callbacks.post("{$request.query.url}")
def paid(body: Paid): ...

@app.post("/orders", callbacks=callbacks.routes)
def orders(url: str): return {}
"""
RUNNING = """
import httpx

def test_it(cbmock):
    outside, path = cbmock.url.split("/t/")
    assert outside.startswith("http://host.docker.internal:")
    inside = outside.replace("host.docker.internal", "127.0.0.1")
    httpx.post(f"{inside}/t/{path}", json={"id": "1", "amount": 1})
    assert cbmock.wait_for("paid").json["amount"] == 1
"""


def test_servers_and_libraries_in_one_process(suite, red):
    outcome = suite(TEST)
    text = "paid did not come within 0.1 s after POST /orders, answered 202.\n"
    said = red(outcome)
    assert list(said) == ["test_a_live_server_sends_nothing"], outcome.stdout.str()
    assert text in said["test_a_live_server_sends_nothing"]
    outcome.assert_outcomes(failed=1, passed=12)


def test_gevent_patches_threads(suite):
    outcome = suite(
        """
        import threading
        import gevent, gevent.monkey, pytest, requests

        def test_it(cbmock):
            assert gevent.monkey.is_module_patched("threading")
            body = {"id": "1", "amount": 1}
            gevent.spawn_later(0.05, requests.post, cbmock.url, json=body)
            assert cbmock.wait_for("paid", timeout=60).json == body

        def test_in_vain(cbmock):
            with pytest.raises(AssertionError, match="within 0.1 s, 0 came"):
                cbmock.wait_for("paid", timeout=0.1)
        """,
        conftest="""
        from gevent import monkey
        monkey.patch_all()
        """,
    )
    outcome.assert_outcomes(passed=2)


def test_fastapis_own_responses_are_left_out_of_coverage(suite):
    outcome = suite(
        """
        import httpx

        def test_it(cbmock):
            httpx.post(cbmock.url, json={"id": "1"})
        """,
        "--cbmock-spec=shop:app",
        "--cbmock-cov",
        "--cbmock-cov-fail-under=100",
        shop=FASTAPI,
    )
    assert outcome.ret == 0
    outcome.stdout.fnmatch_lines(
        [
            "paid POST: 1 call, 1 of 1 responses",
            "covered: 2 of 2 items, 100 %",
            "*left out, 1 time: response 422 (FastAPI writes its HTTPValidationError *",
        ]
    )


def test_a_running_mock_hands_out_its_public_url(suite, pytester, monkeypatch):
    port_file = pytester.path / "port"
    command = (sys.executable, "-m", "cbmock")
    options = ("--public-url", "http://host.docker.internal:{port}")
    monkeypatch.setenv("CBMOCK_TOKEN", "a-token-of-the-pipeline")
    serving = subprocess.Popen(
        [
            *command,
            *("serve", "spec.json", "--host", "0.0.0.0", "--port", "0"),
            *(*options, "--port-file", str(port_file)),
        ],
        env=os.environ.copy(),
    )
    try:
        while not (port_file.exists() and port_file.read_text().strip()):
            assert serving.poll() is None
            time.sleep(0.05)
        url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        subprocess.run(
            [*command, "wait", "--ready", "--url", url, "--timeout", "60"], check=True
        )
        suite(RUNNING, f"--cbmock-url={url}").assert_outcomes(passed=1)
        monkeypatch.delenv("CBMOCK_TOKEN")
        outcome = suite(RUNNING, f"--cbmock-url={url}")
        outcome.assert_outcomes(errors=1)
        assert f"cbmock: {url} asks for its token" in outcome.stdout.str()
    finally:
        serving.terminate()
        serving.wait(30)
