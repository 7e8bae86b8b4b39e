import asyncio
import http.client
import io
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import aiohttp
import httpx
import httpx2
import pytest
import requests
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers, Response
from cbmock.testing import client_responses
from cbmock.triggers import key_evaluation
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.support.rows import each_row

ANSWER = b'{"id": 5}'


class _Sender(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(int(self.headers.get("x-status", "201")))
        self.send_header("Location", "/jobs/9")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def url():
    server = HTTPServer(("127.0.0.1", 0), _Sender)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/subs?cb=http%3A%2F%2Fm"
    server.shutdown()
    thread.join()
    server.server_close()


def with_httpx(url):
    return httpx.post(url, content=b'{"a": 1}', headers={"X-U": "u"})


def with_httpx2(url):
    return httpx2.post(url, content=b'{"a": 1}', headers={"X-U": "u"})


def with_requests(url):
    return requests.post(url, data=b'{"a": 1}', headers={"X-U": "u"}, timeout=5)


@pytest.mark.parametrize("client", [with_httpx, with_httpx2, with_requests])
def test_the_response_of_a_client_is_read(url, client):
    found = client_responses.read(client(url))
    assert (found.request.method, found.url) == ("POST", url)
    assert found.request.target == "/subs?cb=http%3A%2F%2Fm"
    assert found.request.headers["x-u"] == "u"
    assert found.request.body == b'{"a": 1}'
    assert (found.response.status, found.response.body) == (201, ANSWER)
    assert found.response.headers["location"] == "/jobs/9"


FORM = {"url": "http://m"}


def multipart_of(client, file):
    def send(url):
        return client.post(url, data=FORM, files={"f": ("a.bin", file)})

    return send


@each_row(
    "send",
    [
        pytest.param(multipart_of(httpx, b"\x00"), id="httpx"),
        pytest.param(multipart_of(httpx2, b"\x00"), id="httpx2"),
        pytest.param(multipart_of(requests, b"\x00"), id="requests"),
        pytest.param(
            multipart_of(httpx, io.BytesIO(b"\x00")), id="httpx, an open file"
        ),
        pytest.param(
            multipart_of(requests, io.BytesIO(b"\x00")), id="requests, an open file"
        ),
    ],
)
def test_a_multipart_form_that_a_client_sent_is_read(url, send):
    found = client_responses.read(send(url))
    assert (found.unread, len(found.request.body)) == (
        frozenset(),
        int(found.request.headers["content-length"]),
    )
    assert b'name="url"\r\n\r\nhttp://m\r\n' in found.request.body


class Once(io.RawIOBase):
    """A file that can be read once, as a pipe can."""

    def __init__(self):
        self.rest = [b"\x00"]

    def fileno(self):
        raise OSError

    def read(self, _size=-1):
        return self.rest.pop() if self.rest else b""


def test_a_form_whose_file_is_used_up_is_not_taken_for_one_without(url):
    with io.BytesIO(b"\x00") as file:
        closed = httpx.post(url, data=FORM, files={"f": file})
    assert client_responses.read(closed).unread == {"request"}
    streamed = httpx.Request("POST", url, data=FORM, files={"f": Once()})
    assert "content-length" not in streamed.headers
    b"".join(streamed.stream)
    response = httpx.Response(201, request=streamed)
    assert client_responses.read(response).unread == {"request"}


def test_a_value_is_the_body_whatever_it_was_written_as():
    sent = ("POST", "http://a/x", [("Content-Type", "multipart/form-data")], b"", None)
    found = client_responses.read(((*sent, (), b""), FORM))
    assert (found.request.headers["content-type"], found.request.body) == (
        "application/json",
        b'{"url": "http://m"}',
    )
    with pytest.raises(
        ReceiverError, match="is not JSON serializable. Pass the body as"
    ):
        client_responses.read(((*sent, (), b""), aiohttp.FormData(FORM)))


def test_text_that_requests_sent_is_read_as_bytes(url):
    sent = requests.post(url, data={"a": "ü"}, timeout=5)
    assert client_responses.read(sent).request.body == b"a=%C3%BC"


def test_the_response_of_aiohttp_is_read_without_the_requests_body(url):
    async def send():
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=b"{}", headers={"X-U": "u"}) as response,
        ):
            await response.read()
            return client_responses.read(response)

    found = asyncio.run(send())
    # aiohttp itself writes the query with as few escapes as it may.
    sent = url.replace("%3A%2F%2F", "://")
    assert (found.request.method, found.url, found.request.body) == ("POST", sent, b"")
    assert found.request.headers["x-u"] == "u"
    assert (found.response.status, found.response.body) == (201, ANSWER)


def test_the_response_of_a_test_client_is_read():
    async def answer(_request):
        return JSONResponse({"id": 5}, status_code=201)

    app = Starlette(routes=[Route("/subs", answer, methods=["POST"])])
    with TestClient(app) as client:
        found = client_responses.read(client.post("/subs", json={"a": 1}))
    assert (found.url, found.request.body) == ("http://testserver/subs", b'{"a":1}')
    assert found.response.status == 201


def with_urllib(url):
    request = urllib.request.Request(url, b'{"a": 1}', {"X-U": "u"})
    with urllib.request.urlopen(request) as response:
        return request, response, response.read()


def with_http_client(url):
    request = ("POST", url, {"X-U": "u"}, b'{"a": 1}')
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    path = url.removeprefix(f"http://{connection.host}:{connection.port}")
    connection.request("POST", path, request[3], request[2])
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return request, response, answer


@pytest.mark.parametrize("client", [with_urllib, with_http_client])
def test_the_request_and_response_of_the_standard_library_are_read(url, client):
    request, response, answer = client(url)
    found = client_responses.read((request, response, answer))
    assert (found.request.method, found.url) == ("POST", url)
    assert found.request.headers["x-u"] == "u"
    assert found.request.body == b'{"a": 1}'
    assert (found.response.status, found.response.body) == (201, ANSWER)
    assert found.response.headers["location"] == "/jobs/9"
    # What is not passed was not read: a key that needs it says so.
    assert client_responses.read((request, response)).unread == {"response"}


def test_an_error_of_urllib_is_a_response(url):
    request = urllib.request.Request(url, b"{}", {"X-Status": "409"})
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request)
    with error.value as response:
        found = client_responses.read((request, response, response.read()))
    assert (found.response.status, found.response.body) == (409, ANSWER)


def test_plain_parts_are_read():
    parts = ("post", "http://api/s", [("X-U", "u")], "text", 202, {"L": "/x"}, b"ok")
    assert client_responses.read(parts) == key_evaluation.exchange(
        "POST",
        "http://api/s",
        Headers.of([("X-U", "u")]),
        b"text",
        Response(202, Headers.of([("L", "/x")]), b"ok"),
    )


def test_an_exchange_without_a_response_is_read():
    parts = ("GET", "http://api/s", None, None, None, None, None)
    assert client_responses.read(parts) == key_evaluation.exchange(
        "GET", "http://api/s", Headers(), b""
    )


def test_an_exchange_is_what_it_is():
    found = key_evaluation.exchange("GET", "http://api/s", Headers(), b"")
    assert client_responses.read(found) is found


@each_row("other", [None, "text", (1, 2), object()])
def test_anything_else_is_a_wrong_set_up(other):
    with pytest.raises(
        ReceiverError, match="is not a response that a trigger can be read"
    ):
        client_responses.read(other)
