"""The client that deliveries are sent by: what is written, and what is read."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from cbmock.firing import answer_bounds
from cbmock.firing.answer_bounds import NoResponse
from cbmock.firing.http_client import HttpClient
from cbmock.http.messages import Headers

from tests.support.rows import each_row

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    b"1\r\no\r\n1\r\nk\r\n0\r\nx-trailer: 1\r\n\r\n"
)
UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"
)


@asynccontextmanager
async def answering(*answers, ends=False):
    """Serve: each request gets the next answer; keep the octets and connections."""
    got, connections = [], []

    async def serve(reader, writer):
        connections.append(writer)
        while len(got) < len(answers):
            head = await reader.readuntil(b"\r\n\r\n")
            sized = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
            got.append(head + await reader.readexactly(int(sized or 0)))
            writer.write(answers[len(got) - 1])
            await writer.drain()
        if ends:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = HttpClient()
    try:
        yield client, url, got, connections
    finally:
        client.close()
        for each in connections:
            each.close()
        server.close()


def exchanged(*answers, method="POST", headers=(), body=b"", path="/", ends=False):
    """Send one request after the other; return the responses and what was served."""

    async def run():
        async with answering(*answers, ends=ends) as (client, url, got, connections):
            found = [
                await client.send(method, url + path, Headers.of(headers), body)
                for _ in answers
            ]
            return found, got, len(connections)

    return asyncio.run(run())


def test_a_request_is_written_with_its_host_and_length():
    _, (octets,), _ = exchanged(
        OK, headers=[("X-Own", "1")], body=b"{}", path="/a b?c=é"
    )
    head, _, body = octets.partition(b"\r\n\r\n")
    first, host, *fields = head.split(b"\r\n")
    assert (first, host[:16]) == (b"POST /a%20b?c=%C3%A9 HTTP/1.1", b"host: 127.0.0.1:")
    assert (fields, body) == ([b"X-Own: 1", b"content-length: 2"], b"{}")


def test_a_connection_is_used_again():
    responses, _, connections = exchanged(OK, OK, OK)
    assert ([each.body for each in responses], connections) == ([b"ok"] * 3, 1)


@each_row(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK, 200, b"ok"),
        (
            CHUNKED,
            200,
            b"ok",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nok", 200, b"ok"),
        (
            UPGRADED,
            101,
            b"",
        ),
    ],
    ids=["without-content", "interim", "chunked", "until-close", "upgrade"],
)
def test_a_response_ends_as_http_says(answer, status, body):
    (response,), _, _ = exchanged(answer, ends=True)
    assert (response.status, response.body) == (status, body)
    assert "link" not in response.headers
    assert "x-trailer" not in response.headers


def test_the_answer_to_a_head_has_no_body():
    responses, _, connections = exchanged(*[OK.removesuffix(b"ok")] * 2, method="HEAD")
    assert ([each.body for each in responses], connections) == ([b"", b""], 2)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "the connection was closed without an answer"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", "without an answer"),
        (b"nonsense\r\n\r\n", "the answer is not HTTP"),
    ],
)
def test_what_is_no_response_says_why(answer, reason):
    with pytest.raises(NoResponse, match=reason):
        exchanged(answer, ends=True)


def test_a_receiver_that_says_nothing_is_waited_for_in_vain(monkeypatch):
    monkeypatch.setattr(answer_bounds, "SILENCE", 0.02)
    with pytest.raises(NoResponse, match=r"no byte arrived for 0\.02 s"):
        exchanged(b"")


@pytest.mark.parametrize(
    ("url", "fields", "reason"),
    [
        ("http:///a", [], "the URL has no host"),
        ("http://x:70000/", [], "Port out of range"),
        ("http://127.0.0.1:1/", [("x", "a\r\nb: c")], "a line break"),
    ],
)
def test_what_cannot_be_sent_says_why(url, fields, reason):
    with pytest.raises(NoResponse, match=reason):
        asyncio.run(HttpClient().send("POST", url, Headers.of(fields), b""))


def test_who_is_named_in_a_url_is_authorized():
    async def run():
        async with answering(OK) as (client, url, got, _):
            await client.send("GET", url.replace("//", "//me:a%40b@"), Headers(), b"")
            return got[0]

    assert b"\r\nauthorization: Basic bWU6YUBi\r\n" in asyncio.run(run())
