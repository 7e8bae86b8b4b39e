from __future__ import annotations

import json
from decimal import Decimal

from cbmock.violations import Violation, errors, shortened, shown
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rows import each_row

PAID = Violation(
    location="body",
    name="paid",
    pointer="#/paid",
    code="type",
    detail="'yes' is not a boolean",
    schema="openapi.json#/components/schemas/Event/properties/paid",
    expected="boolean",
    received="yes",
)


def test_a_record_holds_every_field():
    assert PAID.record() == {
        "location": "body",
        "name": "paid",
        "pointer": "#/paid",
        "code": "type",
        "severity": "error",
        "detail": "'yes' is not a boolean",
        "schema": "openapi.json#/components/schemas/Event/properties/paid",
        "line": None,
        "expected": "boolean",
        "received": "yes",
    }


@each_row(
    ("violation", "where"),
    [
        (PAID, "body #/paid"),
        (Violation(location="body", pointer="", code="c", detail="d"), "body"),
        (
            Violation(location="header", name="X-Signature", code="c", detail="d"),
            "header X-Signature",
        ),
        (Violation(location="media_type", code="c", detail="d"), "media type"),
    ],
)
def test_where_a_violation_is_reads_like_a_place(violation, where):
    assert violation.where == where


def test_only_errors_make_a_call_invalid():
    warning = Violation(location="body", code="c", detail="d", severity="warning")
    info = Violation(location="body", code="c", detail="d", severity="info")
    assert errors([warning, PAID, info]) == (PAID,)


@each_row(
    ("value", "text"),
    [
        ("yes", "'yes'"),
        ("it's", '"it\'s"'),
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ({"a": [1, "é"]}, '{"a": [1, "é"]}'),
        (Decimal("1e400"), "1E+400"),
        ("\ud800", "'\\ud800'"),
        (["\ud800"], '["\\ud800"]'),
        ("x" * 118, f"'{'x' * 118}'"),
        ("x" * 119, f"'{'x' * 118}…"),
        ([1] * 40, f"[{'1, ' * 39}1]"),
        ([1] * 41, f"[{'1, ' * 39}1…"),
        ({"k" * 200: 1}, '{"' + "k" * 117 + "…"),
        ({"a": "x" * 113, "abc": 1}, '{"a": "' + "x" * 112 + "…"),
    ],
)
def test_a_value_is_shown_as_json_of_at_most_120_characters(value, text):
    assert shown(value) == text


def test_a_value_is_shown_however_deep_it_is():
    value: object = 1
    for _ in range(5000):
        value = [{"a": value}]
    assert shown(value) == '[{"a": ' * 17 + "…"
    for _ in range(500):
        value = [value]
    assert shown(value) == "[" * 119 + "…"


@each_row(
    ("value", "cut"),
    [
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 120 + "…"),
        ("\udc80", "\\udc80"),
        (None, None),
        (False, False),
        (2**63 - 1, 2**63 - 1),
        (2**63, "9223372036854775808"),
        (float("inf"), "Infinity"),
        (float("nan"), "NaN"),
        (Decimal("9" * 5000), "9" * 119 + "…"),
        (list(range(30)), list(range(20))),
        ({str(n): n for n in range(30)}, {str(n): n for n in range(20)}),
        ({"k" * 200: 1}, {"k" * 120 + "…": 1}),
        ([[[[[[[1]]]]]]], [[[[[["…"]]]]]]),
    ],
)
def test_a_value_is_cut_for_a_record(value, cut):
    assert shortened(value) == cut


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


@settings(deadline=None)
@given(ANYTHING)
def test_whatever_is_shown_or_recorded_can_be_sent_as_utf_8(value):
    record = json.dumps([shown(value), shortened(value)], allow_nan=False)
    assert json.loads(record.encode()) == [shown(value), shortened(value)]


@settings(deadline=None)
@given(ANYTHING.filter(lambda value: not isinstance(value, str | Decimal)))
def test_what_is_shown_is_the_beginning_of_the_whole(value):
    whole = json.dumps(value, ensure_ascii=False, default=str)
    cut = whole if len(whole) <= 120 else whole[:119] + "…"
    assert shown(value) == cut.encode("utf-8", "backslashreplace").decode()
