from __future__ import annotations

from contextlib import suppress

import pytest
from cbmock.http import multipart
from cbmock.http.messages import Headers
from cbmock.http.multipart import NotMultipart, Part
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cost import growth
from tests.support.rows import each_row

ONE = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'


def part(data, **fields):
    return Part(Headers.of((n.replace("_", "-"), v) for n, v in fields.items()), data)


A = {"Content_Disposition": 'form-data; name="a"'}


@each_row(
    ("data", "parts"),
    [
        (ONE, [part(b"1", **A)]),
        (b"before\r\n" + ONE + b"behind", [part(b"1", **A)]),
        (ONE.replace(b"\r\n", b"\n"), [part(b"1", **A)]),
        (b"--b \t\r\n\r\n1\r\n--b--", [part(b"1")]),
        (b"--b\r\nX\r\n--b--", [part(b"X")]),
        (b"--b\r\n--b--", [part(b"")]),
        (b"--b--", []),
        (b"--b\r\n\r\n--bc\r\n--b--", [part(b"--bc")]),
        (b"--b\r\n\r\n\r\n\r\n--b--", [part(b"\r\n")]),
        (
            b"--b\r\nX: 1\r\n 2\r\nno field\r\n\r\n\x00\xff\r\n--b--",
            [part(b"\x00\xff", X="1 2")],
        ),
        (
            b"--b\r\nContent-Transfer-Encoding: BASE64\r\n\r\naGk=\r\n--b--",
            [part(b"hi", Content_Transfer_Encoding="BASE64")],
        ),
        (
            b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\na\r\n--b--",
            [part(b"a", Content_Transfer_Encoding="base64")],
        ),
        (
            b"--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=41\r\n--b--",
            [part(b"A", Content_Transfer_Encoding="quoted-printable")],
        ),
    ],
)
def test_a_body_is_cut_at_its_boundary(data, parts):
    assert multipart.split(data, "b") == parts


@each_row(
    ("data", "boundary", "code", "detail"),
    [
        (ONE, None, "syntax", "the Content-Type has no boundary"),
        (ONE, "c", "syntax", "the boundary 'c' is not in the body"),
        (ONE[:-6], "b", "syntax", "the boundary 'b' does not close the last part"),
        pytest.param(
            b"--b\r\n" * 1002, "b", "too-large", "more than 1000 parts", id="parts"
        ),
    ],
)
def test_what_is_not_cut_by_the_boundary_is_refused(data, boundary, code, detail):
    with pytest.raises(NotMultipart) as raised:
        multipart.split(data, boundary)
    assert (raised.value.code, str(raised.value)) == (code, detail)


@each_row(
    ("disposition", "name", "filename"),
    [
        ("form-data; name=a", "a", None),
        ('form-data; name="a;b"; filename="x.png"', "a;b", "x.png"),
        ('form-data; NAME="\xc3\xa9"', "é", None),
        ('form-data; name="\xe9"', "é", None),
        ("attachment; filename*=UTF-8''x", None, "UTF-8''x"),
        ("form-data; name=a; name=b", "a", None),
        ('form-data; name="a%22b%0D%0a"; filename="%22.png"', 'a"b\r\n', '".png'),
        ('form-data; name="50%25%2541"', "50%25%2541", None),
        ("", None, None),
    ],
)
def test_a_part_is_called_by_its_disposition(disposition, name, filename):
    found = part(b"", Content_Disposition=disposition)
    assert (found.name, found.filename) == (name, filename)


def test_a_part_has_an_identity_and_a_type():
    found = part(b"", Content_ID="<a@b>", Content_Type="Image/PNG")
    assert (found.content_id, found.media_type.essence) == ("a@b", "image/png")
    assert (part(b"").content_id, part(b"").media_type) == (None, None)


@pytest.mark.parametrize(
    "data",
    [
        lambda n: b"--b\r\n" + b"X: y\r\n" * n + b"--b--",
        lambda n: b"--b\r\n\r\n" + b"\r\n" * n + b"--b--",
        lambda n: b"--b\r\n\r\n" + b"\r\n--b \t \t" * n + b"x\r\n--b--",
    ],
    ids=["headers", "lines", "delimiters"],
)
def test_a_large_body_costs_no_more_for_each_line(data):
    def split(size):
        with suppress(NotMultipart):
            multipart.split(data(size), "b")

    assert growth(split, 10_000) < 4


PIECES = st.lists(
    st.sampled_from(
        [b"--b", b"--", b"\r\n", b"\n", b"X: 1", b"\r\n\r\n", b"a", b"\xff"]
    )
)


@given(PIECES.map(b"".join) | st.binary(), st.text())
def test_any_octets_are_parts_or_no_multipart(data, boundary):
    for each in ("b", boundary):
        try:
            parts = multipart.split(data, each)
        except NotMultipart:
            continue
        for found in parts:
            assert sum(len(part.data) for part in parts) <= len(data)
            assert (found.name or found.filename or "") is not None
