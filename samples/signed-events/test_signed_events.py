"""What the team behind the events API would write, and what cbmock says when it errs."""

import pytest
from cbmock import Receiver
from events_api import MISTAKES, MOST_ATTEMPTS, NEXT_SECRET, SECRET, create_app
from fastapi.testclient import TestClient

SPEC = create_app().openapi()
CONDUCT = {
    "profile": "standard-webhooks",
    "backoff": "any",  # milliseconds: a busy machine stretches them
    "max-attempts": MOST_ATTEMPTS,
}
ORDER = {"id": "A7", "total": 199}


@pytest.fixture
def cbmock():
    with Receiver(
        SPEC,
        signature="standard-webhooks",
        secret=SECRET,
        conduct=CONDUCT,
        handshake="websub",
    ) as running:
        yield running


def subscribed(cbmock, mistake=None, unit=0.02):
    client = TestClient(create_app(unit, mistake))
    url = cbmock.url_for("order-paid")
    assert client.put("/subscription", json={"url": url}).status_code == 204
    return client


def paying(client):
    return lambda: client.post("/orders/", json=ORDER)


def test_an_order_that_is_paid_is_announced_once(cbmock):
    subscribed(cbmock).post("/orders/", json=ORDER)
    call = cbmock.wait_for("order-paid")
    assert call.json == {"type": "order.paid", "order": ORDER}
    assert (call.delivery.identity, call.delivery.attempt) == ("msg_1", 1)
    cbmock.verify()


@pytest.mark.parametrize(
    "steps",
    ["flaky", "gone", [503] * 4 + [200], [{"status": 429, "retry_after": 0}, 200]],
)
def test_the_sender_conducts_itself_well(cbmock, steps):
    cbmock.scenario("order-paid", steps, trigger=paying(subscribed(cbmock)))
    cbmock.verify()


def test_it_gives_up_after_five_attempts(cbmock):
    client = subscribed(cbmock, unit=0.005)
    cbmock.respond("order-paid", status=503)
    client.post("/orders/", json=ORDER)
    cbmock.expect("order-paid").times(MOST_ATTEMPTS)
    cbmock.verify()


def test_a_gap_of_minutes_is_tested_in_a_second(cbmock):
    steps = [{"status": 503}, 503, 200]
    found = cbmock.scenario(
        "order-paid", steps, trigger=paying(subscribed(cbmock)), scale=3000
    )
    assert len(found.attempts) == 3


def test_receivers_are_asked_before_the_first_event(cbmock):
    subscribed(cbmock)
    (asked,) = cbmock.handshakes
    assert asked.handshake == "websub"


def test_events_are_signed_by_both_secrets_while_keys_rotate(cbmock):
    client = subscribed(cbmock)
    client.put("/secret", params={"secret": NEXT_SECRET})
    client.post("/orders/", json=ORDER)
    cbmock.signed("standard-webhooks", secret=NEXT_SECRET)
    client.post("/orders/", json=ORDER)
    assert [call.valid for call in cbmock.calls_to("order-paid")] == [True, True]


# --- mistakes: the test fails with these words ---

STEPS = {
    "ignores-retry-after": [{"status": 429, "retry_after": 1}, 200],
    "retries-after-success": [200],
    "retries-after-gone": [410],
    "follows-redirects": [302, 200],
    "never-stops": [503] * 6,
    "shrinking-gaps": [503, 503, 200],
    "reuses-timestamp": [503, 200],
}

UNITS = {
    "reuses-timestamp": 1.05,  # a timestamp counts whole seconds
    "never-stops": 0.002,
    "retries-after-gone": 0.002,
}


def announce(cbmock, mistake):
    if mistake == "skips-handshake":
        cbmock.handshake("websub", accept=False)
    client = subscribed(cbmock, mistake, UNITS.get(mistake, 0.02))
    if mistake == "old-secret":
        cbmock.signed("standard-webhooks", secret=NEXT_SECRET)
        client.put("/secret", params={"secret": NEXT_SECRET})
    if mistake in STEPS or mistake in ("gives-up", "changes-body"):
        steps = STEPS.get(mistake, [503, 200])
        conduct = CONDUCT | {"backoff": "non-decreasing"} if "gaps" in mistake else None
        cbmock.scenario(
            "order-paid", steps, trigger=paying(client), timeout=0.2, conduct=conduct
        )
    elif mistake == "new-identity":
        cbmock.respond("order-paid", status=503, times=1).then(status=200)
        paying(client)()
    else:
        paying(client)()
    cbmock.verify()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_told_in_these_words(cbmock, mistake, fails_as):
    fails_as(mistake, announce, cbmock, mistake)
    cbmock.allow_violations()  # its end has nothing to add to these words
