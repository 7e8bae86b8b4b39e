from __future__ import annotations

import contextlib
import functools
import gzip
import json
import zlib

import brotli
import pytest
import zstandard
from cbmock.http import content_codings
from cbmock.http.content_codings import NotDecoded
from cbmock.http.messages import Headers, Request
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cost import growth
from tests.support.documents import contract_of
from tests.support.rows import each_row

BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "integer"}}},
}


zipped = functools.partial(gzip.compress, mtime=0)


def bare(data):
    return zlib.compress(data)[2:-4]


@each_row(
    ("stated", "data"),
    [
        ("gzip", zipped(b"hi")),
        ("X-GZIP", zipped(b"hi")),
        ("gzip", zipped(b"h") + zipped(b"i")),
        ("deflate", zlib.compress(b"hi")),
        ("deflate", bare(b"hi")),
        ("identity", b"hi"),
        ("", b"hi"),
        ("deflate, gzip", zipped(zlib.compress(b"hi"))),
    ],
)
def test_a_body_is_decoded(stated, data):
    assert content_codings.decode(data, stated) == b"hi"


@each_row(
    ("stated", "data", "location", "code"),
    [
        ("gzip", b"hi", "body", "content-coding"),
        ("gzip", zipped(b"hi")[:-1], "body", "content-coding"),
        ("gzip", zipped(b"hi") + b"x", "body", "content-coding"),
        ("deflate", b"\xff", "body", "content-coding"),
        pytest.param(
            "gzip", zipped(bytes(10_000_000)), "body", "too-large", id="ratio"
        ),
        pytest.param("gzip", zipped(b"") * 10_001, "body", "too-large", id="members"),
        ("unheard-of", b"hi", "media_type", "content-coding"),
        ("gzip, unheard-of", b"hi", "media_type", "content-coding"),
        ("gzip,x," * 6, b"hi", "media_type", "content-coding"),
    ],
)
def test_what_cannot_be_decoded_is_told(stated, data, location, code):
    with pytest.raises(NotDecoded) as raised:
        content_codings.decode(data, stated)
    found = raised.value.violation
    assert (found.location, found.code) == (location, code)


def test_large_bodies_that_compress_as_texts_do_are_taken():
    data = b"".join(
        json.dumps({"id": i, "name": f"n{i * 7919 % 1000}"}).encode()
        for i in range(100_000)
    )
    assert content_codings.decode(zipped(data), "gzip") == data


@pytest.mark.parametrize(
    "data", [lambda n: zipped(b"") * n, lambda n: zipped(bytes(n * 200), 1)]
)
def test_a_large_body_costs_no_more_for_each_byte(data):
    bodies = {size: data(size) for size in (500, 5_000)}

    def decode(size):
        with contextlib.suppress(NotDecoded):
            content_codings.decode(bodies[size], "gzip")

    assert growth(decode, 500) < 4


@each_row(
    ("data", "stated", "value", "codes"),
    [
        (zipped(b"12"), "gzip", 12, []),
        (zipped(b'"a"'), "gzip", "a", ["type"]),
        (zipped(b""), "gzip", None, ["missing-body"]),
        (b"", "gzip", None, ["missing-body"]),
        (b"12", "gzip", None, ["content-coding"]),
        (b"12", "other", None, ["content-coding"]),
    ],
)
def test_5d_a_coded_body_is_checked_and_stays_in_the_request(
    data, stated, value, codes
):
    fields = [("Content-Type", "application/json"), ("Content-Encoding", stated)]
    request = Request("POST", "/", Headers.of(fields), data)
    verdict = contract_of({"requestBody": BODY}).check(request, {})
    assert (verdict.body, [each.code for each in verdict.violations]) == (value, codes)
    assert all(each.schema for each in verdict.violations)
    assert request.body == data


SAMPLE = b'{"a": 1}' * 1000


@pytest.mark.parametrize(
    ("coding", "compress"),
    [
        ("zstd", zstandard.compress),
        ("br", functools.partial(brotli.compress, quality=1)),
    ],
)
def test_newer_codings_are_read_within_the_same_bound(coding, compress):
    data = compress(SAMPLE)
    assert content_codings.decode(data, coding) == SAMPLE
    for broken, code in (
        (b"garbage", "content-coding"),
        (data[:-3], "content-coding"),
        (compress(bytes(100_000_000)), "too-large"),
    ):
        with pytest.raises(NotDecoded) as raised:
            content_codings.decode(broken, coding)
        assert raised.value.violation.code == code


@given(st.binary(), st.sampled_from(["gzip", "deflate", "gzip, deflate"]) | st.text())
def test_any_octets_are_decoded_or_not(data, stated):
    for each in (data, zipped(data), zipped(data)[:-2]):
        try:
            assert isinstance(content_codings.decode(each, stated), bytes)
        except NotDecoded as error:
            assert error.violation.detail  # noqa: PT017


def test_9_12_too_many_gzip_members_are_named_as_what_they_are():
    with pytest.raises(NotDecoded) as raised:
        content_codings.decode(zipped(b"") * 10_001, "gzip")
    assert raised.value.violation.detail == "the gzip body has more than 10000 members"
