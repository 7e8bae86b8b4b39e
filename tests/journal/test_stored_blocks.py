"""Calls that are committed together share rows; nobody who asks for them sees it."""

import random

import pytest
import sqlalchemy as sa
from cbmock import sources
from cbmock.http.messages import Headers, Request
from cbmock.journal import storage
from cbmock.journal.database import DatabaseJournal
from cbmock.journal.memory import MemoryJournal
from cbmock.mock.mock import Mock

from tests.support.invoices import DOCUMENT, event

pytestmark = pytest.mark.process  # PostgreSQL

MOCK = Mock(sources.describe(DOCUMENT))
OPERATIONS = [each.identity for each in MOCK.operations]
REQUESTS = (
    event(),
    event(),
    event(body={"paid": 1}),
    event("/nowhere"),
    event("/webhooks/new-subscription", {"username": "a"}),
    event(body={"description": "long " * 10_000, "paid": True}),
)


@pytest.fixture
def journals(url):
    """Return journals in memory and in a database with the same calls, in several batches.

    Some ids have no call: those of requests that are not recorded, and of other processes.
    """
    chance = random.Random(20)
    memory, stored = MemoryJournal(), DatabaseJournal(url, MOCK.operations)
    for size in (1, 16, 3, 40, 16, 1, 1, 300, 5):
        with stored.batch(size):
            for _ in range(size):
                id_ = stored.next_id()
                call = MOCK.receive(
                    chance.choice(REQUESTS),
                    id=id_,
                    now=1_800_000_000 + id_,
                    token=chance.choice([None, None, "a", "b"]),
                )
                call.become_attempt(chance.choice([None, f"evt_{call.id}"]), 1, ())
                if chance.random() < 0.95:
                    memory.append(call)
                    stored.append(call)
    yield memory, stored
    stored.close()


def rows(stored, table):
    return stored._stored.rows(sa.select(table))


def ids(journal, **query):
    return [each.id for each in journal.each(**query)]


def test_calls_of_a_batch_share_rows(journals):
    memory, stored = journals
    found = rows(stored, storage.tables(sa).blocks)
    assert len(found) < len(memory) / 2
    assert sum(each.calls for each in found) == len(stored) == len(memory)
    assert sum(each.valid for each in found) == sum(c.valid for c in memory.each())


def test_every_question_is_answered_as_in_memory(journals):
    memory, stored = journals
    first, last = memory.calls()[0].id, memory.last_id
    assert [each.record() for each in stored.each()] == [
        each.record() for each in memory.each()
    ]
    for after in range(first - 1, first + 120):
        for token in (None, "a", "nobody"):
            asked = {"after": after, "token": token}
            assert ids(stored, **asked) == ids(memory, **asked)
            assert stored.ids(**asked) == ids(memory, **asked)
            assert stored.counts(**asked).by_operation == (
                memory.counts(**asked).by_operation
            )
            for operation in OPERATIONS:
                both = {**asked, "operation": operation}
                assert ids(stored, **both) == list(memory.ids(**both))
    for id_ in range(first - 1, last + 2):
        kept, asked = memory.get(id_), stored.get(id_)
        assert (asked and asked.record()) == (kept and kept.record())


def test_what_is_deleted_of_one_test_is_gone_for_all_questions(journals):
    memory, stored = journals
    assert stored.clear(token="a") == memory.clear(token="a")
    assert ids(stored) == ids(memory)
    assert stored.counts().by_operation == memory.counts().by_operation
    events = {each.call for each in rows(stored, storage.tables(sa).events)}
    assert events == {each.id for each in memory.each() if each.event}


@pytest.mark.parametrize("keep", [0, 1, 2, 5, 50, 200, 300, 10_000])
def test_as_many_calls_are_kept_as_was_said(journals, keep):
    memory, stored = journals
    there = ids(memory)
    kept = there[max(len(there) - keep, 0) :]
    assert stored.prune(keep=keep) == len(there) - len(kept)
    assert ids(stored) == kept
    events = {each.call for each in rows(stored, storage.tables(sa).events)}
    assert events == {
        each.id for each in memory.each() if each.event and each.id in kept
    }


def test_a_block_that_began_before_a_time_keeps_what_came_after_it(journals):
    memory, stored = journals
    middle = memory.calls()[150]
    kept = [each.id for each in memory.each() if each.id >= middle.id]
    first, last = middle.received_at, memory.calls()[-1].received_at
    assert stored.prune(before=first) == len(memory) - len(kept)
    assert ids(stored) == kept
    assert stored.info() == {
        "calls": len(kept),
        "first": first,
        "last": last,
        "bytes": stored.info()["bytes"],
    }


@pytest.mark.parametrize("size", [0, 100, 2000, 10_000, 10**9])
def test_the_newest_rows_stay_that_fit_a_size(journals, size):
    memory, stored = journals
    blocks = storage.tables(sa).blocks
    there = sorted((each.id, len(each.content)) for each in rows(stored, blocks))
    deleted = stored.prune(size=size)
    kept = sorted((each.id, len(each.content)) for each in rows(stored, blocks))
    first = len(there) - len(kept)
    assert kept == there[first:]
    assert sum(length for _, length in kept) == stored.info()["bytes"] <= size
    assert not first or sum(length for _, length in there[first - 1 :]) > size
    assert deleted == len(memory) - len(stored)


def test_how_much_of_an_answer_left_is_changed_for_one_call_of_a_block(journals):
    memory, stored = journals
    changed = memory.calls()[40].id
    stored.amend(changed, sent="part", duration=2.5)
    found = [each for each in stored.each() if each.sent == "part"]
    assert [(each.id, each.duration) for each in found] == [(changed, 2.5)]
    assert ids(stored) == ids(memory)


def test_the_ids_of_blocks_without_gaps_are_told_without_reading_calls(
    url, monkeypatch
):
    stored = DatabaseJournal(url, MOCK.operations)
    with stored.batch(20):
        for _ in range(20):
            stored.append(
                MOCK.receive(event(), id=stored.next_id(), now=1.0, token="a")
            )
    monkeypatch.setattr(stored._blocks, "calls", None)
    first = stored.last_id - 19
    assert stored.ids(after=first, token="a") == [*range(first + 1, first + 20)]
    stored.close()


def test_text_that_a_column_cannot_hold_is_kept_and_found(url):
    stored = DatabaseJournal(url, MOCK.operations)
    for token in ("a\0b", "\ud800"):
        request = Request("POST", "/webhooks", Headers(), b"")
        call = MOCK.receive(request, id=stored.next_id(), now=1.0, token=token)
        call.become_attempt("evt\0\udfff", 1, ())
        stored.append(call)
        assert [each.token for each in stored.each(token=token)] == [token]
        assert stored.clear(token=token) == 1
    stored.close()


def test_rows_that_no_statement_takes_at_once_are_committed_together(url):
    stored = DatabaseJournal(url, MOCK.operations)
    with stored.batch(9000):
        for at in range(9000):
            call = MOCK.receive(event(), id=stored.next_id(), now=1.0, token=None)
            call.become_attempt(f"evt_{at}", 1, ())
            stored.append(call)
    assert len(stored) == len(rows(stored, storage.tables(sa).events)) == 9000
    stored.close()
