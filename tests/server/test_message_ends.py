"""Where requests end does not depend on how their bytes come."""

import json
import select

import pytest
from cbmock.server import message_ends
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cost import growth
from tests.support.invoices import EVENT
from tests.support.wire import GOOD, PATH, Server, line, post

CHUNKED = line(
    b"POST " + PATH,
    b"Content-Type: application/json",
    b"Transfer-Encoding: chunked",
    body=b"5;a=b\r\n\r\n\r\n \r\n%x\r\n%b\r\n0\r\nX: y\r\n\r\n"
    % (len(json.dumps(EVENT)), json.dumps(EVENT).encode()),
)
EMPTY = line(b"GET /a")
BLANK = post(body=b"\r\n\r\nGET / HTTP/1.1\r\n\r\n")
WHOLE = (GOOD, CHUNKED, EMPTY, BLANK, b"\r\n" + GOOD)


@given(st.lists(st.sampled_from(WHOLE), max_size=5), st.integers(0, 60))
def test_what_follows_complete_requests_is_found(requests, cut):
    rest = GOOD[:cut]
    data = b"".join((*requests, rest))
    assert message_ends.after((data[:7], data[7:]), len(requests)) == rest


def test_what_follows_many_requests_is_found_in_linear_time():
    assert growth(lambda n: message_ends.after((GOOD * n,), n), 300) < 3


@pytest.fixture(scope="module")
def server():
    with Server(head=400, target=300) as server:
        yield server


@settings(max_examples=20)
@given(st.data())
def test_requests_in_one_stream_are_answered_however_it_is_cut(server, data):
    strange = line(b"FOO /x")
    sent = data.draw(
        st.lists(st.sampled_from((*WHOLE, strange)), min_size=1, max_size=4)
    )
    stream = b"".join(sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=2)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
    expected = {GOOD: 200, CHUNKED: 200, EMPTY: 404, BLANK: 400, strange: 501}
    statuses = [expected[each.removeprefix(b"\r\n")] for each in sent]
    assert server.statuses(*filter(None, pieces), end=True) == statuses


@pytest.mark.parametrize("cut", range(1, 6))
def test_a_method_that_no_parser_knows_may_come_in_pieces(server, cut):
    sent = GOOD + line(b"FOO /x")
    at = len(GOOD) + cut
    assert server.statuses(sent[:at], sent[at:], end=True) == [200, 501]


def test_a_method_may_come_byte_by_byte(server):
    pieces = [bytes([each]) for each in b"FOOBAR"]
    assert server.statuses(*pieces, line(b" /x"), end=True) == [501]


def test_many_small_requests_in_one_stroke_are_no_large_head(server):
    assert server.statuses(GOOD * 100 + GOOD[:50], end=True) == [200] * 100 + [400]


@pytest.mark.parametrize(
    ("begin", "more"),
    [(b"1;", b"a"), (b"0\r\nX: ", b"a"), (b"0\r\n", b"X: y\r\n")],
    ids=["a chunk extension", "a trailer", "trailers"],
)
def test_what_stands_around_a_body_is_bounded(server, begin, more):
    head = line(b"POST " + PATH, b"Transfer-Encoding: chunked")
    with server.connect() as connection:
        connection.sendall(head + begin)
        while not select.select([connection], [], [], 0.01)[0]:
            connection.sendall(more * 100)
        assert connection.recv(100).startswith(b"HTTP/1.1 431")


def test_trailers_in_one_stroke_are_bounded(server):
    head = line(b"POST " + PATH, b"Transfer-Encoding: chunked")
    trailers = b"X: %b\r\n" % (b"y" * 995) * 80  # more than a head may have
    assert server.statuses(head + b"0\r\n" + trailers + b"\r\n") == [431]


def test_what_cannot_be_read_is_what_is_left():
    good, bad = b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n:\r\n\r\n"
    assert message_ends.after([good + bad], 2) == bad
