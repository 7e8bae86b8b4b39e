"""Conversations with broken bytes: none may hang, fail the server or leave anything."""

import random
import socket
import time

import pytest

from tests.support.wire import GOOD, HEALTH, PATH, Server, line, post

LIMITS = {"half_sent": 0.2, "idle": 0.3, "body": 5000, "head": 2000, "target": 500}


def control(text, body=b""):
    fields = b"Content-Type: application/json", b"Content-Length: %d" % len(body)
    return line(text, *fields, host=b"Host: localhost\r\n", body=body)


SEEDS = (
    GOOD,
    HEALTH,
    post(b"Expect: 100-continue"),
    post(b"Connection: Upgrade", b"Upgrade: h2c"),
    line(b"FOO /x"),
    line(b"CONNECT a:1"),
    line(b"POST " + PATH, b"Transfer-Encoding: chunked", body=b"1\r\na\r\n0\r\n\r\n"),
    control(b"GET /_cbmock/api/coverage"),
    control(b"OPTIONS /_cbmock/api/coverage", b"body"),
    control(b"PUT /_cbmock/api/responses/new-subscription", b'{"status": 503}'),
    control(b"POST /_cbmock/api/triggers", b'{"method": "POST"}'),
    control(b"GET /_cbmock/api/calls/wait?timeout=0.05"),
    control(b"DELETE /_cbmock/api/calls"),
    b"\x16\x03\x01",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)
PIECES = (b"\r\n", b"\r\n\r\n", b" ", b":", b"/t/x", b"%00", b"../", b"\x00", b"\xff")


def mutated(chance, data):
    data = bytearray(data)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at = chance.randrange(len(data))
        if chance.random() < 0.5:
            data[at:at] = chance.choice(PIECES)
        else:
            del data[at : at + chance.randrange(1, 9)]
            data += b"x"
    return bytes(data)


def conversation(chance, server):
    """Send requests that may be broken; return what came back until the end."""
    data = b"".join(
        mutated(chance, chance.choice(SEEDS))
        for _ in range(chance.choice((1, 1, 2, 3)))
    )
    with server.connect() as connection:
        while data:
            size = chance.choice((len(data), chance.randrange(1, len(data) + 1)))
            try:
                connection.sendall(data[:size])
            except OSError:
                return b""  # refused already
            data = data[size:]
        if chance.random() < 0.5:
            connection.shutdown(socket.SHUT_WR)
        if chance.random() < 0.3:
            return b""  # gone before its answer
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionError:
            pass
        return answer


@pytest.mark.parametrize("seed", range(3))
def test_no_bytes_hang_or_fail_a_server(seed, caplog):
    chance = random.Random(seed)
    with Server(**LIMITS) as server:
        for _ in range(60):
            assert b"HTTP/1.1 500" not in conversation(chance, server)
        until = time.monotonic() + 5
        while server.connections and time.monotonic() < until:
            time.sleep(0.01)
        assert (server.connections, server.app.pending_waits.count) == (0, 0)
        assert server.statuses(GOOD, end=True) == [200]
    assert caplog.records == []
