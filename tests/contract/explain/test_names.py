"""Every place, value and sentence belongs to the very member that is wrong."""

from __future__ import annotations

from cbmock.contract.explain.explanation import explain
from cbmock.description import json_pointer
from hypothesis import given
from hypothesis import strategies as st

from tests.support.documents import schema_of
from tests.support.rows import each_row

INTEGER = {"type": "integer"}
ODD_NAMES = ("", "0", "1", "01", "+1", "+", "-1", "a/b", "~", "~1", "%25", "$ref")
KEYWORDS = ("properties", "items", "additionalProperties", "allOf", "not", "required")


def found(schema, value, version="3.1.0", **others):
    return [
        (each.pointer, each.name, each.detail)
        for each in explain(schema_of(schema, version, **others), value)
    ]


@each_row("version", ["3.0.3", "3.1.0"])
@each_row(
    ("schema", "value", "pointer", "detail"),
    [
        ({"properties": {"": INTEGER}}, {"": "x"}, "#/", "'x' is not an integer"),
        (
            {"properties": {"a": {"properties": {"": INTEGER}}}},
            {"a": {"": "x"}},
            "#/a/",
            "'x' is not an integer",
        ),
        (
            {"additionalProperties": {"properties": {"n": INTEGER}}},
            {"": {"n": "x"}},
            "#//n",
            "'x' is not an integer",
        ),
        (
            {"additionalProperties": {"$ref": "#/components/schemas/T"}},
            {"": {"n": {"": "x"}}},
            "#//n/",
            "'x' is not an integer",
        ),
        (
            {"patternProperties": {"": INTEGER}},
            {"a": "x"},
            "#/a",
            "'x' is not an integer",
        ),
        ({"additionalProperties": INTEGER}, {"": "x"}, "#/", "'x' is not an integer"),
        (
            {"properties": {"": {"maxLength": 1}}},
            {"": "xx"},
            "#/",
            "'xx' is too long: 2 characters, at most 1",
        ),
        (
            {"additionalProperties": {"items": INTEGER}},
            {"": ["x"]},
            "#//0",
            "'x' is not an integer",
        ),
    ],
)
def test_a_member_without_a_name_is_explained_at_its_place(
    schema, value, pointer, detail, version
):
    nested = {"additionalProperties": {"additionalProperties": INTEGER}}
    name = pointer.rpartition("/")[2]
    assert found(schema, value, version, T=nested) == [(pointer, name, detail)]


@each_row("name", [*ODD_NAMES, *KEYWORDS])
def test_a_closed_object_below_any_name_says_what_is_not_documented(name):
    closed = {"properties": {"a": {}}, "additionalProperties": False}
    schema = {"properties": {name: closed}}
    detail = "'b' is not documented, and no other properties are allowed"
    (violation,) = explain(schema_of(schema), {name: {"b": 1}})
    assert (violation.code, violation.detail) == ("additionalProperties", detail)
    assert violation.pointer == json_pointer.fragment([name])


@given(
    names=st.lists(
        st.sampled_from([*ODD_NAMES, *KEYWORDS]), min_size=1, max_size=4, unique=True
    ),
    closed=st.booleans(),
)
def test_each_wrong_member_is_reported_once_with_its_own_value(names, closed):
    value = {name: f"of {name}" for name in names}
    schema = {"properties": dict.fromkeys(names, INTEGER)}
    if not closed:
        schema = {"additionalProperties": INTEGER}
    violations = explain(schema_of(schema), value)
    reported = {each.name: each.received for each in violations}
    assert reported == value
    assert len(violations) == len(names)


@given(names=st.lists(st.sampled_from([*ODD_NAMES, *KEYWORDS]), min_size=1, max_size=3))
def test_a_path_of_any_names_leads_to_the_member(names):
    schema, value = INTEGER, "x"
    for name in reversed(names):
        schema = {"properties": {name: schema}, "additionalProperties": False}
        value = {name: value}
    (violation,) = explain(schema_of(schema), value)
    assert (violation.pointer, violation.name, violation.received) == (
        json_pointer.fragment(names),
        names[-1],
        "x",
    )
