"""One client that sends many requests at once: it holds up nobody, and gets its answers."""

import http.client
import threading
import time
from contextlib import suppress

import pytest
from cbmock.mock.responses.scripted_reply import Reply

from tests.support.wire import GOOD, HEALTH, PATH, Server, line, post, read

BAD = post(body=b"[]")
MANY = 400
LOCAL = b"Host: localhost\r\n"


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture(autouse=True)
def _forgotten(server):
    yield
    server.app.journal.clear()


def test_others_have_their_turn_between_the_requests_of_one(server, monkeypatch):
    take, at_once = server.app.take, []

    def counted(arrived):
        at_once.append(len(arrived))
        return take(arrived)

    monkeypatch.setattr(server.app, "take", counted)
    with server.connect() as greedy, server.connect() as other:
        for each in (greedy, other):
            each.sendall(GOOD)
            assert each.recv(65536).startswith(b"HTTP/1.1 200")
        reading = threading.Thread(target=read, args=[greedy])
        reading.start()
        greedy.sendall(BAD * MANY + line(b"GET /last", b"Connection: close"))
        other.sendall(GOOD)
        assert other.recv(65536).startswith(b"HTTP/1.1 200")
        reading.join(60)
    calls = list(server.app.journal.calls())
    assert (len(calls), calls[-1].target) == (MANY + 4, "/last")
    statuses = [call.status for call in calls]
    assert statuses.index(200, 2) < MANY
    assert max(at_once) < MANY / 10


@pytest.mark.parametrize("half_closes", [True, False])
def test_many_requests_are_answered_in_the_order_in_which_they_came(
    server, half_closes
):
    body = b'{"status": 200}'
    script = line(
        b"PUT /_cbmock/api/responses/nothing",
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
        host=b"Host: localhost\r\n",
        body=body,
    )
    chunks = line(
        b"POST " + PATH,
        b"Transfer-Encoding: chunked",
        b"Expect: 100-continue",
        body=b"1\r\n{\r\n0\r\n\r\n",
    )
    block = GOOD * 50 + HEALTH + BAD * 3 + script + chunks
    last = line(b"GET /last", b"Connection: close")
    found = server.statuses(block * 4 + last, end=half_closes)
    found = [each for each in found if each != 100]
    assert found == ([200] * 51 + [422] * 3 + [404, 400]) * 4 + [404]


def test_a_large_body_behind_a_request_that_waits_is_read(server):
    large = post(body=b'{"description":"%b","paid":true}' % (b"x" * 300_000))
    last = line(b"GET /last", b"Connection: close")
    assert server.statuses(HEALTH + large * 3 + last) == [200] * 4 + [404]
    assert server.statuses(GOOD * 40 + HEALTH + large * 3 + last) == [200] * 44 + [404]


def test_what_stands_behind_a_refused_request_is_read_and_dropped(server):
    found = server.statuses(GOOD * 40 + b"broken\r\n\r\n" + GOOD * 400)
    assert found == [200] * 40 + [400]
    assert len(server.records) == 41


WAIT = line(b"GET /_cbmock/api/calls/wait?text=nowhere&timeout=30", host=LOCAL)


def taken(connection, data):
    """Send until nothing has been taken for two seconds; return how much was."""
    connection.settimeout(2)
    sent = 0
    with suppress(TimeoutError):
        while sent < len(data):
            sent += connection.send(data[sent : sent + 65536])
    return sent


@pytest.mark.parametrize(
    ("first", "each"),
    [(b"", GOOD), (b"", BAD), (WAIT, GOOD)],
    ids=["of calls", "of what is wrong", "behind a wait"],
)
def test_a_client_that_reads_nothing_is_read_no_further(server, first, each):
    with server.connect() as greedy:
        greedy.sendall(first)
        sent = each * 200_000  # more than the buffers of any system
        assert taken(greedy, sent) < len(sent)
        assert server.statuses(GOOD, end=True) == [200]


def test_calls_of_one_connection_are_kept_in_the_order_in_which_they_came(server):
    assert server.statuses(GOOD, end=True) == [200]
    found = [200, 422, 200, 200, 422, 422, 200]
    sent = b"".join(GOOD if each == 200 else BAD for each in found)
    assert server.statuses(sent, end=True) == found
    assert [call.status for call in server.app.journal.calls()] == [200, *found]


class Held:
    """A place at which one request stops until another one has been answered."""

    def __init__(self):
        self.reached, self.answered = threading.Event(), threading.Event()
        self.waited = []

    def stop(self):
        self.reached.set()
        self.waited.append(self.answered.wait(5))


def asked_beside(server, path, held, until):
    """Return what is answered for `path`; while it is held, another call is answered."""
    with server.connect() as listing, server.connect() as other:
        listing.sendall(line(b"GET /_cbmock/api/" + path.encode(), host=LOCAL))
        assert held.reached.wait(5)
        other.sendall(GOOD)
        assert other.recv(65536).startswith(b"HTTP/1.1 200")
        held.answered.set()
        answer = read(listing, until)
    assert held.waited == [True]
    return answer


@pytest.mark.parametrize("path", ["calls", "deliveries", "coverage"])
def test_a_long_list_of_calls_holds_up_no_other(server, path, monkeypatch):
    each_, held = server.app.journal.each, Held()

    def each(**among):
        held.stop()
        return each_(**among)

    monkeypatch.setattr(server.app.journal, "each", each)
    assert asked_beside(server, path, held, bool).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("path", ["calls/wait?text=nowhere&timeout=0", "events"])
def test_reading_earlier_calls_holds_up_no_other(server, path, monkeypatch):
    listen_, held = server.app.journal.listen, Held()

    def slow(calls):
        held.stop()
        yield from calls

    def listen(listener, **among):
        return slow(listen_(listener, **among))

    assert server.statuses(GOOD, end=True) == [200]
    monkeypatch.setattr(server.app.journal, "listen", listen)
    asked_beside(
        server, path, held, lambda got: b" 408 " in got or b"event: call" in got
    )


def test_a_client_that_reads_nothing_gets_no_more_answers_ready(server):
    operation = server.app.mock.names.find("invoice_notification")
    played = []

    def large(call):
        played.append(call.id)
        return {"status": 200, "json": "x" * 4_000_000}

    server.app.scripts.put(operation, None, [Reply(by=large)])
    try:
        with server.connect() as greedy:
            greedy.sendall(GOOD * 20)
            time.sleep(3)
            before = len(played)
            assert before < 5
            got = 0
            while got < 20 * 4_000_000:
                got += len(greedy.recv(1_000_000))
    finally:
        server.app.scripts.remove()
    assert len(played) == 20


def test_a_body_that_comes_after_the_answer_before_it_is_read(server):
    head, separator, body = GOOD.partition(b"\r\n\r\n")
    with server.connect() as client:
        for sent in (HEALTH + head + separator, body):
            client.sendall(sent)
            answer = http.client.HTTPResponse(client)
            answer.begin()
            assert (answer.status, answer.read() != b"") == (200, True)
