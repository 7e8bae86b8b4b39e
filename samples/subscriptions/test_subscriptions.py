"""What the team behind the subscriptions API would write, and what cbmock says when it errs."""

import json
from pathlib import Path

import pytest
from cbmock import IsInstance, Receiver
from fastapi.testclient import TestClient
from subscriptions_api import WEBHOOK_KEY, create_app

SPEC = Path(__file__).with_name("openapi.json")

pytestmark = pytest.mark.cbmock(spec=SPEC)


def registered(url, violation=None):
    """Return a client of the API, which tells `url` of all its events."""
    client = TestClient(create_app(violation))
    for event in ("new-subscription", "subscription-ended"):
        registration = {"url": url, "event": event}
        assert client.put("/webhook", json=registration).status_code == 204
    return client


def subscribe(url, violation=None):
    return registered(url, violation).post("/users/", json={"username": "rick"}).json()


def unsubscribe(url, violation=None):
    return registered(url, violation).delete("/users/rick").json()


def test_a_new_subscription_is_announced(cbmock):
    subscription = subscribe(cbmock.url_for("new-subscription"))
    call = cbmock.wait_for("new-subscription")
    assert call.json == subscription
    assert call.valid


def test_one_url_takes_all_webhooks(cbmock):
    client = registered(f"{cbmock.url}/webhooks")
    client.post("/users/", json={"username": "rick"})
    client.delete("/users/rick")
    began, ended = cbmock.in_order("new-subscription", "subscription-ended")
    assert began.json["username"] == ended.json["username"] == "rick"
    cbmock.no_other_calls()


def test_the_end_of_a_subscription_is_signed_with_the_key():
    with Receiver(SPEC, secrets={"WebhookKey": WEBHOOK_KEY}) as cbmock:
        unsubscribe(cbmock.url_for("subscription-ended"))
        cbmock.expect("subscription-ended").matching(
            {"end_date": IsInstance(str)}, headers={"X-Webhook-Key": WEBHOOK_KEY}
        ).times(1)
        cbmock.verify()


def test_each_user_is_announced_once(cbmock):
    client = registered(f"{cbmock.url}/webhooks")
    for name in ("rick", "morty"):
        client.post("/users/", json={"username": name})
        announced = cbmock.expect("new-subscription").matching({"username": name})
        announced.times(1)
    cbmock.expect("new-subscription").at_least(2).within(1)
    cbmock.never("subscription-ended", within=0.2)


def test_nobody_is_told_before_a_url_is_registered(cbmock):
    TestClient(create_app()).post("/users/", json={"username": "rick"})
    cbmock.never("new-subscription", within=0.2)


def test_a_receiver_that_is_down_for_a_while_hears_of_it_later(cbmock):
    cbmock.respond("new-subscription", status=503).then(fault="reset").then(status=200)
    subscribe(cbmock.url_for("new-subscription"))
    first, second, third = cbmock.wait_for("new-subscription", count=3)
    assert (first.status, second.scripted.fault, third.status) == (503, "reset", 200)


def test_the_api_gives_up_after_three_attempts(cbmock):
    cbmock.respond("new-subscription", status=500)
    subscribe(cbmock.url_for("new-subscription"))
    cbmock.expect("new-subscription").times(3).within(1)


def test_a_receiver_that_refuses_is_not_asked_again(cbmock):
    cbmock.respond("new-subscription", status=422)
    subscribe(cbmock.url_for("new-subscription"))
    cbmock.expect("new-subscription").times(1)


def test_all_webhooks_and_their_answers_are_played(cbmock):
    for status in (200, 422):
        cbmock.respond("new-subscription", status=status)
        cbmock.respond("subscription-ended", status=status)
        client = registered(f"{cbmock.url}/webhooks")
        client.post("/users/", json={"username": "rick"})
        client.delete("/users/rick")
    assert cbmock.coverage.percent == 100


# --- broken promises: the test fails by itself, with these words ---

VIOLATIONS = {
    "wrong-type": "format",
    "missing-field": "required",
    "malformed": "syntax",
    "wrong-media-type": "media-type",
    "wrong-method": "method",
    "wrong-url": "unmatched",
    "undocumented": "unmatched",
}


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_it_is_seen(cbmock, fails_as, violation):
    subscribe(cbmock.url_for("new-subscription"), violation)
    fails_as(violation, cbmock.verify)
    cbmock.allow_violations(VIOLATIONS[violation])


def test_that_it_is_unsigned_is_told(cbmock, fails_as):
    unsubscribe(cbmock.url_for("subscription-ended"), "unsigned")
    fails_as("unsigned", cbmock.verify)
    cbmock.allow_violations("security")


# --- a webhook has no trigger: that it is due, the test must say ---


def test_that_it_never_comes_is_told(cbmock, fails_as):
    subscribe(cbmock.url_for("new-subscription"), "never")
    fails_as("never", cbmock.wait_for, "new-subscription", timeout=0.2)


def test_that_it_comes_late_is_told(cbmock, fails_as):
    subscribe(cbmock.url_for("new-subscription"), "late")
    fails_as("late", cbmock.wait_for, "new-subscription", timeout=0.2)
    cbmock.wait_for("new-subscription")


def test_that_it_comes_twice_is_told(cbmock, fails_as):
    subscribe(cbmock.url_for("new-subscription"), "twice")
    cbmock.wait_for("new-subscription")
    fails_as("twice", cbmock.no_other_calls)


def test_the_document_is_the_one_that_the_app_generates():
    document, app = json.loads(SPEC.read_text(encoding="utf-8")), create_app().openapi()
    assert app["webhooks"] == document["webhooks"]
    assert app["paths"] == document["paths"]
