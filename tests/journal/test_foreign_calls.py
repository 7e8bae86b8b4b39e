"""Calls that other processes commit to the same database: they are heard of as they come."""

import asyncio
import threading

import pytest
from cbmock import sources
from cbmock.journal import waiting
from cbmock.journal.database import DatabaseJournal
from cbmock.journal.waiting import CallFilter
from cbmock.mock.mock import Mock

from tests.support.invoices import DOCUMENT, event

pytestmark = pytest.mark.process  # PostgreSQL

MOCK = Mock(sources.describe(DOCUMENT))
PATIENCE = 30


@pytest.fixture
def two(url):
    """Return two journals on one database, as two processes have them."""
    found = [DatabaseJournal(url, MOCK.operations) for _ in range(2)]
    yield found
    for each in found:
        each.close()


def received(journal, token=None):
    call = MOCK.receive(event(), id=journal.next_id(), now=1_800_000_000.5, token=token)
    journal.append(call)
    return call


def test_a_wait_ends_by_calls_of_both_processes(two):
    ours, theirs = two
    earlier = received(theirs)
    found = []

    def wait():
        found.extend(waiting.wait(ours, lambda call: True, count=3, timeout=PATIENCE))

    thread = threading.Thread(target=wait)
    thread.start()
    later = [received(theirs), received(ours)]
    thread.join()
    assert sorted(call.id for call in found) == [earlier.id, *(c.id for c in later)]


def test_an_event_loop_waits_for_a_call_of_one_test(two):
    ours, theirs = two

    async def wait():
        waits = asyncio.create_task(
            waiting.wait_async(
                ours,
                lambda call: call.token == "a",
                count=1,
                timeout=PATIENCE,
                among=CallFilter(token="a"),
            )
        )
        await asyncio.to_thread(received, theirs, "b")
        await asyncio.to_thread(received, theirs, "a")
        return await waits

    assert [call.token for call in asyncio.run(wait())] == ["a"]


def test_each_foreign_call_is_heard_of_once_and_only_by_those_who_want_them(two):
    ours, theirs = two
    heard, own, done = [], [], threading.Event()

    def hear(call):
        heard.append(call.id)
        if len(heard) == 21:
            done.set()

    ours.listen(hear)
    ours.listen(lambda call: own.append(call.id), own=True)
    sent = [received(each).id for _ in range(10) for each in two]
    with theirs.batch(1):
        sent.append(received(theirs).id)
    assert done.wait(PATIENCE)
    assert (sorted(heard), own) == (sent, [id for id in sent[:-1] if id in sent[::2]])


def test_a_call_that_is_committed_after_one_with_a_greater_id_is_heard_of(two):
    ours, theirs = two
    heard, done = [], threading.Event()

    def hear(call):
        heard.append(call.id)
        if len(heard) == 2:
            done.set()

    late = MOCK.receive(event(), id=theirs.next_id(), now=0.0)
    ours.listen(hear)
    first = received(theirs)
    theirs.append(late)
    assert done.wait(PATIENCE)
    assert sorted(heard) == [late.id, first.id]


@pytest.mark.parametrize("count", [900, 3000])
def test_many_calls_that_waited_for_the_database_are_heard_of(two, count):
    ours, theirs = two
    heard, done = [], threading.Event()

    def hear(call):
        heard.append(call.id)
        if len(heard) == count + 1:
            done.set()

    request = event()
    late = [MOCK.receive(request, id=theirs.next_id(), now=0.0) for _ in range(count)]
    ours.listen(hear)
    first = received(theirs)
    for each in range(0, count, 1000):
        theirs._insert(late[each : each + 1000], together=False)
    assert done.wait(PATIENCE / 2)
    assert sorted(heard) == [*(call.id for call in late), first.id]


def test_ids_are_in_the_order_of_answers_whichever_process_answers(two):
    calls = [received(each) for _ in range(5) for each in two]
    ids = [call.id for call in calls]
    assert ids == sorted(ids)
    assert [each.last_id for each in two] == [ids[-1]] * 2


def test_a_wait_that_is_over_listens_no_longer(two):
    ours, theirs = two
    assert waiting.wait(ours, lambda call: True, count=1, timeout=0) == ()
    received(theirs)
    assert len(waiting.wait(ours, lambda call: True, count=1, timeout=PATIENCE)) == 1
