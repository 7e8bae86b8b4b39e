from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bodies import read
from tests.support.rows import each_row

PART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--'


@each_row(
    ("sent", "data", "value"),
    [
        ("application/x-www-form-urlencoded", b"a=1", {"a": "1"}),
        ("multipart/form-data; boundary=b", PART, {"a": "1"}),
        ("multipart/related; boundary=b", PART, {"a": "1"}),
        ("application/xml", b"<x>1</x>", "1"),
        ("text/xml", b"<x>1</x>", "1"),
        ("application/soap+xml", b"<x>1</x>", "1"),
        ("application/x-ndjson", b"1\n2", [1, 2]),
        ("application/json-seq", b"\x1e1", [1]),
        ("application/geo+json-seq", b"\x1e1", [1]),
        ("text/event-stream", b"data: 1\n\n", [{"data": "1"}]),
        ("text/plain", b"1", "1"),
        ("text/json-seq", b"\x1e1", [1]),
        ("application/jwt", b"1", "1"),
        ("application/secevent+jwt", b"1", "1"),
        ("image/png", b"1", b"1"),
        ("application/octet-stream", b"1", b"1"),
    ],
)
def test_each_media_type_has_its_reader(sent, data, value):
    assert read({}, data, sent).body == value


@pytest.mark.parametrize(
    "sent", ["application/json", "text/json", "application/x+json"]
)
def test_json_has_a_reader_of_its_own(sent):
    assert read({}, b'{"a": 1}', sent).body == {"a": 1}


SENT = st.sampled_from(
    [
        *("application/json", "application/x-www-form-urlencoded", "text/plain"),
        *("multipart/form-data; boundary=b", "multipart/mixed; boundary=b", "text/xml"),
        *("application/jsonl", "application/json-seq", "text/event-stream", "a/b"),
    ]
)
SCHEMAS = st.sampled_from(
    [
        {},
        False,
        {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}},
        {"type": "array", "items": {"type": "integer"}},
        {"properties": {"a": {"contentEncoding": "base64", "writeOnly": True}}},
        {"anyOf": [{"type": "string"}, {"properties": {"a": {}}}]},
        {"$ref": "#/components/schemas/Loop"},
    ]
)


@settings(deadline=None)
@given(SENT, SCHEMAS, st.binary(), st.sampled_from(["3.0.3", "3.1.0", "3.2.0"]))
def test_no_octets_of_any_type_raise(sent, schema, data, version):
    loop = {"properties": {"a": {"$ref": "#/components/schemas/Loop"}}}
    media_type = {"schema": schema, "itemSchema": schema}
    verdict = read(media_type, data, sent, version=version, Loop=loop)
    assert all(each.schema and each.detail for each in verdict.violations)
