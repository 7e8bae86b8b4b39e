"""The page on security names tests that exist."""

import re
from pathlib import Path

from tests.support.rows import each_row

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_each_promise_names_its_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == len(NAMED) > 10


@each_row(("file", "name"), NAMED)
def test_the_test_of_a_promise_exists(file, name):
    assert f"def {name}(" in (ROOT / file).read_text("utf-8")
