"""How the report lays out bodies, whatever they are."""

import html
import json
import re
import time

import pytest
from cbmock.reports.html import bodies
from cbmock.reports.html.markup import joined
from hypothesis import given
from hypothesis import strategies as st

from tests.support.multipart_bodies import body as multipart
from tests.support.rows import each_row

FORM = "application/x-www-form-urlencoded"
XML = "application/xml"
PARTS = "multipart/form-data; boundary=b"
HOSTILE = "</pre></title><script>document.body.dataset.broken = 1</script><img src=x>"


def wrong(pointer, detail="is wrong"):
    return {
        "location": "body",
        "name": None,
        "pointer": pointer,
        "severity": "error",
        "detail": detail,
        "line": None,
    }


def shown(data, content_type, *pointers):
    data = data.encode() if isinstance(data, str) else data
    return joined(bodies.body(data, content_type, map(wrong, pointers)))


def text(markup):
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def marks(markup):
    return [text(each) for each in re.findall(r"<mark>(.*?)</mark>", markup, re.DOTALL)]


@each_row(
    ("content_type", "data", "expected"),
    [
        (
            "application/json",
            "[1.0, 9007199254740993]",
            "[\n  1.0,\n  9007199254740993\n]",
        ),
        ("application/json", '{"a":{},"b":[]}', '{\n  "a": {},\n  "b": []\n}'),
        ("application/json", "NaN", "NaN"),
        ("application/json", "{", "{"),
        (FORM, "a=%3Cb%3E&c=1.0&a", "a<b>c1.0a"),
        (
            XML,
            "<a><b>1</b><!-- c --><d/></a>",
            "<a>\n  <b>1</b>\n  <!-- c -->\n  <d/>\n</a>\n",
        ),
        (XML, "<a>1 <![CDATA[<b>]]> 2</a>", "<a>1 <![CDATA[<b>]]> 2</a>\n"),
        (XML, "<a><![CDATA[1]]>2<b/></a>", "<a>\n  <![CDATA[1]]>2\n  <b/>\n</a>\n"),
        (XML, "<a>1<![CDATA[</a>", "<a>1<![CDATA[</a>\n"),
        (XML, "<a", "<a\n"),
        (XML, "none", "none"),
        (XML, "</a></b>", "</a></b>"),
        (None, "", "no body"),
        (None, b"\xff\x00a", f"00000000  {'ff 00 61':<47}  ..a"),
        ("multipart/mixed", "a", "a"),
        (PARTS, b"--b\r\n\r\none\r\n--b--", "one"),
    ],
)
def test_a_body_is_laid_out_by_its_media_type(content_type, data, expected):
    assert text(shown(data, content_type)) == expected


@each_row(
    ("content_type", "data", "pointers", "expected"),
    [
        ("application/json", '{"a": [1, 2]}', ["#/a/1"], ["2"]),
        ("application/json", '{"a/b~": 1}', ["#/a~1b~0"], ["1"]),
        ("application/json", '{"é": 1}', ["#/%C3%A9"], ["1"]),
        ("application/json", '{"a": 1}', ["#/b", "#/a/c"], ["{", "1"]),
        ("application/json", '["-"]', ["#/-", "#/1", f"#/{'9' * 5000}"], ["["]),
        ("application/json", '{"a": 1}', ["#", "#/a"], ["{", "1"]),
        ("application/json", "nothing", ["#/a"], ["nothing"]),
        (FORM, "a=1&a=2&b=3", ["#/a/1", "#/b/c"], ["2", "3"]),
        (XML, "<r><a>1</a><a>2</a></r>", ["#/a/1"], ["2"]),
        (XML, "<r><as><a>1</a><a>2</a></as></r>", ["#/as/1"], ["2"]),
        (XML, "<n:r xmlns:n='u'><n:a>1</n:a></n:r>", ["#/a"], ["1"]),
        (XML, "<r><a b='1' c='2'/></r>", ["#/a/b"], ["b='1'"]),
        (XML, "<r><a/></r>", ["#/a/b"], ["<a/>"]),
        (XML, "<r><a/></r>", ["#/z", f"#/{'9' * 5000}"], ["<r>"]),
        (PARTS, multipart(("a", None, b"1"), ("a", None, b"2")), ["#/a/1"], ["2"]),
        (PARTS, multipart(("a", XML, b"<r><c>1</c></r>")), ["#/a/c"], ["1"]),
        (PARTS, multipart(("Content-ID: <x>", None, b"1")), ["#/x"], ["1"]),
    ],
)
def test_what_is_wrong_is_marked_at_its_place(content_type, data, pointers, expected):
    found = shown(data, content_type, *pointers)
    assert marks(found) == expected
    assert found.count("is wrong") == len(pointers)


