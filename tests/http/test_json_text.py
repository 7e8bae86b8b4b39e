from __future__ import annotations

import codecs
import json
import math
import sys
from decimal import Decimal
from encodings.aliases import aliases

import pytest
from cbmock.http import plain_json
from cbmock.http.json_text import DEEPEST, NotJSON, most_parts, read
from cbmock.violations import Violation
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rows import each_row


def refusal(data, **options):
    with pytest.raises(NotJSON) as raised:
        read(data, **options)
    return raised.value.violation


def violation(code, detail, severity="error"):
    return Violation(
        location="body", pointer="#", code=code, detail=detail, severity=severity
    )


BOM = violation(
    "json-bom",
    "the text starts with a byte order mark (RFC 8259 §8.1)",
    severity="warning",
)


@each_row(
    ("text", "value"),
    [
        (b'{"a": [1, 2.5, true, null, "x"]}', {"a": [1, 2.5, True, None, "x"]}),
        (b"12345678901234567890123", 12345678901234567890123),
        (b"1.0", 1.0),
        (b"1e400", Decimal("1e400")),
        (b"-1e400", Decimal("-1e400")),
        (b"1e-400", 0.0),
        (b"9" * 4299, int("9" * 4299)),
        (b"9" * 4300, Decimal("9" * 4300)),
        (b"[" + b"9" * 5000 + b", 7]", [Decimal("9" * 5000), 7]),
        (rb'"\ud800"', "\ud800"),
        ('"€"'.encode(), "€"),
        (b'"' + b"[" * 1000 + b'"', "[" * 1000),
    ],
)
def test_a_json_text_is_read_without_loss(text, value):
    assert read(text) == (value, ())


@each_row(
    ("text", "detail"),
    [
        (b"", "not JSON: expecting value at line 1 column 1"),
        (b" \n", "not JSON: expecting value at line 2 column 1"),
        (b"[1,]", "not JSON: expecting value at line 1 column 4"),
        (b"'x'", "not JSON: expecting value at line 1 column 1"),
        (b"abc", "not JSON: expecting value at line 1 column 1"),
        (b"{} {}", "not JSON: extra data at line 1 column 4"),
        (b"[NaN]", "not JSON: NaN is not a JSON number"),
        (b"-Infinity", "not JSON: -Infinity is not a JSON number"),
        (
            b"1e" + b"9" * 30,
            f"not JSON: 1e{'9' * 30} is out of range (RFC 8259 §6)",
        ),
        (b'"a\nb"', "not JSON: invalid control character at line 1 column 3"),
    ],
)
def test_what_is_not_json_is_refused_with_the_place(text, detail):
    assert refusal(text) == violation("syntax", detail)


@each_row(
    ("data", "charset", "detail"),
    [
        (b"\xff", None, "byte 0 (0xff) is not utf-8"),
        (b'["\xe9"]', "us-ascii", "byte 2 (0xe9) is not utf-8"),
        ("{}".encode("utf-16"), None, "byte 0 (0xff) is not utf-8"),
        (b'{"a": "\xed\xa0\x80"}', None, "byte 7 (0xed) is not utf-8"),
        (b"{}\x00", "utf-16", "byte 2 (0x00) is not utf-16-le"),
    ],
)
def test_bytes_that_are_not_in_the_charset_are_refused(data, charset, detail):
    assert refusal(data, charset=charset) == violation("encoding", detail)


@each_row(
    ("data", "charset", "value"),
    [
        ('{"a": "é"}'.encode("latin-1"), "iso-8859-1", {"a": "é"}),
        ('{"a": "é"}'.encode("utf-16"), "utf-16", {"a": "é"}),
        ('{"a": "é"}'.encode(), "klingon", {"a": "é"}),
        (b"{}", "iso-klingon", {}),
        (b"{}", "hex", {}),
        (b"{}", "idna", {}),
        (b"{}", "utf\x00", {}),
        (b"{}", "", {}),
    ],
)
def test_another_charset_is_honoured_and_suspicious(data, charset, value):
    suspicion = violation(
        "charset",
        f"JSON is sent in UTF-8, not in {charset} (RFC 8259 §8.1)",
        severity="warning",
    )
    assert read(data, charset=charset) == (value, (suspicion,))


@each_row("charset", [None, "utf-8", "UTF-8", "utf8", "us-ascii", "ASCII"])
def test_utf_8_is_the_charset_by_any_name(charset):
    assert read(b'"\xc3\xa9"', charset=charset) == ("é", ())


def test_a_byte_order_mark_is_suspicious():
    assert read(codecs.BOM_UTF8 + b"{}") == ({}, (BOM,))


def test_a_second_byte_order_mark_is_not_json():
    assert refusal(codecs.BOM_UTF8 * 2 + b"{}").code == "syntax"


def test_of_a_repeated_name_the_last_wins_and_it_is_suspicious():
    detail = "the name 'a' is repeated in one object (RFC 8259 §4)"
    assert read(b'{"b": {"a": 1, "a": 2}, "c": 0}') == (
        {"b": {"a": 2}, "c": 0},
        (violation("json-duplicate-key", detail, severity="warning"),),
    )


