"""The page on codes has every code; that it is current is tested with the reference."""

from __future__ import annotations

from cbmock.violation_codes.table import CODES

from tests.support.codes_page import SECTIONS


def test_the_page_has_every_code():
    listed = [each.code for _, codes in SECTIONS for each in codes]
    assert sorted(listed) == sorted(CODES)
