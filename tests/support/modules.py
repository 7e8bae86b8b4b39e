"""The package's modules as syntax trees, read once for all tests that go through them.

Such a test has the mark `TOGETHER`: one worker reads the trees, not each of them.
"""

import ast
import gc
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import cbmock
import pytest

PACKAGE = Path(cbmock.__file__).parent
TOGETHER = pytest.mark.xdist_group("modules")


@dataclass(frozen=True)
class Module:
    """A module: its place in the package, its text, its tree and the nodes of that."""

    path: Path
    text: str
    tree: ast.Module

    @cached_property
    def nodes(self):
        return [*ast.walk(self.tree)]


@cache
def modules():
    """Return each module of the package."""
    # A million objects that stay: looking for garbage among them takes as long as reading.
    gc.disable()
    try:
        texts = {
            path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")
        }
        return [
            Module(path.relative_to(PACKAGE), texts[path], ast.parse(texts[path]))
            for path in sorted(texts)
        ]
    finally:
        gc.freeze()
        gc.enable()
