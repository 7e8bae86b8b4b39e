"""What HTTP/2 does not have to take: each limit, and what is no HTTP/2."""

import contextlib
import time

import pytest
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, StreamEnded, StreamReset
from h2.settings import SettingCodes

from tests.support.http2_sender import BODY, Http2Sender, never, one_has_ended
from tests.support.rows import each_row
from tests.support.waiting import until
from tests.support.wire import Server


@pytest.fixture
def serving():
    """Start a server that speaks HTTP/2; ended with the test."""
    started = []

    def start(**limits):
        started.append(Server(http2=True, **limits).__enter__())
        return started[-1]

    yield start
    for each in started:
        each.__exit__()


def large_fields(sender):
    sender.begin(1, ("x-large", "x" * 3000))


def large_target(sender):
    sender.begin(target="/" + "x" * 1500)


def large_body(sender):
    sender.begin()
    sender.send(body=b"x" * 3000, ends=False)


def large_stated_body(sender):
    sender.begin(1, ("content-length", "3000"))


def stalled_body(sender):
    sender.begin()
    sender.send(body=BODY[:10], ends=False)


LIMITS = {"head": 2000, "target": 1000, "body": 2000, "half_sent": 0.3}


@each_row(
    ("act", "status", "code"),
    [
        (large_fields, 431, "head-too-large"),
        (large_target, 414, "target-too-long"),
        (large_body, 413, "too-large"),
        (large_stated_body, 413, "too-large"),
        (stalled_body, 408, "request-timeout"),
    ],
)
def test_what_is_beyond_a_limit_is_refused_recorded_and_read_no_further(
    act, status, code
):
    with Server(http2=True, **LIMITS) as server, Http2Sender(server) as sender:
        act(sender)
        sender.read(lambda sender: sender.of(StreamReset))
        assert sender.statuses == {1: status}
        assert [each.error_code for each in sender.of(StreamReset)] == [0]
        sender.post(3)
        sender.read(lambda sender: 3 in sender.statuses)
        assert sender.statuses == {1: status, 3: 200}
        assert [[each[0] for each in record[3]] for record in server.records] == [
            [code],
            [],
        ]


HEAD = b"\x00\x01\x00\x01\x04\x00\x00\x00\x01"


@each_row(
    ("sent", "detail"),
    [
        (HEAD, "the rest of the request did not arrive within 0.3 s"),
        (HEAD[:4], "the rest of the request did not arrive within 0.3 s"),
        (
            b"\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82",
            "the rest of the request did not arrive within 0.3 s",
        ),
        (
            b"\x00\x00\x01\x00\x00\x00\x00\x00\x00x",
            "what arrived is not HTTP/2: Received frame with invalid header: ",
        ),
        (
            b"\xff" * 9,
            "what arrived is not HTTP/2: a frame of 16777215 bytes, at most 16384",
        ),
        (b"\x00\x00\x02\x01\x05\x00\x00\x00\x01\xff\xff", "what arrived is not HTTP/2"),
    ],
)
def test_what_is_no_frame_ends_the_connection_and_is_recorded(sent, detail):
    with Server(http2=True, half_sent=0.3) as server, Http2Sender(server) as sender:
        sender.post(3)
        sender.wire.sendall(sent)
        sender.read(never, opens=False)
        assert sender.is_closed
        assert sender.statuses == {3: 200}
        (record,) = [each for each in server.records if each[0] == "malformed"]
        assert record[:3] == ("malformed", "", "")
        assert record[3][0][1][: len(detail)] == detail


def test_a_stream_that_was_refused_is_not_ended_on_a_broken_connection(
    serving, monkeypatch, caplog
):
    monkeypatch.setattr("cbmock.server.http2.output.LINGERS", 0.5)
    server = serving(body=10, half_sent=0.1)
    with Http2Sender(server) as sender:
        sender.begin()
        sender.send(ends=False)
        sender.read(lambda sender: sender.of(StreamEnded))
        sender.wire.sendall(HEAD[:4])
        sender.read(never, opens=False)
        until(lambda: not server.connections)
    assert caplog.messages == []


