from __future__ import annotations

import pytest
from cbmock.contract.bodies.urlencoded import MOST_FIELDS
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bodies import read, told
from tests.support.rows import each_row

FORM = "application/x-www-form-urlencoded"
COLOUR = {
    "type": "object",
    "properties": {"R": {"type": "integer"}, "G": {"type": "integer"}},
}
INTEGERS = {"type": "array", "items": {"type": "integer"}}
RG = {"R": 1, "G": 2}


def form(properties, data, encoding=None, version="3.1.0", **more):
    schema = {"type": "object", "properties": properties, **more}
    media_type = {"schema": schema, "encoding": encoding or {}}
    return read(media_type, data, FORM, version=version)


@each_row(
    ("properties", "data", "value"),
    [
        pytest.param(
            {
                "code": {"allOf": [{"type": ["string", "number"]}, {"type": "string"}]},
                "count": {"type": "integer"},
            },
            b"code=1234&count=42",
            {"code": "1234", "count": 42},
            id="section 5 example",
        ),
        ({"a": {"type": "string"}}, b"a=x+y%20%C3%A9%2B", {"a": "x y é+"}),
        ({"a": {"type": "string"}}, b"a=1;b=2", {"a": "1;b=2"}),
        ({"a": {"type": "string"}}, "a=é\r\n".encode(), {"a": "é"}),
        ({"a": {"type": "string"}}, b"&&a=", {"a": ""}),
        ({"a": INTEGERS}, b"a=1&a=2", {"a": [1, 2]}),
        ({"a": INTEGERS}, b"a=1", {"a": [1]}),
        ({"a": INTEGERS}, b"a=%5B1,2%5D", {"a": [1, 2]}),
        ({"a": INTEGERS}, b"a[]=1&a[]=2", {"a": [1, 2]}),
        ({"a": {"type": "array"}}, b"a=1&a=x", {"a": ["1", "x"]}),
        ({"a": {"type": "array", "items": COLOUR}}, b'a={"R":1}', {"a": [{"R": 1}]}),
        ({"a": {}}, b"a=1&a=2", {"a": ["1", "2"]}),
        ({}, b"b=1&b=2&c=3", {"b": ["1", "2"], "c": "3"}),
        ({"c": COLOUR}, b'c={"R":1,"G":2}', {"c": RG}),
        ({"c": COLOUR}, b"R=1&G=2", {"c": RG}),
        ({"c": COLOUR}, b"c=R,1,G,2", {"c": RG}),
        ({"c": COLOUR}, b"c[R]=1&c%5BG%5D=2", {"c": RG}),
        ({"c": COLOUR, "R": {"type": "string"}}, b"R=1&G=2", {"R": "1", "c": {"G": 2}}),
        (
            {"c": {"properties": {"l": {"items": COLOUR}}}},
            b"c[l][1][R]=1&c[l][0][G]=2",
            {"c": {"l": [{"G": 2}, {"R": 1}]}},
        ),
    ],
)
@each_row("version", ["3.0.3", "3.1.0"])
def test_a_form_is_typed_by_its_schema(properties, data, value, version):
    verdict = form(properties, data, version=version)
    assert (verdict.body, verdict.violations) == (value, ())


@each_row(
    ("schema", "encoding", "data", "value"),
    [
        (INTEGERS, {"style": "form", "explode": False}, b"a=1,2", [1, 2]),
        (INTEGERS, {"explode": False}, b"a=1%2C2", ["1,2"]),
        (INTEGERS, {"style": "pipeDelimited"}, b"a=1|2", [1, 2]),
        (INTEGERS, {"style": "spaceDelimited"}, b"a=1+2", [1, 2]),
        (INTEGERS, {"allowReserved": True}, b"a=1&a=2", [1, 2]),
        (COLOUR, {"style": "deepObject"}, b"a[R]=1&a[G]=2", RG),
        (COLOUR, {"style": "form", "explode": False}, b"a=R,1,G,2", RG),
        (COLOUR, {"style": "form"}, b"R=1&G=2", RG),
        ({"type": "integer"}, {"contentType": "application/json"}, b"a=12", 12),
        ({}, {"contentType": "application/json"}, b'a={"b":null}', {"b": None}),
        ({"type": "integer"}, "no encoding", b"a=12", 12),
    ],
)
def test_an_encoding_object_says_how_a_property_is_written(
    schema, encoding, data, value
):
    verdict = form({"a": schema}, data, {"a": encoding})
    assert verdict.body == {"a": value}


