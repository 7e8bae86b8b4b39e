"""What the team behind the invoices API would write, and what cbmock says when it errs."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from invoices_api import create_app

SPEC = Path(__file__).with_name("openapi.json")
INVOICE = {"id": "2expen51ve", "customer": "Mr. Richie Rich", "total": 199}
EVENT = {"description": "Payment celebration", "paid": True}

pytestmark = pytest.mark.cbmock(spec=SPEC)


@pytest.fixture
def create_invoice(cbmock):
    """Create an invoice at the API, which cbmock watches."""

    def create_invoice(violation=None, **changes):
        request = cbmock.register({"json": INVOICE | changes}, "invoice_notification")
        with TestClient(cbmock.watch(create_app(violation), settle=0.2)) as client:
            return client.post("/invoices/", **request)

    return create_invoice


def test_a_paid_invoice_notifies_the_customer(cbmock, create_invoice):
    response = create_invoice()
    call = cbmock.wait_for("invoice_notification", trigger=response)
    assert call.json == EVENT
    assert call.target.endswith("/invoices/2expen51ve")
    assert (call.status, call.response.body) == (200, b'{"ok": true}')
    cbmock.no_other_calls()


def test_each_invoice_has_a_callback_of_its_own(cbmock, create_invoice):
    first, second = create_invoice(id="1"), create_invoice(id="2")
    cbmock.expect("invoice_notification").triggered_by(first).times(1)
    cbmock.expect("invoice_notification").triggered_by(second).times(1)
    cbmock.expect("invoice_notification").matching(EVENT).times(2)


def test_an_invoice_without_callback_url_notifies_nobody(cbmock):
    with TestClient(create_app()) as client:
        client.post("/invoices/", json=INVOICE)
    cbmock.never("invoice_notification", within=0.2)


def test_an_invoice_that_is_refused_notifies_nobody(cbmock, create_invoice):
    response = create_invoice(total="much")
    assert response.status_code == 422
    assert cbmock.triggered_by(response, timeout=0.2) == ()


def test_the_url_of_the_callback_group_works_too(cbmock):
    url = cbmock.url_for("invoice_notification")
    with TestClient(create_app()) as client:
        client.post("/invoices/", params={"callback_url": url}, json=INVOICE)
    assert cbmock.wait_for("invoice_notification").valid


def test_a_receiver_that_is_down_for_a_while_hears_of_it_later(cbmock, create_invoice):
    cbmock.respond("invoice_notification", status=503, times=2).then(status=200)
    create_invoice()
    calls = cbmock.wait_for("invoice_notification", count=3)
    assert [call.status for call in calls] == [503, 503, 200]
    cbmock.expect("invoice_notification").times(3)


@pytest.mark.parametrize(
    "fault", [{"fault": "reset"}, {"fault": "half"}, {"fault": "silence", "delay": 0.1}]
)
def test_a_connection_that_breaks_is_tried_again(cbmock, create_invoice, fault):
    cbmock.respond("invoice_notification", **fault, times=1)
    create_invoice()
    broken, heard = cbmock.wait_for("invoice_notification", count=2)
    assert (broken.scripted.fault, heard.status) == (fault["fault"], 200)


def test_the_api_gives_up_after_three_attempts(cbmock, create_invoice):
    cbmock.respond("invoice_notification", status=500)
    create_invoice()
    cbmock.expect("invoice_notification").times(3).within(1)


def test_a_receiver_that_refuses_is_not_asked_again(cbmock, create_invoice):
    cbmock.respond(
        "invoice_notification", lambda call: 422 if call.json["paid"] else None
    )
    create_invoice()
    assert cbmock.wait_for("invoice_notification").status == 422
    cbmock.expect("invoice_notification").at_most(1)


def test_all_that_is_documented_is_played(cbmock, create_invoice):
    create_invoice()
    # The 422 that FastAPI writes into every operation is left out.
    assert cbmock.coverage.percent == 100


# --- broken promises: nothing is asserted, the test fails by itself, with these words ---

VIOLATIONS = {
    "wrong-type": "type",
    "missing-field": "required",
    "malformed": "syntax",
    "wrong-media-type": "media-type",
    "wrong-method": "method missing-callback",
    "wrong-url": "unmatched missing-callback",
    "wrong-id": "wrong-callback-url",
    "undocumented": "unmatched",
    "twice": "duplicate-delivery",
    "late": "missing-callback",
    "never": "missing-callback",
}


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_it_is_seen(cbmock, create_invoice, fails_as, violation):
    create_invoice(violation)
    fails_as(violation, cbmock.verify)
    cbmock.allow_violations(*VIOLATIONS[violation].split())
    if violation == "late":
        cbmock.wait_for("invoice_notification")


# --- and what a test says that waits for what does not come ---


def test_a_wait_in_vain_tells_what_came_instead(cbmock, create_invoice, fails_as):
    response = create_invoice("wrong-url")
    wait = {"timeout": 0.2, "trigger": response}
    fails_as("wait-for", cbmock.wait_for, "invoice_notification", **wait)
    cbmock.allow_violations("unmatched", "missing-callback")


def test_the_document_is_the_one_that_the_app_generates():
    document = json.loads(SPEC.read_text(encoding="utf-8"))
    assert create_app().openapi()["paths"] == document["paths"]
