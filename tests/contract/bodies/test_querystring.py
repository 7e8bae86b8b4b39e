from __future__ import annotations

import pytest
from cbmock.http.messages import Headers, Request
from cbmock.violations import Violation
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.documents import OPERATION, contract_of
from tests.support.rows import each_row

FORM = "application/x-www-form-urlencoded"
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


def read(media_type, said, query, *, version="3.2.0", **more):
    parameter = {
        "name": "q",
        "in": "querystring",
        "content": {media_type: said},
        **more,
    }
    contract = contract_of({"parameters": [parameter]}, version=version)
    verdict = contract.check(Request("POST", f"/?{query}", Headers()), {})
    return verdict.parameters.get(("querystring", "q")), verdict.violations


@each_row(
    ("media_type", "said", "query", "value"),
    [
        (FORM, {"schema": SCHEMA}, "a=1&b=x+y", {"a": 1, "b": "x y"}),
        (
            FORM,
            {
                "schema": {"properties": {"l": {"type": "array"}}},
                "encoding": {"l": {"explode": False}},
            },
            "l=1,2",
            {"l": ["1", "2"]},
        ),
        ("application/json", {"schema": SCHEMA}, "%7B%22a%22:1%7D", {"a": 1}),
        ("text/plain", {}, "a%20b+c", "a b+c"),
        ("no media type", {}, "a=1", {"a": "1"}),
        (FORM, {}, "", None),
    ],
)
def test_a_whole_query_is_content(media_type, said, query, value):
    assert read(media_type, said, query) == (value, ())


def test_what_is_wrong_with_it_is_told_of_the_query():
    _, (found,) = read(FORM, {"schema": SCHEMA}, "a=x")
    assert (found.where, found.name, found.code) == ("query q #/a", "q", "type")
    value, (found,) = read("application/json", {"schema": SCHEMA}, "%7B")
    assert (value, found.where, found.code) == (None, "query q", "syntax")


@pytest.mark.parametrize(("required", "count"), [(True, 1), (False, 0)])
def test_it_may_be_required(required, count):
    missing = Violation(
        location="query",
        name="q",
        code="missing-parameter",
        detail="the required query string 'q' is missing",
        schema=f"{OPERATION}/parameters/0",
    )
    assert read(FORM, {}, "", required=required) == (None, (missing,) * count)


def test_before_3_2_there_is_no_such_parameter():
    assert read(FORM, {}, "", required=True, version="3.1.0") == (None, ())


def test_it_needs_a_schema_that_can_be_had():
    said = {"schema": {"properties": {"a": {"$ref": "#/nowhere"}}}}
    assert read(FORM, said, "a=1") == (None, ())


def test_it_needs_no_content_at_all():
    contract = contract_of(
        {"parameters": [{"name": "q", "in": "querystring"}]}, version="3.2.0"
    )
    verdict = contract.check(Request("POST", "/?a=1"), {})
    assert verdict.parameters == {("querystring", "q"): {"a": "1"}}


@settings(deadline=None)
@given(
    st.sampled_from([FORM, "application/json", "text/plain", "image/png"]),
    st.text(st.characters()) | st.text(st.sampled_from("a=&[]{%\\ud800")),
)
def test_no_query_makes_it_raise(media_type, query):
    read(media_type, {"schema": SCHEMA}, query)
