"""Where a Receiver listens, and how much it takes: a Unix socket, limits."""

import math

import httpx2
import pytest
from cbmock import Receiver
from cbmock.errors import ReceiverError

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.rows import each_row

OP = "invoice_notification"


def test_a_unix_socket_beside_the_port(tmp_path):
    with Receiver(DOCUMENT, uds=tmp_path / "mock.sock") as cbmock:
        transport = httpx2.HTTPTransport(uds=str(tmp_path / "mock.sock"))
        with httpx2.Client(transport=transport) as client:
            client.post(f"http://mock{TARGET}", json=EVENT)
        httpx2.post(cbmock.url + TARGET, json=EVENT)
        assert len(cbmock.wait_for(OP, 2)) == 2
    assert [*tmp_path.iterdir()] == []


def test_a_limit_of_the_body():
    with Receiver(DOCUMENT, limits={"body": "0.01 KiB"}) as cbmock:
        answer = httpx2.post(cbmock.url + TARGET, json=EVENT)
        assert answer.status_code == 413
        cbmock.allow_violations()


@each_row(
    ("arguments", "reason"),
    [
        (
            {"limits": {"bdoy": 1}},
            "'bdoy' is not a limit; the limits are: head, target, body",
        ),
        ({"limits": {"body": 1.5}}, "body=1.5 must be an integer greater than 0"),
        ({"limits": {"body": "1 kg"}}, "body: '1 kg' is not a size: write bytes, or"),
        ({"limits": {"body": "0 MB"}}, "body='0 MB' must be an integer greater than 0"),
        ({"limits": {"idle": "1 KB"}}, "idle='1 KB' must be a number greater than 0"),
        (
            {"limits": {"idle": math.nan}},
            "idle=nan must be a number greater than 0",
        ),
        ({"limits": {"idle": 0}}, "idle=0 must be a number greater than 0"),
        ({"limits": {"waits": True}}, "waits=True must be an integer greater than 0"),
    ],
)
def test_what_cannot_be_is_refused_at_once(arguments, reason):
    with pytest.raises(ReceiverError, match=reason):
        Receiver(DOCUMENT, **arguments)
