"""Recorded calls that a change concerns."""

import json

import pytest
from cbmock import Headers, Mock, Request, sources
from cbmock.comparison.changes import compare
from cbmock.comparison.recorded import with_calls

SCHEMA = {
    "type": "object",
    "properties": {
        "items": {"type": "array", "items": {"properties": {"sku": {}}}},
        "status": {"enum": ["open", "paid"]},
        "note": {},
    },
}
BODIES = (
    {"status": "open"},
    {"status": "paid", "note": 1},
    {"items": [{"sku": 1}, {}]},
    {"status": "void"},
)


def document(schema=SCHEMA, **operation):
    post = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"204": {"description": "taken"}},
        **operation,
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "webhooks": {"paid": {"post": post}},
    }


def changed(**properties):
    found = {**SCHEMA["properties"], **properties}
    return {**SCHEMA, "properties": {k: v for k, v in found.items() if v is not None}}


def calls(mock):
    """Return a call for each body; the second has a header, the last is refused."""
    return [
        mock.receive(
            Request(
                "POST",
                "/webhooks/paid",
                Headers.of(
                    [("content-type", "application/json")]
                    + [("x-id", "1")] * (number == 1)
                ),
                json.dumps(body).encode(),
            ),
            id=number,
            now=0.0,
        )
        for number, body in enumerate(BODIES)
    ]


HEADER = {"name": "X-Id", "in": "header", "schema": {"type": "string"}}
CASES = {
    "a value that is not sent any more": (
        {},
        {"schema": changed(status={"enum": ["open"]})},
        # 'void' was refused before, but for the same cause.
        [("body-narrowed-enum", 2)],
    ),
    "a value that was not documented": (
        {},
        {"schema": changed(status={"enum": ["open", "paid", "void"]})},
        [("body-widened-enum", 1)],
    ),
    "a member": ({}, {"schema": changed(note=None)}, [("member-removed", 1)]),
    "a member of items": (
        {},
        {"schema": changed(items={"type": "array", "items": {}})},
        [("member-removed", 1)],
    ),
    "a header": ({"parameters": [HEADER]}, {}, [("parameter-removed", 1)]),
    "a response": (
        {},
        {"responses": {"200": {"description": ""}}},
        [("response-narrowed", 3), ("response-added", 0)],
    ),
    "a signature": ({}, {"x-webhook-signature": "github"}, [("signature-changed", 4)]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_change_counts_the_calls_that_it_concerns(case):
    before, after, expected = CASES[case]
    old, new = (Mock(sources.describe(document(**each))) for each in (before, after))
    changes = with_calls(compare(old, new), calls(old), old, new)
    assert [(each.kind, each.calls) for each in changes] == expected
    assert [each.record()["calls"] for each in changes] == [n for _, n in expected]


def test_an_operation_that_ends_counts_all_of_its_calls():
    old = Mock(sources.describe(document()))
    new = Mock(sources.describe({**document(), "webhooks": {}}))
    unmatched = old.receive(Request("POST", "/x", Headers.of([])), id=9, now=0.0)
    (change,) = with_calls(compare(old, new), [*calls(old), unmatched], old, new)
    assert (change.kind, change.calls) == ("operation-removed", 4)
