import tomllib
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

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
