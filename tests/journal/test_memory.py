import asyncio
import gc
import threading
import tracemalloc
from dataclasses import replace
from random import Random

import pytest
from cbmock import sources
from cbmock.http.messages import Headers, Request
from cbmock.journal import waiting
from cbmock.journal.memory import MemoryJournal
from cbmock.journal.protocol import counted
from cbmock.mock.mock import Mock
from hypothesis import given
from hypothesis import strategies as st

from tests.support.invoices import DOCUMENT, event

MOCK = Mock(sources.describe(DOCUMENT))


def received(journal, request=None, token=None):
    call = MOCK.receive(
        request or event(), id=journal.next_id(), now=1_800_000_000.5, token=token
    )
    journal.append(call)
    return call


def any_call(_call):
    return True


def test_calls_come_back_as_they_went_in():
    journal = MemoryJournal()
    sent = (
        received(journal),
        received(journal, event(body={"paid": 1}), token="a"),
        received(journal, event("/nowhere")),
        received(journal, event(method="PUT")),
        received(journal, Request("POST", "/webhooks", Headers(), b"\xff")),
    )
    assert journal.calls() == sent
    between = [call.decided_between for call in journal.calls()]
    assert between == [call.decided_between for call in sent]
    assert [call.record() for call in journal.calls()] == [c.record() for c in sent]


@given(
    st.lists(
        st.tuples(
            st.from_regex(rb"[!#-'*+\-.^_`|~0-9A-Za-z]{1,8}", fullmatch=True),
            st.from_regex(rb"[\x21-\xff]{0,8}", fullmatch=True),
        )
    ),
    st.binary(max_size=50),
)
def test_headers_and_bodies_are_kept_to_the_byte(headers, body):
    journal = MemoryJournal()
    call = received(journal, Request("POST", "/x", Headers(headers), body))
    assert journal.calls() == (call,)


def test_a_call_is_found_by_its_id():
    journal = MemoryJournal()
    first, second = received(journal), received(journal)
    assert journal.get(first.id) == first
    assert journal.get(second.id) == second
    assert journal.get(99) is None
    assert MemoryJournal().get(1) is None


def test_a_call_is_found_although_ids_have_gaps_and_overtake():
    journal = MemoryJournal()
    ids = [journal.next_id() for _ in range(5)]
    for number in (ids[3], ids[0], ids[4]):
        journal.append(MOCK.receive(event(), id=number, now=0))
    assert [journal.get(number).id for number in (1, 4, 5)] == [1, 4, 5]
    assert journal.get(2) is None
    assert [call.id for call in journal.calls()] == [1, 4, 5]
    assert [call.id for call in journal.calls(after=1)] == [4, 5]


def test_the_oldest_calls_are_dropped_beyond_the_count():
    journal = MemoryJournal(most_calls=2)
    calls = [received(journal) for _ in range(3)]
    assert journal.calls() == tuple(calls[1:])
    assert (len(journal), journal.dropped) == (2, 1)


def test_the_oldest_calls_are_dropped_beyond_the_bytes():
    journal = MemoryJournal(most_bytes=10_000)
    for _ in range(5):
        received(journal, event(body={"description": "x" * 4000, "paid": True}))
    assert len(journal) == 2
    assert journal.size <= 10_000


def test_only_calls_after_an_id_are_listed():
    journal = MemoryJournal()
    calls = [received(journal) for _ in range(4)]
    assert journal.calls(after=calls[1].id) == tuple(calls[2:])


def test_the_ids_are_those_of_the_calls_that_are_kept():
    journal = MemoryJournal(most_calls=4)
    for number in range(6):
        received(journal, token="b" if number % 2 else "a")
    journal.clear(token="b")
    operation = MOCK.names.find("invoice_notification").identity
    for query in ({}, {"token": "a"}, {"token": "b"}, {"after": 3}):
        for named in ({}, {"operation": operation}):
            ids = [each.id for each in journal.calls(**query, **named)]
            assert list(journal.ids(**query, **named)) == ids
    assert list(journal.ids()) == [3, 5]


def test_clearing_forgets_all_or_the_calls_of_one_token():
    journal = MemoryJournal()
    kept = received(journal, token="b")
    received(journal, token="a")
    assert journal.clear(token="a") == 1
    assert journal.calls() == (kept,)
    assert journal.clear() == 1
    assert (len(journal), journal.size) == (0, 0)


def test_records_are_none_of_the_garbage_collectors_business():
    journal = MemoryJournal()
    received(journal)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(100):
        received(journal)
    gc.collect()
    assert len(gc.get_objects()) - before < 10


def test_a_wait_ends_with_the_call_that_was_missing():
    journal = MemoryJournal()
    thread = threading.Timer(0.05, received, [journal])
    thread.start()
    calls = waiting.wait(journal, any_call, count=1, timeout=5)
    thread.join()
    assert calls == journal.calls()


def test_a_wait_takes_in_calls_that_came_before():
    journal = MemoryJournal()
    call = received(journal)
    assert waiting.wait(journal, any_call, count=1, timeout=0) == (call,)


