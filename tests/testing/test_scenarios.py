import asyncio
import re
import threading
import time

import httpx2
import pytest
from cbmock import Receiver
from cbmock.errors import ReceiverError
from cbmock.testing import scenarios
from cbmock.testing.scenarios import scenario

from tests.support.invoices import DOCUMENT, EVENT
from tests.support.rows import each_row

NAME = "invoice_notification"


@pytest.fixture(scope="module")
def server():
    with Receiver(DOCUMENT) as running:
        yield running


@pytest.fixture
def cbmock(server, request):
    scoped = server.for_test(request.node.name)
    yield scoped
    scoped.end_test()


class Sender:
    """Delivers events as its parameters say; gaps are in milliseconds."""

    def __init__(
        self,
        cbmock,
        gap=1,
        most=5,
        stops=lambda status: status < 300,
        timeout=10,
        **client,
    ):
        self.url = f"{cbmock.url}/events/invoices/1"
        self.gap, self.most, self.stops = gap / 1000, most, stops
        self.client = httpx2.Client(timeout=timeout, **client)

    def start(self):
        threading.Thread(target=self.deliver, daemon=True).start()

    def deliver(self):
        with self.client as client:
            for _ in range(self.most):
                try:
                    status = client.post(
                        self.url, json=EVENT, headers={"webhook-id": "a"}
                    ).status_code
                except httpx2.HTTPError:
                    status = 599
                if self.stops(status) or status == 410:
                    return
                time.sleep(self.gap)


@pytest.mark.parametrize(
    ("steps", "answers"),
    [
        ([503, 503, 200], [503, 503, 200]),
        ("flaky", [503, 503, 200]),
        ("gone", [410]),
        (["reset", "half", 200], [200, 200, 200]),
        ("slow", [200, 200]),
        ([{"status": 429, "retry_after": 0}, 200], [429, 200]),
        ("redirect", [302, 200]),
        ([301, 200], [301, 200]),
        ("down-for(0.05)", None),
    ],
)  # fmt: skip
def test_a_good_sender_passes(cbmock, steps, answers):
    patience = 0.2 if steps == "slow" else 10
    sender = Sender(cbmock, 20, 20, timeout=patience)
    found = cbmock.scenario(NAME, steps, trigger=sender.start, timeout=30)
    statuses = [call.status for call in found.attempts]
    assert statuses == answers if answers else (statuses[0], statuses[-1]) == (503, 200)
    assert found.identity == "a"


@pytest.mark.parametrize(
    ("steps", "timeout", "sender", "wrong"),
    [
        ([503, 200], 1, {"most": 1}, "was due a delivery of 2 attempts"),
        ([{"status": 429, "retry_after": 9}, 200], 20, {}, "Retry-After asked for 9 s"),
        ([200], 20, {"stops": lambda _: False}, "attempt 2 came after attempt 1 was answered 200"),
        ("redirect", 20, {"follow_redirects": True}, "attempt 2 came after attempt 1 was answered 302, as a client"),
    ],
)  # fmt: skip
def test_a_bad_sender_fails(cbmock, steps, timeout, sender, wrong):
    trigger = Sender(cbmock, **sender).start
    with pytest.raises(AssertionError, match=wrong):
        cbmock.scenario(NAME, steps, trigger=trigger, timeout=timeout, settle=0.5)


def test_gaps_that_were_shortened_are_judged_by_their_scale(cbmock):
    steps = [{"status": 503, "retry_after": 60}, 200]
    trigger = Sender(cbmock, 100).start
    assert cbmock.scenario(NAME, steps, trigger=trigger, scale=600).delivered


def test_a_scenario_can_be_awaited(cbmock):
    async def trigger():
        Sender(cbmock).start()

    found = asyncio.run(cbmock.aio.scenario(NAME, "flaky", trigger=trigger))
    assert [call.status for call in found.attempts] == [503, 503, 200]


def test_a_scenario_is_played_by_a_mock_in_another_process(server):
    remote = Receiver.at(server.url).for_test("remote")
    found = remote.scenario(NAME, "flaky", trigger=Sender(remote).start)
    assert [call.status for call in found.attempts] == [503, 503, 200]
    remote.respond_as_documented()


@each_row(
    ("steps", "wrong"),
    [
        ("flakey", "scenario 'flakey' is not one of flaky, slow, gone"),
        ("down-for(x)", "is not one of flaky"),
        ([], "a scenario has at least one step"),
        (
            ["tired"],
            "the step 'tired' is neither a status nor one of timeout, reset, half",
        ),
        ([99], "status=99"),
    ],
)
def test_what_is_no_scenario_is_a_wrong_set_up(steps, wrong):
    with pytest.raises(ReceiverError, match=re.escape(wrong)):
        scenario(steps, "http://m/moved")


def test_every_name_is_a_scenario():
    for name in scenarios.NAMED:
        assert scenario(name, "http://m/moved").attempts == len(scenarios.NAMED[name])
