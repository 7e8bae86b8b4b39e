"""Calls as an HTTP Archive, and back: nothing of their records is lost."""

import json
from dataclasses import replace

from cbmock import sources
from cbmock.http.messages import Headers, Request, Response
from cbmock.journal import records
from cbmock.mock.call import Scripted
from cbmock.mock.mock import Mock
from cbmock.reports.har import archive
from cbmock.violations import Violation

from tests.support.invoices import DOCUMENT, EVENT, TARGET, event
from tests.support.rows import each_row

MOCK = Mock(sources.describe(DOCUMENT))
HUNG_UP = Violation(location="delivery", code="incomplete", detail="hung up")


def received(request, **more):
    call = MOCK.receive(request, id=7, now=1_800_000_000.5, token="a-test")
    return replace(call, duration=0.0125, **more)


def at(target, host="mock:1", scheme="http", body=b"{}"):
    headers = Headers.of([("Host", host), ("Content-Type", "application/json")])
    return received(Request("POST", target, headers, body, scheme))


FIRST, SECOND = MOCK.operations
CALLS = {
    "valid": received(event()),
    "invalid": received(event(body={**EVENT, "paid": "no"})),
    "to nothing": received(event("/nowhere")),
    "by another method": received(event(method="PUT")),
    "for one of two": received(event(), outcome="ambiguous", candidates=(SECOND,)),
    "told from another": received(
        event(), decided_by="header x", decided_between=(SECOND,)
    ),
    "a handshake": received(event(), outcome="handshake", decided_by="meta"),
    "an attempt": received(event(), event="evt_1", attempt=2),
    "an attempt without an identity": received(event(), attempt=1),
    "by a script": received(
        event(), scripted=Scripted(0.25, "silence"), sent="nothing"
    ),
    "left in part": received(event(), sent="part"),
    "answered elsewhere": received(
        event(), response=Response(302, Headers.of([("Location", "/x")]), b"")
    ),
    "a signature that was checked": received(
        replace(event(), headers=Headers.of([("x-hub-signature-256", "sha256=0")])),
        signature_checked=True,
    ),
    "cut short": MOCK.refuse(event(), HUNG_UP, id=7, now=1.0),
    "no HTTP": MOCK.refuse(Request("", "", body=b"\x16"), HUNG_UP, id=7, now=1.0),
    "no body": at(TARGET, body=b""),
    "a body of bytes": at(TARGET, body=b"\xff\x00"),
    "by https": at(TARGET, scheme="https"),
    "without a path": at("*"),
    "a fragment": at("/a#b"),
    "an empty query": at("/a?"),
    "the whole URL": at("http://mock:1/a"),
    "two slashes": at("//a//b?c=//"),
    "no host": at(TARGET, host=""),
    "a host that is none": at(TARGET, host="["),
}


@each_row("name", CALLS)
def test_a_call_is_read_as_it_was_written(name):
    call = CALLS[name]
    (found,) = records.calls(archive([call], "1"), MOCK.operations)
    assert found.record() == call.record()
    assert found.valid == call.valid


def test_the_calls_of_an_archive_keep_their_order():
    calls = [replace(each, id=at) for at, each in enumerate(CALLS.values(), 1)]
    found = records.calls(archive(calls, "1"), MOCK.operations)
    assert [each.record() for each in found] == [each.record() for each in calls]


def test_what_har_has_no_field_for_has_the_name_of_the_record():
    (entry,) = json.loads(archive([CALLS["an attempt"]], "1"))["log"]["entries"]
    record = CALLS["an attempt"].record()
    own = {name[1:]: value for name, value in entry.items() if name.startswith("_")}
    assert {**record, **own} == record
    assert record.keys() - own.keys() == {
        "received_at",
        "request",
        "response",
        "duration_ms",
    }


def test_fields_of_other_programs_are_not_taken_for_those_of_a_record():
    written = json.loads(archive([CALLS["valid"]], "1"))
    (entry,) = written["log"]["entries"]
    foreign = {name: entry[name] for name in entry if not name.startswith("_")}
    foreign |= {"_id": "request-3", "_token": 3, "_resourceType": "xhr"}
    foreign["request"] = {**foreign["request"], "_target": "page"}
    (found,) = records.calls(json.dumps({"log": {"entries": [foreign]}}))
    assert (found.id, found.token, found.outcome, found.operation, found.target) == (
        1,
        None,
        "unmatched",
        None,
        TARGET,
    )
