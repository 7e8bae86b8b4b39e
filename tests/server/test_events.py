import asyncio
import json
import random
import re
import subprocess
import sys
import threading
import time
from dataclasses import replace

import httpx2
import pytest
from cbmock import Receiver, sources
from cbmock.journal import known_ids
from cbmock.journal.database import DatabaseJournal
from cbmock.journal.known_ids import KnownIds
from cbmock.journal.waiting import CallFilter
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.server import events as stream_events
from cbmock.server.app import App
from cbmock.server.limits import Limits
from cbmock.server.run import Running

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


class Stream:
    """A stream of events of a mock, which goes on where the one before broke off."""

    def __init__(self, base):
        self.url = f"{base}/_cbmock/api/events"
        self.last = None

    def calls(self, count):
        """Return the ids of the next calls."""
        headers = {} if self.last is None else {"last-event-id": self.last}
        found = []
        with httpx2.stream("GET", self.url, headers=headers, timeout=20) as answer:
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    self.last = value
                elif name == "data":
                    found.append(json.loads(value)["id"])
                if len(found) == count or line == ": quiet":
                    break
        return found


def test_a_call_that_is_recorded_after_a_later_one_is_not_missed(receiver):
    journal = receiver._view.backend.journal
    send(receiver)
    (first,) = receiver.calls
    late = replace(first, id=journal.next_id())
    send(receiver)
    stream = Stream(receiver.url)
    assert stream.calls(2) == [first.id, late.id + 1]
    journal.append(late)
    assert stream.calls(2) == [late.id, late.id + 1]
    send(receiver)
    assert stream.calls(1) == [late.id + 2]


def test_a_call_that_comes_as_a_stream_begins_is_not_told_again(receiver, monkeypatch):
    journal = receiver._view.backend.journal
    send(receiver)
    (first,) = receiver.calls
    listen = journal.listen

    def listen_after_a_call(*arguments, **options):
        journal.append(replace(first, id=journal.next_id()))
        return listen(*arguments, **options)

    monkeypatch.setattr(journal, "listen", listen_after_a_call)
    stream = Stream(receiver.url)
    assert (stream.calls(2), stream.last) == ([1, 2], "2")


def test_an_id_that_never_comes_holds_a_stream_up_for_a_while_only(
    receiver, monkeypatch
):
    monkeypatch.setattr(known_ids, "PATIENCE", 0.0)
    send(receiver)
    receiver._view.backend.journal.next_id()
    send(receiver)
    stream = Stream(receiver.url)
    stream.calls(2)
    send(receiver)
    assert stream.calls(1) == [receiver.calls[-1].id]


def test_a_late_call_is_not_missed_by_a_client_that_does_not_read(
    receiver, monkeypatch
):
    monkeypatch.setattr(stream_events, "_MOST_COMING", 2)
    journal = receiver._view.backend.journal
    send(receiver)
    (first,) = receiver.calls
    notice = []
    monkeypatch.setattr(journal, "listen", lambda each, **_: notice.append(each) or ())

    async def read():
        async def receive():
            await asyncio.Event().wait()

        waits = receiver._view.backend.app.pending_waits
        stream = stream_events.stream(
            *(journal, CallFilter(after=first.id), lambda _: True),
            *(waits, receive, None, Call.record),
        )
        found = await anext(stream)
        calls = {each: replace(first, id=journal.next_id()) for each in range(7)}
        for each in (1, 2, 3, 0, 4, 6, 5):
            journal.append(calls[each])
            notice[0](calls[each])
        async with asyncio.timeout(20):
            while found.count(b"event: ") < len(calls):
                found += await anext(stream)
        await stream.aclose()
        return [
            (int(id_) - calls[0].id, json.loads(data)["id"] - calls[0].id)
            for id_, data in re.findall(rb"id: (\d+)\nevent: call\ndata: (.*)", found)
        ]

    told = asyncio.run(read())
    assert sorted(call for _, call in told) == [*range(7)]
    for at, (up_to, _) in enumerate(told):
        assert {call for _, call in told[: at + 1]} >= {*range(up_to + 1)}
    assert told[-1][0] == 6


LATE = """
import json, sys
from cbmock import sources
from cbmock.journal.database import DatabaseJournal
from cbmock.mock.mock import Mock
from tests.support.invoices import event

mock = Mock(sources.describe(json.loads(sys.argv[2])))
journal = DatabaseJournal(sys.argv[1], mock.operations)
for line in sys.stdin:
    late = journal.next_id()
    print(late, flush=True)
    sys.stdin.readline()
    journal.append(mock.receive(event(), id=late, now=0.0))
    print("kept", flush=True)
"""


@pytest.mark.process
def test_a_stream_misses_no_call_of_two_processes(url):
    mock = Mock(sources.describe(DOCUMENT))
    journal = DatabaseJournal(url, mock.operations)
    running = Running(App(mock, journal), host="127.0.0.1", port=0)
    running.start()
    other = subprocess.Popen(
        [sys.executable, "-c", LATE, url, json.dumps(DOCUMENT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def tell():
        print(file=other.stdin, flush=True)
        return other.stdout.readline().strip()

    stream = Stream(running.url)
    told = []
    for _ in range(3):
        late = int(tell())
        httpx2.post(running.url + TARGET, json=EVENT)
        told += stream.calls(1)
        assert told[-1] == late + 1
        assert tell() == "kept"
        told += stream.calls(2)
    kept = [call.id for call in journal.calls()]
    other.communicate()
    running.stop()
    journal.close()
    assert len(kept) == 6
    assert {*told} == {*kept}


@pytest.mark.parametrize("seed", range(30))
def test_a_stream_goes_on_after_any_event_without_a_gap(receiver, monkeypatch, seed):
    """Whatever the order of calls, the limit of ids, and when the client reads."""
    monkeypatch.setattr(stream_events, "_MOST_COMING", 4)
    journal = receiver._view.backend.journal
    send(receiver)
    (first,) = receiver.calls
    chance = random.Random(seed)
    calls = [replace(first, id=journal.next_id()) for _ in range(40)]
    if seed % 2:
        calls = [replace(each, token=chance.choice("ab")) for each in calls]
    wanted = [each.id for each in calls if each.token in (None, "a")]
    among = CallFilter(after=first.id, token="a" if seed % 2 else None)
    order = sorted(calls, key=lambda each: each.id + chance.randrange(8))

    async def read():
        loop = asyncio.get_running_loop()
        coming = stream_events._Coming(loop, among, KnownIds(journal, first.id))
        found = []
        for call in order:
            journal.append(call)
            coming.notice(call)
            if chance.random() < 0.2:
                found += coming.take(journal)
        while ids := coming.take(journal):
            found += ids
        return found

    sent = set()
    for id_, up_to in asyncio.run(read()):
        sent.add(id_)
        assert [each for each in wanted if each <= up_to and each not in sent] == []
    assert sorted(sent) == wanted
