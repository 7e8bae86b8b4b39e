"""Sizes: a function fits a glance, a module a few screens; tables of data may be long."""

import ast

from tests.support.modules import TOGETHER, modules

pytestmark = TOGETHER

LONGEST_FUNCTION = 50
LONGEST_MODULE = 350


def lines(node):
    return node.end_lineno - node.lineno + 1


def tables(tree):
    """Return how many lines of a module are the values of its constants: data, not code."""
    constants = (
        node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)
    )
    return sum(lines(node) for node in constants)


def test_no_function_is_longer_than_fifty_lines():
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    assert [
        (str(module.path), node.name, lines(node))
        for module in modules()
        for node in module.nodes
        if isinstance(node, functions) and lines(node) > LONGEST_FUNCTION
    ] == []


def test_no_module_has_more_than_350_lines_besides_its_tables():
    sizes = (
        (str(module.path), len(module.text.splitlines()) - tables(module.tree))
        for module in modules()
    )
    assert [each for each in sizes if each[1] > LONGEST_MODULE] == []
