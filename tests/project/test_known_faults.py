"""Faults that were found in cbmock once: each has a test that keeps it away.

`known_faults.json` names the test by the number of the fault: room and entry. A test
that is renamed is renamed there, too.
"""

import ast
import json
import tomllib
from functools import cache
from pathlib import Path

from tests.support.rows import each_row

ROOT = Path(__file__).parents[2]
FAULTS = json.loads(
    Path(__file__).with_name("known_faults.json").read_text(encoding="utf-8")
)


@cache
def functions(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


@each_row(("number", "test"), FAULTS.items())
def test_a_known_fault_has_a_test(number, test):
    path, _, name = test.partition("::")
    assert name in functions(path), number


def test_uvicorn_brings_nothing_that_is_not_used():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = project["project"]["dependencies"]
    (found,) = (each for each in needed if each.startswith("uvicorn"))
    assert "[" not in found
