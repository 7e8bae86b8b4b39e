import ast
import re
import tomllib
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

from tests.support.modules import modules

HERE = Path(__file__).parents[2]


def test_no_circle_of_modules_exists():
    graph = grimp.build_graph("cbmock", cache_dir=None)  # lazy and type-only ones too
    order = TopologicalSorter(
        {each: graph.find_modules_directly_imported_by(each) for each in graph.modules}
    )
    try:
        order.prepare()
        circle = []
    except CycleError as error:
        circle = error.args[1]
    assert circle == []


def test_every_package_has_a_contract_for_its_inner_layers():
    graph = grimp.build_graph("cbmock", cache_dir=None)
    parents = Counter(each.rpartition(".")[0] for each in graph.modules)
    packages = {each for each, children in parents.items() if children > 1}
    settings = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    assert packages <= {
        name for each in contracts for name in each.get("containers", ())
    }


def private_names(tree):
    """The private names of other libraries that a module imports or passes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")
            if module[0] not in ("cbmock", "__future__", "_typeshed"):
                yield from (*module, *(each.name for each in node.names))
        elif isinstance(node, ast.Import):
            yield from (part for each in node.names for part in each.name.split("."))
        elif isinstance(node, ast.keyword):
            yield node.arg or ""


def test_nothing_private_of_a_library_is_used():
    """A release of theirs may change it on any day (ruff looks at attributes)."""
    found = {
        (path.name, name)
        for path in (HERE / "receiver").rglob("*.py")
        for name in private_names(ast.parse(path.read_text(encoding="utf-8")))
        if name.startswith("_")
    }
    assert found == set()


EXCUSES = r"\d ms\b|\(as above\)|\(the same\)|see above|an extra|may be absent"


def test_an_import_inside_a_function_names_the_time_that_it_saves():
    comments = (
        (module.path, line.partition("PLC0415")[2])
        for module in modules()
        for line in module.text.splitlines()
        if "PLC0415" in line
    )
    assert [
        f"{path}:{reason}"
        for path, reason in comments
        if re.search(EXCUSES, reason) is None
    ] == []
