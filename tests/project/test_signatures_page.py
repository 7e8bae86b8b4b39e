from tests.support.signatures_page import PAGE, page


def test_the_page_of_signatures_is_what_the_table_says():
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "run `python tests/support/signatures_page.py`"
