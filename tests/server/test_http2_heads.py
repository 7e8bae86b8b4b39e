"""Heads of HTTP/2: one that is malformed is the fault of its request alone."""

import pytest
from h2.events import ConnectionTerminated, ResponseReceived, StreamEnded
from h2.settings import SettingCodes

from tests.support.http2_sender import BODY, Http2Sender, never
from tests.support.invoices import TARGET
from tests.support.rows import each_row
from tests.support.wire import Server, post

HEAD = {":method": "POST", ":scheme": "http", ":path": TARGET, ":authority": "x"}
KIND = {"content-type": "application/json"}
GOAWAY = b"\x00\x00\x08\x07" + b"\x00" * 13
OK = ("matched", "POST", TARGET, [])


@pytest.fixture
def server():
    with Server(http2=True) as started:
        yield started


def head(*fields, without="", **changed):
    """Return fields of a good request, with some pseudo-fields changed."""
    named = {f":{name}": value for name, value in changed.items()}
    pairs = [pair for pair in (HEAD | named).items() if pair[0][1:] != without]
    return [*pairs, *KIND.items(), *fields]


def ended(*numbers):
    return lambda sender: (
        {each.stream_id for each in sender.of(StreamEnded)} >= {*numbers}
    )


@each_row(
    ("fields", "detail"),
    [
        (head(("X-Upper", "s3cret")), "the field name 'X-Upper' is not valid"),
        (head(("x(y)", "s3cret")), "the field name 'x(y)' is not valid"),
        (head(("", "s3cret")), "the field name '' is not valid"),
        (
            head(("x-a", "s3cret\0")),
            "the value of x-a has a character that none may have",
        ),
        (
            head(("x-a", "s3cret\x7f")),
            "the value of x-a has a character that none may have",
        ),
        (head(("x-a", " s3cret")), "the value of x-a has spaces around it"),
        (head(("connection", "close")), "HTTP/2 has no field connection"),
        (
            head(("transfer-encoding", "chunked")),
            "HTTP/2 has no field transfer-encoding",
        ),
        (head(("te", "gzip")), "HTTP/2 has no other te than trailers"),
        (head((":late", "x")), "the field name ':late' is not valid"),
        (head((":method", "POST")), ":method is there twice, or behind other fields"),
        (
            [*KIND.items(), *HEAD.items()],
            ":method is there twice, or behind other fields",
        ),
        (head(protocol="websocket"), "the field name ':protocol' is not valid"),
        (head(without="scheme"), "the head has no :scheme"),
        (head(without="authority"), "the head has neither :authority nor host"),
        (head(("host", "y")), "host is another one than :authority"),
        (head(("host", "x"), ("host", "x")), "the request has 2 Host headers"),
        (head(("content-length", "5x")), "the content-length is not one number"),
        (head(("content-length", "5, 5")), "the content-length is not one number"),
        (
            head(("content-length", "5"), ("content-length", "6")),
            "the content-length is not one number",
        ),
    ],
)
def test_a_malformed_head_is_refused_and_recorded_on_its_stream_alone(fields, detail):
    with Server(http2=True) as server, Http2Sender(server) as sender:
        sender.begin(1)
        sender.begin_with(fields, 3)
        sender.send(1)
        sender.read(ended(1, 3))
        assert sender.statuses == {1: 200, 3: 400}
        assert server.records == [
            ("malformed", "POST", TARGET, [("malformed-http", MALFORMED + detail)]),
            OK,
        ]


MALFORMED = "what arrived is not an HTTP/2 request: "


@each_row(
    ("method", "target", "field"),
    [
        ("POST", TARGET, ("x-a", "1")),
        ("POST", TARGET, ("x-a", "\t".join("ab"))),
        ("POST", TARGET, ("x-a", b"\xff")),
        ("POST", TARGET, ("x-a", "")),
        ("POST", TARGET, ("x-a", "\x01")),
        ("POST", TARGET, ("x a", "1")),
        ("POST", TARGET, (b"x\xff", "1")),
        ("POST", TARGET, ("cookie", "a=1; b=2")),
        ("POST", TARGET, ("expect", "100-continue")),
        ("POST", TARGET, ("expect", "more")),
        ("POST", f"{TARGET}?q=a b", ("x-a", "1")),
        ("POST", f"{TARGET}?q=a\x7f", ("x-a", "1")),
        ("POST", TARGET.encode() + b"?q=\xc3\xa9", ("x-a", "1")),
        ("POST", f'{TARGET}?q="<>\\^`{{|}}', ("x-a", "1")),
        ("POST", f"{TARGET}#part", ("x-a", "1")),
        ("POST", f"http://y{TARGET}", ("x-a", "1")),
        ("POST", "invoices", ("x-a", "1")),
        ("POST", "*", ("x-a", "1")),
        ("post", TARGET, ("x-a", "1")),
        ("PURGE", TARGET, ("x-a", "1")),
        ("X" * 101, TARGET, ("x-a", "1")),
        ("P(", TARGET, ("x-a", "1")),
        (b"P\xff", TARGET, ("x-a", "1")),
    ],
)
def test_a_request_is_judged_as_by_http1(method, target, field):
    def octets(text):
        return text if isinstance(text, bytes) else text.encode()

    name, value = map(octets, field)
    line = octets(method) + b" " + octets(target)
    older = line + post(b"%b: %b" % (name, value)).removeprefix(
        b"POST " + TARGET.encode()
    )
    with Server(http2=True) as server, Http2Sender(server) as sender:
        (status,) = [each for each in server.statuses(older, end=True) if each != 100]
        sender.begin_with(head((name, value), method=method, path=target))
        if status != 400:
            sender.send()
        sender.read(ended(1))
        first, second = server.records
    assert sender.statuses == {1: status}
    assert _judged(second) == _judged(first)


