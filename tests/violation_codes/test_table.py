from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import get_args

import pytest
from cbmock.errors import ReceiverError
from cbmock.violation_codes.schema_keywords import CODES as KEYWORDS
from cbmock.violation_codes.table import CODES, ViolationCode, check_codes
from cbmock.violations import Location

from tests.support.modules import TOGETHER, Module, modules
from tests.support.rows import each_row

pytestmark = TOGETHER

# What makes a violation, and the position of its code among the arguments.
MAKERS = {
    "Violation": None,
    "violation": 0,
    "_violation": 0,
    "_add": 0,
    "_remark": 0,
    "_warning": 0,
    "_report": 0,
    "suspicion": 0,
    "replace": None,
    "NotXML": 0,
    "NotMultipart": 1,
}


def literals(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for each in nodes:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def codes_in(module: Module) -> Iterator[str]:
    """Go through the codes that stand as texts where violations are made."""
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else None
        name = function.id if isinstance(function, ast.Name) else name
        if name not in MAKERS:
            continue
        at = MAKERS[name]
        stated = [each.value for each in node.keywords if each.arg == "code"]
        # A method's or function's first argument may be what the violation is about.
        if at is not None and not stated:
            stated = node.args[at : at + 2 if name.endswith("violation") else at + 1]
        for each in stated:
            if isinstance(each, ast.Constant | ast.IfExp):
                texts = each if isinstance(each, ast.Constant) else each.body
                yield from literals(ast.walk(texts))
                if isinstance(each, ast.IfExp):
                    yield from literals(ast.walk(each.orelse))


def sources() -> Iterator[Module]:
    for module in modules():
        if module.path.parts[0] not in ("lint", "violation_codes"):
            yield module


def test_every_code_that_is_used_is_in_the_table():
    made = {code for each in sources() for code in codes_in(each) if " " not in code}
    assert made - set(CODES) == set()


def test_every_code_of_the_table_is_used():
    texts = {text for each in sources() for text in literals(each.nodes)}
    keywords = {each.code for each in KEYWORDS}
    assert set(CODES) - keywords - texts == set()


def test_the_type_of_codes_names_what_the_table_lists():
    assert set(get_args(ViolationCode)) == set(CODES)


def test_no_code_is_the_name_of_another_location():
    assert set(CODES) & set(get_args(Location)) <= {"method"}


@each_row("code", CODES.values(), ids=lambda each: each.code)
def test_each_code_says_where_what_and_what_to_do(code):
    assert set(code.locations) <= set(get_args(Location))
    assert code.meaning.endswith(".")
    assert code.advice.endswith(".")
    assert code.example


@each_row(
    ("code", "hint"),
    [
        ("missing-callbacks", "did you mean 'missing-callback'?"),
        ("media-typ", "did you mean 'media-type'?"),
        ("securty", "did you mean 'security'?"),
        ("zzz", "docs/codes.md lists them"),
    ],
)
def test_an_unknown_code_is_refused_with_the_nearest(code, hint):
    with pytest.raises(ReceiverError) as raised:
        check_codes(["type", "body", code])
    assert raised.value.message == (
        f"{code!r} is not the code or location of a violation; {hint}"
    )