@each_row(
    ("data", "value"),
    [
        (b"kind=a&v=12", {"kind": "a", "v": 12}),
        (b"kind=b&v=12", {"kind": "b", "v": "12"}),
    ],
)
@each_row("turned", [False, True])
def test_of_several_readings_the_one_that_makes_the_whole_valid_counts(
    data, value, turned
):
    branches = [
        {"properties": {"kind": {"const": "a"}, "v": {"type": "integer"}}},
        {"properties": {"kind": {"const": "b"}, "v": {"type": "string"}}},
    ]
    schema = {"type": "object", "oneOf": branches[::-1] if turned else branches}
    verdict = read({"schema": schema}, data, FORM)
    assert (verdict.body, verdict.violations) == (value, ())


@each_row(
    ("properties", "data", "encoding", "violations"),
    [
        ({"a": {"type": "integer"}}, b"a=x", {}, [("#/a", "type", "error")]),
        ({"a": INTEGERS}, b"a=1&a=x", {}, [("#/a/1", "type", "error")]),
        ({"a": INTEGERS}, b"a={", {}, [("#/a/0", "type", "error")]),
        (
            {"a": {"type": "integer"}},
            b"a=1&a=x",
            {},
            [("#/a", "duplicate", "warning"), ("#/a", "type", "error")],
        ),
        ({"a": COLOUR}, b"a=R,1,G", {}, [("#/a", "syntax", "error")]),
        ({"a": COLOUR}, b"a=R,x", {}, [("#/a/R", "type", "error")]),
        (
            {"a": {}},
            b"a={",
            {"a": {"contentType": "application/json"}},
            [("#/a", "syntax", "error")],
        ),
        ({}, b"\xff", {}, [("#", "encoding", "error")]),
        pytest.param(
            {}, b"a&" * MOST_FIELDS, {}, [("#", "too-large", "error")], id="fields"
        ),
        pytest.param(
            {},
            b"a=" + b"%41" * 2_000_001,
            {},
            [("#", "too-large", "error")],
            id="escapes",
        ),
        ({"b": {}}, b"c=1", {}, [("#", "additionalProperties", "error")]),
        ({"r": {}}, b"", {}, []),
    ],
)
def test_what_is_wrong_with_a_form_is_pointed_at(
    properties, data, encoding, violations
):
    verdict = form(properties, data, encoding, additionalProperties=False)
    assert told(verdict) == violations


@pytest.mark.parametrize(
    ("field", "value", "violations"),
    [
        ("json", {"a": 1}, []),
        ("payload", {"a": "x"}, [("#/a", "type", "error")]),
        ("other", None, [("#", "required", "error")]),
    ],
)
def test_one_field_may_hold_the_whole_body(field, value, violations):
    data = f'{field}={{"a":{"1" if field == "json" else chr(34) + "x" + chr(34)}}}'
    verdict = form({"a": {"type": "integer"}}, data.encode(), required=["a"])
    assert told(verdict) == violations
    if value is not None:
        assert verdict.body == value


@each_row("data", [b"json={", b"json=1", b"json={}&json={}", b"json"])
def test_a_field_without_json_holds_no_body(data):
    verdict = form({"a": {}}, data)
    assert list(verdict.body) == ["json"]


@pytest.mark.parametrize(
    ("data", "value"), [(b"a=1&a=2&b=x", {"a": ["1", "2"], "b": "x"}), (b"&", {})]
)
def test_without_a_schema_all_fields_are_texts(data, value):
    assert read({}, data, FORM).body == value


