import asyncio
import json
import re
import socket
import threading
import time

import httpx2
import pytest
from cbmock import sources
from cbmock.errors import ReceiverError
from cbmock.journal.memory import MemoryJournal
from cbmock.mock.mock import Mock
from cbmock.server.app import App
from cbmock.server.limits import Limits
from cbmock.server.run import Running
from cbmock.server.sockets import address, bind
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.support.invoices import DOCUMENT, EVENT, TARGET


def served(**more):
    return App(Mock(sources.describe(DOCUMENT)), MemoryJournal(), **more)


@pytest.fixture
def app():
    return served(limits=Limits(body=1000))


@pytest.fixture
def url(app):
    running = Running(app, host="127.0.0.1", port=0)
    running.start()
    yield running.url
    running.stop()


def raw(url, data, *, close=False):
    """Send bytes as they are; return what comes back."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(data)
        if close:
            return b""
        return connection.recv(65536)


def test_a_documented_callback_is_answered_as_documented(app, url):
    answer = httpx2.post(url + TARGET, json=EVENT)
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    (call,) = app.journal.calls()
    assert (call.valid, call.target, call.json) == (True, TARGET, EVENT)


def test_a_webhook_without_a_documented_body_is_answered_without_one(url):
    answer = httpx2.post(url + "/webhooks/new-subscription", json={"username": "rick"})
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_breach_is_refused_with_problem_details(url):
    answer = httpx2.post(url + TARGET, json={**EVENT, "paid": "no"})
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (422, 422)
    assert problem["errors"] == [
        {
            "location": "body",
            "name": "paid",
            "pointer": "#/paid",
            "code": "type",
            "severity": "error",
            "detail": "'no' is not a boolean",
            "schema": "openapi.json#/components/schemas/Event/properties/paid",
            "line": None,
            "expected": "boolean",
            "received": "no",
        }
    ]
    assert httpx2.get(url + problem["instance"]).json()["valid"] is False


def test_a_body_in_pieces_is_put_together(app, url):
    body = json.dumps(EVENT).encode()
    answer = httpx2.post(
        url + TARGET,
        content=iter([body[:5], body[5:]]),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 200
    assert app.journal.calls()[0].body == body


@pytest.mark.parametrize("pieces", [1, 4])
def test_a_body_over_the_limit_is_recorded_and_refused(app, url, pieces):
    content = [b"x" * (1200 // pieces)] * pieces
    answer = httpx2.post(url + TARGET, content=iter(content))
    assert answer.status_code == 413
    (call,) = app.journal.calls()
    assert [each.code for each in call.violations] == ["too-large"]
    assert len(call.body) <= 1200


def test_a_sender_that_hangs_up_is_recorded(app, url):
    head = f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
    raw(url, head.encode(), close=True)
    until = time.monotonic() + 5
    while not app.journal.calls() and time.monotonic() < until:
        time.sleep(0.01)
    (call,) = app.journal.calls()
    assert call.body == b"half"
    assert [each.code for each in call.violations] == ["incomplete"]


@pytest.mark.parametrize(
    "target", ["/%00", "/%ff%fe", "//x//", "/" + "a" * 5000, "/t/%2F/x", "/é"]
)
def test_odd_targets_are_recorded_and_answered(app, url, target):
    line = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    answer = raw(url, line.encode())
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 4"))


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "foo"])
def test_an_upgrade_is_declined_and_the_body_kept(app, url, upgrade):
    body = json.dumps(EVENT).encode()
    head = (
        f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        f"UPGRADE: {upgrade}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    assert raw(url, head.encode() + body).startswith(b"HTTP/1.1 200")
    (call,) = app.journal.calls()
    assert (call.valid, call.headers["upgrade"], call.body) == (True, upgrade, body)


def test_a_body_that_speaks_of_an_upgrade_is_left_alone(app, url):
    body = b"{\r\nupgrade: 1}"
    httpx2.post(url + TARGET, content=body)
    head = (
        f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nContent-Length: {2 * len(body)}\r\n\r\n"
    )
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head.encode())
        for _ in range(2):
            time.sleep(0.05)
            connection.sendall(body)
        connection.recv(100)
    assert [call.body for call in app.journal.calls()] == [body, 2 * body]


@pytest.mark.parametrize(
    ("data", "method", "target"),
    [
        (b"POST /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", "POST", "/\xc3\xa9"),
        (b"\x16\x03\x01\x02\x00", "", ""),
    ],
)
def test_what_is_no_http_is_recorded_and_refused(app, url, data, method, target):
    answer = raw(url, data)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"content-type: application/problem+json" in answer
    (call,) = app.journal.calls()
    assert (call.method, call.target, call.body) == (method, target, data)
    assert [(v.location, v.code) for v in call.violations] == [
        ("delivery", "malformed-http")
    ]


def test_many_senders_at_once_all_find_their_call(app, url):
    def send():
        with httpx2.Client() as client:
            for _ in range(20):
                client.post(url + TARGET, json=EVENT)

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    calls = app.journal.calls()
    assert len({call.id for call in calls}) == 160
    assert all(call.valid for call in calls)


def test_the_call_is_recorded_before_the_answer_leaves():
    app = served()
    seen = []

    async def receive():
        return {"type": "http.request", "body": json.dumps(EVENT).encode()}

    async def send(message):
        seen.append((message["type"], len(app.journal)))

    scope = {
        "type": "http",
        "method": "POST",
        "path": TARGET,
        "raw_path": TARGET.encode(),
        "query_string": b"a=1",
        "headers": [(b"content-type", b"application/json")],
    }
    asyncio.run(app(scope, receive, send))
    assert seen == [("http.response.start", 1), ("http.response.body", 1)]
    assert app.journal.calls()[0].target == f"{TARGET}?a=1"


def test_the_prefix_of_an_outer_application_is_no_part_of_the_target():
    app = served()
    transport = httpx2.ASGITransport(app=app, root_path="/mock")

    async def send():
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://cbmock"
        ) as client:
            return await client.post("/mock" + TARGET, json=EVENT)

    assert asyncio.run(send()).status_code == 200
    assert app.journal.calls()[0].target == TARGET


def test_the_control_api_is_there_below_an_outer_application():
    outer = Starlette(routes=[Mount("/mock", served())])

    async def ask():
        transport = httpx2.ASGITransport(app=outer)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://cbmock"
        ) as client:
            return await client.get("/mock/_cbmock/api/health")

    assert asyncio.run(ask()).json()["status"] == "ok"


def test_the_application_lives_and_ends_with_its_server():
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent = []

    async def receive():
        return next(messages)

    async def send(message):
        sent.append(message["type"])

    asyncio.run(served()({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_websocket_is_turned_away():
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    asyncio.run(served()({"type": "websocket", "path": "/"}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_a_taken_port_is_a_wrong_set_up():
    taken = bind("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with pytest.raises(ReceiverError, match=f"cannot listen on 127.0.0.1:{port}"):
        bind("127.0.0.1", port)
    taken.close()


@pytest.mark.parametrize(
    ("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1")]
)
def test_the_address_is_one_that_can_be_called(host, shown):
    listening = bind(host, 0)
    assert address(listening) == f"http://{shown}:{listening.getsockname()[1]}"
    listening.close()


def test_an_ipv6_address_stands_in_brackets():
    listening = bind("::1", 0)
    assert address(listening) == f"http://[::1]:{listening.getsockname()[1]}"
    listening.close()


def test_a_server_ends_while_a_sender_keeps_its_connection(app):
    running = Running(app, host="127.0.0.1", port=0)
    running.start()
    with httpx2.Client() as client:
        client.post(running.url + TARGET, json=EVENT)
        began = time.monotonic()
        running.stop()
        assert time.monotonic() - began < 3


def test_a_server_ends_while_a_question_waits(app):
    running = Running(app, host="127.0.0.1", port=0)
    running.start()
    answers = []

    def ask():
        try:
            answers.append(
                httpx2.get(
                    running.url + "/_cbmock/api/calls/wait?timeout=30", timeout=40
                )
            )
        except httpx2.HTTPError as error:
            answers.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    until = time.monotonic() + 5
    while not app.journal._listeners and time.monotonic() < until:
        time.sleep(0.01)
    running.stop()
    thread.join(timeout=5)
    assert len(answers) == 1


def test_a_body_in_broken_chunks_is_one_call(app, url):
    head = f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    raw(url, head.encode() + b"ZZ\r\n\r\n")
    httpx2.post(url + TARGET, json=EVENT)
    broken, fine = app.journal.calls()
    assert [v.code for v in broken.violations] == ["malformed-http"]
    assert fine.valid


def test_an_upgrade_that_comes_in_pieces_is_declined_all_the_same(app, url):
    body = json.dumps(EVENT).encode()
    head = (
        f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        for piece in (head[:40], head[40:90], head[90:] + body[:3], body[3:]):
            connection.sendall(piece)
            time.sleep(0.05)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(head + body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    assert [
        (call.valid, call.headers["upgrade"], call.body) for call in app.journal.calls()
    ] == [(True, "h2c", body)] * 2


def test_a_tunnel_is_recorded_and_refused(app, url):
    answer = raw(url, b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 4")
    assert len(app.journal.calls()) == 1


def test_requests_in_one_stroke_are_answered_in_order(app, url):
    body = json.dumps(EVENT).encode()
    one = (
        f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    other = b"GET /_cbmock/api/health HTTP/1.1\r\nHost: x\r\n\r\n"
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(one + other + one)
        connection.settimeout(1)
        answers = b""
        while answers.count(b"HTTP/1.1") < 3 or not answers.endswith(b"}"):
            answers += connection.recv(65536)
    assert [part.split(b"\r\n")[0] for part in answers.split(b"HTTP/1.1 ")[1:]] == [
        b"200 OK"
    ] * 3
    assert [call.body for call in app.journal.calls()] == [body, body]


def codes(app):
    """Return what is said of each call."""
    return [[each.code for each in call.violations] for call in app.journal.calls()]


GOOD = (
    f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(json.dumps(EVENT))}\r\n\r\n{json.dumps(EVENT)}"
).encode()


def test_what_comes_before_no_http_is_answered_and_recorded_before_it(app, url):
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(GOOD + GOOD + b"no HTTP\r\n\r\n")
        answers = b""
        while part := connection.recv(65536):
            answers += part
    assert re.findall(rb"HTTP/1\.1 (\d+)", answers) == [b"200", b"200", b"400"]
    assert codes(app) == [[], [], ["malformed-http"]]


def test_what_came_whole_before_a_sender_hung_up_is_recorded_before_what_did_not(
    app, url
):
    raw(url, GOOD + GOOD + GOOD[:-5], close=True)
    until = time.monotonic() + 5
    while len(app.journal) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    assert codes(app) == [[], [], ["incomplete"]]


def test_a_connection_that_rests_for_long_is_closed():
    app = served(limits=Limits(idle=0.3))
    running = Running(app, host="127.0.0.1", port=0)
    running.start()
    try:
        host, port = running.url.removeprefix("http://").split(":")
        request = f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            for _ in range(
                4
            ):  # longer than the limit in all, though never at rest so long
                connection.sendall(request.encode())
                assert connection.recv(65536).startswith(b"HTTP/1.1 4")
                time.sleep(0.15)
            began = time.monotonic()
            assert connection.recv(65536) == b""
            assert 0.1 < time.monotonic() - began < 2
    finally:
        running.stop()


def test_a_sender_that_closes_gets_its_answer_and_is_let_go(app, url):
    request = f"POST {TARGET} HTTP/1.0\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request.encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert b"\r\nconnection: close\r\n" in answer


def test_a_head_that_comes_slowly_is_waited_for():
    app = served(limits=Limits(idle=0.2))
    running = Running(app, host="127.0.0.1", port=0)
    running.start()
    request = f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
    host, port = running.url.removeprefix("http://").split(":")
    try:
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(request)
            assert connection.recv(65536).startswith(b"HTTP/1.1 4")
            for piece in (request[:10], request[10:30], request[30:]):
                connection.sendall(piece)
                time.sleep(0.2)
            assert connection.recv(65536).startswith(b"HTTP/1.1 4")
    finally:
        running.stop()