def _judged(record):
    outcome, method, target, violations = record
    if outcome == "malformed":
        return outcome, [code for code, _ in violations]
    return outcome, method, target, violations


@each_row(
    ("stated", "bodies", "violation"),
    [
        (
            5,
            [BODY],
            (
                "malformed-http",
                "the body is longer than the 5 bytes that content-length states",
            ),
        ),
        (
            999,
            [BODY],
            (
                "incomplete",
                f"the body has {len(BODY)} bytes, content-length states 999",
            ),
        ),
        (1, [], ("incomplete", "the body has 0 bytes, content-length states 1")),
        (
            len(BODY) + 1,
            [BODY[:9], BODY[9:]],
            (
                "incomplete",
                f"the body has {len(BODY)} bytes, content-length states {len(BODY) + 1}",
            ),
        ),
    ],
)
@pytest.mark.parametrize("with_trailers", [False, True])
def test_a_body_has_the_length_that_is_stated(with_trailers, stated, bodies, violation):
    with Server(http2=True) as server, Http2Sender(server) as sender:
        sender.begin(1)
        sender.begin(3, ("content-length", str(stated)))
        for each in bodies:
            sender.send(3, each, ends=False)
        if with_trailers:
            sender.begin_with([("x-trailer", "1")], 3, ends=True)
        else:
            sender.send(3, b"")
        sender.send(1)
        sender.read(ended(1, 3))
        assert sender.statuses == {1: 200, 3: 400}
        assert not sender.of(ConnectionTerminated)
        assert server.records == [("malformed", "POST", TARGET, [violation]), OK]


@each_row("trailer", [(":path", "/"), ("X-Upper", "1"), ("x-a", "\x01")])
def test_malformed_trailers_are_refused_as_their_request(trailer):
    with Server(http2=True) as server, Http2Sender(server) as sender:
        sender.begin(1)
        sender.send(1, ends=False)
        sender.begin_with([trailer], 1, ends=True)
        sender.post(3)
        sender.read(ended(1, 3))
        assert sender.statuses == {1: 400, 3: 200}
        assert [record[0] for record in server.records] == ["malformed", "matched"]


def test_a_client_that_takes_its_leave_gets_the_answers_that_it_waits_for(server):
    server.script(delay=0.2, body="later")
    with Http2Sender(server) as sender:
        sender.begin(1)
        sender.post(3)
        sender.wire.sendall(GOAWAY)
        sender.send(1)
        sender.read(never)
        assert sender.is_closed
        assert sender.statuses == {1: 200, 3: 200}
    assert server.records == [OK, OK]


def test_what_breaks_the_connection_is_recorded_as_the_request_that_it_belongs_to(
    server,
):
    with Http2Sender(server) as sender:
        sender.begin(1)
        sender.wire.sendall(
            b"\x00\x00\x02\x00\x08\x00\x00\x00\x01\x09x"
        )  # padded too much
        sender.read(never)
    assert server.records == [
        (
            "malformed",
            "POST",
            TARGET,
            [
                (
                    "malformed-http",
                    "what arrived is not HTTP/2: Received frame with invalid padding.",
                )
            ],
        )
    ]


def test_an_answer_has_no_field_that_http2_does_not_have(server):
    server.script(headers={"te": "gzip", "connection": "close", "x-a": "1"})
    with Http2Sender(server) as sender:
        sender.post()
        sender.read(ended(1))
        ((_, _, *fields),) = [each.headers for each in sender.of(ResponseReceived)]
        assert (b"x-a", b"1") in fields
        assert not {b"te", b"connection"} & {name for name, _ in fields}


def test_few_fields_of_answers_are_remembered_for_any_client(server):
    with Http2Sender(server, {SettingCodes.HEADER_TABLE_SIZE: 2**20}.items()) as sender:
        sender.http.decoder.max_allowed_table_size = 2**20
        for at in range(1, 201, 2):
            server.script(headers={"x-large": f"{at}{'x' * 1000}"})
            sender.post(at)
            sender.read(ended(at))
        (connection,) = server.running._server._connections()
        assert len(connection._http.encoder.header_table.dynamic_entries) < 10
