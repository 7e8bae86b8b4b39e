"""HTTP/2 and TLS as senders speak them, on the server of a Receiver."""

import ssl
import sys

import httpx
import pytest
import trustme
from cbmock import Receiver
from cbmock.errors import ReceiverError

from tests.support.invoices import DOCUMENT, EVENT

NAME = "invoice_notification"


def post(receiver, **client):
    with httpx.Client(timeout=10, **client) as sender:
        return sender.post(f"{receiver.url}/events/invoices/1", json=EVENT)


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
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            post(cbmock)


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
        assert len(cbmock.calls) == 1


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"client_ca": "ca.pem"}, "client_ca needs tls"),
        ({"tls": "none.pem"}, "cannot use the certificate none.pem"),
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
    monkeypatch.setitem(sys.modules, "hypercorn", None)
    with pytest.raises(ReceiverError, match=r"pip install 'openapi-receiver\[http2\]'"):
        Receiver(DOCUMENT, http2=True).start()
