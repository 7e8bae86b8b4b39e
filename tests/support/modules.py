"""The package's modules as syntax trees, read once for all tests that go through them."""

import ast
from functools import cache
from pathlib import Path

import cbmock

PACKAGE = Path(cbmock.__file__).parent


@cache
def modules():
    """Return each module's place in the package with its tree."""
    return [
        (path.relative_to(PACKAGE), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    ]
