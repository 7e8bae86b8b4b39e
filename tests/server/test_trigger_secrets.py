"""The URLs that were registered may hold credentials: they are matched, and never shown."""

import contextlib
import sqlite3

import pytest
from cbmock import sources
from cbmock.cli.serving.triggers import TriggerLines
from cbmock.http.messages import Headers, Request
from cbmock.journal.database import DatabaseJournal
from cbmock.journal.memory import MemoryJournal
from cbmock.mock.mock import Mock
from cbmock.reports.failures import missing_callback
from cbmock.server.app import App
from cbmock.triggers.correlation import correlate_log
from starlette.testclient import TestClient

from tests.support.mocks import ACCEPTED

KEY = "{$request.body#/url}"
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/subs": {
            "post": {"callbacks": {"done": {KEY: {"post": ACCEPTED}}}, **ACCEPTED}
        }
    },
}
PATH = "/hook?n=1&token=s3cret"
TRIGGER = {
    "method": "POST",
    "url": "http://api/subs?api_key=s3cret",
    "headers": [["authorization", "Bearer s3cret"]],
    "body": {"url": f"http://u:s3cret@mock{PATH}"},
    "response": {"status": 201, "headers": [["set-cookie", "a=s3cret"]], "body": ""},
    "settle": 0,
}


@pytest.fixture(params=["memory", "sqlite"])
def app(request, tmp_path):
    mock = Mock(sources.describe(DOCUMENT))
    journal = MemoryJournal()
    if request.param == "sqlite":
        journal = DatabaseJournal(f"sqlite:///{tmp_path / 'calls.db'}", mock.operations)
    app = App(mock, journal)
    app.bases = ("http://mock",)
    app.lines = []
    TriggerLines(app, app.lines.append)
    yield app
    if request.param == "sqlite":
        journal.close()


def states(app, path):
    api = TestClient(app, base_url="http://mock/_cbmock/api/")
    reported = api.post("triggers", json=TRIGGER)
    assert reported.status_code == 201
    app.take([Request("POST", path, Headers(), b"")])
    listed = api.get("triggers")
    found = correlate_log(app.triggers, app.journal)
    messages = [missing_callback(each) for each in found.missing]
    messages += [repr(each.violation) for each in found.missing]
    messages += map(repr, found.violations.values())
    for text in (*app.lines, reported.text, listed.text, *messages):
        # A body is shown as it is.
        assert "s3cret" not in text.replace(TRIGGER["body"]["url"], "")
    (trigger,) = listed.json()["triggers"]
    assert trigger["due"][0]["urls"] == ["http://***@mock/hook?n=1&token=***"]
    assert "trigger    POST /subs?api_key=***" in app.lines[0]
    return [each["state"] for each in trigger["due"]]


def test_a_call_is_found_at_the_url_with_its_credential(app):
    assert states(app, PATH) == ["fulfilled"]


def test_a_url_that_is_missed_is_shown_without_its_credential(app):
    app.triggers.watch(None, 0)
    assert states(app, "/other?token=s3cret") == ["wrong-url"]


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_database_holds_no_credential_of_a_trigger(app, tmp_path):
    states(app, "/nothing")
    file = tmp_path / "calls.db"
    with contextlib.closing(sqlite3.connect(file)) as database:
        (found,) = database.execute(
            "SELECT value FROM cbmock_settings WHERE kind = 'trigger'"
        ).fetchall()
    assert "s3cret" not in found[0]
