"""One fact, one place: a literal that stands for a fact is in one module only."""

import ast
from pathlib import Path

import cbmock
import pytest
from cbmock.mock.routing.event_names import HEADERS

PACKAGE = Path(cbmock.__file__).parent


def literals():
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant):
                yield node.value, path.relative_to(PACKAGE).as_posix()
            elif isinstance(node, ast.Tuple):
                yield ast.unparse(node), path.relative_to(PACKAGE).as_posix()


LITERALS = [*literals()]


@pytest.mark.parametrize(
    ("fact", "module"),
    [
        (4020, "cli/_defaults.py"),
        ("trace", "description/path_items.py"),
        *((f"(3, {minor})", "description/versions.py") for minor in range(3)),
        *((name, "mock/routing/event_names.py") for name in HEADERS),
        *(
            (name, "contract/schemas/dialects.py")
            for name in ("int32", "int64", "double")
        ),
    ],
)
def test_a_fact_stands_in_one_module(fact, module):
    places = {
        place
        for value, place in LITERALS
        if value == fact and type(value) is type(fact)
    }
    assert places == {module}
