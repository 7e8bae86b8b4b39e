from __future__ import annotations

from cbmock.contract.parameters import nested_names
from cbmock.contract.parameters.nested_names import NestedEntry
from cbmock.contract.schemas.subschemas import Shape
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.documents import schema_of
from tests.support.rows import each_row

INTEGERS = {"type": "array", "items": {"type": "integer"}}


def tree(schema, *pairs):
    shape = None if schema is None else Shape(schema_of(schema))
    return nested_names.nested_value(shape, nested_names.entries("p", pairs))


def test_entries_are_what_stands_behind_a_name():
    pairs = {
        "p[a][]": ["1", "%32"],
        "p": ["3"],
        "pp[a]": ["4"],
        "p[a": ["5"],
        "p[b]c": [],
    }
    assert nested_names.below("p", pairs) == [
        NestedEntry("p[a][]", ("a", ""), "1", "1"),
        NestedEntry("p[a][]", ("a", ""), "2", "%32"),
    ]


@each_row(
    ("schema", "pairs", "value"),
    [
        (None, [("p[a]", "1"), ("p[b][c]", "x+y")], {"a": "1", "b": {"c": "x y"}}),
        (None, [("p[]", "1"), ("p[]", "2")], ["1", "2"]),
        (None, [("p[0]", "1")], {"0": "1"}),
        (None, [("p[a]", "1"), ("p[a][b]", "2")], {"a": "1"}),
        (INTEGERS, [("p[1]", "1"), ("p[0]", "2"), ("p[]", "3")], [2, 1, 3]),
        (INTEGERS, [("p[10]", "1"), ("p[9]", "2"), ("p[09]", "3")], [2, 1]),
        (INTEGERS, [("p[a]", "1")], {"a": "1"}),
        ({"items": INTEGERS}, [("p[0][]", "1"), ("p[0][]", "2")], [[1, 2]]),
        (
            {"properties": {"l": INTEGERS}},
            [("p[l]", "1"), ("p[l]", "2")],
            {"l": [1, 2]},
        ),
        ({"type": "object"}, [("p[]", "1")], {"": "1"}),
    ],
)
def test_entries_make_a_tree(schema, pairs, value):
    assert tree(schema, *pairs) == value


NAMES = st.lists(st.sampled_from(["[", "]", "a", "0", "[]", "[0]", "[a]"])).map(
    lambda pieces: "p" + "".join(pieces)
)


@settings(deadline=None)
@given(
    st.sampled_from([None, INTEGERS, {"items": INTEGERS}, {"type": "object"}, {}]),
    st.lists(st.tuples(NAMES, st.text(st.characters()))),
)
def test_no_names_make_it_raise(schema, pairs):
    tree(schema, *pairs)