def test_a_head_far_beyond_the_limit_ends_the_connection(serving):
    server = serving(head=2000)
    with Http2Sender(server) as sender:
        sender.begin(1, ("x-large", "x" * 10_000))
        sender.read(never)
        (end,) = sender.of(ConnectionTerminated)
    assert end.error_code == ErrorCodes.ENHANCE_YOUR_CALM
    assert [record[3][0][0] for record in server.records] == ["head-too-large"]


def test_a_connection_without_a_request_is_closed(serving):
    with Http2Sender(serving(idle=0.3)) as sender:
        began = time.monotonic()
        sender.read(never)
        assert time.monotonic() - began < 3
        (end,) = sender.of(ConnectionTerminated)
        assert end.error_code == 0


def test_streams_beyond_the_most_are_refused_and_may_be_tried_again(serving):
    """A client may begin more before it has read how many there may be."""
    server = serving()
    streams = range(1, 241, 2)
    with Http2Sender(server) as sender:
        for number in streams:
            sender.begin(number)
        sender.read(lambda sender: len(sender.of(StreamReset)) == 20)
        refused = {each.stream_id: each.error_code for each in sender.of(StreamReset)}
        assert refused == dict.fromkeys(streams[100:], ErrorCodes.REFUSED_STREAM)
        for number in streams[:100]:
            sender.send(number)
        sender.read(lambda sender: len(sender.statuses) == 100)
        sender.post(241)
        sender.read(lambda sender: 241 in sender.statuses)
        assert {*sender.statuses.values()} == {200}
    assert len(server.records) == 101


def test_connections_of_http2_count_as_others(serving):
    server = serving(connections=2)
    with Http2Sender(server) as first, Http2Sender(server) as second:
        for each in (first, second):
            each.post()
            each.read(one_has_ended)
        assert server.connections == 2
        assert server.statuses(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == [503]
        second.wire.close()
        until(lambda: server.connections == 1)
    assert [record[3][0][0] for record in server.records[2:]] == [
        "too-many-connections"
    ]


def test_a_client_that_takes_nothing_of_an_answer_is_parted_with(serving):
    server = serving(idle=0.3)
    with Http2Sender(server, {SettingCodes.INITIAL_WINDOW_SIZE: 10}.items()) as sender:
        sender.begin(target="/_cbmock/api/health", method="GET", ends=True)
        began = time.monotonic()
        try:
            sender.read(never, opens=False)
        except ConnectionResetError:
            sender.is_closed = True
        assert sender.is_closed
        assert time.monotonic() - began < 3
        assert not server.connections


def test_a_request_whose_client_resets_it_is_recorded(serving):
    server = serving()
    with Http2Sender(server) as sender:
        sender.begin()
        sender.http.reset_stream(1)
        sender.post(3)
        sender.read(lambda sender: 3 in sender.statuses)
    assert [(each[0], [one[0] for one in each[3]]) for each in server.records] == [
        ("malformed", ["incomplete"]),
        ("matched", []),
    ]


def test_a_request_that_its_connection_does_not_live_to_see_is_recorded(serving):
    server = serving()
    with Http2Sender(server) as sender:
        sender.begin()
        sender.send(body=BODY[:10], ends=False)
    until(lambda: server.records)
    assert [record[3][0][0] for record in server.records] == ["incomplete"]


def test_a_client_that_sends_no_more_gets_its_answers(serving):
    server = serving()
    server.script(delay=0.3, body="later")
    with Http2Sender(server) as sender:
        sender.post()
        sender.wire.shutdown(1)
        sender.read(never)
        assert (sender.statuses, sender.body) == ({1: 200}, b"later")


def test_a_client_that_sends_no_more_is_not_kept_for_an_answer_that_never_comes(
    serving,
):
    server = serving()
    server.script(fault="silence")
    with Http2Sender(server) as sender:
        sender.post()
        sender.wire.shutdown(1)
        sender.read(never)
        assert (sender.is_closed, sender.statuses) == (True, {})
    until(lambda: not server.connections)


def test_a_client_that_ends_amid_a_head_and_takes_nothing_is_parted_with(serving):
    server = serving(idle=0.3)
    with Http2Sender(server, {SettingCodes.INITIAL_WINDOW_SIZE: 0}.items()) as sender:
        sender.post()
        sender.wire.sendall(HEAD[:4])
        sender.wire.shutdown(1)
        with contextlib.suppress(ConnectionResetError):
            sender.read(never)
    until(lambda: not server.connections)
    assert [each[3] and each[3][0][0] for each in server.records] == [[], "incomplete"]


@each_row(
    ("fault", "statuses", "body"),
    [
        ("reset", {}, b""),
        ("silence", {}, b""),
        ("half", {1: 200}, b"01234"),
        ("slow", {1: 200}, b"0123456789"),
    ],
)
def test_a_scripted_fault_is_one_of_its_stream(fault, statuses, body):
    with Server(http2=True) as server, Http2Sender(server) as sender:
        server.script(fault=fault, delay=0.1, body="0123456789")
        sender.post()
        sender.read(one_has_ended)
        assert (sender.statuses, sender.body) == (statuses, body)
        assert bool(sender.of(StreamReset)) == (fault != "slow")
        server.app.scripts.remove()
        sender.post(3)
        sender.read(lambda sender: 3 in sender.statuses)
        assert sender.statuses[3] == 200


def test_thousands_of_requests_of_one_connection_are_answered(serving):
    server = serving()
    with Http2Sender(server) as sender:
        for number in range(1, 5001, 2):
            sender.post(number)
            sender.read(lambda sender, at=number: at in sender.statuses)
            sender.events = sender.events[-3:]
    assert len(server.records) == 2500


def test_a_large_answer_comes_in_the_parts_that_its_client_takes(serving):
    server = serving()
    server.script(body="x" * 3_000_000)
    with Http2Sender(server) as sender:
        sender.post()
        sender.read(one_has_ended)
        assert len(sender.body) == 3_000_000


def test_requests_of_one_connection_do_not_wait_for_each_other(serving):
    server = serving()
    with Http2Sender(server) as sender:
        wait = "/_cbmock/api/calls/wait?count=1&timeout=5"
        sender.begin(1, target=wait, method="GET", ends=True)
        sender.post(3)
        sender.read(lambda sender: len(sender.of(StreamEnded)) == 2)
        assert sender.statuses == {1: 200, 3: 200}


def test_requests_of_several_connections_are_taken_together(serving, monkeypatch):
    server, at_once = serving(), []
    take = server.app.take

    def counted(arrived):
        at_once.append(len(arrived))
        return take(arrived)

    monkeypatch.setattr(server.app, "take", counted)
    monkeypatch.setattr(server.app, "gathers", True)
    with contextlib.ExitStack() as opened:
        senders = [opened.enter_context(Http2Sender(server)) for _ in range(8)]
        for each in senders:
            each.post()
            each.read(one_has_ended)
        loop = server.running._server._loop
        loop.call_soon_threadsafe(time.sleep, 0.5)  # all have arrived then
        for each in senders:
            each.post(3)
        for each in senders:
            each.read(lambda sender: len(sender.of(StreamEnded)) == 2)
    assert (at_once[:8], max(at_once[8:]) > 1) == ([1] * 8, True)
    assert len(server.app.journal) == 16


def test_the_answer_to_head_has_no_body(serving):
    with Http2Sender(serving()) as sender:
        sender.begin(method="HEAD", ends=True)
        sender.read(one_has_ended)
        assert (sender.statuses, sender.body) == ({1: 405}, b"")
