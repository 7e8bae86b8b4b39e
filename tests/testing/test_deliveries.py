import asyncio
import contextlib
import threading
import time

import httpx2
import pytest
from cbmock import Receiver
from cbmock.errors import ReceiverError

from tests.support.invoices import DOCUMENT, EVENT
from tests.support.rows import each_row

NAME = "invoice_notification"


@pytest.fixture
def cbmock():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


def send(cbmock, identity="a", body=EVENT, **headers):
    url = f"{cbmock.url}/events/invoices/1"
    headers = {"webhook-id": identity, **headers}
    return httpx2.post(url, json=body, headers=headers)


def soon(send, *arguments):
    sender = threading.Timer(0.1, send, arguments)
    sender.start()
    return sender


def test_deliveries_are_attempts_by_identity_in_order(cbmock):
    cbmock.respond(NAME, status=503, times=1).then(200)
    for identity in ("a", "b", "a"):
        send(cbmock, identity)
    one, two, three = cbmock.calls
    found = [
        (each.identity, each.attempts, each.delivered) for each in cbmock.deliveries()
    ]
    assert found == [("a", (one, three), True), ("b", (two,), True)]
    assert cbmock.deliveries(NAME) == cbmock.deliveries()
    assert cbmock.deliveries("new-subscription") == ()


def test_a_wait_for_a_delivery_ends_with_its_success(cbmock):
    cbmock.respond(NAME, status=503, times=1).then(200)
    send(cbmock)
    sender = soon(send, cbmock)
    found = cbmock.wait_for_delivery(NAME)
    sender.join()
    assert (found.attempts, found.delivered) == (cbmock.calls, True)
    cbmock.no_other_calls()


def test_a_wait_for_attempts_counts_those_of_one_delivery(cbmock):
    cbmock.respond(NAME, status=503)
    send(cbmock, "a")
    send(cbmock, "b")
    sender = soon(send, cbmock, "b")
    found = cbmock.wait_for_delivery(NAME, attempts=2)
    sender.join()
    assert (found.identity, found.attempts) == ("b", cbmock.calls[1:])


def test_a_wait_can_be_awaited(cbmock):
    sender = soon(send, cbmock)
    found = asyncio.run(cbmock.aio.wait_for_delivery(NAME, attempts=1))
    sender.join()
    assert found.attempts == cbmock.calls


def test_a_wait_says_what_came_instead(cbmock):
    cbmock.respond(NAME, status=503)
    send(cbmock)
    with pytest.raises(AssertionError) as raised:
        cbmock.wait_for_delivery(NAME, attempts=2, timeout=0.1)
    assert str(raised.value).startswith(
        f"{NAME} was due a delivery of 2 attempts within 0.1 s, 1 came."
    )
    with pytest.raises(AssertionError) as raised:
        cbmock.wait_for_delivery(NAME, timeout=0.1)
    assert str(raised.value).startswith(
        f"{NAME} was due attempts until a success answer within 0.1 s, 1 came."
    )


def test_a_wait_says_that_the_retries_were_events_of_their_own(cbmock):
    cbmock.respond(NAME, status=503)
    for identity in ("a", "b", "c"):
        send(cbmock, identity)
    with pytest.raises(AssertionError) as raised:
        cbmock.wait_for_delivery(NAME, attempts=3, timeout=0.1)
    text = str(raised.value)
    assert text.splitlines()[-1] == (
        "The 3 calls are 3 deliveries: a retry keeps the identity of its event "
        "(call.delivery)."
    )
    assert "If this is intended" not in text


def test_a_delivery_has_at_least_one_attempt(cbmock):
    with pytest.raises(ReceiverError, match="attempts=0 must be at least 1"):
        cbmock.wait_for_delivery(NAME, attempts=0)


def test_a_trigger_limits_the_delivery_to_its_url(cbmock):
    response = httpx2.Response(
        200,
        request=httpx2.Request(
            "POST",
            f"http://api/invoices/?callback_url={cbmock.url}/events",
            json={"id": "2"},
        ),
    )
    send(cbmock)
    with pytest.raises(AssertionError, match="was due a delivery of 1 attempt "):
        cbmock.wait_for_delivery(NAME, attempts=1, timeout=0.1, trigger=response)


def test_a_good_delivery_passes_its_check(cbmock):
    cbmock.respond(NAME, status=503, times=1).then(200)
    send(cbmock)
    send(cbmock)
    assert cbmock.wait_for_delivery(NAME, attempts=2).check() is None


def test_a_check_fails_with_operation_place_and_reason_first(cbmock):
    send(cbmock)
    send(cbmock, body={**EVENT, "paid": False})
    delivery = cbmock.wait_for_delivery(NAME, attempts=2)
    with pytest.raises(AssertionError) as raised:
        delivery.check()
    assert str(raised.value).split("\n")[:3] == [
        f"{NAME} broke the contract: delivery: attempt 2 has another body than attempt 1",
        "delivery: attempt 2 came after attempt 1 was answered 200",
        "attempts:",
    ]


def test_a_check_takes_a_profile_or_options_and_a_scale(cbmock):
    cbmock.respond(NAME, status=503)
    send(cbmock)
    time.sleep(0.2)
    send(cbmock)
    delivery = cbmock.wait_for_delivery(NAME, attempts=2)
    delivery.check("github")
    delivery.check({"min-gap": 5}, scale=60)
    with pytest.raises(
        AssertionError, match=f"{NAME} broke the contract: delivery: att"
    ):
        delivery.check({"min-gap": 5})
    with pytest.raises(ReceiverError, match="conduct='gitlab' is not one of"):
        delivery.check("gitlab")


def test_retries_of_a_triggered_callback_are_no_duplicates(cbmock):
    asked = {"url": f"http://api/invoices/?callback_url={cbmock.url}/events"}
    request = httpx2.Request("POST", **asked, json={"id": "1"})
    cbmock.respond(NAME, status=503, times=2).then(200)
    for _ in range(3):
        send(cbmock)
    response = httpx2.Response(200, request=request)
    found = cbmock.wait_for_delivery(NAME, attempts=3, trigger=response)
    assert (found.attempts, found.check()) == (cbmock.calls, None)
    cbmock.verify()


@each_row(
    ("gap", "timeout", "overlap"),
    [(0.1, 5, True), (0.7, 5, False), (0.4, 0.1, False)],
    ids=["before the answer", "after the answer", "after the sender gave up"],
)
def test_deliveries_overlap_while_the_sender_waits_for_an_answer(gap, timeout, overlap):
    def send_in_time(receiver, identity):
        with contextlib.suppress(httpx2.TimeoutException):
            httpx2.post(
                f"{receiver.url}/events/invoices/1",
                json=EVENT,
                headers={"webhook-id": identity},
                timeout=timeout,
            )

    found = ""
    try:
        with Receiver(DOCUMENT, conduct={"concurrent": 1, "retries": False}) as running:
            running.respond(NAME, status=200, delay=0.5)
            first = threading.Thread(target=send_in_time, args=[running, "a"])
            first.start()
            time.sleep(gap)
            send_in_time(running, "b")
            first.join()
    except AssertionError as error:
        found = str(error)
    assert ("came before call 1 was answered" in found) is overlap, found
