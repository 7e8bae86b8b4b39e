import jsonschema_rs
from cbmock.contract.schemas.closed_schema import closed
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rows import each_row

NAMES = st.sampled_from(["a", "b", "c", "x-a"])
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
}
CLOSED = {**PERSON, "additionalProperties": False}


def some(strategy):
    return st.lists(strategy, min_size=1, max_size=2)


schemas = st.recursive(
    st.booleans()
    | st.builds(dict, type=st.sampled_from(["object", "integer", "array"]))
    | st.builds(dict, minimum=st.integers(0, 3))
    | st.just({"$ref": "#/$defs/0"}),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(NAMES, inner, max_size=2),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": inner,
            "patternProperties": st.dictionaries(st.just("^x-"), inner, max_size=1),
            "dependentSchemas": st.dictionaries(NAMES, inner, max_size=1),
            "items": inner,
            "prefixItems": some(inner),
            "allOf": some(inner),
            "anyOf": some(inner),
            "oneOf": some(inner),
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "contains": inner,
            "maxContains": st.integers(0, 1),
            "unevaluatedProperties": inner,
        },
    ),
    max_leaves=12,
)
values = st.recursive(
    st.integers(0, 4) | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=8,
)


@given(schemas, schemas, values)
def test_what_a_closed_schema_takes_its_schema_takes(schema, definition, value):
    whole = {"$defs": {"0": {"properties": {"a": definition}}}, "allOf": [schema]}
    found = closed(whole)
    if found is not None and jsonschema_rs.Draft202012Validator(found).is_valid(value):
        assert jsonschema_rs.Draft202012Validator(whole).is_valid(value)


@each_row(
    ("schema", "expected"),
    [
        (PERSON, CLOSED),
        ({"items": PERSON}, {"items": CLOSED}),
        ({"anyOf": [PERSON, True]}, {"anyOf": [CLOSED, True]}),
        ({"$defs": {"0": PERSON}, "$ref": "#"}, {"$defs": {"0": CLOSED}, "$ref": "#"}),
        ({**PERSON, "additionalProperties": True}, None),
        ({"properties": {"name": True}}, None),
        ({"required": ["name"]}, None),
        ({"oneOf": [PERSON, True]}, None),
        ({"properties": {"not": PERSON}}, {"properties": {"not": CLOSED}}),
        ({"properties": {"a": PERSON, "b": {"not": True}}}, None),
    ],
)
def test_objects_are_closed_where_they_require_what_they_name(schema, expected):
    assert closed(schema) == expected
