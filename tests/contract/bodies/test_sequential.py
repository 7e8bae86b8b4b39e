from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bodies import read, told
from tests.support.cost import growth
from tests.support.rows import each_row

REQUIRED = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "integer"}},
}
NDJSON = "application/x-ndjson"


@each_row(
    ("sent", "data", "items"),
    [
        pytest.param(NDJSON, b'{"a":1}\n\n{"a":2}\n', [{"a": 1}, {"a": 2}], id="5f"),
        ("application/jsonl", b'{"a":1}\r\n{"a":2}', [{"a": 1}, {"a": 2}]),
        ("application/json-seq", b'\x1e{"a":1}\n\x1e{"a":\n2}\n', [{"a": 1}, {"a": 2}]),
        ("application/geo+json-seq", b'\x1e{"a":1}\n', [{"a": 1}]),
        (NDJSON, b"\n", []),
    ],
)
def test_a_sequence_has_items(sent, data, items):
    verdict = read({"itemSchema": REQUIRED}, data, sent, version="3.2.0")
    assert (verdict.body, verdict.violations) == (items, ())


@each_row(
    ("data", "events"),
    [
        pytest.param(b'data: {"x":1}\ndata: 2\n\n', [{"data": '{"x":1}\n2'}], id="5g"),
        (
            b"\xef\xbb\xbf:comment\r\nevent: e\rid:1\nretry: 10\ndata\n\n",
            [{"event": "e", "id": "1", "retry": 10, "data": ""}],
        ),
        (b"event: e\n\ndata:  x\n\n", [{"data": " x"}]),
        (b"id: a\0b\nretry: x\nother: 1\ndata: 1\n\n", [{"data": "1"}]),
        (b"", []),
    ],
)
def test_events_are_read_as_html_says(data, events):
    verdict = read({}, data or b"\n", "text/event-stream", version="3.2.0")
    assert (verdict.body, verdict.violations) == (events, ())


@each_row(
    ("media_type", "version", "violations"),
    [
        ({"itemSchema": REQUIRED}, "3.2.0", [("#/1/a", "type", "error")]),
        ({"itemSchema": REQUIRED}, "3.1.0", []),
        ({"schema": {"maxItems": 1}}, "3.2.0", [("#", "maxItems", "error")]),
        ({"schema": REQUIRED}, "3.2.0", [("#", "type", "error")]),
        ({"schema": REQUIRED}, "3.1.0", []),
        ({"schema": {"type": "string"}}, "3.1.0", [("#/0", "type", "error")]),
        (
            {"schema": {"type": "array", "items": REQUIRED}},
            "3.1.0",
            [("#/1/a", "type", "error")],
        ),
        (
            {"schema": {"type": ["array", "string"], "maxItems": 1}},
            "3.1.0",
            [("#", "maxItems", "error")],
        ),
    ],
)
def test_items_are_held_against_what_is_said_of_them(media_type, version, violations):
    data = b'{"a":1}\n{"a":"x"}\n'
    assert told(read(media_type, data, NDJSON, version=version)) == violations


@each_row(
    ("sent", "data", "violations"),
    [
        (
            NDJSON,
            b'{"a":1}\n{\n{"a":"x"}',
            [("#/1", "syntax", "error"), ("#/2/a", "type", "error")],
        ),
        (NDJSON, b"\xff", [("#/0", "encoding", "error")]),
        ("application/json-seq", b'{"a":1}\x1e{"a":2}', [("#", "syntax", "error")]),
        ("text/event-stream", b"data: 1", [("#", "unfinished-event", "warning")]),
        ("text/event-stream", b"\xff", [("#", "encoding", "error")]),
    ],
)
def test_what_cannot_be_read_is_pointed_at(sent, data, violations):
    media_type = {"itemSchema": {} if "event" in sent else REQUIRED, "schema": {}}
    assert told(read(media_type, data, sent, version="3.2.0")) == violations


def test_an_unreadable_item_is_null_among_the_others():
    verdict = read({"schema": {"type": "string"}}, b"{\n1", NDJSON)
    assert (verdict.body, told(verdict)) == ([None, 1], [("#/0", "syntax", "error")])


def test_of_very_many_items_only_the_first_are_checked():
    verdict = read({}, b"1\n" * 100_001, NDJSON)
    assert (len(verdict.body), told(verdict)) == (
        100_000,
        [("#", "unchecked", "warning")],
    )


def test_of_very_many_breaches_only_some_are_told():
    verdict = read(
        {"itemSchema": {"type": "string"}}, b"1\n" * 200, NDJSON, version="3.2.0"
    )
    assert len(verdict.violations) == 50
    assert len(read({}, b"{\n" * 200, NDJSON).violations) == 50


@pytest.mark.parametrize("sent", [NDJSON, "application/json-seq", "text/event-stream"])
def test_many_blank_octets_cost_no_more_for_each(sent):
    def blank(size):
        verdict = read({}, b"\n" * size, sent)
        assert (verdict.body, verdict.violations) == ([], ())

    assert growth(blank, 300_000) < 4


@settings(deadline=None)
@given(
    st.sampled_from([NDJSON, "application/json-seq", "text/event-stream"]),
    st.lists(
        st.sampled_from([b"1", b"\n", b"\x1e", b"{", b"data:", b"id", b"\r", b"\xff"])
    ).map(b"".join)
    | st.binary(),
    st.sampled_from(["3.1.0", "3.2.0"]),
)
def test_no_octets_make_a_sequence_raise(sent, data, version):
    media_type = {"schema": {"type": "array"}, "itemSchema": {"type": "integer"}}
    verdict = read(media_type, data, sent, version=version)
    assert all(each.schema for each in verdict.violations)