def test_a_wait_that_is_given_up_returns_what_there_is():
    journal = MemoryJournal()
    call = received(journal)
    assert waiting.wait(journal, any_call, count=2, timeout=0.01) == (call,)


def test_calls_that_are_not_wanted_end_no_wait():
    journal = MemoryJournal()
    received(journal)
    assert waiting.wait(journal, lambda c: not c.valid, count=1, timeout=0.01) == ()


@pytest.mark.parametrize("before", [True, False])
def test_what_a_predicate_raises_is_raised_where_it_is_waited_for(before):
    journal = MemoryJournal()
    sender = threading.Timer(0.0 if before else 0.05, received, [journal])
    sender.start()
    if before:
        sender.join()
    with pytest.raises(ZeroDivisionError):
        waiting.wait(journal, lambda _: 1 / 0, count=1, timeout=5)
    sender.join()
    assert len(journal) == 1


def test_a_wait_for_no_call_is_over_at_once():
    assert waiting.wait(MemoryJournal(), any_call, count=0, timeout=60) == ()


def test_a_wait_leaves_no_listener_behind():
    journal = MemoryJournal()
    waiting.wait(journal, any_call, count=1, timeout=0)
    assert journal._listeners._all == ()


@pytest.mark.parametrize("count", [1, 3])
def test_an_awaited_wait_does_not_block_the_loop(count):
    journal = MemoryJournal()

    async def send():
        for _ in range(count):
            await asyncio.sleep(0.01)
            received(journal)

    async def both():
        waited = waiting.wait_async(journal, any_call, count=count, timeout=5)
        calls, _ = await asyncio.gather(waited, send())
        return calls

    assert asyncio.run(both()) == journal.calls()


def test_an_awaited_wait_is_given_up_at_its_timeout():
    waited = waiting.wait_async(MemoryJournal(), any_call, count=1, timeout=0.01)
    assert asyncio.run(waited) == ()


def test_no_call_is_lost_or_doubled_between_many_senders_and_a_wait():
    journal = MemoryJournal()
    senders = [
        threading.Thread(target=lambda: [received(journal) for _ in range(50)])
        for _ in range(4)
    ]
    for sender in senders:
        sender.start()
    calls = waiting.wait(journal, any_call, count=200, timeout=10)
    for sender in senders:
        sender.join()
    assert sorted(call.id for call in calls) == list(range(1, 201))


def test_calls_are_found_by_operation_and_token_without_looking_at_all_of_them():
    journal = MemoryJournal()
    webhook = Request(
        "POST",
        "/webhooks/new-subscription",
        Headers.of([("content-type", "application/json")]),
        b'{"username": "x"}',
    )
    mine, other = received(journal, token="a"), received(journal, token="b")
    hooked = received(journal, webhook, token="a")
    operation = mine.operation.identity
    assert journal.calls(operation=operation) == (mine, other)
    assert journal.calls(token="a") == (mine, hooked)
    assert journal.calls(operation=operation, token="a") == (mine,)
    assert journal.calls(operation=operation, after=mine.id) == (other,)
    assert journal.calls(operation="#/nowhere", token="a") == ()
    assert journal.calls(token="c") == ()


def test_an_ambiguous_call_is_found_by_each_operation_that_it_may_be_for():
    journal = MemoryJournal()
    call = replace(
        received(MemoryJournal()),
        id=1,
        outcome="ambiguous",
        candidates=(MOCK.names.find("new-subscription"),),
    )
    journal.append(call)
    for operation in call.identities:
        assert journal.calls(operation=operation) == (call,)
    assert len(call.identities) == 2
    assert journal.counts() == ({call.identities[0]: (1, 1)}, 1)


def test_the_counts_are_those_of_the_calls_that_are_kept():
    journal = MemoryJournal(most_calls=6)
    for number in range(8):
        request = event(body={"paid": 1 if number % 3 else True})
        received(journal, request, token="b" if number % 2 else "a")
    received(journal, event("/nowhere"))
    for _ in range(2):
        for after in (0, 4, 5, 9):
            for token in (None, "a", "b"):
                calls = journal.calls(after=after, token=token)
                expected = counted(calls, journal.last_id)
                assert journal.counts(after=after, token=token) == expected
        journal.clear(token="b")


def test_a_call_that_comes_after_later_ones_were_dropped_changes_no_count_of_others():
    journal = MemoryJournal(most_calls=3)
    late = MOCK.receive(event(), id=journal.next_id(), now=0)
    for _ in range(6):
        received(journal)
    for _ in range(2):
        assert [call.id for call in journal.calls()] == [5, 6, 7]
        assert journal.counts() == counted(journal.calls(), 7)
        journal.append(late)  # it is the oldest, and dropped


def test_what_dropped_calls_leave_behind_is_cleared_away(monkeypatch):
    monkeypatch.setattr("cbmock.journal.memory._BATCH", 10)
    journal = MemoryJournal(most_calls=5)
    calls = [received(journal, token=f"t{number}") for number in range(100)]
    assert journal.calls() == tuple(calls[-5:])
    assert len(journal._slots) < 20
    assert len(journal._index._tokens) < 20
    assert journal.calls(token="t99") == (calls[-1],)
    assert journal.calls(token="t1") == ()


