"""Bytes on a connection: what each of them is answered, and how it is recorded."""

import math
import socket
import struct
import time

import pytest

from tests.support.invoices import TARGET
from tests.support.waiting import until
from tests.support.wire import BODY, GOOD, HEALTH, PATH, Server, line, post, read


@pytest.fixture(scope="module")
def server():
    with Server(idle=0.5) as running:
        yield running


@pytest.fixture(autouse=True)
def _forgotten(request):
    yield
    if "server" in request.fixturenames:
        request.getfixturevalue("server").app.journal.clear()


TLS = "a TLS handshake: the sender used https://, but this mock speaks http"
HTTP2 = "HTTP/2 with prior knowledge: this mock speaks HTTP/1.1"


@pytest.mark.parametrize(
    ("data", "status", "method", "target", "code", "detail"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00", 400, "", "", "malformed-http", TLS),
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            400,
            "PRI",
            "*",
            "malformed-http",
            HTTP2,
        ),
        (line(b"GET /x", host=b""), 400, "GET", "/x", "malformed-http", "Host"),
        (
            line(b"GET /x", b"Host: y"),
            400,
            "GET",
            "/x",
            "malformed-http",
            "2 Host headers",
        ),
        (
            line(b"GET /x", host=b"Host: a b\r\n"),
            400,
            "GET",
            "/x",
            "malformed-http",
            "'a b' is not valid",
        ),
        (
            line(b"GET /x", host=b"Host: a/b\r\n"),
            400,
            "GET",
            "/x",
            "malformed-http",
            "'a/b' is not valid",
        ),
        (
            line(
                b"POST /x",
                b"Transfer-Encoding: gzip, chunked",
                body=b"0\r\n\r\n",
            ),
            501,
            "POST",
            "/x",
            "transfer-encoding",
            "'gzip, chunked' is not supported",
        ),
        (
            line(b"POST /x", b"Transfer-Encoding: foo", body=b"x"),
            501,
            "POST",
            "/x",
            "transfer-encoding",
            "'foo' is not supported",
        ),
        (b"GET /x\r\n\r\n", 505, "GET", "/x", "http-version", "HTTP/0.9"),
        (
            b"GET /x HTTP/1.2\r\nHost: x\r\n\r\n",
            505,
            "GET",
            "/x",
            "http-version",
            "HTTP/1.2 is not supported",
        ),
        (
            b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
            505,
            "GET",
            "/",
            "http-version",
            "HTTP/2.0 is not supported",
        ),
        (line(b"FOO /x"), 501, "FOO", "/x", "unknown-method", "'FOO'"),
        (b"no HTTP\r\n\r\n", 400, "no", "HTTP", "malformed-http", "not an HTTP/1.1"),
        (
            line(b"POST /x", b"Content-Length: 1, 1", body=b"x"),
            400,
            "POST",
            "/x",
            "malformed-http",
            "Content-Length",
        ),
        (
            line(
                b"POST /x",
                b"Content-Length: 1",
                b"Transfer-Encoding: chunked",
                body=b"0\r\n\r\n",
            ),
            400,
            "POST",
            "/x",
            "malformed-http",
            "Transfer-Encoding",
        ),
        (line(b"GET /x", b"A : b"), 400, "GET", "/x", "malformed-http", "header"),
        (
            line(b"GET /x", b"A: b\r\n c"),
            400,
            "GET",
            "/x",
            "malformed-http",
            "whitespace",
        ),
        (b"GET /x HTTP/1.1\nHost: x\n\n", 400, "GET", "/x", "malformed-http", "CRLF"),
    ],
)
def test_what_is_no_request_is_answered_and_recorded_in_words(
    server, data, status, method, target, code, detail
):
    for before in (b"", GOOD):
        assert server.statuses(before + data)[-1] == status
        outcome, *request, violations = server.records[-1]
        assert (outcome, *request) == ("malformed", method, target)
        assert [each for each, _ in violations] == [code]
        assert detail in violations[0][1]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (line(b"FOO " + TARGET.encode()), 405),
        (line(b"post " + TARGET.encode()), 405),
        (line(b"DESCRIBE " + TARGET.encode()), 405),
        (b"GET / HTTP/1.0\r\n\r\n", 200),
        (line(b"OPTIONS *"), 404),
        (line(b"CONNECT example.com:443"), 404),
        (line(b"POST http://other" + TARGET.encode(), b"Content-Length: 0"), 422),
    ],
)
def test_what_is_odd_and_still_http_is_answered(server, data, status):
    assert server.statuses(data, end=True) == [status]
    assert all(outcome != "malformed" for outcome, *_ in server.records)


