import json

import pytest
from cbmock import sources
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock
from cbmock.testing.matching import (
    Exactly,
    IsInstance,
    Like,
    Matching,
    differences,
    read,
)

from tests.support.invoices import DOCUMENT
from tests.support.rows import each_row

MOCK = Mock(sources.describe(DOCUMENT))


def call(body=b'{"paid": true, "who": {"name": "rick"}}', target="/invoices/1?a=1&b="):
    headers = Headers.of([("Content-Type", "application/json"), ("X-Try", "2")])
    return MOCK.receive(Request("POST", target, headers, body), id=1, now=0)


@each_row(
    ("matching", "missing"),
    [
        (Matching(), ()),
        (Matching(json={}), ()),
        (Matching(json={"paid": True}), ()),
        (Matching(json={"who": {"name": Like("^r")}}), ()),
        (Matching(json={"who": IsInstance(dict)}), ()),
        (Matching(json=Exactly({"paid": True})), None),
        (Matching(json={"paid": 1}), ("body paid: 1 is wanted, True came",)),
        (Matching(json={"due": 1}), ("body due: 1 is wanted, nothing came",)),
        (
            Matching(json={"who": {"name": Like("^x"), "age": 1}}),
            (
                "body who name: a string like '^x' is wanted, 'rick' came",
                "body who age: 1 is wanted, nothing came",
            ),
        ),
        (
            Matching(json={"paid": {"a": 1}}),
            ("body paid: an object is wanted, True came",),
        ),
        (Matching(headers={"x-try": "2"}), ()),
        (
            Matching(headers={"X-Other": "2"}),
            ("header x-other: '2' is wanted, nothing came",),
        ),
        (Matching(query={"a": "1", "b": ""}), ()),
        (Matching(query={"a": "2"}), ("query a: '2' is wanted, '1' came",)),
        (Matching(where=lambda c: c.valid), ("`where`: true is wanted, false came",)),
        (Matching(where=lambda c: c.json["paid"]), ()),
    ],
)
def test_a_call_is_held_against_what_is_asked(matching, missing):
    found = tuple(map(str, matching.missing(call())))
    if missing is None:
        assert len(found) == 1
        assert found[0].startswith("body: {'paid': True} is wanted, {'paid': True, ")
    else:
        assert found == missing
    assert matching(call()) is (not found)


def test_a_body_that_is_no_json_has_no_members():
    (told,) = Matching(json={"a": 1}).missing(call(b"{"))
    assert str(told) == "body: JSON is wanted, no JSON came"


@each_row(
    ("wanted", "came", "fits"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1, True, False),
        (True, 1, False),
        (False, 0, False),
        ([1, 2], [1, 2], True),
        ([1], [1, 2], False),
        (None, None, True),
        (IsInstance(int), 7, True),
        (IsInstance(int), True, False),
        (IsInstance(bool), True, True),
        (IsInstance(str), 7, False),
        (Like("b"), "abc", True),
        (Like("b"), 7, False),
        (pytest.approx(0.3), 0.1 + 0.2, True),
    ],
)
def test_a_value_is_what_is_wanted_or_not(wanted, came, fits):
    assert (differences(wanted, came, "body") == []) is fits


def test_a_type_is_told_by_its_name():
    told = differences(IsInstance(int), "x", "body")
    assert told == [("body", "a value of type int", "'x'")]


def test_what_wait_for_takes_is_read():
    def predicate(found):
        return bool(found)

    assert read({"a": 1}) == Matching(json={"a": 1})
    assert read(predicate) == Matching(where=predicate)
    assert read(None) == Matching()
    assert read(Matching(query={})) == Matching(query={})
    assert json.loads(call().record()["request"]["body"])["paid"] is True
