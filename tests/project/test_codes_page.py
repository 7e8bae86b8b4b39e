from __future__ import annotations

from tests.support.codes_page import PAGE, page


def test_the_page_of_codes_is_what_the_tables_say():
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "run `python tests/support/codes_page.py`"
