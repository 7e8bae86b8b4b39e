"""Members that a whole value lacks are found as the engine finds them."""

from cbmock.contract.schemas import engine, engine_errors
from hypothesis import given
from hypothesis import strategies as st

from tests.support.documents import schema_of

INNER = {"type": "object", "required": ["b"], "properties": {"b": {"type": "integer"}}}
NAMES = st.sampled_from(["a", "b", "c", "", "01"])
VALUES = st.recursive(
    st.none() | st.integers(0, 2) | st.sampled_from(["x", "\ud800"]),
    lambda inner: (
        st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner, max_size=2)
    ),
    max_leaves=8,
)
MORE = st.sampled_from(
    [
        {},
        {"additionalProperties": False},
        {"minProperties": 2},
        {"anyOf": [{"required": ["c"]}, {"properties": {"a": {"const": 1}}}]},
        {"properties": {"a": {"$ref": "#/components/schemas/S"}, "b": INNER}},
        {"dependentRequired": {"a": ["c"]}},
        {"unevaluatedProperties": False},
        {"properties": {"a": True}, "unevaluatedProperties": {"type": "null"}},
    ]
)


def rows(errors):
    return sorted(
        (
            repr((e.path, e.schema_path, id(e.schema), e.keyword, e.value, e.names))
            + repr([[each.path for each in some] for some in e.branches.values()])
        )
        for e in errors
    )


@given(st.lists(NAMES, max_size=3, unique=True), MORE, VALUES)
def test_the_errors_are_those_of_the_engine(required, more, value):
    root = {"type": "object", "required": required, **more}
    schema = schema_of(root)
    found = schema._missing_members.errors(value, 2000)
    if found is not None:
        whole = schema.bundle.schema
        expected = engine_errors.errors(engine.compile_schema(whole), whole, value)
        assert expected is None or rows(found) == rows(expected)


def test_more_errors_than_are_read_are_left_to_the_engine():
    names = [f"n{number}" for number in range(30)]
    missing = schema_of({"required": names})._missing_members
    some = dict.fromkeys(names[:25])
    assert missing.errors({}, 2000) is None
    assert [each.names for each in missing.errors(some, 2000)] == [
        (name,) for name in names[25:]
    ]
    assert missing.errors(some, 3) is None
    assert missing.errors(dict.fromkeys(names), 2000) is None
