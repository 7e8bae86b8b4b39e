"""Calls that wait in memory while a database is away: each is kept once, when it is back."""

import contextlib
import time

import pytest
import sqlalchemy as sa
from cbmock import sources
from cbmock.journal import storage
from cbmock.journal.database import DatabaseJournal
from cbmock.mock.mock import Mock
from cbmock.server.app import App
from starlette.testclient import TestClient

from tests.support import journal_mocks
from tests.support.invoices import DOCUMENT, event
from tests.support.waiting import until

pytestmark = pytest.mark.process  # PostgreSQL, which is killed

MOCK = Mock(sources.describe(DOCUMENT))
NAME = "invoice_notification"


@pytest.fixture
def two(url):
    """Return two journals on one database, as two processes have them."""
    found = [opened(url) for _ in range(2)]
    yield found
    for each in found:
        each.close()


@pytest.fixture
def journal(two):
    return two[0]


def opened(url):
    return DatabaseJournal(url, MOCK.operations, on_failure="memory")


def received(journal, token=None):
    call = MOCK.receive(event(), id=journal.next_id(), now=1_800_000_000.5, token=token)
    journal.append(call)
    return call


def batch(journal, size):
    with journal.batch(size):
        return [received(journal) for _ in range(size)]


@contextlib.contextmanager
def away(journal):
    """Let calls be neither written nor read."""
    execute(journal, "ALTER TABLE cbmock_blocks RENAME TO away")
    try:
        yield
    finally:
        execute(journal, "ALTER TABLE away RENAME TO cbmock_blocks")


def execute(journal, statement):
    with journal._engine.begin() as connection:
        connection.execute(sa.text(statement))


@contextlib.contextmanager
def killed(journal):
    """Let the database lose all that was not committed durably, as one that is killed."""
    before = journal.last_id
    with away(journal):
        yield
        numbers = storage.tables(sa).counters
        set_back = numbers.update().where(numbers.c.name == "id").values(value=before)
        with journal._engine.begin() as connection:
            connection.execute(set_back)


def ids(calls):
    return [call.id for call in calls]


def test_ids_that_a_killed_database_has_forgotten_are_given_to_no_other_call(journal):
    sent = batch(journal, 3)
    with killed(journal):
        sent += batch(journal, 5)
    sent += batch(journal, 4)
    assert ids(sent) == sorted({*ids(sent)})
    assert ids(journal.calls()) == ids(sent)
    assert journal.write_waiting() == 0


def test_calls_wait_beside_those_to_which_their_ids_were_given_anew(two):
    ours, theirs = two
    sent = batch(ours, 3)
    with killed(ours):
        sent += batch(ours, 5)
    sent += batch(theirs, 4)
    sent += batch(ours, 2)
    found = ids(ours.calls())
    assert (len(found), found) == (len(sent), sorted({*found}))
    assert ids(theirs.calls()) == found
    assert {*ids(sent)} <= {*found}


def test_calls_are_written_as_soon_as_the_database_is_back_without_another_call(
    journal,
):
    with away(journal):
        sent = batch(journal, 3)
        assert journal.write_waiting() == 3
    until(lambda: len(journal) == 3)
    assert ids(journal.calls()) == ids(sent)


def test_a_call_that_waits_is_found_by_its_id(journal):
    with away(journal):
        call = received(journal)
        assert journal.get(call.id) == call


def test_how_much_of_an_answer_left_is_kept_with_a_call_that_waits(two):
    ours, theirs = two
    with killed(ours):
        call, again = received(ours), received(ours)
        ours.amend(call.id, sent="part", duration=2.5)
        ours.amend(again.id, sent="nothing", duration=3.5)
    other = received(theirs)
    assert other.id == call.id
    ours.write_waiting()
    found = {(each.sent, each.duration) for each in ours.calls()}
    assert found == {("whole", 0.0), ("part", 2.5), ("nothing", 3.5)}
    assert ours.get(other.id).sent == "whole"


def test_how_much_of_an_answer_left_is_said_once_the_database_is_back(journal):
    call = received(journal)
    with away(journal):
        journal.amend(call.id, sent="part", duration=2.5)
    until(lambda: journal.get(call.id).sent == "part")


