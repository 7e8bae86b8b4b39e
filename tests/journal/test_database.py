"""Journals in SQLite and PostgreSQL: the same as in memory, and durable."""

import asyncio
import contextlib
import json
import os
import random
import sqlite3
import sys
import threading
import time
from dataclasses import replace

import httpx2
import psycopg
import pytest
import sqlalchemy as sa
from cbmock import ReceiverError, sources
from cbmock.http.messages import Headers, Request
from cbmock.journal import storage
from cbmock.journal.database import DatabaseJournal
from cbmock.journal.memory import MemoryJournal
from cbmock.journal.protocol import JournalFailure
from cbmock.journal.stores import is_stored
from cbmock.mock.mock import Mock
from cbmock.server.app import App

from tests.support import journal_mocks
from tests.support.invoices import DOCUMENT, event
from tests.support.waiting import until

pytestmark = pytest.mark.process  # PostgreSQL, and servers that are killed

MOCK = Mock(sources.describe(DOCUMENT))
OPERATION = MOCK.names.find("invoice_notification")


@pytest.fixture
def journal(url):
    found = DatabaseJournal(url, MOCK.operations)
    yield found
    found.close()


def received(journal, request=None, token=None, now=1_800_000_000.5):
    call = MOCK.receive(request or event(), id=journal.next_id(), now=now, token=token)
    journal.append(call)
    return call


SENT = (
    event(),
    event(body={"paid": 1}),
    event("/nowhere"),
    event(method="PUT"),
    Request("POST", "/webhooks", Headers(), b"\xff\x00"),
    event(body={"description": "long " * 500, "paid": True}),
)


def test_calls_come_back_as_their_records_went_in(journal):
    sent = [received(journal, each, token="a") for each in SENT]
    assert [each.record() for each in journal.calls()] == [
        each.record() for each in sent
    ]
    assert journal.get(sent[1].id).record() == sent[1].record()
    assert [each.request.body for each in journal.calls()] == [
        each.body for each in SENT
    ]


def test_many_calls_of_one_operation_come_back_in_the_next_run(journal, url):
    bodies = [{"paid": True, "description": f"invoice {at}"} for at in range(40)]
    sent = [received(journal, event(body=each)) for each in bodies]
    other = DatabaseJournal(url, MOCK.operations)
    assert [each.record() for each in other.calls()] == [each.record() for each in sent]
    sizes = [each.size for each in lengths(other)]
    assert max(sizes[-8:]) < min(sizes[:8]) / 2
    other.close()


def lengths(journal):
    """Return the sizes of records in the order of their calls."""
    blocks = storage.tables(sa).blocks.c
    size = sa.func.length(blocks.content).label("size")
    return journal._stored.rows(sa.select(size).order_by(blocks.id))


def test_queries_are_those_of_the_journal_in_memory(journal):
    memory = MemoryJournal()
    for token, request in (("a", SENT[0]), ("b", SENT[0]), ("a", SENT[2])):
        call = received(journal, request, token=token)
        memory.append(call)
    first = journal.calls()[0].id
    for query in (
        {},
        {"token": "a"},
        {"after": first},
        {"operation": OPERATION.identity},
        {"operation": OPERATION.identity, "token": "b", "after": first},
        {"operation": "another"},
    ):
        ids = [call.id for call in memory.calls(**query)]
        assert [call.id for call in journal.calls(**query)] == ids
        assert [list(each.ids(**query)) for each in (journal, memory)] == [ids, ids]
    for query in ({}, {"token": "a"}, {"after": first}):
        assert journal.counts(**query).by_operation == (
            memory.counts(**query).by_operation
        )
    assert journal.get(10**9) is None


def test_many_calls_are_read_a_page_at_a_time(journal):
    with journal.batch():
        for _ in range(1001):
            received(journal)
    ids = [each.id for each in journal.each()]
    assert (len(ids), ids) == (1001, sorted(set(ids)))
    assert len(journal) == 1001


def test_what_is_appended_in_a_batch_is_there_when_it_is_left(journal, url):
    other = DatabaseJournal(url)
    with journal.batch():
        received(journal)
        assert len(other) == 0
    assert len(other) == 1
    other.close()


