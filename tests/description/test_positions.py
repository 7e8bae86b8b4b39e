import json
from functools import partial

import pytest
import yaml
from cbmock.description import documents
from cbmock.description.documents import Document
from cbmock.description.positions import position
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cost import growth
from tests.support.rows import each_row

JSON = """{
  "paths": {"/a~b": {"list": [10,
    {"x": "}"}], "list2": []}},
  "last": 1, "last": 2
}"""
YAML = """\
base: &base
  shared: 1
paths:
  /a~b:
    <<: *base
    list:
      - 10
      - x: "}"
"""


def read(text):
    return documents.parse(text.encode(), name="d", uri="file:///d")


@each_row(
    ("text", "tokens", "expected"),
    [
        (JSON, (), (1, 1)),
        (JSON, ("paths",), (2, 3)),
        (JSON, ("paths", "/a~b"), (2, 13)),
        (JSON, ("paths", "/a~b", "list", "0"), (2, 31)),
        (JSON, ("paths", "/a~b", "list", "1"), (3, 5)),
        (JSON, ("paths", "/a~b", "list", "1", "x"), (3, 6)),
        (JSON, ("paths", "/a~b", "list2"), (3, 18)),
        (JSON, ("paths", "/a~b", "list2", "0"), (3, 18)),
        (JSON, ("paths", "/a~b", "list", "2"), (2, 22)),
        (JSON, ("paths", "/a~b", "list", "x"), (2, 22)),
        (JSON, ("paths", "missing", "x"), (2, 3)),
        (JSON, ("last", "below"), (4, 14)),
        (YAML, (), (1, 1)),
        (YAML, ("paths", "/a~b"), (4, 3)),
        (YAML, ("paths", "/a~b", "list", "0"), (7, 9)),
        (YAML, ("paths", "/a~b", "list", "1", "x"), (8, 9)),
        (YAML, ("paths", "/a~b", "list", "7"), (6, 5)),
        (YAML, ("paths", "/a~b", "list", "0", "x"), (7, 9)),
        (YAML, ("paths", "/a~b", "shared"), (2, 3)),
        (YAML, ("paths", "missing"), (3, 1)),
        ("", ("a",), None),
    ],
)
def test_a_pointer_has_a_line_and_a_column(text, tokens, expected):
    assert position(read(text), tokens) == expected


def test_a_document_without_text_has_no_positions():
    assert position(Document("app", "file:///app", {"a": 1}), ("a",)) is None


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def below(tree, tokens=()):
    yield tokens, tree
    children = tree.items() if isinstance(tree, dict) else ()
    if isinstance(tree, list):
        children = enumerate(tree)
    for name, child in children:
        yield from below(child, (*tokens, str(name)))


@given(st.dictionaries(st.text(max_size=5), TREES), st.sampled_from([None, 0, 2]))
def test_every_place_of_a_json_text_is_found_where_it_stands(tree, indent):
    text = json.dumps(tree, indent=indent)
    document = read(text)
    lines = text.split("\n")
    for tokens, value in below(tree):
        line, column = position(document, tokens)
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        if tokens and rest.startswith(json.dumps(tokens[-1]) + ":"):
            rest = rest[len(json.dumps(tokens[-1])) + 1 :].lstrip()
        assert json.JSONDecoder().raw_decode(rest)[0] == value


MANY = {f"S{n}": {"type": "object", "required": ["a"]} for n in range(2000)}


@pytest.mark.parametrize("indent", [1, 4])
def test_a_place_in_a_large_json_text_is_found_by_its_indentation(indent):
    tree = {"info": {"S7": "x"}, "components": {"schemas": MANY, "S7": {}}, "S7": 1}
    document = read(json.dumps(tree, indent=indent))
    lines = document.text.split("\n")
    for tokens in [("S7",), ("components", "S7"), ("components", "schemas", "S7")]:
        line, column = position(document, tokens)
        assert (column, lines[line - 1].strip()[:5]) == (
            1 + indent * len(tokens),
            '"S7":',
        )
    line, _ = position(document, ("components", "schemas", "S1999", "required", "0"))
    assert lines[line - 1].strip() == '"a"'


LARGE_YAML = [
    "# a comment",
    "---",
    "info:",
    "  description: |",
    "    S7:",
    "    components:",
    "  S7: x",
    "base: &base {type: string}",
    "components:",
    "# a comment in between",
    "  schemas:",
    *(
        line
        for n in range(2000)
        for line in (f"    S{n}:", "      required:", "      - a", "      b: *base")
    ),
    "  'S7':",
    "    <<: *base",
    "    x: 1",
]


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (("components",), (9, 1)),
        (("components", "schemas", "S0"), (12, 5)),
        (("components", "schemas", "S7"), (40, 5)),
        (("components", "schemas", "S7", "required", "0"), (42, 9)),
        (("components", "schemas", "S7", "b", "type"), (8, 14)),
        (("components", "S7"), (8012, 3)),
        (("components", "S7", "type"), (8, 14)),
        (("components", "missing"), (9, 1)),
        (("info", "S7"), (7, 3)),
    ],
)
def test_a_place_in_a_large_yaml_text_is_found_by_its_indentation(tokens, expected):
    assert position(read("\n".join(LARGE_YAML)), tokens) == expected


def test_a_large_text_without_lines_is_read_all_the_same():
    text = json.dumps({"a": MANY, "b": {"c": 1}})
    assert position(read(text), ("b", "c")) == (1, text.index('"c"') + 1)
    flow = read("{a: [" + "x, " * 20000 + "y], b: {c: 1}}")
    assert position(flow, ("b", "c")) == (1, 60014)


def test_the_places_in_one_long_line_cost_the_same_however_long_it_is():
    def find_all(number):
        names = [f"name{each}" for each in range(number)]
        tree = {"paths": {each: {"get": {"tags": ["x" * 200]}} for each in names}}
        document = read(json.dumps(tree))
        for each in names:
            assert position(document, ("paths", each, "get"))[1] > 1

    assert growth(find_all, 100, 10) < 3


@pytest.mark.parametrize("written", [partial(json.dumps, indent=2), yaml.safe_dump])
def test_many_places_of_an_indented_text_cost_the_same_however_long_it_is(written):
    def find_all(number):
        names = [f"name{each:05}" for each in range(number)]
        tree = {"components": {"schemas": {each: {"a": {"b": 1}} for each in names}}}
        document = read(written(tree))
        lines = document.text.split("\n")
        for each in names:
            line, _ = position(document, ("components", "schemas", each, "a", "b"))
            assert lines[line - 1].strip(' ",') in ('b": 1', "b: 1")

    assert growth(find_all, 500, 10) < 3