def test_an_absolute_url_and_an_upgrade_are_served_as_any_other(server):
    for data in (
        post(target=b"http://any:1" + TARGET.encode()),
        post(b"Connection: Upgrade", b"Upgrade: h2c"),
        post(b"Expect: 100-continue"),
    ):
        answer = server.ask(data, end=True)
        assert b"HTTP/1.1 200 OK\r\n" in answer
    assert [call.valid for call in server.app.journal.calls()] == [True] * 3
    assert {call.target for call in server.app.journal.calls()} == {TARGET}


@pytest.mark.parametrize("scripted", [False, True])
@pytest.mark.parametrize(
    "fields", [(), (b"Expect: 100-continue",)], ids=["", "expects"]
)
def test_targets_are_recorded_as_sent_however_they_are_answered(scripted, fields):
    targets = ["/a%2Fb?", "/a?b", "/a", "/a??", "/a?#b", "http://x/a?", "http://x?"]
    with Server() as server:
        if scripted:
            server.script(status=202)
        for target in targets:
            server.ask(line(b"GET " + target.encode(), *fields), end=True)
        recorded = [call.target for call in server.app.journal.calls()]
        assert recorded == ["/a%2Fb?", "/a?b", "/a", "/a??", "/a?", "/a?", "/?"]


def test_trailers_are_kept_apart_from_headers(server):
    chunked = line(
        b"POST " + TARGET.encode(),
        b"Content-Type: application/json",
        b"Transfer-Encoding: chunked",
        body=b"%x\r\n%b\r\n0\r\nX-Signature: evil\r\n\r\n" % (len(BODY), BODY),
    )
    assert server.statuses(chunked, end=True) == [200]
    (call,) = server.app.journal.calls()
    assert (call.body, call.headers.get("x-signature")) == (BODY, None)


@pytest.mark.parametrize(
    ("limits", "data", "status", "code"),
    [
        ({"head": 300}, line(b"GET /x", b"A: " + b"a" * 400), 431, "head-too-large"),
        ({"head": 300}, b"GET /x HTTP/1.1\r\nA: " + b"a" * 400, 431, "head-too-large"),
        ({"target": 100}, line(b"GET /" + b"a" * 200), 414, "target-too-long"),
        (
            {"head": 300, "target": 100},
            b"GET /" + b"a" * 400,
            414,
            "target-too-long",
        ),
        ({"body": 20}, GOOD, 413, "too-large"),
        (
            {"body": 20},
            line(
                b"POST " + TARGET.encode(),
                b"Transfer-Encoding: chunked",
                body=b"10\r\n0123456789abcdef\r\n" * 3,
            ),
            413,
            "too-large",
        ),
        ({"half_sent": 0.1}, b"GET /x HT", 408, "request-timeout"),
        ({"half_sent": 0.1}, GOOD[:-4], 408, "request-timeout"),
    ],
)
def test_what_is_beyond_a_limit_is_refused_recorded_and_parted_with(
    limits, data, status, code
):
    with Server(**limits) as server:
        assert server.statuses(data) == [status]
        ((outcome, _, _, violations),) = server.records
        assert (outcome, [each for each, _ in violations]) == ("malformed", [code])


EXPECTS = post(b"Expect: 100-continue")


@pytest.mark.parametrize(
    ("limits", "data", "end", "code"),
    [
        ({"half_sent": 0.1}, EXPECTS[:-4], False, "request-timeout"),
        ({"body": 20}, EXPECTS, True, "too-large"),
        ({}, EXPECTS[:-4], True, "incomplete"),
        (
            {"half_sent": 0.1},
            line(
                b"POST " + TARGET.encode(),
                b"Expect: 100-continue",
                b"Transfer-Encoding: chunked",
                body=b"5\r\n01",
            ),
            False,
            "request-timeout",
        ),
        (
            {},
            line(
                b"POST " + TARGET.encode(),
                b"Expect: 100-continue",
                b"Transfer-Encoding: chunked",
                body=b"no chunk\r\n",
            ),
            False,
            "malformed-http",
        ),
        ({"half_sent": 0.1}, GOOD[:-4], False, "request-timeout"),
        ({}, GOOD[:-4], True, "incomplete"),
    ],
)
@pytest.mark.parametrize("before", [b"", GOOD, HEALTH], ids=["", "call", "control"])
def test_what_is_refused_is_recorded_once(limits, data, end, code, before):
    with Server(**limits) as server:
        server.ask(before + data, end=end)
        assert refused_codes(server, at_least=1) == [[code]]


@pytest.mark.parametrize("before", [b"", GOOD, HEALTH], ids=["", "call", "control"])
def test_what_a_sender_that_has_gone_began_is_recorded_once(before):
    with Server() as server:
        chunked = b"Transfer-Encoding: chunked"
        cut = line(b"POST /x", chunked, body=b"5\r\n01")
        for data in (EXPECTS[:-4], GOOD[:-4], cut):
            server.app.journal.clear()
            with server.connect() as connection:
                connection.sendall(before + data)
                if before:
                    assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            assert refused_codes(server, at_least=1) == [["incomplete"]]


