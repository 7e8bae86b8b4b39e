"""HTTP/2 and TLS as senders speak them, on the server of a Receiver."""

import json
import socket
import ssl
import time
from urllib.parse import urlsplit

import httpx
import pytest
import trustme
from cbmock import Receiver
from cbmock.errors import ReceiverError
from h2.connection import H2Connection

from tests.support.invoices import DOCUMENT, EVENT

NAME = "invoice_notification"


def post(receiver, **client):
    with httpx.Client(timeout=10, **client) as sender:
        return sender.post(f"{receiver.url}/events/invoices/1", json=EVENT)


def said(receiver):
    """Return the violation's sentence of each call, None for a good one."""
    return [
        next((each.detail for each in call.violations), None) for call in receiver.calls
    ]


def test_http2_is_spoken_by_prior_knowledge():
    with Receiver(DOCUMENT, http2=True) as cbmock:
        answer = post(cbmock, http1=False, http2=True)
        (call,) = cbmock.calls
        older = post(cbmock)
    assert (answer.http_version, older.http_version) == ("HTTP/2", "HTTP/1.1")
    assert (call.json, call.valid, answer.status_code) == (EVENT, True, call.status)
    assert (
        call.url
        == f"{cbmock.url.partition('://')[0]}://{call.headers['host']}{call.target}"
    )


def test_http2_is_agreed_on_with_tls():
    with Receiver(DOCUMENT, http2=True, tls=True) as cbmock:
        trust = ssl.create_default_context(cafile=cbmock.ca_file)
        assert cbmock.url.startswith("https://")
        assert post(cbmock, http2=True, verify=trust).http_version == "HTTP/2"
        assert post(cbmock, verify=trust).http_version == "HTTP/1.1"
        assert [call.valid for call in cbmock.calls] == [True, True]
        assert {call.url for call in cbmock.calls} == {
            f"{cbmock.url}/events/invoices/1"
        }


def test_a_receiver_serves_https_that_is_trusted_by_its_file():
    cbmock = Receiver(DOCUMENT, tls=True)
    with pytest.raises(ReceiverError, match="start a Receiver with tls=True"):
        _ = cbmock.ca_file
    with cbmock:
        trust = ssl.create_default_context(cafile=cbmock.ca_file)
        assert post(cbmock, verify=trust).is_success
        (call,) = cbmock.calls
        assert call.url == f"{cbmock.url}/events/invoices/1"
        assert call.record()["request"]["scheme"] == "https"


@pytest.mark.parametrize("http2", [False, True])
def test_clients_are_asked_for_their_certificate(tmp_path, http2):
    authority = trustme.CA()
    own, clients = (
        authority.issue_cert(each) for each in ("127.0.0.1", "sender.example")
    )
    paths = {name: str(tmp_path / name) for name in ("ca", "cert", "key")}
    authority.cert_pem.write_to_path(paths["ca"])
    own.cert_chain_pems[0].write_to_path(paths["cert"])
    own.private_key_pem.write_to_path(paths["key"])
    trust = ssl.create_default_context(cafile=paths["ca"])
    with Receiver(
        DOCUMENT, tls=(paths["cert"], paths["key"]), client_ca=paths["ca"], http2=http2
    ) as cbmock:
        with pytest.raises(httpx.TransportError):
            post(cbmock, verify=trust)
        clients.configure_cert(trust)
        assert post(cbmock, verify=trust, http2=http2).is_success
        assert said(cbmock) == [
            "the sender showed no certificate, which the mock asks for",
            None,
        ]
        cbmock.allow_violations("malformed-http")