def test_a_call_that_was_under_way_while_the_journal_was_cleared_is_kept():
    journal = MemoryJournal()
    late = MOCK.receive(event(), id=journal.next_id(), now=0)
    received(journal)
    journal.clear()
    after = received(journal)
    journal.append(late)
    assert journal.calls() == (late, after)
    assert journal.get(late.id) == late


def test_overtaking_calls_are_found_by_operation_in_order():
    journal = MemoryJournal()
    ids = [journal.next_id() for _ in range(3)]
    for number in (ids[2], ids[0], ids[1]):
        journal.append(MOCK.receive(event(), id=number, now=0))
    operation = MOCK.names.find("invoice_notification").identity
    assert [call.id for call in journal.calls(operation=operation)] == ids


def test_small_calls_take_little_more_than_their_bytes():
    journal = MemoryJournal()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    raw = 0
    for _ in range(2000):
        request = event()
        call = MOCK.receive(request, id=journal.next_id(), now=1.0)
        raw += len(f"POST {request.target} HTTP/1.1\r\n") + 2 + len(request.body)
        raw += sum(len(n) + len(v) + 4 for n, v in request.headers.raw)
        journal.append(call)
    del call, request
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken < 2 * raw


def test_a_wait_among_many_calls_takes_the_first_that_are_asked_for():
    journal = MemoryJournal()
    calls = [received(journal) for _ in range(5)]
    among = waiting.CallFilter(operation=calls[0].operation.identity, after=1, most=2)
    found = waiting.wait(journal, any_call, count=2, timeout=5, among=among)
    assert found == tuple(calls[1:3])


def test_a_new_call_is_found_where_it_has_the_operation_and_the_test():
    journal = MemoryJournal()
    identity = MOCK.names.find("invoice_notification").identity
    among = waiting.CallFilter(operation=identity, token="a")

    def arrive():
        for target, token in (("/nowhere", "a"), (None, "b"), (None, "a")):
            received(journal, event(target) if target else None, token)

    threading.Timer(0.1, arrive).start()
    (found,) = waiting.wait(journal, any_call, count=1, timeout=5, among=among)
    assert (found.token, found.operation.identity) == ("a", identity)


class Busy(MemoryJournal):
    """One that receives another call while the earlier ones are read."""

    def each(self, **among):
        for call in super().each(**among):
            yield call
            if call.id == 2:
                received(self)


def waited_in_a_thread(*given, **options):
    return waiting.wait(*given, **options)


def waited_on_an_event_loop(*given, **options):
    return asyncio.run(waiting.wait_async(*given, **options))


@pytest.mark.parametrize("wait", [waited_in_a_thread, waited_on_an_event_loop])
def test_a_call_that_comes_while_earlier_ones_are_read_is_found_after_them(wait):
    journal = Busy()
    for _ in range(3):
        received(journal)
    found = wait(journal, any_call, count=4, timeout=5)
    assert [call.id for call in found] == [1, 2, 3, 4]


def test_of_many_calls_some_are_dropped_at_once(monkeypatch):
    monkeypatch.setattr("cbmock.journal.memory._SLACK", 10)
    journal = MemoryJournal(most_calls=100)
    for _ in range(101):
        received(journal)
    assert (len(journal), journal.dropped) == (90, 11)
    assert [call.id for call in journal.calls()] == list(range(12, 102))


@given(st.integers(0, 10**6), st.sampled_from(["most_calls", "most_bytes"]))
def test_where_blocks_are_dropped_whole_the_newest_calls_are_kept(seed, limit):
    """Calls overtake each other, some are invalid, and those of one test are cleared."""
    random, most = Random(seed), {"most_calls": 100, "most_bytes": 40_000}[limit]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("cbmock.journal.memory._SLACK", 4)
        patched.setattr("cbmock.journal.blocks._SIZE", random.choice([500, 3000]))
        journal, appended, cleared = MemoryJournal(**{limit: most}), {}, 0
        waiting = []
        for _ in range(300):
            paid = random.random() < 0.95 or "no"
            token = random.choice(["a", *"b" * 9])
            request = event(body={"description": "d", "paid": paid})
            now = {"id": journal.next_id(), "now": 0}
            waiting.append(MOCK.receive(request, token=token, **now))
            if random.random() < 0.8:
                for call in sorted(waiting, key=lambda _: random.random()):
                    journal.append(call)
                    appended[call.id] = call
                waiting = []
            if random.random() < 0.01:
                cleared += journal.clear(token="a")
                appended = {id: c for id, c in appended.items() if c.token != "a"}
        kept = journal.calls()
        assert kept == tuple(appended[id] for id in sorted(appended))[-len(kept) :]
        assert (
            len(kept) == len(journal) == 300 - len(waiting) - journal.dropped - cleared
        )
        assert (
            most / 2
            < {"most_calls": len(kept), "most_bytes": journal.size}[limit]
            <= most
        )
        assert {each.id for each in kept if each.violations} == set(journal._extras)
        assert journal.clear(token="a") + journal.clear(token="b") == len(kept)
        assert (journal.size, len(journal)) == (0, 0)
