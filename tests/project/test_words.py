"""Plain words: a sender has violations, a document findings, a set-up errors."""

import re
from pathlib import Path

import cbmock
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = Path(cbmock.__file__).parent
PRIVATE = (
    *("astray", "told", "untold", "owed", "meant", "in vain"),
    *(r"breach(es)?", r"remark(s|ed)?", r"deviat(e|es|ion|ions)"),
    r"(a|the|its|each|their|no|one|of) faults?",
)
"""Words that stood for one of the three, or for an expectation, and explain nothing."""
TEXTS = [
    *PACKAGE.rglob("*.py"),
    *PACKAGE.rglob("*.json"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "samples").glob("*/*.md"),
    *(ROOT / "samples").rglob("*.py"),
    *ROOT.glob("*.md"),
]


@pytest.mark.parametrize("word", PRIVATE)
def test_no_text_uses_a_private_word(word):
    pattern = re.compile(rf"(?<![\w-])_?({word})(?![\w-])", re.IGNORECASE)
    found = [
        f"{path.name}:{number}: {line.strip()[:100]}"
        for path in TEXTS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []
