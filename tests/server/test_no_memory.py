"""Where memory is short a request is refused in words, and nothing else suffers."""

import gc
import time

import pytest
from cbmock.journal import blocks, memory
from cbmock.server import body_buffer
from cbmock.server.body_buffer import BodyBuffer
from cbmock.server.request_parser import RequestParser

from tests.support.wire import GOOD, PATH, Server, line, post


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture(autouse=True)
def _quiet(server, caplog):
    yield
    server.app.journal.clear()
    assert caplog.records == []


def once(monkeypatch, owner, name):
    """Let a function find no memory the first time that it is called."""
    real, calls = getattr(owner, name), []

    def short(*arguments, **options):
        calls.append(name)
        if len(calls) == 1:
            raise MemoryError
        return real(*arguments, **options)

    monkeypatch.setattr(owner, name, short)


WRONG = post(body=b"{}")
CHUNKED = line(
    b"POST " + PATH,
    b"Expect: 100-continue",
    b"Transfer-Encoding: chunked",
    body=b"2\r\n{}\r\n0\r\n\r\n",
)


@pytest.mark.parametrize(
    ("owner", "name"),
    [(blocks.Blocks, "append"), (memory.CallCodec, "pack")],
)
@pytest.mark.parametrize("data", [GOOD, CHUNKED])
def test_a_call_that_cannot_be_kept_is_to_be_sent_again(
    server, monkeypatch, owner, name, data
):
    failures = []
    monkeypatch.setattr(server.app, "on_journal_failure", failures.append)
    once(monkeypatch, owner, name)
    assert [each for each in server.statuses(data, end=True) if each != 100] == [503]
    assert [each.message for each in failures] == ["no memory is left for it"]
    assert server.records == []
    assert server.statuses(GOOD, end=True) == [200]
    assert len(server.records) == 1


@pytest.mark.parametrize("data", [WRONG, CHUNKED])
def test_a_call_that_cannot_be_judged_is_to_be_sent_again(server, monkeypatch, data):
    once(monkeypatch, server.app.mock, "receive")
    assert [each for each in server.statuses(data, end=True) if each != 100] == [503]
    assert server.records == []
    assert server.statuses(GOOD, end=True) == [200]


def test_a_call_that_cannot_be_recognised_is_judged_in_full(server, monkeypatch):
    assert server.statuses(GOOD, end=True) == [200]
    once(monkeypatch, server.app.mock, "recognise")
    assert server.statuses(GOOD + WRONG + GOOD, end=True) == [200, 422, 200]
    assert len(server.records) == 4


@pytest.mark.parametrize(
    ("owner", "name"), [(body_buffer.BodyBuffer, "add"), (RequestParser, "on_body")]
)
def test_a_body_that_there_is_no_room_for_is_refused(server, monkeypatch, owner, name):
    once(monkeypatch, owner, name)
    assert server.statuses(post(body=b"[1]")) == [413]
    ((outcome, method, _, violations),) = server.records
    assert (outcome, method) == ("malformed", "POST")
    assert violations == [
        ("too-large", "this machine has no memory left for the request")
    ]
    assert server.statuses(GOOD, end=True) == [200]


def test_a_block_is_whole_where_its_successor_finds_no_memory(monkeypatch):
    kept = blocks.Blocks()
    addresses = [kept.append(b"x" * 1000, bytes([number])) for number in range(60)]
    monkeypatch.setattr(blocks, "bytearray", short_of(2_000_000), raising=False)
    with pytest.raises(MemoryError):
        kept.append(b"y" * 3_000_000)
    addresses += [kept.append(b"x" * 1000, bytes([number])) for number in range(60, 90)]
    for number, address in enumerate(addresses):
        with kept.view(address) as view:
            assert bytes(view[:1001]) == b"x" * 1000 + bytes([number])


def short_of(most):
    def make(size):
        if size > most:
            raise MemoryError
        return bytearray(size)

    return make


@pytest.mark.parametrize(
    "sent", [b"Content-Length: 9000", b"Transfer-Encoding: chunked"]
)
def test_a_body_that_is_cut_short_needs_no_memory_until_the_collector_runs(
    server, sent
):
    def left():
        found = [each for each in gc.get_objects() if isinstance(each, BodyBuffer)]
        return [len(each.octets) for each in found]

    began = line(b"POST " + PATH, sent, body=b"1f40\r\n" + b" " * 8000)
    gc.collect()
    gc.disable()
    try:
        with server.connect() as connection:
            connection.sendall(began)
        until = time.monotonic() + 5
        while (found := (len(server.records), left())) != (1, []):
            assert time.monotonic() < until, found
            time.sleep(0.01)
    finally:
        gc.enable()