SENT = {
    "no TLS": b"POST /events/invoices/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "no TLS, and no HTTP": b"what is this\r\n\r\n",
    "HTTP/2 without TLS": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("http2", [False, True])
@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_who_speaks_no_tls_to_https_is_told_so(sent, http2):
    with Receiver(DOCUMENT, tls=True, http2=http2) as cbmock:
        answer = raw(cbmock, sent)
        told = (
            "a connection without TLS: the sender used http://, this mock speaks https"
        )
        assert said(cbmock) == [told]
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert told.encode() in answer
        cbmock.allow_violations("malformed-http")


def raw(receiver, sent, encrypted=None):
    """Send bytes, and read until the server ends the connection."""
    parts = urlsplit(receiver.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as plain:
        wire = plain if encrypted is None else encrypted.wrap_socket(plain)
        wire.sendall(sent)
        return b"".join(iter(lambda: wire.recv(2**16), b""))


@pytest.mark.parametrize("http2", [False, True])
def test_who_does_not_trust_the_certificate_is_told_of(http2):
    with Receiver(DOCUMENT, tls=True, http2=http2) as cbmock:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            post(cbmock)
        (call,) = wait_for_calls(cbmock, 1)
        assert said(cbmock) == [
            "the sender does not trust the mock's certificate, and ended the connection"
        ]
        assert (call.outcome, call.sent) == ("malformed", "nothing")
        cbmock.allow_violations("malformed-http")


def test_who_ends_the_connection_amid_the_handshake_is_told_of():
    with Receiver(DOCUMENT, tls=True) as cbmock:
        hello = ssl.MemoryBIO()
        context = ssl.create_default_context()
        client = context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        parts = urlsplit(cbmock.url)
        with socket.create_connection((parts.hostname, parts.port)) as wire:
            wire.sendall(hello.read())
            assert wire.recv(1)
        wait_for_calls(cbmock, 1)
        (told,) = said(cbmock)
        assert told == (
            "the sender ended the connection during the TLS handshake, as one may that "
            "does not trust the mock's certificate"
        )
        cbmock.allow_violations("incomplete")


def test_who_does_not_go_on_with_the_handshake_is_told_of():
    with Receiver(DOCUMENT, tls=True, limits={"half_sent": 0.2}) as cbmock:
        parts = urlsplit(cbmock.url)
        with socket.create_connection((parts.hostname, parts.port)) as wire:
            wire.sendall(b"\x16\x03\x01\x02\x00\x01")
            assert wire.recv(1) == b""
        wait_for_calls(cbmock, 1)
        assert said(cbmock) == ["the rest of the request did not arrive within 0.2 s"]
        cbmock.allow_violations("request-timeout")


def wait_for_calls(receiver, count):
    deadline = time.monotonic() + 5
    while len(receiver.calls) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return receiver.calls


def test_who_only_looks_whether_somebody_listens_is_no_call():
    with Receiver(DOCUMENT, tls=True) as cbmock:
        parts = urlsplit(cbmock.url)
        socket.create_connection((parts.hostname, parts.port)).close()
        trust = ssl.create_default_context(cafile=cbmock.ca_file)
        assert post(cbmock, verify=trust).is_success
        assert said(cbmock) == [None]


GARBAGE = {
    "no request": (b"GARBAGE\r\n\r\n", "what arrived is not an HTTP/1.1 request: "),
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", "an HTTP/1.1 request must have a Host"),
    "TLS": (b"\x16\x03\x01\x00\x05hello", "a TLS handshake: the sender used https"),
}


@pytest.mark.parametrize(("sent", "told"), GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_request_is_told_with_http2_too(sent, told):
    with Receiver(DOCUMENT, http2=True) as cbmock:
        assert raw(cbmock, sent).startswith(b"HTTP/1.1 400 ")
        (call,) = cbmock.calls
        assert call.violations[0].detail.startswith(told)
        cbmock.allow_violations("malformed-http")


def event_over_http2(receiver):
    """Return the bytes of a connection with one good request."""
    parts = urlsplit(receiver.url)
    connection = H2Connection()
    connection.initiate_connection()
    path = f"{parts.path}/events/invoices/1"
    head = {":method": "POST", ":path": path, ":scheme": parts.scheme}
    fields = {":authority": parts.netloc, "content-type": "application/json"}
    connection.send_headers(1, list((head | fields).items()))
    connection.send_data(1, json.dumps(EVENT).encode(), end_stream=True)
    return connection.data_to_send()


@pytest.mark.parametrize("tls", [False, True])
def test_the_beginning_of_http2_may_come_in_pieces(tls):
    with Receiver(DOCUMENT, http2=True, tls=tls) as cbmock:
        parts = urlsplit(cbmock.url)
        with socket.create_connection((parts.hostname, parts.port)) as plain:
            wire = plain
            if tls:
                trust = ssl.create_default_context(cafile=cbmock.ca_file)
                wire = trust.wrap_socket(plain, server_hostname=parts.hostname)
            for octet in event_over_http2(cbmock):
                wire.sendall(bytes([octet]))
            (call,) = wait_for_calls(cbmock, 1)
            wire.close()
        assert (call.json, call.valid) == (EVENT, True)


@pytest.mark.parametrize("tls", [False, True])
def test_a_client_that_stays_does_not_keep_the_server(tls):
    with Receiver(DOCUMENT, http2=True, tls=tls) as cbmock:
        trust = ssl.create_default_context(cafile=cbmock.ca_file) if tls else False
        client = httpx.Client(http1=tls, http2=True, verify=trust)
        url = f"{cbmock.url}/events/invoices/1"
        assert client.post(url, json=EVENT).is_success
        began = time.monotonic()
    assert time.monotonic() - began < 3
    client.close()


def test_an_idle_connection_of_http2_is_closed():
    with Receiver(DOCUMENT, http2=True, limits={"idle": 0.2}) as cbmock:
        began = time.monotonic()
        assert raw(cbmock, event_over_http2(cbmock))  # read to its end
        assert time.monotonic() - began < 4
        assert [call.valid for call in cbmock.calls] == [True]


def test_the_beginning_of_http2_alone_is_incomplete():
    with Receiver(DOCUMENT, http2=True) as cbmock:
        parts = urlsplit(cbmock.url)
        with socket.create_connection((parts.hostname, parts.port)) as wire:
            wire.sendall(b"PRI * HTTP/2")
        wait_for_calls(cbmock, 1)
        assert said(cbmock) == [
            "the sender closed the connection before the head was complete"
        ]
        cbmock.allow_violations("incomplete")


SECURED = {
    "openapi": "3.1.0",
    "info": {"title": "secured", "version": "1"},
    "webhooks": {
        "paid": {
            "post": {
                "security": [{"tls": []}],
                "responses": {"204": {"description": "taken"}},
            }
        }
    },
    "components": {"securitySchemes": {"tls": {"type": "mutualTLS"}}},
}


def test_mutual_tls_is_satisfied_where_clients_have_to_show_a_certificate(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with Receiver(SECURED, tls=True, client_ca=tmp_path / "ca.pem") as cbmock:
        trust = ssl.create_default_context(cafile=cbmock.ca_file)
        authority.issue_cert("sender.example").configure_cert(trust)
        httpx.post(cbmock.url_for("paid"), verify=trust)
        assert said(cbmock) == [None]
    with Receiver(SECURED, tls=True) as cbmock:
        trust = ssl.create_default_context(cafile=cbmock.ca_file)
        httpx.post(cbmock.url_for("paid"), verify=trust)
        assert said(cbmock) == [
            "not verified: the client certificate is not visible to the mock"
        ]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"client_ca": "ca.pem"}, "client_ca needs tls"),
        ({"tls": "none.pem"}, "certificate none.pem: No such file or directory"),
        ({"tls": __file__}, "a certificate and its key are needed, as PEM"),
        (
            {"tls": True, "client_ca": __file__},
            "cannot use the authority of clients .*: it holds no certificate, as PEM",
        ),
        (
            {"tls": True, "client_ca": "none.pem"},
            "cannot use the authority of clients none",
        ),
    ],
)
def test_what_cannot_be_loaded_is_a_wrong_set_up(given, wrong):
    with pytest.raises(ReceiverError, match=wrong):
        Receiver(DOCUMENT, **given).start()


def test_http2_without_its_extra_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ReceiverError, match=r"pip install 'openapi-receiver\[http2\]'"):
        Receiver(DOCUMENT, http2=True).start()
