"""What the team behind the invoices API would write, and what cbmock says when it errs."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from invoices_api import create_app

SPEC = Path(__file__).with_name("openapi.json")
INVOICE = {"id": "2expen51ve", "customer": "Mr. Richie Rich", "total": 199}

pytestmark = pytest.mark.cbmock(spec=SPEC)


def create_invoice(cbmock, breach=None):
    with TestClient(create_app(breach)) as client:
        answer = client.post(
            "/invoices/", params={"callback_url": cbmock.url}, json=INVOICE
        )
    assert answer.status_code == 200
    return answer


def test_a_paid_invoice_notifies_the_customer(cbmock):
    response = create_invoice(cbmock)
    call = cbmock.wait_for("invoice_notification", timeout=5, trigger=response)
    assert call.json == {"description": "Payment celebration", "paid": True}
    assert call.target.endswith("/invoices/2expen51ve")
    assert (call.status, call.response.body) == (200, b'{"ok": true}')
    assert cbmock.calls == (call,)


def test_an_invoice_without_callback_url_notifies_nobody(cbmock):
    with TestClient(create_app()) as client:
        client.post("/invoices/", json=INVOICE)
    assert cbmock.calls == ()


def test_the_url_of_the_callback_group_works_too(cbmock):
    with TestClient(create_app()) as client:
        client.post(
            "/invoices/",
            params={"callback_url": cbmock.url_for("invoice_notification")},
            json=INVOICE,
        )
    assert cbmock.wait_for("invoice_notification").valid


def test_a_wrong_type_is_caught(cbmock):
    create_invoice(cbmock, "wrong-type")
    call = cbmock.wait_for("invoice_notification")
    with pytest.raises(AssertionError, match="body #/paid: 'in full' is not a boolean"):
        cbmock.verify()
    assert call.status == 422
    cbmock.allow_violations("type")


def test_a_missing_field_is_caught(cbmock):
    create_invoice(cbmock, "missing-field")
    cbmock.wait_for("invoice_notification")
    with pytest.raises(AssertionError, match="body #: 'description' is missing"):
        cbmock.verify()
    cbmock.allow_violations("required")


def test_a_wrong_url_is_caught(cbmock):
    response = create_invoice(cbmock, "wrong-url")
    with pytest.raises(AssertionError, match="/invoice/2expen51ve") as red:
        cbmock.wait_for("invoice_notification", timeout=0.2, trigger=response)
    assert "…/invoices/{$request.body.id}" in str(red.value)
    cbmock.allow_violations("unmatched")


def test_a_callback_that_is_sent_twice_is_caught(cbmock):
    create_invoice(cbmock, "twice")
    first, second = cbmock.wait_for("invoice_notification", count=2)
    assert first.body == second.body
    with pytest.raises(AssertionError):
        assert len(cbmock.calls_to("invoice_notification")) == 1


def test_a_callback_that_never_comes_is_caught(cbmock):
    create_invoice(cbmock, "never")
    with pytest.raises(AssertionError, match="due a call within 0.2 s, 0 came"):
        cbmock.wait_for("invoice_notification", timeout=0.2)
