"""Databases that are there but say nothing: stopped, locked, or without their standby."""

import contextlib
import os
import signal
import socket
import sqlite3
import threading
import time

import psycopg
import pytest
import sqlalchemy as sa
from cbmock import sources
from cbmock.cli import main
from cbmock.errors import ReceiverError
from cbmock.journal import patience
from cbmock.journal.database import DatabaseJournal
from cbmock.journal.protocol import JournalFailure
from cbmock.mock.mock import Mock
from click.testing import CliRunner

from tests.support import journal_mocks
from tests.support.invoices import DOCUMENT, event
from tests.support.stopping import processes, stopped
from tests.support.waiting import until

pytestmark = pytest.mark.process  # PostgreSQL, which is stopped

MOCK = Mock(sources.describe(DOCUMENT))
MANY = 2000
"""Calls that would take most of an hour if each waited for the database."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE", 1.5)


@pytest.fixture
def opened():
    """Return a function that opens a journal, which is closed after the test."""
    with contextlib.ExitStack() as stack:

        def open_(url, on_failure="reject"):
            journal = DatabaseJournal(url, MOCK.operations, on_failure=on_failure)
            stack.callback(journal.close)
            journal.clear()
            return journal

        yield open_


def received(journal):
    call = MOCK.receive(event(), id=journal.next_id(), now=1_800_000_000.5)
    journal.append(call)
    return call


def ids(calls):
    return [call.id for call in calls]


@contextlib.contextmanager
def locked(url):
    """Let another program have the journal for itself."""
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
    else:
        other = psycopg.connect(url)
        other.execute("LOCK TABLE cbmock_blocks")
    with contextlib.closing(other):
        yield


def kept(journal):
    """Send a call that is kept, as soon as that is possible."""
    found = []

    def is_kept():
        with contextlib.suppress(JournalFailure):
            found.append(received(journal))
        return bool(found)

    until(is_kept)
    return found[0]


def refused(journal, count):
    for _ in range(count):
        with pytest.raises(JournalFailure):
            received(journal)


def test_calls_are_refused_while_postgresql_is_stopped_and_only_one_waits_for_it(
    cluster, opened
):
    journal = opened(cluster.url)
    first = received(journal)
    with stopped(*processes(cluster)):
        with pytest.raises(JournalFailure, match="it did not answer within"):
            received(journal)
        refused(journal, MANY)
        with pytest.raises(JournalFailure):
            journal.calls()
    last = kept(journal)
    found = ids(journal.calls())
    assert (found[0], found[-1], len(found)) == (first.id, last.id, len({*found}))


def test_calls_wait_in_memory_while_the_database_is_locked(url, opened):
    journal = opened(url, "memory")
    sent = [received(journal)]
    with locked(url):
        sent += [received(journal) for _ in range(MANY)]
    until(lambda: journal.write_waiting() == 0)
    sent.append(received(journal))
    assert ids(journal.calls()) == ids(sent)


def test_calls_are_refused_while_the_database_is_locked(url, opened):
    journal = opened(url)
    sent = [received(journal)]
    with locked(url):
        refused(journal, MANY)
    sent.append(kept(journal))
    assert ids(journal.calls()) == ids(sent)


def test_calls_of_a_file_are_read_while_another_locks_it(tmp_path, opened):
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    journal = opened(url)
    call = received(journal)
    with locked(url):
        refused(journal, 2)
        assert (ids(journal.calls()), journal.last_id) == ([call.id], call.id)


@pytest.mark.parametrize("is_late", [True, False])
def test_a_commit_that_is_carried_out_late_keeps_no_call_twice(
    cluster, opened, is_late
):
    journal = opened(cluster.url, "memory")
    sent = [received(journal)]
    durable = journal._statements._durable._connection._connection
    with stopped(durable.info.backend_pid):
        with journal.batch(3):
            sent += [received(journal) for _ in range(3)]
        if is_late:
            until(lambda: journal.write_waiting() == 0)
    until(lambda: journal.write_waiting() == 0)
    sent.append(received(journal))
    assert ids(journal.calls()) == ids(sent)


def test_calls_wait_while_a_standby_is_missing(cluster, opened):
    journal = opened(cluster.url, "memory")
    sent = [received(journal)]
    standby(cluster, "'nobody'")
    sent += [received(journal) for _ in range(MANY)]
    assert journal.write_waiting() == MANY
    standby(cluster, "''")
    until(lambda: journal.write_waiting() == 0)
    assert ids(journal.calls()) == ids(sent)


def standby(cluster, names):
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = {names}")
        connection.execute("SELECT pg_reload_conf()")
    encoding = {"client_encoding": "utf8"}
    with psycopg.connect(cluster.url, autocommit=True, **encoding) as connection:
        query = "SELECT current_setting('synchronous_standby_names')"
        wanted = (names.strip("'"),)
        until(lambda: connection.execute(query).fetchone() == wanted)


def test_what_is_read_may_take_longer_if_the_server_accepts_connections(
    cluster, opened
):
    journal = opened(cluster.url)
    assert journal._query(sa.text("SELECT 1 FROM pg_sleep(4)")) == [(1,)]
    threading.Timer(0.5, os.kill, (cluster._process.pid, signal.SIGSTOP)).start()
    try:
        with pytest.raises(JournalFailure, match="timeout"):
            journal._query(sa.text("SELECT 1 FROM pg_sleep(30)"))
    finally:
        os.kill(cluster._process.pid, signal.SIGCONT)


def test_a_wait_for_calls_of_others_outlasts_a_stop(cluster, opened):
    journal, other = opened(cluster.url), opened(cluster.url)
    heard = []
    journal.listen(heard.append)
    with stopped(*processes(cluster)):
        refused(other, 1)
    last = kept(other)
    until(lambda: last.id in ids(heard))


@pytest.mark.parametrize("end", ["", "?connect_timeout=2"])
def test_a_host_that_accepts_connections_and_says_nothing_is_an_error(end):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgresql://mock@127.0.0.1:{port}/db{end}"
        with pytest.raises(ReceiverError, match="connection timeout expired"):
            DatabaseJournal(url)


def test_the_calls_of_a_stopped_postgresql_are_an_error(cluster, opened):
    opened(cluster.url)
    with stopped(*processes(cluster)):
        found = CliRunner().invoke(main, ["calls", "--journal", cluster.url])
    assert (found.exit_code, "connection timeout expired" in found.output) == (2, True)


@pytest.mark.parametrize("on_failure", ["reject", "memory"])
def test_every_answered_call_is_there_once_after_the_database_was_stopped(
    cluster, opened, on_failure
):
    journal, answered = opened(cluster.url), {}
    started = [journal_mocks.start(cluster.url, on_failure=on_failure) for _ in "12"]
    mocks, bases = zip(*started, strict=True)
    with journal_mocks.sending(bases, "", answered):
        for victims in (processes, lambda cluster: processes(cluster)[1:]):
            enough = len(answered) + 100
            until(lambda enough=enough: len(answered) >= enough)
            with stopped(*victims(cluster)):
                time.sleep(3)
        enough = len(answered) + 100
        until(lambda: len(answered) >= enough)
    assert [each.communicate("")[0].strip() for each in mocks] == ["0", "0"]
    found = journal.calls()
    kept = [(call.target, call.body) for call in found]
    assert len(kept) == len(dict(kept))
    assert dict(kept) == {**dict(kept), **answered}
    assert ids(found) == sorted({*ids(found)})
