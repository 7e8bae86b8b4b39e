"""Plain words: a sender has violations, a document findings, a set-up errors."""

import re
from pathlib import Path

import cbmock

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
    *(path for name in ("benchmarks", "fuzz") for path in (ROOT / name).rglob("*.py")),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "samples").glob("*/*.md"),
    *(ROOT / "samples").rglob("*.py"),
    *ROOT.glob("*.md"),
]

PATTERN = re.compile(rf"(?<![\w-])_?({'|'.join(PRIVATE)})(?![\w-])", re.IGNORECASE)


def test_no_text_uses_a_private_word():
    texts = {path: path.read_text("utf-8") for path in TEXTS}
    found = [
        f"{path.name}:{text.count(chr(10), 0, word.start()) + 1}: {word.group()}"
        for path, text in texts.items()
        for word in PATTERN.finditer(text)
    ]
    assert found == []