def test_calls_that_are_deleted_wait_no_longer(journal):
    received(journal, "a")
    with blocked(journal):
        for token in ("a", "b", "a"):
            received(journal, token)
        assert journal.clear(token="a") == 3
    journal.write_waiting()
    assert [call.token for call in journal.calls()] == ["b"]
    with blocked(journal):
        received(journal)
        assert journal.clear() == 2
    assert (journal.write_waiting(), len(journal)) == (0, 0)


@contextlib.contextmanager
def blocked(journal):
    """Let only new calls fail to be written."""
    execute(journal, "CREATE UNIQUE INDEX one_writer ON cbmock_blocks (writer)")
    try:
        yield
    finally:
        execute(journal, "DROP INDEX one_writer")


def test_no_more_calls_wait_than_memory_has_room_for(journal, monkeypatch):
    monkeypatch.setattr("cbmock.journal.unwritten_calls._MOST_WAITING", 3)
    with away(journal):
        sent = batch(journal, 2) + batch(journal, 3)
        assert journal.write_waiting() == 5
    assert journal.write_waiting() == 2
    assert ids(journal.calls()) == ids(sent[2:])


@pytest.fixture
def scripted(cluster):
    """Return a mock of a database, and a client of its control API."""
    journal = opened(cluster.url)
    journal.clear()
    app = App(MOCK, journal)
    yield app, TestClient(app, base_url="http://mock/_cbmock/api/")
    cluster.start()
    app.scripts.remove()
    journal.close()


def answers(app, count):
    client = TestClient(app, base_url="http://mock")
    return [
        client.post("/events/invoices/1", json={"description": "x", "paid": True})
        for _ in range(count)
    ]


def test_scripts_are_played_and_counted_while_the_database_is_away(cluster, scripted):
    app, control = scripted
    replies = {"replies": [{"status": 503, "times": 5}, {"status": 429, "times": 2}]}
    control.put(f"responses/{NAME}", json=replies)
    found = answers(app, 1)
    cluster.stop()
    found += answers(app, 3)
    cluster.start()
    found += answers(app, 4)
    assert [each.status_code for each in found] == [*[503] * 5, 429, 429, 200]
    assert len(app.journal.calls()) == 8
    assert "journal-unavailable" not in str([each.text for each in found])


def test_a_script_goes_on_where_it_was_after_the_database_has_forgotten_that(
    cluster, scripted
):
    app, control = scripted
    control.put(f"responses/{NAME}", json={"status": 503, "times": 3})
    found = answers(app, 2)
    execute(app.journal, "UPDATE cbmock_settings SET taken = 0")
    found += answers(app, 2)
    assert [each.status_code for each in found] == [503, 503, 503, 200]


def test_a_reply_for_some_time_begins_while_the_database_is_away(cluster, scripted):
    app, control = scripted
    replies = {"replies": [{"status": 503, "lasts": 3600}, {"status": 429}]}
    control.put(f"responses/{NAME}", json=replies)
    cluster.stop()
    found = answers(app, 2)
    assert [each.status_code for each in found] == [503, 503]
    assert "journal-unavailable" not in str([each.text for each in found])


def test_repeated_deliveries_are_answered_while_the_database_is_away(cluster, scripted):
    app, _ = scripted
    client = TestClient(app, base_url="http://mock", headers={"webhook-id": "m1"})
    body = {"description": "x", "paid": True}
    found = [client.post("/events/invoices/1", json=body)]
    cluster.stop()
    body = {"description": "y", "paid": True}
    found += [client.post("/events/invoices/1", json=body) for _ in range(3)]
    assert [each.status_code for each in found] == [200] * 4


@pytest.mark.parametrize("count", [1, 2])
def test_every_answered_call_is_there_once_after_the_database_was_killed(
    cluster, count
):
    journal = opened(cluster.url)
    journal.clear()
    answered = {}
    started = [
        journal_mocks.start(cluster.url, on_failure="memory") for _ in range(count)
    ]
    mocks, bases = zip(*started, strict=True)
    with journal_mocks.sending(bases, "", answered):
        for _ in range(2):
            enough = len(answered) + 100
            until(lambda enough=enough: len(answered) >= enough)
            cluster.kill()
            time.sleep(0.2)
            cluster.start()
    left = [each.communicate("")[0].strip() for each in mocks]
    found = journal.calls()
    kept = [(call.target, call.body) for call in found]
    journal.close()
    assert left == ["0"] * count
    assert len(kept) == len(dict(kept))
    assert dict(kept) == {**dict(kept), **answered}
    assert ids(found) == sorted({*ids(found)})
