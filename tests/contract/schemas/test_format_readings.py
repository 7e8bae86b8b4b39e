"""Formats as one project reads them: not at all, or with the offset left out (fault 3.10)."""

from __future__ import annotations

import pytest
from cbmock import sources
from cbmock.contract.explain.explanation import explain
from cbmock.contract.schemas import dialects, format_readings, formats
from cbmock.contract.schemas.schema import Schema
from cbmock.errors import ReceiverError
from cbmock.firing.strategies import bodies
from cbmock.mock.generation.schema_samples import sample
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rows import each_row

CHECKED = sorted({*formats.FORMATS, *dialects.NUMBER_FORMATS})
LACKING = {"time": "12:00:00", "date-time": "2025-01-31T12:00:00"}
TEXTS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "2025-01-31T", "2025-02-30T", "2025-01-31 ", "2025-01-31"]),
    st.sampled_from(["12:00:00", "23:59:60", "25:00:00", "12:00", "12:00:00.5", ""]),
    st.sampled_from(["", "Z", "z", "+01:00", "+0100", "-24:00", "ZZ", " "]),
    st.sampled_from(["", "\n", "\ud800"]),
)


def read_with(readings, schema):
    tree = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "components": {"schemas": {"S": schema}},
    }
    description = sources.describe(tree, formats=readings)
    return Schema(description.root.child("components", "schemas", "S"), description)


def walked(schema, value):
    return next(schema._walked(value), None) is None


@pytest.mark.parametrize(("name", "text"), LACKING.items())
def test_an_offset_may_be_left_out_of_the_named_format_only(name, text):
    (other,) = LACKING.keys() - {name}
    readings = {name: "offset-optional"}
    named = read_with(readings, {"format": name})
    assert [named.is_valid(each) for each in (text, f"{text}Z", f"{text}+01:00")] == [
        True
    ] * 3
    assert not read_with(readings, {"format": other}).is_valid(LACKING[other])
    assert not read_with({}, {"format": name}).is_valid(text)


@each_row(
    ("name", "text", "lacking"),
    [
        ("time", "12:00", "the seconds are missing"),
        ("time", "25:00:00", "there is no such time"),
        ("time", "soon", "it must look like 12:00:00Z"),
        ("date-time", "2025-01-31 12:00:00", "a T between date and time is missing"),
        ("date-time", "2025-02-30T12:00:00", "there is no such time"),
    ],
)
def test_what_else_is_wrong_is_said_in_the_words_of_the_document(name, text, lacking):
    schema = read_with({name: "offset-optional"}, {"format": name})
    (violation,) = explain(schema, text)
    assert (violation.detail, violation.code, violation.expected) == (
        f"{text!r} is not a {name}: {lacking}",
        "format",
        name,
    )


@given(st.sampled_from(sorted(LACKING)), st.data())
def test_a_value_that_is_made_for_it_has_the_format_still(name, data):
    schema = read_with({name: "offset-optional"}, {"type": "string", "format": name})
    strict = read_with({}, {"format": name})
    made = [sample(schema), data.draw(bodies(schema))]
    assert [strict.is_valid(each) for each in made] == [True, True]


@given(st.sampled_from(sorted(LACKING)), TEXTS)
def test_both_engines_take_what_is_valid_with_an_offset_or_with_z_added(name, text):
    schema = read_with({name: "offset-optional"}, {"format": name})
    strict = read_with({}, {"format": name})
    allowed = strict.is_valid(text) or strict.is_valid(f"{text}Z")
    assert (schema.is_valid(text), walked(schema, text)) == (allowed, allowed)


@each_row("name", CHECKED)
def test_a_format_that_is_off_refuses_nothing_in_either_engine(name):
    schema = read_with({name: "off"}, {"format": name})
    values = ["( \ud800", 1e308, -(10**40), 0.5]
    assert [(schema.is_valid(each), walked(schema, each)) for each in values] == [
        (True, True)
    ] * 4
    assert not all(map(read_with({}, {"format": name}).is_valid, values)) or (
        name == "double"  # whose bounds are those of Python's numbers
    )


def test_the_name_that_stands_for_a_reading_means_nothing_in_a_document():
    for row in formats.OFFSET_OPTIONAL.values():
        assert read_with({}, {"format": row.name}).is_valid("soon")


def test_a_document_without_readings_is_bundled_as_before():
    schema = {"format": "time", "items": {"format": "int32"}}
    bundled = read_with({}, schema).bundle
    assert bundled.formats == {"time"}
    assert bundled.schema["$defs"]["0"] == {
        "format": "time",
        "items": {"allOf": [dialects.NUMBER_FORMATS["int32"]]},
    }


@pytest.mark.parametrize(
    ("readings", "message"),
    [
        (
            {"time": "lax"},
            "formats: time = 'lax' is not known; known: off, offset-optional",
        ),
        (
            {"email": "offset-optional"},
            "formats: email = 'offset-optional' is not known; known: off",
        ),
        (
            {"tiem": "off"},
            f"formats: 'tiem' is not checked; known: {', '.join(CHECKED)}",
        ),
    ],
)
def test_a_reading_that_means_nothing_is_an_error(readings, message):
    with pytest.raises(ReceiverError) as caught:
        format_readings.known(readings)
    assert caught.value.message == message
