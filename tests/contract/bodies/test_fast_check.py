import json

import pytest
from cbmock.contract.bodies import fast_check
from cbmock.http import media_types, plain_json
from cbmock.http.plain_json import NotPlain
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bodies import read
from tests.support.documents import schema_of
from tests.support.rows import each_row

JSON = media_types.parse("application/json")
PAID = {
    "type": "object",
    "required": ["paid"],
    "properties": {"paid": {"type": "boolean"}, "sum": {"type": "integer"}},
}


def value_of(data):
    try:
        return plain_json.read(data)
    except NotPlain:
        return fast_check.exact_value(data)


def glance(schema=None, media_type=JSON):
    accepts = fast_check.fast_check_of(
        None if schema is None else schema_of(schema), media_type
    )

    def check(data):
        try:
            return accepts(value_of(data))
        except ValueError:
            return False

    return None if accepts is None else check


@each_row(
    ("data", "taken"),
    [
        (b'{"paid": true}', True),
        (b' {"paid":true,"sum":123456789012345678901234567890}\n', True),
        (b'{"paid": 1}', False),
        (b"{}", False),
        (b'{"paid": true, "paid": true}', False),
        (b'{"paid": true, "\\ud800": 1}', False),
        (b'\xef\xbb\xbf{"paid": true}', False),
        (b'{"paid": true, "x": NaN}', False),
        (b'{"paid": true, "x": [1,]}', False),
        (b'{"paid": true, "x": "\xff"}', False),
        (b'{"paid": true', False),
        (b"", False),
        (b'{"paid": true, "x": ' + b"[" * 600 + b"]" * 600 + b"}", False),
    ],
)
def test_a_glance_takes_only_what_is_beyond_doubt(data, taken):
    assert glance(PAID)(data) is taken


@pytest.mark.parametrize("number", [b"1e400", b"-1e999", b"9" * 400 + b".0"])
def test_a_number_beyond_all_floats_is_no_other_number(number):
    assert glance({"not": {"type": "number"}})(number) is False
    assert glance({"maximum": 5})(number) is number.startswith(b"-")


def test_without_a_schema_any_json_is_taken():
    assert glance()(b"[1, 2]") is True
    assert glance()(b"[1, 2") is False


@pytest.mark.parametrize(
    "sent", ["text/plain", "application/json; charset=latin-1", "application/xml"]
)
def test_other_types_and_charsets_are_read_with_care(sent):
    assert glance(PAID, media_types.parse(sent)) is None


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/Missing"},
        {"properties": {"id": {"type": "string", "writeOnly": True}}},
        {"unevaluatedProperties": False, "patternProperties": {"(?<": {}}},
    ],
)
def test_schemas_that_say_more_than_yes_and_no_are_read_with_care(schema):
    assert glance(schema) is None


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["paid", "sum", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)
texts = (
    st.builds(
        lambda value, ascii_, indent: json.dumps(
            value, ensure_ascii=ascii_, indent=indent
        ).encode("utf-8", "surrogatepass"),
        json_values,
        st.booleans(),
        st.sampled_from([None, 1]),
    )
    | st.binary(max_size=20)
    | st.from_regex(rb'\{"paid":(true|1|-?0\.?[0-9]?|1e[0-9]{1,3}),?\}', fullmatch=True)
)
schemas = st.sampled_from(
    [
        PAID,
        {},
        {"type": "object", "additionalProperties": {"type": ["number", "null"]}},
        {"items": {"type": "string", "maxLength": 3}},
        {"not": {"type": "number"}},
        {"uniqueItems": True},
    ]
)


@given(texts, schemas)
def test_of_a_body_that_a_glance_takes_the_reader_has_nothing_to_say(data, schema):
    verdict = read({"schema": schema}, data, "application/json")
    taken = glance(schema)(data)
    assert not (taken and verdict.violations)
    if not verdict.violations and len(data) < 100:
        assert taken or b"\\ud" in data or not data
