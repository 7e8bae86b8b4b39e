"""What a text lacks to be of a format."""

from __future__ import annotations

import pytest
from cbmock.contract.explain.explanation import explain

from tests.support.documents import schema_of


@pytest.mark.parametrize(
    ("name", "text", "lacking"),
    [
        ("date-time", "2024-01-01T00:00:00", "an offset such as Z is missing"),
        ("date-time", "2024-01-01T00:00Z", "the seconds are missing"),
        ("date-time", "2024-01-01 00:00:00Z", "a T between date and time is missing"),
        (
            "date-time",
            "2024-01-01 00:00",
            "a T between date and time, the seconds and an offset such as Z are missing",
        ),
        ("date-time", "2024-01-01", "the time is missing"),
        ("date-time", "2024-13-01T00:00:00Z", "there is no such time"),
        ("time", "12:00:00", "an offset such as Z is missing"),
        ("time", "25:00:00Z", "there is no such time"),
        ("date", "2024-02-30", "there is no such day"),
        ("date", "2024-01-01T00:00:00Z", "only the date may be there"),
        ("uri", "/relative", "a scheme such as https: is missing"),
    ],
)
def test_it_is_said_what_a_text_lacks(name, text, lacking):
    (violation,) = explain(schema_of({"format": name}), text)
    assert violation.detail == f"{text!r} is not a {name}: {lacking}"


@pytest.mark.parametrize(
    ("name", "text"),
    [("date-time", "soon"), ("date", "soon"), ("time", "soon"), ("uuid", "soon")],
)
def test_of_what_looks_like_nothing_of_the_kind_no_more_is_said(name, text):
    (violation,) = explain(schema_of({"format": name}), text)
    assert violation.detail == f"'soon' is not a {name}"


def test_of_many_properties_missing_the_branch_is_named_once():
    names = ["a", "b", "c", "d", "e", "f", "g"]
    pet = {"type": "object", "required": names, "properties": {"k": {"const": "p"}}}
    cat = {"type": "object", "properties": {"k": {"const": "c"}}}
    schema = schema_of(
        {"oneOf": [{"$ref": f"#/components/schemas/{n}"} for n in ("Pet", "Cat")]},
        Pet={**pet, "additionalProperties": False},
        Cat=cat,
    )
    told = [each.detail for each in explain(schema, {"k": "p"})]
    assert told == [
        *(f"as Pet: '{name}' is missing" for name in "abcd"),
        "as Pet: 'e', 'f', 'g' are missing",
    ]


def test_a_branch_beside_null_is_not_named():
    schema = schema_of(
        {"anyOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "null"}]},
        Pet={"type": "object", "required": ["a"]},
    )
    assert [each.detail for each in explain(schema, {})] == ["'a' is missing"]