PROPERTIES = st.dictionaries(
    st.sampled_from(["a", "b", "json", "R"]),
    st.sampled_from([{}, INTEGERS, COLOUR, {"type": "integer"}, {"items": COLOUR}]),
)
ENCODINGS = st.dictionaries(
    st.sampled_from(["a", "b"]),
    st.fixed_dictionaries(
        {},
        optional={
            "style": st.sampled_from(["form", "deepObject", "pipeDelimited", 5, "x"]),
            "explode": st.booleans() | st.none(),
            "contentType": st.sampled_from(["application/json", "*/*", 5, ""]),
            "headers": st.just({"X": {}}),
        },
    )
    | st.none(),
)
FIELDS = st.text(st.sampled_from('ab=&[]{}",+%25R1json')).map(str.encode) | st.binary()


@settings(deadline=None)
@given(PROPERTIES, ENCODINGS, FIELDS)
def test_no_octets_make_a_form_raise(properties, encoding, data):
    verdict = form(properties, data, encoding)
    assert all(each.schema for each in verdict.violations)


@each_row(
    ("schema", "data", "place", "detail"),
    [
        (
            {"type": "array", "items": COLOUR},
            b"foo=x",
            "#/foo/0",
            "'x' is not a JSON object; JSON is expected",
        ),
        (
            {"type": "array", "items": COLOUR},
            b"foo={}&foo=R,1,G",
            "#/foo/1",
            "'R,1,G' is not a JSON object; JSON is expected",
        ),
        (
            {"type": "array", "items": INTEGERS},
            b"foo=x",
            "#/foo/0",
            "'x' is not a JSON array; JSON is expected",
        ),
        (COLOUR, b"foo=x", "#/foo", "'x' is not a JSON object; JSON is expected"),
    ],
)
def test_3_12_one_fault_is_one_violation_and_says_what_is_expected(
    schema, data, place, detail
):
    (found,) = form({"foo": schema}, data).violations
    assert (found.pointer, found.code, found.detail) == (place, "syntax", detail)


def test_a_style_that_is_documented_is_named_as_the_fault():
    (found,) = form({"a": COLOUR}, b"a=R", {"a": {"style": "form"}}).violations
    assert found.detail == "'R' is not a list of names and values"


@each_row(
    ("properties", "data", "violations"),
    [
        (
            {"a": {"type": "string"}},
            b"a=%zz&b=1",
            [("#/a", "percent-encoding", "warning")],
        ),
        ({}, b"a=1&b=%ff", [("#/b", "percent-encoding", "warning")]),
        ({}, b"%ff=1&%ff=2", [("#/%EF%BF%BD", "percent-encoding", "warning")]),
        ({}, b"a=%C3%A9", []),
        ({"o": COLOUR}, b"o[R]=1&o[R]=2", [("#/o", "duplicate", "warning")]),
        ({"o": INTEGERS}, b"o[]=1&o[]=1", []),
        ({"o": COLOUR}, b"o[]=1", [("#/o", "empty-member-name", "warning")]),
        ({"o": INTEGERS}, b"o[]=1", []),
    ],
)
def test_3_11_what_is_not_read_as_it_was_sent_is_told(properties, data, violations):
    assert told(form(properties, data)) == violations


@each_row(
    ("sent", "hinted"),
    [
        (b"at=2026-01-01T00:00:00+01:00", True),
        (b"at=2026-01-01+00:00:00", False),
        (b"at=2026-01-01T00:00:00%2B01:00x", False),
        (b"at=yesterday", False),
    ],
)
def test_a_plus_that_became_a_space_is_explained(sent, hinted):
    found = form({"at": {"type": "string", "format": "date-time"}}, sent)
    (detail,) = (each.detail for each in found.violations)
    assert detail.endswith("; a + in a form is a space, send %2B") is hinted
