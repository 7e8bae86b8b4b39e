"""The reference of the site is what the code says."""

import os

from tests.support.reference.openapi_features import SECTIONS
from tests.support.reference.pages import PAGES
from tests.support.rows import each_row

WRITES = "CBMOCK_WRITES_REFERENCE" in os.environ
"""Set by `make reference`, which writes the pages anew."""
FEATURES = [each for _, features in SECTIONS for each in features]


@each_row("page", PAGES, ids=lambda page: page.PAGE.name)
def test_a_page_of_the_reference_is_what_the_code_says(page):
    if WRITES:
        page.PAGE.write_text(page.page(), encoding="utf-8")
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "run `make reference`"


@each_row("feature", FEATURES, ids=lambda each: each.name)
def test_a_feature_of_openapi_is_as_the_page_says(feature):
    assert feature.shown() == feature.expected
