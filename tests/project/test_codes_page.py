from __future__ import annotations

from cbmock.violation_codes.table import CODES

from tests.support.codes_page import PAGE, SECTIONS, page


def test_the_page_of_codes_is_what_the_tables_say():
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "run `python tests/support/codes_page.py`"


def test_the_page_has_every_code():
    listed = [each.code for _, codes in SECTIONS for each in codes]
    assert sorted(listed) == sorted(CODES)
