import asyncio
import json
import re
import threading
import time

import httpx2
import pytest
from cbmock import Receiver
from cbmock.journal.waiting import CallFilter
from cbmock.mock.call import Call
from cbmock.server import events as stream_events
from cbmock.server.limits import Limits

from tests.support.invoices import DOCUMENT, EVENT, TARGET


@pytest.fixture
def receiver():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


def send(receiver, target=TARGET, **event):
    return httpx2.post(receiver.url + target, json={**EVENT, **event})


def events(receiver, count, query="", **headers):
    """Return id and record of so many events, and what is sent while they are awaited."""
    url = f"{receiver.url}/_cbmock/api/events{query}"
    found = []
    with httpx2.stream("GET", url, headers=headers, timeout=5) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        event = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line:
                event[name] = value
            elif "data" in event:
                found.append((int(event["id"]), json.loads(event["data"])))
                event = {}
            if len(found) >= count:
                return found
    return found


def test_calls_come_as_events_those_that_were_before_and_those_that_come(receiver):
    send(receiver)
    later = threading.Timer(0.2, send, [receiver])
    later.start()
    found = events(receiver, 2)
    later.join()
    assert [id for id, _ in found] == [call.id for call in receiver.calls]
    assert [record for _, record in found] == [c.record() for c in receiver.calls]


def test_a_stream_goes_on_where_it_broke_off(receiver):
    for _ in range(3):
        send(receiver)
    first = receiver.calls[0].id
    expected = [call.id for call in receiver.calls[1:]]
    for query, headers in (
        (f"?after={first}", {}),
        ("", {"last-event-id": str(first)}),
        ("?after=0", {"last-event-id": str(first)}),
    ):
        assert [id for id, _ in events(receiver, 2, query, **headers)] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?valid=false", [1]),
        ("?operation=new-subscription", [2]),
        ("?token=other", [3]),
    ],
)
def test_a_stream_has_what_is_asked_for_only(receiver, query, expected):
    def calls():
        send(receiver)
        send(receiver, paid="no")
        httpx2.post(receiver.url + "/webhooks/new-subscription", json={"username": "r"})
        send(receiver, "/t/other" + TARGET)

    later = threading.Timer(0.2, calls)
    later.start()
    found = events(receiver, 1, query)
    later.join()
    ids = [call.id for call in receiver._view.backend.journal.calls()]
    assert [ids.index(id) for id, _ in found] == expected


def test_a_stream_ends_with_its_client_and_with_the_mock(receiver):
    app = receiver._view.backend.app
    ended = []

    def listen():
        try:
            events(receiver, 9)
        except httpx2.HTTPError as error:
            ended.append(error)
        ended.append("over")

    send(receiver)
    assert len(events(receiver, 1)) == 1
    until = time.monotonic() + 5
    while app.pending_waits.count and time.monotonic() < until:
        time.sleep(0.01)
    assert app.pending_waits.count == 0
    thread = threading.Thread(target=listen)
    thread.start()
    while not app.pending_waits.count and time.monotonic() < until:
        time.sleep(0.01)
    receiver.stop()
    thread.join(5)
    assert ended[-1] == "over"


def test_a_client_that_does_not_read_costs_no_memory_and_misses_nothing(
    receiver, monkeypatch
):
    monkeypatch.setattr(stream_events, "_MOST_COMING", 3)
    app = receiver._view.backend.app
    kept = []
    real = stream_events.deque

    def noticed(*arguments, **options):
        kept.append(real(*arguments, **options))
        return kept[-1]

    monkeypatch.setattr(stream_events, "deque", noticed)

    async def read():
        among = CallFilter()
        never = asyncio.Event()

        async def receive():
            await never.wait()

        stream = stream_events.stream(
            app.journal,
            among,
            lambda _: True,
            app.pending_waits,
            receive,
            None,
            Call.record,
        )
        found = [await anext(stream)]
        await asyncio.to_thread(lambda: [send(receiver) for _ in range(8)])
        assert len(kept[0]) == 3
        while found[-1].count(b"event: ") < 8:
            found[-1] += await anext(stream)
        await asyncio.to_thread(send, receiver)
        found.append(await anext(stream))
        await stream.aclose()
        return [
            int(each)
            for each in re.findall(rb"^id: (\d+)", b"".join(found), re.MULTILINE)
        ]

    assert asyncio.run(read()) == [call.id for call in receiver.calls]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("?most=3", ["call"] * 3 + ["calls"]),
        ("?most=3&valid=true", ["call"] * 8),
        ("?most=3&operation=new-subscription", []),
        ("", ["call"] * 8),
    ],
)
def test_of_very_many_calls_a_stream_may_have_the_ids_only(receiver, query, kinds):
    before = [send(receiver) for _ in range(3)]
    found = []
    url = f"{receiver.url}/_cbmock/api/events{query}"
    with httpx2.stream("GET", url, timeout=2) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 1000"
        with receiver._view.backend.journal.batch():
            app = receiver._view.backend.app
            requests = [call.request for call in receiver.calls for _ in range(2)]
            app.take(requests[:5])
        while len(found) < len(kinds):
            name, _, value = next(lines).partition(": ")
            if name == "event":
                found.append(value)
            elif name == "data" and found[-1] == "calls":
                ids = [call.id for call in receiver.calls[len(before) :]]
                assert json.loads(value) == {"ids": ids}
    assert found == kinds


def test_streams_count_among_what_waits(receiver, monkeypatch):
    waits = receiver._view.backend.app.pending_waits
    monkeypatch.setattr(waits, "_limit", 0)
    answer = httpx2.get(receiver.url + "/_cbmock/api/events")
    assert answer.status_code == 503
    assert Limits().waits == 1000
