from graphlib import CycleError, TopologicalSorter

import grimp


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
