from __future__ import annotations

import pytest
from cbmock.contract.bodies import (
    binary,
    multipart_form,
    readers,
    sequential,
    text,
    urlencoded,
    xml,
)
from cbmock.http import media_types
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bodies import read


@pytest.mark.parametrize(
    ("sent", "reader"),
    [
        ("application/x-www-form-urlencoded", urlencoded.read),
        ("multipart/form-data", multipart_form.read),
        ("multipart/related", multipart_form.read),
        ("application/xml", xml.read),
        ("text/xml", xml.read),
        ("application/soap+xml", xml.read),
        ("application/x-ndjson", sequential.read),
        ("application/geo+json-seq", sequential.read),
        ("text/event-stream", sequential.read),
        ("text/plain", text.read),
        ("application/jwt", text.read),
        ("image/png", binary.read),
        ("application/octet-stream", binary.read),
    ],
)
def test_each_media_type_has_its_reader(sent, reader):
    assert readers.reader(media_types.parse(sent)) is reader


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
