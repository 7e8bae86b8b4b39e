"""HTTP archives are read as calls."""

import base64
import json

import pytest
from cbmock.journal import records
from cbmock.journal.records import NoRecord

ENTRY = {
    "startedDateTime": "2026-11-22T14:00:00.123Z",
    "time": 12.5,
    "request": {
        "method": "POST",
        "url": "https://hooks.example/paid?x=1",
        "headers": [
            {"name": ":authority", "value": "hooks.example"},
            {"name": "Content-Type", "value": "application/json"},
        ],
        "postData": {"mimeType": "application/json", "text": '{"id": 1}'},
    },
    "response": {
        "status": 200,
        "headers": [{"name": "X", "value": "1"}],
        "content": {"text": base64.b64encode(b"ok").decode(), "encoding": "base64"},
    },
}


def archive(*entries):
    return json.dumps({"log": {"version": "1.2", "entries": list(entries)}})


def test_each_entry_is_a_call_to_no_operation():
    first, second = records.calls(
        archive(ENTRY, {**ENTRY, "response": {"status": 204, "headers": []}})
    )
    request = first.request
    assert (request.method, request.target, request.body) == (
        "POST",
        "/paid?x=1",
        b'{"id": 1}',
    )
    assert [*request.headers] == [("Content-Type", "application/json")]
    assert (first.response.status, first.response.body) == (200, b"ok")
    assert (first.outcome, first.received_at, second.id, second.response.body) == (
        "unmatched",
        1795356000.123,
        2,
        b"",
    )


def test_an_entry_that_is_none_is_an_error():
    with pytest.raises(NoRecord, match="in the archive"):
        records.calls(archive({"request": {}}))
