from __future__ import annotations

from tests.support.bodies import read, told
from tests.support.rows import each_row


@each_row("sent", ["image/png", "application/octet-stream", "x/y"])
@each_row("version", ["3.0.3", "3.1.0"])
def test_octets_are_what_they_are_whatever_the_schema_says(sent, version):
    schema = {"type": "string", "format": "binary", "minLength": 99, "pattern": "^a$"}
    verdict = read({"schema": schema}, b"\x89\xff", sent, version=version)
    assert (verdict.body, verdict.violations) == (b"\x89\xff", ())


def test_5b_only_presence_counts_under_a_range():
    verdict = read({}, b"\x89PNG", "image/png", key="*/*")
    assert (verdict.body, verdict.violations) == (b"\x89PNG", ())


@each_row(
    ("limit", "violations"),
    [(1, [("#", "maxLength", "error")]), (2, []), ("1", []), (None, [])],
)
def test_octets_are_counted(limit, violations):
    assert (
        told(read({"schema": {"maxLength": limit}}, b"ab", "image/png")) == violations
    )


def test_too_many_octets_are_told_in_words():
    (found,) = read({"schema": {"maxLength": 1}}, b"ab", "image/png").violations
    assert (found.detail, found.expected, found.received) == (
        "too long: 2 bytes, at most 1",
        1,
        2,
    )
