from cbmock.contract.schemas.branches import Branches
from hypothesis import given
from hypothesis import strategies as st

from tests.support.documents import schema_of
from tests.support.rows import each_row

CAT = {"type": "object", "required": ["meow"], "properties": {"meow": {}}}
DOG = {"type": "object", "required": ["bark"], "properties": {"bark": {}}}
PET = {
    "oneOf": [
        {"$ref": "#/components/schemas/Cat"},
        {"$ref": "#/components/schemas/Dog"},
    ]
}
PETS = {"Cat": CAT, "Dog": DOG, "Pet": PET}
HERE = "openapi.json#/components/schemas/"


def taken(schema, value, **others):
    return sorted(
        each.removeprefix(HERE)
        for each in Branches(schema_of(schema, **others)).matching(value)
    )


def names(schema, version="3.1.0", **others):
    found = Branches(schema_of(schema, version, **others)).all
    return [(each.pointer.removeprefix(HERE), each.name) for each in found]


@each_row(
    ("schema", "value"),
    [
        (PET, {"meow": 1}),
        ({"$ref": "#/components/schemas/Pet"}, {"meow": 1}),
        ({"allOf": [{"$ref": "#/components/schemas/Pet"}]}, {"meow": 1}),
        ({"properties": {"pet": PET}}, {"pet": {"meow": 1}}),
        ({"patternProperties": {"^p": PET}}, {"pet": {"meow": 1}}),
        ({"additionalProperties": PET}, {"pet": {"meow": 1}}),
        ({"items": PET}, [{"meow": 1}]),
        ({"prefixItems": [{}, PET]}, [0, {"meow": 1}]),
        ({"contains": PET}, [0, {"meow": 1}]),
        ({"if": {"type": "object"}, "then": PET}, {"meow": 1}),
        ({"if": {"type": "array"}, "else": PET}, {"meow": 1}),
        ({"dependentSchemas": {"meow": PET}}, {"meow": 1}),
        ({"properties": {"a": {"items": {"anyOf": [PET]}}}}, {"a": [{"meow": 1}]}),
    ],
)
def test_a_branch_is_taken_wherever_its_schema_applies(schema, value):
    (cat,) = [
        each
        for each in Branches(schema_of(schema, **PETS)).matching(value)
        if each.endswith("oneOf/0")
    ]
    found = [p for p, name in names(schema, **PETS) if name == "Cat"]
    assert [cat.removeprefix(HERE)] == found


@each_row(
    ("schema", "value"),
    [
        ({"properties": {"pet": PET}}, {"dog": {"meow": 1}}),
        ({"properties": {"pet": PET}}, 1),
        (
            {"properties": {"pet": {}}, "additionalProperties": PET},
            {"pet": {"meow": 1}},
        ),
        ({"patternProperties": {"[": PET}}, {"pet": {"meow": 1}}),
        ({"items": PET}, []),
        ({"if": {"type": "object"}, "else": PET}, {"meow": 1}),
        ({"dependentSchemas": {"bark": PET}}, {"meow": 1}),
        ({"not": PET}, {"meow": 1}),
    ],
)
def test_a_branch_is_not_taken_where_its_schema_does_not_apply(schema, value):
    assert taken(schema, value, **PETS) == []


def test_every_branch_that_any_of_allows_is_taken():
    schema = {"anyOf": [{"type": "integer"}, {"minimum": 0}, {"type": "null"}]}
    assert taken(schema, 1) == ["S/anyOf/0", "S/anyOf/1"]
    assert taken(schema, -1) == ["S/anyOf/0"]
    assert taken(schema, None) == ["S/anyOf/1", "S/anyOf/2"]


def test_branches_are_called_by_what_people_know():
    schema = {
        "oneOf": [
            {"$ref": "#/components/schemas/Cat"},
            {"title": "A dog"},
            {"const": "bird"},
            {"type": "null"},
            {"minimum": 1},
            True,
            False,
        ]
    }
    assert names(schema, Cat=CAT) == [
        ("S/oneOf/0", "Cat"),
        ("S/oneOf/1", "A dog"),
        ("S/oneOf/2", "bird"),
        ("S/oneOf/3", "null"),
        ("S/oneOf/4", "4"),
        ("S/oneOf/5", "5"),
    ]


def test_a_component_that_is_used_twice_forks_once():
    pet = {"$ref": "#/components/schemas/Pet"}
    schema = {"properties": {"one": pet, "other": pet}}
    assert names(schema, **PETS) == [("Pet/oneOf/0", "Cat"), ("Pet/oneOf/1", "Dog")]
    assert taken(schema, {"one": {"meow": 1}, "other": {"bark": 1}}, **PETS) == [
        "Pet/oneOf/0",
        "Pet/oneOf/1",
    ]


def test_a_schema_that_holds_itself_comes_to_an_end():
    tree = {
        "anyOf": [
            {"type": "null"},
            {"properties": {"next": {"$ref": "#/components/schemas/S"}}},
        ]
    }
    assert names(tree) == [("S/anyOf/0", "null"), ("S/anyOf/1", "1")]
    assert taken(tree, {"next": {"next": None}}) == ["S/anyOf/0", "S/anyOf/1"]


def test_what_stands_beside_a_reference_counts_since_3_1():
    schema = {"$ref": "#/components/schemas/Cat", "oneOf": [{"title": "x"}]}
    assert names(schema, Cat=CAT) == [("S/oneOf/0", "x")]
    assert names(schema, "3.0.3", Cat=CAT) == []


def test_the_array_form_of_items_has_positions():
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "items": [{"oneOf": [{"title": "first"}]}],
        "additionalItems": {"oneOf": [{"title": "rest"}]},
    }
    assert taken(schema, [1]) == ["S/items/0/oneOf/0"]
    assert taken(schema, [1, 2]) == ["S/additionalItems/oneOf/0", "S/items/0/oneOf/0"]


def test_a_branch_that_cannot_be_read_is_never_taken():
    schema = {"anyOf": [{"$ref": "#/components/schemas/Gone"}, {"type": "integer"}]}
    assert names(schema) == [("S/anyOf/0", "Gone"), ("S/anyOf/1", "integer")]
    assert taken(schema, 1) == ["S/anyOf/1"]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)


def _combined(inner):
    return (
        st.lists(inner, min_size=1, max_size=3).map(lambda each: {"anyOf": each})
        | st.lists(inner, min_size=1, max_size=2).map(lambda each: {"allOf": each})
        | inner.map(lambda each: {"items": each})
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=2).map(
            lambda each: {"properties": each}
        )
    )


_SCHEMAS = st.recursive(
    st.sampled_from([{}, {"type": "integer"}, {"type": "string"}, {"type": "null"}]),
    _combined,
    max_leaves=8,
)


@given(schema=_SCHEMAS, value=_VALUES)
def test_a_valid_value_takes_a_branch_of_a_fork_at_the_top_and_only_known_ones(
    schema, value
):
    compiled = schema_of(schema)
    branches = Branches(compiled)
    found = branches.matching(value)
    assert found <= {each.pointer for each in branches.all}
    if "anyOf" in schema:
        assert compiled.is_valid(value) is any(
            pointer.count("/") == 5 and "/S/anyOf/" in pointer for pointer in found
        )