def nested(depth, opening=b"[", closing=b"]", inside=b""):
    return opening * depth + inside + closing * depth


@each_row(
    "text",
    [
        nested(DEEPEST),
        nested(DEEPEST, b'{"a":', b"}", b"1"),
        nested(DEEPEST - 1, inside=b"[],[],[]"),
        b"[" + b",".join([nested(300)] * 3) + b"]",
        b'["' + b"[" * 600 + rb'\"", "' + b"{" * 600 + b'"]',
    ],
)
def test_a_text_may_nest_500_deep(text):
    assert read(text) == (json.loads(text), ())


@each_row(
    "text",
    [
        nested(DEEPEST + 1),
        nested(DEEPEST + 1, b'{"a":', b"}", b"1"),
        b"[" * 100_000,
        b"[" * 100_000 + b'"',
    ],
)
def test_a_text_that_nests_deeper_is_refused(text):
    assert refusal(text) == violation("too-deep", "nested more than 500 levels deep")


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="its room is no longer that of Python's calls"
)
def test_where_the_caller_leaves_no_room_the_text_is_too_deep():
    def called_from(depth):
        return refusal(nested(DEEPEST)) if depth == 0 else called_from(depth - 1)

    deepest = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    try:
        assert called_from(650).code == "too-deep"
    finally:
        sys.setrecursionlimit(deepest)


def test_the_place_of_a_text_outside_the_body_is_its_name():
    assert refusal(b"x", location="header", name="X-J") == Violation(
        location="header",
        name="X-J",
        code="syntax",
        detail="not JSON: expecting value at line 1 column 1",
    )


def test_a_refusal_reads_as_its_detail():
    refused = NotJSON(violation("syntax", "not JSON: no"))
    assert str(refused) == "not JSON: no"


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)
TEXTS = st.text(st.sampled_from('[]{}",:\\ \n0123eE+-.nultrfasNI\ud800\ufeffé'))


@settings(deadline=None)
@given(JSON_VALUES)
def test_what_python_writes_is_read_as_python_reads_it(value):
    text = json.dumps(value)
    assert read(text.encode()) == (json.loads(text), ())


def outcome(data, **options):
    try:
        return read(data, **options)
    except NotJSON as refused:
        return refused.violation


def number(text):
    return float(text) if math.isfinite(float(text)) else Decimal(text)


@settings(deadline=None)
@given(st.binary() | TEXTS.map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused(data):
    found = outcome(data)
    if isinstance(found, Violation):
        assert found.severity == "error"
    else:
        text = data.decode("utf-8-sig")
        assert found[0] == json.loads(text, parse_float=number)


@settings(deadline=None)
@given(
    st.binary(),
    st.sampled_from(sorted({*aliases, *aliases.values()})) | st.text(st.characters()),
)
def test_any_charset_is_read_or_refused(data, charset):
    found = outcome(data, charset=charset)
    assert isinstance(found, tuple) or found.code in {"encoding", "syntax"}


@given(
    st.recursive(
        st.none() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_a_value_has_no_more_parts_than_its_text_allows(value):
    def parts(value):
        inner = value.values() if isinstance(value, dict) else value
        return 1 + sum(map(parts, inner if isinstance(value, dict | list) else ()))

    assert parts(value) <= most_parts(json.dumps(value).encode())


# --- the faster reader ---------------------------------------------------------------------

NUMBERS = (
    "0 -0 -0.0 1.0 1.10 1e5 1E400 18446744073709551616 -9223372036854775809 5e-324"
)
OTHERS = r'01 1. "a" "\u0041" "\n" "\/" "é" "" true null NaN'
TOKENS = st.sampled_from(f"{NUMBERS} {OTHERS}".split())
SPACES = st.sampled_from(["", "", " ", "\n", "\t", "\f", "\u00a0"])
NAMES = st.sampled_from(['"a"', '"b"', '""', '"k\\n"'])


def joined(opening, parts, closing):
    return st.tuples(st.lists(parts, max_size=3), SPACES).map(
        lambda both: opening + ("," + both[1]).join(both[0]) + closing
    )


def containers(inner):
    members = st.tuples(NAMES, SPACES, inner).map(lambda m: f"{m[0]}:{m[1]}{m[2]}")
    return joined("[", inner, "]") | joined("{", members, "}")


def read_as(data):
    try:
        return repr(read(data))  # tells 1 from 1.0, and -0.0 from 0.0
    except NotJSON as error:
        return error.violation


@given(
    st.recursive(TOKENS, containers, max_leaves=12).map(str.encode)
    | st.binary(max_size=8)
    | st.sampled_from([b"[" * n + b"]" * n for n in (254, 255, DEEPEST, DEEPEST + 1)])
)
@settings(max_examples=300)
def test_a_text_has_the_same_value_and_violations_whichever_reader_takes_it(data):
    def never(_data):
        raise plain_json.NotPlain

    both = read_as(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_json, "read", never)
        assert both == read_as(data)
