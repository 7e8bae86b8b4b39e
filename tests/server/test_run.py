"""Servers as a whole: which addresses they listen at, and what they leave alone."""

import errno
import logging
import os
import signal
import socket
import ssl
import sys
import tempfile
import threading

import httpx2
import pytest
from cbmock import Receiver, sources
from cbmock.errors import ReceiverError
from cbmock.journal.memory import MemoryJournal
from cbmock.mock.mock import Mock
from cbmock.mock.responses import scripted_reply
from cbmock.server import tls
from cbmock.server.app import App
from cbmock.server.run import Running
from cbmock.server.sockets import listen

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.wire import read


def served():
    return App(Mock(sources.describe(DOCUMENT)), MemoryJournal())


@pytest.fixture
def start():
    started = []

    def begin(app=None, **more):
        running = Running(app or served(), **{"host": "127.0.0.1", "port": 0, **more})
        running.start()
        started.append(running)
        return running

    yield begin
    for each in started:
        each.stop()


def send(url, **more):
    return httpx2.post(url + TARGET, json=EVENT, **more).status_code


@pytest.mark.parametrize("host", ["localhost", "::"])
def test_localhost_and_every_address_are_reached_by_both_families(start, host):
    url = start(host=host).url
    port = url.rpartition(":")[2]
    assert url == f"http://localhost:{port}"
    for name in ("127.0.0.1", "[::1]", "localhost"):
        assert send(f"http://{name}:{port}") == 200


def test_a_port_that_is_taken_on_one_loopback_address_is_a_wrong_set_up():
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        with pytest.raises(ReceiverError, match="cannot listen on ::1:"):
            listen("localhost", taken.getsockname()[1])


@pytest.mark.parametrize("only", ["127.0.0.1", "::1"])
def test_one_loopback_address_is_enough_where_there_is_no_other(monkeypatch, only):
    monkeypatch.setattr("cbmock.server.sockets._is_here", lambda each: each == only)
    found = listen("localhost", 0)
    assert found.addresses == (only,)
    found.close()


def test_a_name_that_has_only_an_ipv6_address_is_listened_at(monkeypatch):
    place = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [place])
    found = listen("ip6-only", 0)
    assert found.addresses == ("::1",)
    found.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_cannot_start_lets_nobody_wait_for_an_answer(monkeypatch):
    def refuse():
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("cbmock.server.run.new_loop", lambda: refuse)
    with Receiver(DOCUMENT) as mock:
        with pytest.raises(httpx2.TransportError):
            send(mock.url, timeout=20)
        with pytest.raises(AssertionError) as nothing:
            mock.wait_for("invoice_notification", timeout=0)
    told = "  the mock's server has failed: OSError: [Errno 24] Too many open files"
    assert told in str(nothing.value)


def test_a_machine_without_a_family_of_addresses_is_a_wrong_set_up(monkeypatch):
    def refuse(*_):
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(ReceiverError) as refused:
        listen("::", 4020)
    assert refused.value == ReceiverError(
        "cannot listen on :::4020: Address family not supported by protocol."
    )


def test_a_throw_away_certificate_needs_a_folder_for_temporary_files(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(ReceiverError) as refused:
        tls.throwaway(("127.0.0.1",))
    assert refused.value == ReceiverError(
        "TLS without a certificate of your own needs a folder for temporary files: set "
        "TMPDIR to one that can be written."
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "http://127.0.0.1:{port}"),
        ("http://mock.example/", "http://mock.example"),
        ("http://host.docker.internal:{port}", "http://host.docker.internal:{port}"),
    ],
)
def test_a_public_url_may_hold_the_port(given, expected):
    found = listen("127.0.0.1", 0)
    port = found.sockets[0].getsockname()[1]
    assert found.public(given) == expected.replace("{port}", str(port))
    found.sockets[0].close()


def test_a_unix_socket_is_listened_at_as_well(start, tmp_path):
    path = str(tmp_path / "mock.sock")
    running = start(uds=path)
    transport = httpx2.HTTPTransport(uds=path)
    with httpx2.Client(transport=transport, base_url="http://localhost") as client:
        assert client.post(TARGET, json=EVENT).status_code == 200
        assert client.get("/_cbmock/api/health").json()["calls"] == 1
    assert send(running.url) == 200


def test_a_unix_socket_that_was_left_behind_is_replaced(start, tmp_path):
    path = tmp_path / "mock.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    start(uds=str(path))
    with pytest.raises(ReceiverError, match="cannot listen on .*mock.sock"):
        listen("127.0.0.1", 0, uds=str(path))


def test_a_socket_of_another_server_is_not_removed(tmp_path):
    path = tmp_path / "mock.sock"
    ended = listen("127.0.0.1", 0, uds=str(path))
    path.unlink()
    other = listen("127.0.0.1", 0, uds=str(path))
    ended.close()
    assert path.exists()
    other.close()
    assert not path.exists()


