"""Calls as an HTTP Archive, and back."""

import json
from dataclasses import replace

import pytest
from cbmock import sources
from cbmock.http.messages import Headers, Request
from cbmock.journal import records
from cbmock.mock.mock import Mock
from cbmock.reports.har import archive

from tests.support.invoices import DOCUMENT, EVENT, event
from tests.support.rows import each_row

MOCK = Mock(sources.describe(DOCUMENT))


def received(request, id=1):
    return MOCK.receive(request, id=id, now=1_800_000_000.5)


BODIES = (b"", b'{"a": 1}', "ü".encode(), b"\xff\x00", b"\r\n")


@each_row("body", BODIES)
def test_what_is_written_is_read_to_the_byte(body):
    headers = Headers.of([("Host", "mock:1"), ("Content-Type", "x/y"), ("X-A", "1")])
    request = Request("PUT", "/a%20b?c=d&e", headers, body)
    (call,) = records.calls(archive([received(request)], "1"))
    assert call.request == request


def test_an_entry_says_what_was_asked_and_answered():
    call = received(event(method="PUT"), id=7)
    (entry,) = json.loads(archive([call], "1"))["log"]["entries"]
    assert entry["startedDateTime"] == "2027-01-15T08:00:00.500Z"
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (
        405,
        "Method Not Allowed",
    )
    assert json.loads(entry["response"]["content"]["text"])["status"] == 405
    assert json.loads(entry["request"]["postData"]["text"]) == EVENT


def test_an_entry_says_which_operation_was_called():
    call = received(event())
    (entry,) = json.loads(archive([call], "1"))["log"]["entries"]
    assert entry["comment"] == call.operation.qualified


def test_no_calls_are_an_archive_too():
    assert json.loads(archive([], "1"))["log"]["entries"] == []


def test_what_a_record_hides_is_in_no_archive():
    headers = Headers.of([("authorization", "Bearer abcdef"), ("host", "h")])
    assert "abcdef" not in archive([received(Request("POST", "/x", headers, b""))], "1")


@pytest.mark.parametrize(
    ("sent", "size", "comment"),
    [
        ("whole", 12, None),
        ("part", -1, "only a part of the answer left the mock"),
        ("nothing", 0, "nothing of the answer left the mock"),
    ],
)
def test_an_entry_says_how_much_of_the_answer_left(sent, size, comment):  # fault 4.8
    written = archive([replace(received(event()), sent=sent)], "1")
    (entry,) = json.loads(written)["log"]["entries"]
    response = entry["response"]
    assert (response["bodySize"], response.get("comment")) == (size, comment)
    (call,) = records.calls(written)
    assert call.sent == sent
