"""What the team behind the subscriptions API would write."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from subscriptions_api import create_app

SPEC = Path(__file__).with_name("openapi.json")

pytestmark = pytest.mark.cbmock(spec=SPEC)


def subscribe(url, breach=None):
    with TestClient(create_app(breach)) as client:
        assert client.put("/webhook", json={"url": url}).status_code == 204
        answer = client.post("/users/", json={"username": "rick"})
    return answer.json()


def test_a_new_subscription_is_announced(cbmock):
    subscription = subscribe(cbmock.url_for("new-subscription"))
    call = cbmock.wait_for("new-subscription")
    assert call.json == subscription
    assert call.valid


def test_one_url_takes_all_webhooks(cbmock):
    subscribe(f"{cbmock.url}/webhooks")
    assert cbmock.wait_for("new-subscription").operation.name == "new-subscription"


@pytest.mark.parametrize(
    ("breach", "code", "reason"),
    [
        ("wrong-type", "format", "body #/start_date: 'today' is not a date-time"),
        ("missing-field", "required", "body #: 'monthly_fee' is missing"),
        ("wrong-url", "unmatched", "nearest: new-subscription"),
    ],
)
def test_a_broken_promise_is_caught(cbmock, breach, code, reason):
    subscribe(cbmock.url_for("new-subscription"), breach)
    with pytest.raises(AssertionError) as red:
        cbmock.verify()
    assert reason in str(red.value)
    cbmock.allow_violations(code)


def test_a_webhook_that_is_sent_twice_is_seen_twice(cbmock):
    subscribe(cbmock.url_for("new-subscription"), "twice")
    assert len(cbmock.wait_for("new-subscription", count=2)) == 2


def test_a_webhook_that_never_comes_is_missed(cbmock):
    subscribe(cbmock.url_for("new-subscription"), "never")
    with pytest.raises(AssertionError, match="new-subscription was due a call"):
        cbmock.wait_for("new-subscription", timeout=0.2)
