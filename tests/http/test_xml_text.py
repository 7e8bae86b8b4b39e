from __future__ import annotations

import contextlib

import pytest
from cbmock.http import xml_text
from cbmock.http.xml_text import DEEPEST, Element, NotXML
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cost import growth
from tests.support.rows import each_row

BOMB = (
    b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b"<a>&c;</a>"
)


@each_row(
    ("data", "element"),
    [
        (b"<a/>", Element("a")),
        (
            b"<a>1<b>2</b>3</a>",
            Element("a", children=[Element("b", text="2")], text="13"),
        ),
        (b'<a b="1" c="&lt;&#65;"/>', Element("a", {"b": "1", "c": "<A"})),
        (b"<a><![CDATA[<b>]]></a>", Element("a", text="<b>", cdata="<b>")),
        (
            b"<a>1<![CDATA[2]]><b/>3<![CDATA[4]]></a>",
            Element("a", children=[Element("b")], text="1234", cdata="24", beside="13"),
        ),
        (b"<a> <![CDATA[]]></a>", Element("a", text=" ", cdata="", beside=" ")),
        (b'<x:a xmlns:x="urn:x" x:b="1"/>', Element("a", {"b": "1"})),
        (b'<a xmlns="urn:x"><b/></a>', Element("a", children=[Element("b")])),
        (
            b'<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>',
            Element("a", nil=True),
        ),
        ('<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16"), Element("a")),
        (
            b'<?xml version="1.0" encoding="latin-1"?><a>\xe9</a>',
            Element("a", text="é"),
        ),
    ],
)
def test_xml_is_read_as_elements(data, element):
    assert xml_text.read(data) == element


def test_the_charset_of_the_media_type_counts():
    assert xml_text.read(b"<a>\xe9</a>", "iso-8859-1") == Element("a", text="é")


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (b"<a>", "syntax", "not XML: no element found at line 1 column 4"),
        (b"", "syntax", "not XML: no element found at line 1 column 1"),
        (b"<a>&b;</a>", "syntax", "not XML: undefined entity at line 1 column 4"),
        (BOMB, "syntax", "XML with a document type is not accepted"),
        (
            b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1),
            "too-deep",
            "nested more than 100 levels deep",
        ),
        pytest.param(
            b"<a>" + b"<b/>" * 200_000 + b"</a>",
            "too-large",
            "has more than 200000 elements",
            id="elements",
        ),
        (
            b'<?xml version="1.0" encoding="big5"?><a/>',
            "encoding",
            "not XML: its encoding is unknown",
        ),
    ],
)
def test_what_is_no_xml_is_refused(data, code, detail):
    with pytest.raises(NotXML) as raised:
        xml_text.read(data)
    assert (raised.value.code, str(raised.value)) == (code, detail)


@pytest.mark.parametrize(
    "data",
    [
        lambda n: b"<a " + b" ".join(b'a%d="1"' % i for i in range(n)) + b"/>",
        lambda n: b"<a>" + b"x&lt;" * n + b"</a>",
        lambda n: b"<" + b"a" * n,
    ],
    ids=["attributes", "texts", "name"],
)
def test_large_xml_costs_no_more_for_each_part(data):
    texts = {size: data(size) for size in (10_000, 100_000)}

    def read(size):
        with contextlib.suppress(NotXML):
            xml_text.read(texts[size])

    assert growth(read, 10_000) < 4


PIECES = st.sampled_from(
    [b"<a>", b"</a>", b"<a/>", b"x", b"&lt;", b"<!--", b"<!DOCTYPE a>", b'<a b="1">']
)


@given(
    st.lists(PIECES).map(b"".join) | st.binary(),
    st.none() | st.text() | st.sampled_from(["utf-16", "big5", "cp037", "hex"]),
)
def test_any_octets_are_xml_or_not(data, charset):
    try:
        assert isinstance(xml_text.read(data, charset), Element)
    except NotXML as error:
        assert error.code in {"syntax", "encoding", "too-deep"}  # noqa: PT017
