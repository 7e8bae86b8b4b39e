"""A name stands for one thing: a stack trace and a search lead to one place."""

import ast
from collections import defaultdict

from tests.support.modules import TOGETHER, modules

pytestmark = TOGETHER


def types(module):
    """Return the names of classes, and of aliases and variables of types, in a module."""
    for node in module.nodes:
        if isinstance(node, ast.ClassDef):
            yield node.name
    for node in module.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for target in getattr(node, "targets", None) or [node.target]:
                name = ast.unparse(target).lstrip("_")
                if name[:1].isupper() and not name.isupper():
                    yield name


def defined(names_of):
    places = defaultdict(list)
    for module in modules():
        for name in names_of(module):
            places[name.lstrip("_")].append(str(module.path))
    return {name: where for name, where in places.items() if len(where) > 1}


def test_no_type_has_the_name_of_another_one():
    assert defined(types) == {}


def test_a_constructor_that_is_just_called_of_is_the_one_of_headers():
    found = [
        module.path.stem
        for module in modules()
        for node in module.nodes
        if isinstance(node, ast.FunctionDef) and node.name.strip("_") == "of"
    ]
    assert found == ["messages"]


PARTICIPLES = {
    *("asked", "astray", "at_once", "beside", "ends", "handful", "judged", "lacking"),
    *("lasting", "leisure", "meant", "owed", "said", "taken", "told", "written"),
}
"""Names that say neither what a function returns nor what it does."""


def test_a_function_is_not_named_by_a_participle_alone():
    found = [
        f"{module.path}: {node.name}"
        for module in modules()
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef)
        and (node.name.strip("_") in PARTICIPLES or node.name.startswith("of_"))
    ]
    assert found == []