def test_what_is_no_socket_is_not_replaced(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with pytest.raises(ReceiverError, match="cannot listen on .*notes.txt"):
        listen("127.0.0.1", 0, uds=str(path))
    assert path.read_text() == "mine"


def test_tls_with_a_throw_away_certificate_is_trusted_by_its_authority(start):
    made = tls.throwaway(["127.0.0.1"])
    app = served()
    running = start(app, tls=made)
    trust = ssl.create_default_context(cadata=made.authority.decode())
    assert running.url.startswith("https://127.0.0.1:")
    assert send(running.url, verify=trust) == 200
    assert [call.valid for call in app.journal.calls()] == [True]
    with pytest.raises(httpx2.ConnectError):
        send(running.url)


def test_tls_with_a_certificate_of_ones_own(start, tmp_path):
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    for each in certificate.cert_chain_pems:
        each.write_to_path(str(chain), append=True)
    certificate.private_key_pem.write_to_path(str(key))
    running = start(tls=tls.from_files(str(chain), str(key)), host="localhost")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    assert send(running.url, verify=trust) == 200


@pytest.mark.parametrize("content", [None, "nonsense"])
def test_a_certificate_that_cannot_be_read_is_a_wrong_set_up(tmp_path, content):
    path = tmp_path / "chain.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ReceiverError, match="cannot use the certificate"):
        tls.from_files(str(path))


def test_tls_without_its_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(ReceiverError, match=r"pip install 'openapi-receiver\[tls\]'"):
        tls.throwaway([])


def test_a_host_that_no_certificate_can_name_is_a_wrong_set_up():
    with pytest.raises(ReceiverError) as refused:
        tls.throwaway(("my_service",))
    assert refused.value == ReceiverError(
        "cannot make a certificate for localhost, my_service: Codepoint U+005F at position 3 "
        "of 'my_service' not allowed. --ssl-certfile takes one of your own."
    )
    assert tls.throwaway(("",)).authority


def state():
    """Return what of the process a server might change."""
    loggers = [
        logging.getLogger(f"uvicorn{name}") for name in ("", ".error", ".access")
    ]
    return (
        [
            (each.level, each.handlers, each.propagate, each.disabled)
            for each in loggers
        ],
        signal.getsignal(signal.SIGINT),
        signal.getsignal(signal.SIGTERM),
    )


def test_nothing_of_the_process_is_changed(start):
    before = state()
    running = start()
    assert send(running.url) == 200
    assert state() == before
    running.stop()
    assert state() == before


def test_the_logs_of_an_api_in_this_process_stay_its_own(start, caplog):
    caplog.set_level(logging.INFO)
    access = logging.getLogger("uvicorn.access")
    access.addHandler(caplog.handler)
    try:
        running = start()
        assert send(running.url) == 200
        assert httpx2.get(running.url + "/_cbmock/api/calls").status_code == 200
        running.stop()
    finally:
        access.removeHandler(caplog.handler)
    assert [each for each in caplog.records if each.name.startswith("uvicorn")] == []


def test_without_httptools_everything_works_by_uvicorns_own_protocol(
    start, monkeypatch
):
    monkeypatch.setitem(sys.modules, "httptools", None)
    monkeypatch.delitem(sys.modules, "cbmock.server.protocol", raising=False)
    # What uvicorn chose before is chosen anew.
    monkeypatch.delitem(sys.modules, "uvicorn.protocols.http.auto", raising=False)
    monkeypatch.delitem(sys.modules, "cbmock.server.request_parser", raising=False)
    app = served()
    running = start(app)
    assert send(running.url) == 200
    assert httpx2.get(running.url + "/_cbmock/api/calls").json()["calls"][0]["valid"]
    operation = app.mock.names.find("invoice_notification")
    reply = scripted_reply.from_object({"status": 503, "delay": 0.05})
    app.scripts.put(operation, None, [reply])
    assert send(running.url) == 503
    running.stop()
    assert not [each for each in threading.enumerate() if each.name == "cbmock"]


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("http2", [False, True], ids=["http/1.1", "http/2"])
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_child_that_outlives_the_server_keeps_neither_port_nor_connection(
    start, monkeypatch, loop, http2
):
    """Fault 7.22."""
    if loop == "asyncio":
        monkeypatch.setitem(sys.modules, "uvloop", None)
    running = start(http2=http2)
    port = int(running.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sender:
        asked = b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n"
        whole = lambda answer: answer.endswith(b"openapi.json\n")  # noqa: E731
        sender.sendall(asked)
        assert read(sender, whole).startswith(b"HTTP/1.1 200")
        child = os.fork()
        if not child:
            try:
                signal.pause()
            finally:
                os._exit(0)
        try:
            sender.sendall(asked)
            assert read(sender, whole).startswith(b"HTTP/1.1 200")
            assert send(running.url) == 200
            running.stop()
            while sender.recv(1000):
                pass  # until it ends
            start(port=port, http2=http2)
            assert send(f"http://127.0.0.1:{port}") == 200
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
