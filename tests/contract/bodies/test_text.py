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


OBJECT = {"type": "object", "properties": {"n": {"type": "integer"}}}


@each_row(
    ("schema", "data", "value", "violations"),
    [
        pytest.param(OBJECT, b'{"n": 1}', {"n": 1}, [], id="an object"),
        pytest.param(OBJECT, b'{"n": "1"}', {"n": "1"}, [("#/n", "type", "error")], id="a member"),
        pytest.param({"type": "array"}, b"[1]", [1], [], id="an array"),
        pytest.param({"type": ["object", "null"]}, b'{"n": 1}', {"n": 1}, [], id="or null"),
        pytest.param({"type": ["object", "null"]}, b"null", None, [], id="null"),
        pytest.param({"allOf": [OBJECT]}, b'{"n": 1}', {"n": 1}, [], id="combined"),
        pytest.param({"properties": {"n": {}}}, b'{"n": 1}', {"n": 1}, [], id="untyped properties"),
        pytest.param(OBJECT, b"hello", "hello", [("#", "type", "error")], id="no JSON"),
        pytest.param(OBJECT, b"[1]", [1], [("#", "type", "error")], id="other JSON"),
        pytest.param({"type": ["object", "string"]}, b'{"n": 1}', '{"n": 1}', [], id="or a text"),
        pytest.param({}, b'{"n": 1}', '{"n": 1}', [], id="anything"),
    ],
)  # fmt: skip
def test_a_text_is_json_where_only_an_object_or_an_array_is_documented(
    schema, data, value, violations
):
    verdict = read({"schema": schema}, data, "text/plain; charset=UTF-8")
    assert (verdict.body, told(verdict)) == (value, violations)


def test_a_member_that_comes_twice_is_told_in_a_text_too():
    verdict = read({"schema": OBJECT}, b'{"n": 1, "n": 2}', "text/plain")
    as_json = read({"schema": OBJECT}, b'{"n": 1, "n": 2}', "application/json")
    assert told(verdict) == told(as_json) != []


def test_without_a_schema_a_text_is_a_text():
    assert read({}, b"12", "text/plain").body == "12"


@settings(deadline=None)
@given(
    st.binary(), st.sampled_from(["", "utf-16", "utf-7", "big5", "shift_jis", "cp1"])
)
def test_no_octets_make_a_text_raise(data, charset):
    for schema in ({"type": "integer"}, OBJECT):
        read({"schema": schema}, data, f"text/plain; charset={charset}")
