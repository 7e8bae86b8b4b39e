"""Sizes: a function fits a glance, a module a few screens; tables of data may be long."""

import ast
from pathlib import Path

import cbmock

PACKAGE = Path(cbmock.__file__).parent
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


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        yield str(path.relative_to(PACKAGE)), text, ast.parse(text)


def test_no_function_is_longer_than_fifty_lines():
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    assert [
        (name, node.name, lines(node))
        for name, _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, functions) and lines(node) > LONGEST_FUNCTION
    ] == []


def test_no_module_has_more_than_350_lines_besides_its_tables():
    sizes = (
        (name, len(text.splitlines()) - tables(tree)) for name, text, tree in modules()
    )
    assert [each for each in sizes if each[1] > LONGEST_MODULE] == []
