from __future__ import annotations

import pytest
from cbmock.contract.explain import annotations

from tests.support.bodies import read, told
from tests.support.documents import schema_of
from tests.support.rows import each_row

SECRET = {"type": "string", "writeOnly": True}
JSON = "application/json"


def remarked(schema, value, version="3.1.0", **others):
    found = schema_of(schema, version, **others)
    assert found.is_valid(value)
    if not found.bundle.annotated:
        return []
    return [
        (each.pointer, each.code) for each in annotations.warnings_about(found, value)
    ]


@each_row(
    ("schema", "value", "places"),
    [
        ({"properties": {"pw": SECRET}}, {"pw": "x"}, ["#/pw"]),
        ({"properties": {"pw": SECRET}}, {"id": "x"}, []),
        (
            {"properties": {"pw": {"$ref": "#/components/schemas/P"}}},
            {"pw": "x"},
            ["#/pw"],
        ),
        ({"properties": {"pw": {"allOf": [SECRET]}}}, {"pw": "x"}, ["#/pw"]),
        ({"items": {"properties": {"pw": SECRET}}}, [{}, {"pw": ""}], ["#/1/pw"]),
        ({"prefixItems": [{}, SECRET], "items": {}}, [1, "x", "y"], ["#/1"]),
        ({"additionalProperties": SECRET}, {"a": "x"}, ["#/a"]),
        (SECRET, "x", []),
        (
            {
                "oneOf": [
                    {"properties": {"a": SECRET}},
                    {"properties": {"a": {"type": "integer"}}},
                ]
            },
            {"a": 1},
            [],
        ),
        (
            {
                "anyOf": [
                    {"properties": {"a": SECRET}},
                    {"properties": {"a": {"type": "integer"}}},
                ]
            },
            {"a": "x"},
            ["#/a"],
        ),
        ({"properties": {"a": {"properties": {"b": SECRET}}}}, {"a": 1}, []),
    ],
)
def test_a_value_that_is_only_written_is_not_sent(schema, value, places):
    found = remarked(schema, value, P=SECRET)
    assert found == [(place, "writeonly-sent") for place in places]


def test_a_remark_says_where_and_why():
    schema = {"properties": {"pw": SECRET}, "required": ["id"]}
    verdict = read({"schema": schema}, b'{"pw": "x"}', JSON)
    assert told(verdict) == [
        ("#", "required", "error"),
        ("#/pw", "writeonly-sent", "warning"),
    ]
    assert (
        verdict.violations[1].detail == "'pw' is writeOnly: its owner does not send it"
    )


@each_row(
    ("coding", "text", "decodes"),
    [
        ("base64", "aGk=", True),
        ("BASE64", "aG\r\nk=", True),
        ("base64", "aGk", False),
        ("base64", "a-_=", False),
        ("base64", "é", False),
        ("base64url", "a-_b", True),
        ("base64url", "aGk", True),
        ("base64url", "aGk=", True),
        ("base64url", "a+/=", False),
        ("base64url", "a", False),
        ("quoted-printable", "=", True),
        (5, "?", True),
    ],
)
def test_a_text_is_in_its_content_encoding(coding, text, decodes):
    found = remarked({"contentEncoding": coding}, text)
    assert found == ([] if decodes else [("#", "contentEncoding")])


@pytest.mark.parametrize("value", [5, None, ["?"]])
def test_only_texts_have_a_content_encoding(value):
    assert remarked({"contentEncoding": "base64"}, value) == []


def test_at_most_some_remarks_are_made():
    value = {f"p{index}": "x" for index in range(100)}
    assert len(remarked({"additionalProperties": SECRET}, value)) == 20


def test_of_a_very_large_value_only_a_part_is_looked_at():
    value = [{} for _ in range(30_000)]
    assert remarked({"items": {"properties": {"pw": SECRET}}}, value) == []


def test_a_recursive_schema_is_walked_as_deep_as_the_value():
    schema = {
        "properties": {"next": {"$ref": "#/components/schemas/S"}, "pw": SECRET},
        "allOf": [{"$ref": "#/components/schemas/S"}],
    }
    value = {"pw": "x"}
    for _ in range(300):
        value = {"next": value}
    ((place, _),) = remarks_of_loop(schema, value)
    assert place.count("next") == 300


def remarks_of_loop(schema, value):
    """The engines cannot take a schema that is part of itself; the walk can."""
    return [
        (e.pointer, e.code)
        for e in annotations.warnings_about(schema_of(schema), value)
    ]