def test_listeners_hear_of_calls_once_they_are_kept(journal, url):
    heard = []
    earlier = received(journal)
    other = DatabaseJournal(url)
    assert [
        each.id for each in journal.listen(lambda c: heard.append((c.id, len(other))))
    ] == [earlier.id]
    later = received(journal)
    assert heard == [(later.id, 2)]
    other.close()


def test_nobody_hears_who_ignores(journal):
    heard = []
    journal.listen(heard.append)
    journal.ignore(heard.append)
    journal.ignore(heard)
    before = journal.changes
    received(journal)
    assert (len(heard) <= 1, journal.changes > before, journal.dropped) == (
        True,
        True,
        0,
    )


def test_calls_of_one_test_or_all_are_deleted(journal):
    for token in ("a", "b", None):
        received(journal, token=token)
    assert journal.clear(token="a") == 1
    assert [each.token for each in journal.calls()] == ["b", None]
    assert journal.clear() == 2


def test_how_much_of_an_answer_left_is_said_later(journal):
    call = received(journal)
    journal.amend(call.id, sent="part", duration=2.5)
    journal.amend(10**9, sent="part", duration=2.5)
    found = [(each.sent, each.duration) for each in journal.calls()]
    assert found == [("part", 2.5)]


def test_old_calls_are_pruned(journal):
    for now in (1000.0, 2000.0, 3000.0, 4000.0):
        received(journal, now=now)
    assert journal.info()["calls"] == 4
    assert (journal.info()["first"], journal.info()["last"]) == (1000.0, 4000.0)
    assert journal.prune(before=2000.0) == 1
    assert journal.prune(keep=2) == 1
    assert [each.received_at for each in journal.calls()] == [3000.0, 4000.0]


def test_ids_are_never_given_out_twice_by_several_processes_and_starts(url):
    journals = [DatabaseJournal(url) for _ in range(3)]
    ids = [each.next_id() for _ in range(200) for each in journals]
    again = DatabaseJournal(url)
    ids.append(again.next_id())
    assert len({*ids}) == len(ids)
    for each in (*journals, again):
        each.close()


