from __future__ import annotations

import pytest
from bodies import read
from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.contract import (
    form,
    form_data,
    kinds,
    media_types,
    octets,
    sequences,
    text,
    xml_body,
)


@pytest.mark.parametrize(
    ("sent", "reader"),
    [
        ("application/x-www-form-urlencoded", form.read),
        ("multipart/form-data", form_data.read),
        ("multipart/related", form_data.read),
        ("application/xml", xml_body.read),
        ("text/xml", xml_body.read),
        ("application/soap+xml", xml_body.read),
        ("application/x-ndjson", sequences.read),
        ("application/geo+json-seq", sequences.read),
        ("text/event-stream", sequences.read),
        ("text/plain", text.read),
        ("application/jwt", text.read),
        ("image/png", octets.read),
        ("application/octet-stream", octets.read),
    ],
)
def test_each_media_type_has_its_reader(sent, reader):
    assert kinds.reader(media_types.parse(sent)) is reader


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
