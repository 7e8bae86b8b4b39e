import gzip
import socket
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from cbmock import Receiver
from cbmock.errors import ReceiverError
from cbmock.server import proxy
from cbmock.server.proxy import Forward, ProxyApp
from cbmock.server.run import Running
from cbmock.server.watch import Watch
from cbmock.triggers.missing_policy import MissingPolicy

from tests.support.invoices import DOCUMENT
from tests.support.rows import each_row
from tests.support.senders import running, sender


class Upstream(BaseHTTPRequestHandler):
    """Tells what it was asked, in the way that the path names."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.server.asked.append((self.command, self.path, self.headers.items()))
        length = self.headers.get("content-length")
        body = self.rfile.read(int(length)) if length else b""
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        self.server.bodies.append(body)
        getattr(self, self.path.partition("?")[0].strip("/"), self.plain)(body)

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def plain(self, _body):
        self.reply(200, b"hello", [("X-A", "1"), ("X-A", "2")])

    def hops(self, _body):
        fields = [("Connection", "keep-alive, X-Gone"), ("X-Gone", "1")]
        self.reply(200, b"", [*fields, ("Keep-Alive", "timeout=5"), ("X-Kept", "1")])

    def zipped(self, _body):
        self.reply(200, gzip.compress(b"hello"), [("Content-Encoding", "gzip")])

    def moved(self, _body):
        host = self.headers["host"]
        self.reply(307, b"", [("Location", f"http://{host}/invoices/")])

    def away(self, _body):
        self.reply(302, b"", [("Location", "http://elsewhere/x")])

    def broken(self, _body):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def endless(self, _body):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        try:
            while True:
                self.wfile.write(b"tick")
                time.sleep(0.02)
        except OSError:
            self.server.hung_up.set()

    def reply(self, status, body, headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""

    def none(self, _body):
        self.announce(204)

    def unmodified(self, _body):
        self.announce(304)

    def announce(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.close_connection = True

    def framed(self, _body):
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nhello\r\n0\r\n\r\n")
        self.close_connection = True

    def status(self, _body):
        self.reply(999, b"", [])

    def value(self, _body):
        self.reply(200, b"", [("X-Odd", "a\x01b")])


@pytest.fixture
def upstream():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.asked, server.bodies, server.hung_up = [], [], threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def in_front_of(app):
    front = Running(ProxyApp(app), host="127.0.0.1", port=0)
    front.start()
    try:
        with httpx2.Client(base_url=front.url, timeout=5) as client:
            yield client
    finally:
        front.stop()


@pytest.fixture
def client(upstream):
    with in_front_of(Forward(upstream.url)) as client:
        yield client


def test_requests_and_responses_pass_as_they_are(client, upstream):
    answer = client.post("/a%2Fb?c=%20d", content=b"\x00\xff", headers={"X-B": "3"})
    assert (answer.status_code, answer.content) == (200, b"hello")
    assert answer.headers.get_list("x-a") == ["1", "2"]
    (method, target, headers) = upstream.asked[0]
    assert (method, target, upstream.bodies[0]) == (
        "POST",
        "/a%2Fb?c=%20d",
        b"\x00\xff",
    )
    assert ("x-b", "3") in [(name.lower(), value) for name, value in headers]


@pytest.mark.parametrize("target", ["/a?", "/a", "/a??", "/a/?b="])
def test_a_target_passes_as_it_is(client, upstream, target):
    place = client.base_url.host, client.base_url.port
    with socket.create_connection(place, timeout=5) as raw:
        raw.sendall(f"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        assert raw.recv(1000).startswith(b"HTTP/1.1 200")
    assert upstream.asked[0][1] == target


def test_the_sender_is_told_who_asked(client, upstream):
    client.get("/x", headers={"X-Forwarded-For": "10.0.0.1", "Accept-Encoding": "br"})
    headers = {name.lower(): value for name, value in upstream.asked[0][2]}
    own = client.base_url.netloc.decode()
    assert headers["host"] == upstream.url.removeprefix("http://")
    assert headers["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"
    assert headers["x-forwarded-host"] == own
    assert headers["x-forwarded-proto"] == "http"
    assert headers["via"] == "1.1 cbmock"
    assert headers["accept-encoding"] == "br"
    assert "content-length" not in headers
    assert "transfer-encoding" not in headers


def test_what_is_meant_for_one_connection_goes_no_further(client, upstream):
    hops = {"Connection": "X-Own", "X-Own": "1", "TE": "trailers", "Upgrade": "h2c"}
    answer = client.get("/hops", headers={**hops, "X-Stays": "1"})
    names = {name.lower() for name, _ in upstream.asked[0][2]}
    assert "x-stays" in names
    assert not names & {"x-own", "te", "upgrade"}
    assert "x-gone" not in answer.headers
    assert "keep-alive" not in answer.headers
    assert answer.headers["x-kept"] == "1"


def test_nothing_is_added_that_the_client_did_not_send(client, upstream):
    place = client.base_url.host, client.base_url.port
    with socket.create_connection(place, timeout=5) as raw:
        raw.sendall(b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 200")
    names = {name.lower() for name, _ in upstream.asked[0][2]}
    forwarded = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via"}
    assert names == {"host", *forwarded}


def test_trailers_do_not_become_headers(client, upstream):
    place = client.base_url.host, client.base_url.port
    head = b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(place, timeout=5) as raw:
        raw.sendall(head + b"1\r\na\r\n0\r\nX-Trailer: t\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 200")
    assert upstream.bodies == [b"a"]
    assert "x-trailer" not in {name.lower() for name, _ in upstream.asked[0][2]}


@pytest.mark.parametrize(("path", "status"), [("/none", 204), ("/unmodified", 304)])
def test_an_answer_without_a_body_states_no_length(client, path, status):
    answer = client.get(path)
    assert (answer.status_code, answer.content) == (status, b"")
    assert client.get("/plain").text == "hello"


def test_the_length_of_an_answer_in_chunks_is_that_of_its_chunks(client, capfd, caplog):
    """RFC 9112 §6.3: Transfer-Encoding overrides a Content-Length that comes with it."""
    answer = client.get("/framed")
    assert (answer.text, answer.headers.get("content-length")) == ("hello", None)
    assert "Traceback" not in capfd.readouterr().err + caplog.text


@pytest.mark.parametrize("path", ["/status", "/value"])
def test_an_answer_that_cannot_be_handed_back_is_a_bad_gateway(client, path):
    assert client.get(path).status_code == 502


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("/../../admin", "/base/admin"),
        ("/a/../../admin?x=/../y", "/base/admin?x=/../y"),
        ("/%2e%2E/admin", "/base/admin"),
        ("/.%2e/./admin/..", "/base/"),
        ("/..", "/base/"),
        ("/a/.", "/base/a/"),
        ("/a.b/..c", "/base/a.b/..c"),
        ("/a%2Fb", "/base/a%2Fb"),
        ("*", "/base/*"),
        ("http://elsewhere", "/base/"),
        ("http://elsewhere?x", "/base/?x"),
    ],
)
def test_no_request_leaves_the_base_path(upstream, target, reached):
    with in_front_of(Forward(upstream.url + "/base")) as client:
        place = client.base_url.host, client.base_url.port
        with socket.create_connection(place, timeout=5) as raw:
            raw.sendall(f"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            raw.recv(1000)
    assert [asked[1] for asked in upstream.asked] == [reached]


def test_an_upload_that_is_cut_short_leaves_no_trace(client, upstream, capfd, caplog):
    place = client.base_url.host, client.base_url.port
    head = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n"
    for data in (head + b"half", head.replace(b"Content-Length: 100", b"X: 1") + b"x"):
        with socket.create_connection(place, timeout=5) as raw:
            raw.sendall(data)
            time.sleep(0.1)
    assert client.get("/plain").text == "hello"
    assert "Traceback" not in capfd.readouterr().err + caplog.text


def test_a_streamed_body_is_streamed_on(client, upstream):
    answer = client.post("/x", content=iter([b"one", b"two"]))
    assert answer.status_code == 200
    assert upstream.bodies == [b"onetwo"]


def test_a_compressed_response_stays_compressed(client):
    with client.stream("GET", "/zipped") as answer:
        assert gzip.decompress(b"".join(answer.iter_raw())) == b"hello"


def test_a_redirect_leads_through_the_proxy_again(client):
    own = str(client.base_url).rstrip("/")
    assert client.get("/moved").headers["location"] == f"{own}/invoices/"
    assert client.get("/away").headers["location"] == "http://elsewhere/x"


def test_a_sender_that_is_not_there_is_a_bad_gateway():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with in_front_of(Forward(nowhere)) as client:
            answer = client.post("/x", content=b"body")
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "The sender cannot be reached"
    assert "ConnectError" in answer.json()["detail"]


def test_a_sender_that_says_nothing_is_a_gateway_timeout(monkeypatch):
    monkeypatch.setattr(proxy, "_READ", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        with in_front_of(Forward(f"http://127.0.0.1:{port}")) as client:
            assert client.get("/x").status_code == 504


def test_a_response_that_breaks_off_breaks_off(client):
    with pytest.raises(httpx2.RemoteProtocolError):
        client.get("/broken")


def test_a_client_that_hangs_up_ends_the_senders_work(client, upstream):
    with client.stream("GET", "/endless") as answer:
        assert next(answer.iter_raw()).startswith(b"tick")
    assert upstream.hung_up.wait(5)


def test_what_is_no_http_is_refused(client):
    place = client.base_url.host, client.base_url.port
    with socket.create_connection(place, timeout=5) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 400")


@each_row("url", ["localhost:8000", "ftp://x", "http://", "http://x?a"])
def test_what_is_no_url_is_a_wrong_set_up(url):
    with pytest.raises(ReceiverError, match="is not a URL to forward requests to"):
        Forward(url)


def test_without_a_client_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "httpx2", None)
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ReceiverError, match=r"pip install 'openapi-receiver\[proxy\]'"):
        Forward("http://x")


def test_httpx_does_as_well(monkeypatch, upstream):
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with in_front_of(Forward(upstream.url)) as client:
        assert client.post("/x", content=b"a").text == "hello"


@pytest.mark.parametrize("how", ["background", "inline", "never"])
def test_a_sender_behind_the_proxy_is_watched(how):
    with Receiver(DOCUMENT) as cbmock, running(sender(how)) as url:
        host = cbmock._view.backend
        watch = Watch(
            Forward(url),
            host.app.triggers,
            policy=MissingPolicy(settle=0.1),
            token=lambda: None,
            last_call=lambda: host.journal.last_id,
            origin=url,
        )
        with in_front_of(watch) as client:
            asked = {"callback_url": cbmock.url}
            answer = client.post("/invoices/", params=asked, json={"id": "7"})
        assert answer.json() == {"id": 5}
        (trigger,) = host.app.triggers.seen()
        assert trigger.exchange.url.startswith(url + "/invoices/?callback_url=http")
        if how == "never":
            with pytest.raises(AssertionError, match="did not come within 0.1 s"):
                cbmock.verify()
            cbmock.allow_violations("missing-callback")
        else:
            cbmock.wait_for("invoice_notification", trigger=answer)
            cbmock.verify()