def test_threads_may_append(journal):
    threads = [
        threading.Thread(target=lambda: [received(journal) for _ in range(20)])
        for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(journal) == 80


def test_another_version_is_refused(tmp_path):
    file = tmp_path / "calls.db"
    DatabaseJournal(f"sqlite:///{file}").close()
    with sqlite3.connect(file) as connection:
        connection.execute(
            "UPDATE cbmock_counters SET value = 9 WHERE name = 'version'"
        )
    connection.close()
    with pytest.raises(ReceiverError, match="is of version 9, this is 5"):
        DatabaseJournal(f"sqlite:///{file}")


_OF_VERSION_4 = (
    """
    CREATE TABLE cbmock_calls (
        id BIGINT NOT NULL, token TEXT, operation TEXT, outcome TEXT NOT NULL,
        valid BOOLEAN NOT NULL, received_at DOUBLE NOT NULL,
        writer BIGINT DEFAULT '0' NOT NULL, coding SMALLINT NOT NULL,
        record BLOB NOT NULL, event TEXT, PRIMARY KEY (id)
    )
    """,
    """
    INSERT INTO cbmock_calls
    SELECT id, token, operation, 'matched', valid, received_at, writer, coding, content,
           (SELECT event FROM cbmock_events WHERE call = id)
    FROM cbmock_blocks
    """,
    "CREATE INDEX ix_cbmock_calls_operation ON cbmock_calls (operation)",
    "CREATE INDEX ix_cbmock_calls_received_at ON cbmock_calls (received_at)",
    "CREATE INDEX cbmock_calls_token ON cbmock_calls (token) WHERE token IS NOT NULL",
    "CREATE INDEX cbmock_calls_event ON cbmock_calls (event) WHERE event IS NOT NULL",
    "CREATE INDEX cbmock_calls_invalid ON cbmock_calls (valid) WHERE NOT valid",
    "DROP TABLE cbmock_blocks",
    "DROP TABLE cbmock_events",
    "UPDATE cbmock_counters SET value = 4 WHERE name = 'version'",
)
"""What makes of a journal of this version, with blocks of one call, one of version 4."""
_OF_VERSION_3 = (
    *_OF_VERSION_4,
    "DROP TABLE cbmock_dictionaries",
    "DELETE FROM cbmock_counters WHERE name = 'dictionary'",
    "UPDATE cbmock_counters SET value = 3 WHERE name = 'version'",
)
_OF_VERSION_2 = (
    *_OF_VERSION_3,
    "DROP INDEX cbmock_calls_token",
    "DROP INDEX cbmock_calls_event",
    "DROP INDEX cbmock_calls_invalid",
    "ALTER TABLE cbmock_calls DROP COLUMN event",
    "CREATE INDEX ix_cbmock_calls_token ON cbmock_calls (token)",
    "CREATE INDEX ix_cbmock_calls_valid ON cbmock_calls (valid)",
    "UPDATE cbmock_counters SET value = 2 WHERE name = 'version'",
)
_OF_VERSION_1 = (
    *_OF_VERSION_2,
    "ALTER TABLE cbmock_calls DROP COLUMN writer",
    "DELETE FROM cbmock_counters WHERE name = 'settings'",
    "UPDATE cbmock_counters SET value = 1 WHERE name = 'version'",
)


def schema(connection):
    """What the database says of its tables and indexes."""
    query = "SELECT name, tbl_name FROM sqlite_master ORDER BY name"
    return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    "statements", [_OF_VERSION_1, _OF_VERSION_2, _OF_VERSION_3, _OF_VERSION_4]
)
def test_a_journal_of_an_earlier_version_becomes_one_of_this(tmp_path, statements):
    file = tmp_path / "calls.db"
    url = f"sqlite:///{file}"
    journal = DatabaseJournal(url, MOCK.operations)
    calls = [received(journal), received(journal, event(body={}), token="a")]
    journal.close()
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        new = schema(connection)
        for statement in statements:
            connection.execute(statement)
    again = DatabaseJournal(url, MOCK.operations)
    assert [each.record() for each in again.calls()] == [
        each.record() for each in calls
    ]
    assert list(again.ids(token="a")) == [calls[1].id]
    (counted,) = again.counts().by_operation.values()
    assert counted == (2, 1)
    assert received(again).id > calls[1].id
    again.close()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert schema(connection) == new


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """Return the URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    url = request.getfixturevalue("cluster").url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS new")
        connection.execute("CREATE DATABASE new")
    return url.rpartition("/")[0] + "/new"


def test_mocks_that_start_together_share_a_new_database(empty):
    opened, together = [], threading.Barrier(6)

    def begin():
        together.wait()
        opened.append(DatabaseJournal(empty, MOCK.operations))

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for each in opened:
        received(each)
    assert [len(each) for each in opened] == [6] * 6
    for each in opened:
        each.close()


def test_a_database_that_cannot_be_opened_is_an_error(tmp_path):
    with pytest.raises(ReceiverError, match="unable to open database file"):
        DatabaseJournal(f"sqlite:///{tmp_path}/no/such/folder/calls.db")


def test_what_is_a_database_is_told_by_its_url():
    urls = ("sqlite:///a.db", "postgresql://h/db", "calls.jsonl", "memory:")
    assert [is_stored(each) for each in urls] == [True, True, False, False]


@pytest.fixture
def broken(tmp_path):
    """Return a mock with a journal whose file has become one that nobody may write to."""
    file = tmp_path / "calls.db"
    journal = DatabaseJournal(f"sqlite:///{file}", MOCK.operations)
    kept = received(journal)
    app = App(MOCK, journal)
    journal.close()
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE cbmock_blocks RENAME TO hidden")
    connection.close()

    def mend():
        with sqlite3.connect(file) as connection:
            connection.execute("ALTER TABLE hidden RENAME TO cbmock_blocks")
        connection.close()

    yield app, kept, mend
    journal.close()


def test_a_call_that_cannot_be_kept_is_refused_and_later_ones_are_kept(broken):
    app, kept, mend = broken
    journal = app.journal
    with pytest.raises(JournalFailure, match="no such table"):
        received(journal)
    mend()
    later = received(journal)
    assert [each.id for each in journal.calls()] == [kept.id, later.id]


def test_a_call_that_cannot_be_kept_waits_where_that_is_asked_for(broken):
    app, kept, mend = broken
    journal = app.journal
    journal._on_failure = "memory"
    waiting = received(journal)
    mend()
    later = received(journal)
    assert [each.id for each in journal.calls()] == [kept.id, waiting.id, later.id]


def test_calls_that_wait_have_ids_of_their_own_while_only_some_writes_succeed(broken):
    app, kept, mend = broken
    journal = app.journal
    journal._on_failure = journal._ids._on_failure = "memory"
    with contextlib.closing(sqlite3.connect(journal._engine.url.database)) as other:
        other.execute("ALTER TABLE cbmock_counters RENAME TO gone")
        waiting = [received(journal) for _ in range(3)]
        other.execute("ALTER TABLE gone RENAME TO cbmock_counters")
    waiting += [received(journal) for _ in range(3)]
    mend()
    waiting.append(received(journal))
    ids = [kept.id, *(each.id for each in waiting)]
    assert ids == sorted({*ids})
    assert ([each.id for each in journal.calls()], journal.write_waiting()) == (ids, 0)


def answer_of(app):
    transport = httpx2.ASGITransport(app)

    async def ask():
        async with httpx2.AsyncClient(transport=transport) as client:
            return await client.post(
                "http://mock/events/invoices/1", json={"paid": True}
            )

    return asyncio.run(ask())


def test_the_mock_answers_503_to_what_it_cannot_keep(broken):
    app, _, mend = broken
    failures = []
    app.on_journal_failure = failures.append
    answer = answer_of(app)
    assert (answer.status_code, answer.headers["retry-after"], len(failures)) == (
        503,
        "1",
        1,
    )
    assert answer.json()["type"] == "/_cbmock/problems/journal-unavailable"
    (refused,) = app.take([event()])
    assert refused.status == 503
    mend()
    assert app.take([event()])[0].status == 200


def test_a_postgresql_that_went_away_is_told_and_used_again(cluster):
    journal = DatabaseJournal(cluster.url, MOCK.operations)
    journal.clear()
    kept = received(journal)
    cluster.stop()
    with pytest.raises(JournalFailure):
        received(journal)
    cluster.start()
    later = received(journal)
    assert [each.id for each in journal.calls()] == [kept.id, later.id]
    journal.close()


def test_the_commit_of_a_call_waits_for_the_disk_and_that_of_a_number_does_not(
    tmp_path, monkeypatch
):
    opened, connect = [], storage.bare_connection

    def noted(*args, **more):
        opened.append(connect(*args, **more))
        return opened[-1]

    monkeypatch.setattr(storage, "bare_connection", noted)
    journal = DatabaseJournal(f"sqlite:///{tmp_path / 'calls.db'}", MOCK.operations)
    levels = []
    for _ in range(2):
        received(journal)
        journal.next_id()
        journal.append(MOCK.receive(event(), id=journal.next_id(), now=1))
        levels += opened[-1].execute("PRAGMA synchronous").fetchone()
        journal.next_id()
        levels += opened[-1].execute("PRAGMA synchronous").fetchone()
    journal.close()
    (full, normal) = (2, 1)
    assert (len(opened), levels) == (1, [full, normal] * 2)


KILLS = int(os.environ.get("CBMOCK_KILLS", "5"))
"""How often the mock is killed: `CBMOCK_KILLS=100 pytest -rP -k kill_9` tells how many calls."""


def test_every_answered_call_is_there_after_kill_9(url):
    answered = {}
    chance = random.Random(9)
    for each in range(KILLS):
        process, base = journal_mocks.start(url)
        with journal_mocks.sending([base], f"{each}-", answered):
            enough = len(answered) + 20
            until(lambda enough=enough: len(answered) >= enough)
            time.sleep(chance.random() * 0.1)
            process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    journal = DatabaseJournal(url, MOCK.operations)
    ids = [call.id for call in journal.calls()]
    kept = [(call.target, call.body) for call in journal.calls()]
    journal.close()
    sys.stdout.write(f"{KILLS} kills: {len(answered)} answered, {len(kept)} kept\n")
    assert ids == sorted({*ids})
    assert len(kept) == len(dict(kept))
    assert dict(kept) == {**dict(kept), **answered}


def test_records_hide_credentials_at_rest(journal):
    secret = replace(event(), headers=Headers.of([("authorization", "Bearer abcdef")]))
    received(journal, secret)
    assert "abcdef" not in json.dumps(journal.calls()[0].record())
