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
UNPLAIN = (
    r"(?<!there\s)(?<!here\s)(?:is|are|was|were) no (?!longer|more|such|way|need)(?=\w)",
    r"None where(?!\s*[:=])",
    r"`\w*(?:Error|Refused|Unreadable)` where",
    *("till", "whoever", "whichever", "anew", "hence", "thus", "of late"),
    *(r"takes? note", r"takes? in", r"lets? go of", "under way", "tell whether"),
    *(r"(?:has|have|had) gone(?! wrong| to)", r"(?:became|becomes) of", "came of"),
    r"[;:] else(?! \w+\()",
)
"""Turns of phrase, with plainer ones: `is not a`, `None if`, `until`, `again`, `otherwise`."""
TEXTS = [
    *PACKAGE.rglob("*.py"),
    *PACKAGE.rglob("*.json"),
    *(path for name in ("benchmarks", "fuzz") for path in (ROOT / name).rglob("*.py")),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "samples").glob("*/*.md"),
    *(ROOT / "samples").rglob("*.py"),
    *ROOT.glob("*.md"),
]


def found(words: tuple[str, ...]) -> list[str]:
    """Return each place of words or turns of phrase; a line may break inside of one."""
    either = "|".join(words).replace(" ", r"\s+")
    pattern = re.compile(rf"(?<![\w-])_?(?:{either})(?![\w-])", re.IGNORECASE)
    return [
        f"{path.name}:{text.count(chr(10), 0, word.start()) + 1}: {word.group()}"
        for path in TEXTS
        for text in [path.read_text("utf-8")]
        for word in pattern.finditer(text)
    ]


def test_no_text_uses_a_private_word():
    assert found(PRIVATE) == []


def test_no_text_uses_a_turn_of_phrase_for_which_there_is_a_plain_one():
    assert found(UNPLAIN) == []