def refused_codes(server, at_least):
    """Return the codes of what was refused, once there are so many, and a moment later."""

    def found():
        malformed = [each[3] for each in server.records if each[0] == "malformed"]
        return [[code for code, _ in codes] for codes in malformed]

    until = time.monotonic() + 10
    while len(found()) < at_least and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.15)
    return found()


@pytest.mark.parametrize("request_", [GOOD, EXPECTS], ids=["plain", "expects"])
def test_what_has_come_of_a_body_is_recorded(request_):
    with Server(half_sent=0.1) as server:
        server.ask(request_[:-4])
        (call,) = server.app.journal.calls()
    assert call.body == BODY[:-4]


def test_limits_hold_whichever_way_the_bytes_come():
    with Server(head=300, target=100) as server:
        pieces = [bytes([each]) for each in line(b"GET /x", b"A: b")]
        with server.connect() as connection:
            for piece in pieces:
                connection.sendall(piece)
            connection.recv(65536)
        with server.connect() as connection:
            for _ in range(10):
                connection.sendall(line(b"GET /x", b"A: " + b"a" * 200))
                assert connection.recv(65536).startswith(b"HTTP/1.1 404")
        assert {outcome for outcome, *_ in server.records} == {"unmatched"}


def test_a_body_over_the_limit_is_not_read_to_its_end():
    with Server(body=1000) as server, server.connect() as connection:
        connection.sendall(
            line(b"POST " + TARGET.encode(), b"Content-Length: 100000000")
        )
        connection.sendall(b"x" * 2000)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("more", [(), (b"Expect: 100-continue",)], ids=["", "expects"])
def test_a_body_whose_stated_length_is_over_the_limit_is_not_asked_for(more):
    with Server(body=1000) as server:
        fields = (b"Content-Type: application/json", b"Content-Length: 1001", *more)
        answer = server.ask(line(b"POST " + PATH, *fields))
        assert answer.startswith(b"HTTP/1.1 413")
        ((*_, violations),) = server.records
        assert [code for code, _ in violations] == ["too-large"]


@pytest.mark.parametrize("pieces", [1, 30])
def test_trailers_are_bounded_whichever_way_they_come(pieces):
    with Server(head=300) as server:
        fields = b"".join(b"A%d: %b\r\n" % (each, b"a" * 20) for each in range(30))
        chunks = b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(BODY), BODY, fields)
        sent = line(b"POST " + PATH, b"Transfer-Encoding: chunked", body=chunks)
        size = -(-len(sent) // pieces)
        parts = [sent[at : at + size] for at in range(0, len(sent), size)]
        assert server.statuses(*parts) == [431]


def test_a_connection_that_says_nothing_is_closed_and_no_call():
    with Server(idle=0.2) as server:
        began = time.monotonic()
        assert server.ask(b"") == b""
        assert 0.1 < time.monotonic() - began < 3
        assert server.records == []


@pytest.mark.parametrize("sent", [GOOD, post(b"Connection: close")])
def test_a_client_that_takes_nothing_of_its_answer_is_parted_with(sent):
    """Closing alone waits until all is sent."""
    with Server(idle=0.3) as server:
        server.script(body="x" * 9_000_000)
        with server.connect() as connection:
            connection.sendall(sent)
            until(lambda: len(server.app.journal) == 1)
            until(lambda: server.connections == 0)
            assert len(read(connection)) < 9_000_000


def test_one_connection_too_many_is_refused():
    with Server(connections=2) as server:
        with server.connect() as one, server.connect() as other:
            for each in (one, other):
                each.sendall(GOOD)
                assert each.recv(65536).startswith(b"HTTP/1.1 200")
            assert server.statuses(b"") == [503]
        assert server.records[-1][3][0][0] == "too-many-connections"


def test_a_head_that_its_sender_did_not_end_is_recorded(server):
    assert server.statuses(b"POST /x HT", end=True) == [400]
    ((outcome, method, _, violations),) = server.records
    assert (outcome, method) == ("malformed", "POST")
    assert violations == [
        ("incomplete", "the sender closed the connection before the head was complete")
    ]


@pytest.mark.parametrize(
    "path", ["health", "coverage", "calls", "operations", "calls/wait?count=0"]
)
def test_a_client_that_ends_its_half_gets_its_answer(server, path):
    question = line(b"GET /_cbmock/api/" + path.encode(), host=b"Host: localhost\r\n")
    assert server.statuses(question, end=True) == [200]


@pytest.mark.parametrize("more", [{"delay": 0.2}, {"delay": 0.2, "fault": "slow"}])
def test_a_sender_that_ends_its_half_gets_an_answer_of_a_script(server, more):
    server.script(json={"ok": True}, **more)
    try:
        assert server.statuses(GOOD, end=True) == [200]
    finally:
        server.app.scripts.remove()


def test_a_script_counts_that_comes_before_the_end_of_a_request(server):
    with server.connect() as connection:
        connection.sendall(GOOD[:-1])
        time.sleep(0.05)
        server.script(status=503)
        try:
            connection.sendall(GOOD[-1:])
            assert read(connection, until=bool).startswith(b"HTTP/1.1 503 ")
        finally:
            server.app.scripts.remove()


def test_control_requests_that_are_refused_are_no_calls(server):
    long = b"/_cbmock/api/calls?x=" + b"a" * 20_000
    assert server.statuses(line(b"GET " + long)) == [414]
    assert server.statuses(line(b"GET /_cbmock/api/health", host=b"")) == [400]
    assert server.statuses(b"GET /_cbmock/api/health HTTP/1.1\r\nA : b\r\n\r\n") == [
        400
    ]
    assert server.statuses(b"PUT /_cbmock/api/responses HTTP/1.1\r\n", end=True) == [
        400
    ]
    assert server.records == []


def test_a_wait_ends_with_its_client(server):
    connections = [server.connect() for _ in range(20)]
    for each in connections:
        each.sendall(
            line(
                b"GET /_cbmock/api/calls/wait?count=9&timeout=600",
                host=b"Host: localhost\r\n",
            )
        )
    waits = server.app.pending_waits
    until = time.monotonic() + 5
    while waits.count < 20 and time.monotonic() < until:
        time.sleep(0.01)
    assert waits.count == 20
    for each in connections:
        each.close()
    while waits.count and time.monotonic() < until:
        time.sleep(0.01)
    assert waits.count == 0


WAIT = line(
    b"GET /_cbmock/api/calls/wait?count=9&timeout=600", host=b"Host: localhost\r\n"
)


@pytest.mark.parametrize(
    "sent",
    [HEALTH + WAIT, WAIT + WAIT, WAIT + GOOD * 40, HEALTH * 40 + WAIT + b"POST /x"],
)
def test_a_wait_among_many_requests_ends_with_its_client(server, sent):
    waits = server.app.pending_waits
    with server.connect() as connection:
        connection.sendall(sent)
        until = time.monotonic() + 10
        while not waits.count and time.monotonic() < until:
            time.sleep(0.01)
        assert waits.count == 1
    while (waits.count or server.connections) and time.monotonic() < until:
        time.sleep(0.01)
    assert (waits.count, server.connections) == (0, 0)


def test_waits_are_bounded():
    with Server(waits=1) as server:
        question = line(
            b"GET /_cbmock/api/calls/wait?count=9&timeout=30",
            host=b"Host: localhost\r\n",
        )
        with server.connect() as first:
            first.sendall(question)
            until = time.monotonic() + 5
            while not server.app.pending_waits.count and time.monotonic() < until:
                time.sleep(0.01)
            with server.connect() as second:
                second.sendall(question)
                assert second.recv(65536).startswith(b"HTTP/1.1 503")


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        ({"delay": 30}, "nothing"),
        ({"delay": 30, "fault": "slow"}, "part"),
        ({"fault": "silence"}, "nothing"),
        ({"fault": "reset"}, "nothing"),
        ({"fault": "half"}, "part"),
        ({"delay": 0.01}, "whole"),
        ({"delay": 0.01, "fault": "slow"}, "whole"),
    ],
)
def test_a_call_says_how_much_of_its_answer_has_left(server, more, sent):
    """Fault 4.8."""
    server.script(json={"ok": True}, **more)
    try:
        with server.connect() as connection:
            connection.sendall(GOOD)
            until = time.monotonic() + 5
            while not server.app.journal.calls() and time.monotonic() < until:
                time.sleep(0.01)
            if sent != "nothing":
                end = b"" if sent == "part" else b"}"
                read(connection, lambda got: got and got.endswith(end))
            # Whoever resets has gone; who ends its half may still read.
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    finally:
        server.app.scripts.remove()
    (call,) = server.app.journal.calls()
    until = time.monotonic() + 5
    while call.sent != sent and time.monotonic() < until:
        time.sleep(0.01)
        (call,) = server.app.journal.calls()
    assert (call.sent, call.record()["response"]["sent"]) == (sent, sent)


@pytest.mark.parametrize("seconds", [math.inf, 1e300])
def test_a_client_may_have_all_time_of_the_world(seconds):
    with Server(idle=seconds, half_sent=seconds) as server:
        assert server.statuses(GOOD + HEALTH + GOOD, end=True) == [200] * 3
