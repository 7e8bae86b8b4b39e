"""Test modules stand alone: what two of them need is in tests/support/."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
SUSPECT = re.compile(
    r"^\s*(?:from|import)\b(?:[^(\n]*\([^)]*|[^\n]*)(?:test_|conftest)", re.MULTILINE
)
"""What may be an import of a test module, or a text that has one: only that is parsed."""


def imported(path):
    text = path.read_text(encoding="utf-8")
    if not SUSPECT.search(text):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_no_test_module_imports_another_one():
    found = {
        f"{path.relative_to(TESTS)} imports {name}"
        for path in TESTS.rglob("*.py")
        for name in imported(path)
        if any(part.startswith(("test_", "conftest")) for part in name.split("."))
    }
    assert found == set()
