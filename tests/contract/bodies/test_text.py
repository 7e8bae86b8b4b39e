from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bodies import read, told
from tests.support.rows import each_row


@each_row(
    ("schema", "data", "sent", "value"),
    [
        pytest.param({"type": "string"}, b"abc", "text/plain", "abc", id="5h string"),
        pytest.param({"type": "integer"}, b"12", "text/plain", 12, id="5h integer"),
        (True, b"12", "text/plain", "12"),
        ({"type": ["integer", "null"]}, b"null", "text/plain", None),
        ({}, b"\xef\xbb\xbfa", "text/html", "a"),
        ({}, b"\xe9", "text/csv; charset=ISO-8859-1", "é"),
        ({"type": "string"}, b"a.b.c", "application/jwt", "a.b.c"),
        ({"type": "string"}, b"a.b.c", "application/secevent+jwt", "a.b.c"),
    ],
)
def test_text_is_typed_by_its_schema(schema, data, sent, value):
    verdict = read({"schema": schema}, data, sent)
    assert (verdict.body, verdict.violations) == (value, ())


@pytest.mark.parametrize(
    ("data", "sent", "violations"),
    [
        (b"x", "text/plain", [("#", "type", "error")]),
        (b"\xff", "text/plain", [("#", "encoding", "error")]),
        (
            b"1",
            "text/plain; charset=unicode_escape",
            [("#", "charset", "warning")],
        ),
    ],
)
def test_what_is_wrong_with_a_text_is_told(data, sent, violations):
    assert told(read({"schema": {"type": "integer"}}, data, sent)) == violations


def test_without_a_schema_a_text_is_a_text():
    assert read({}, b"12", "text/plain").body == "12"


@settings(deadline=None)
@given(
    st.binary(), st.sampled_from(["", "utf-16", "utf-7", "big5", "shift_jis", "cp1"])
)
def test_no_octets_make_a_text_raise(data, charset):
    read({"schema": {"type": "integer"}}, data, f"text/plain; charset={charset}")