def test_a_large_body_is_shown_in_part_with_all_that_is_wrong_in_it():
    items = [{"n": n} for n in range(5_000)]
    found = shown(
        json.dumps({"text": "z" * 50_000, "items": items}),
        "application/json",
        "#/items/4000/n",
    )
    assert "… 48000 more characters" in found
    assert marks(found) == ["4000"]
    assert "… 4899 more" in found
    assert len(found) < 20_000
    rows = "".join(f"<row><n>{n}</n></row>" for n in range(5_000))
    found = shown(f"<r>{rows}</r>", XML, "#/row/4000/n")
    assert marks(found) == ["4000"]
    assert "… 4899 more" in found
    assert len(found) < 20_000
    fields = "&".join(f"f{n}={n}" for n in range(5_000))
    found = shown(fields, FORM, "#/f4000")
    assert marks(found) == ["4000"]
    assert "… 3999 more" in found


@each_row(
    ("content_type", "data", "pointer"),
    [
        ("application/json", "[" * 500 + "1" + "]" * 500, "#" + "/0" * 500),
        (XML, "<a>" * 500 + "1" + "</a>" * 500, "#" + "/a" * 499),
        (PARTS, multipart(("a", None, b"1")), "#/a" + "/a" * 5_000),
    ],
)
def test_what_is_wrong_too_deep_to_be_shown_is_said_above(content_type, data, pointer):
    found = shown(data, content_type, pointer)
    assert found.count("is wrong") == 1
    assert len(found) < 50_000


NESTED = {
    "elements": (XML, "<a>"),
    "unfinished tags": (XML, "<"),
    "open quotes": (XML, "<a b='"),
    "attributes": (XML, "<a b='1' "),
    "open comments": (XML, "<!-- "),
    "arrays": ("application/json", "["),
    "fields": (FORM, "a=1&"),
    "parts": (PARTS, "--b\r\n\r\n\r\n"),
    "boundaries": (PARTS, "\r\n--b"),
}


@each_row("name", NESTED)
def test_the_time_grows_with_the_length_only(name):
    content_type, unit = NESTED[name]

    def seconds(length):
        data = (unit * (length // len(unit))).encode()
        began = time.process_time()
        assert "is wrong" in shown(data, content_type, "#/a/0/b")
        return time.process_time() - began

    seconds(1_000)
    assert seconds(400_000) < 20 * seconds(40_000) + 0.5


@given(st.sampled_from([FORM, XML, PARTS, "text/plain", None]), st.text(), st.binary())
def test_whatever_arrives_is_shown(content_type, sent, octets):
    for data in (sent.encode("utf-8", "replace"), octets, f"<a>{sent}</a>".encode()):
        assert shown(data, content_type, "#/a").count("is wrong") == 1


KINDS = {
    "json": ("application/json", json.dumps({HOSTILE: HOSTILE})),
    "form": (FORM, f"{HOSTILE}={HOSTILE}"),
    "xml": (XML, f"<r a='{HOSTILE}'><b>{HOSTILE}</b><![CDATA[{HOSTILE}]]></r>"),
    "parts": (PARTS, multipart((HOSTILE, HOSTILE, HOSTILE.encode()))),
    "text": ("text/html", HOSTILE),
    "bytes": (HOSTILE, b"\xff" + HOSTILE.encode()),
}


@each_row("kind", KINDS)
def test_no_view_of_a_body_makes_markup_of_it(kind):
    content_type, data = KINDS[kind]
    found = shown(data, content_type, "#/b", "#")
    elements = set(re.findall(r"<(\w+)", found))
    assert elements <= {
        *("pre", "span", "b", "mark", "table", "tr", "th", "td", "p", "div")
    }
    assert "&lt;img" in found or kind == "bytes"


def test_no_text_can_become_an_element():
    with pytest.raises(TypeError):
        joined([object()])
