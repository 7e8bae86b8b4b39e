"""Nothing is there for tests only: what the package defines, the package uses."""

import ast

from tests.support.modules import TOGETHER, modules

pytestmark = TOGETHER

BY_PYTHON = {"__getattr__", "__dir__"}


def defined(node):
    """Yield what a statement of a module defines, except for what a decorator takes."""
    if isinstance(node, ast.Assign):
        yield from (each.id for each in node.targets if isinstance(each, ast.Name))
    elif isinstance(node, ast.AnnAssign):
        yield node.target.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from () if node.decorator_list else (node.name,)


def used(node):
    """Yield the names that a node uses: read, imported, or written as a text."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.ImportFrom):
        yield from (each.name for each in node.names)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_function_class_and_constant_of_a_module_is_used_in_the_package():
    names = {
        name for module in modules() for node in module.nodes for name in used(node)
    }
    assert [
        f"{module.path}: {name}"
        for module in modules()
        for node in module.tree.body
        for name in defined(node)
        if not name.startswith("pytest_") and name not in names | BY_PYTHON
    ] == []
