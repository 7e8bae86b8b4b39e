"""What a discriminator says changes no verdict, but is told where it does not hold."""

from __future__ import annotations

import pytest
from cbmock.contract.bodies import payload
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.bodies import read, told
from tests.support.documents import schema_of
from tests.support.rows import each_row

CAT = {"required": ["lives"], "properties": {"lives": {"type": "integer"}}}
DOG = {"required": ["bark"], "properties": {"bark": {"type": "boolean"}}}
PETS = {"Cat": CAT, "Dog": DOG}
MAPPING = {"kitty": "#/components/schemas/Cat", "puppy": "Dog", "odd": 5}
DISCRIMINATOR = {"propertyName": "petType"}
ONE_OF = {
    "oneOf": [
        {"$ref": "#/components/schemas/Cat"},
        {"$ref": "#/components/schemas/Dog"},
    ],
    "discriminator": DISCRIMINATOR,
}
MISSING = ("#", "discriminator-missing", "warning")
UNMAPPED = ("#/petType", "discriminator-unmapped", "warning")


def check(schema, value, version="3.1.0", **schemas):
    return [
        (each.pointer, each.code, each.severity)
        for each in payload.validate(schema_of(schema, version, **schemas), value)
    ]


def mapped(**more):
    return {**ONE_OF, "discriminator": {**DISCRIMINATOR, "mapping": MAPPING, **more}}


@each_row("version", ["3.0.3", "3.1.0", "3.2.0"])
@each_row(
    ("schema", "value", "violations"),
    [
        (ONE_OF, {"petType": "Cat", "lives": 9}, []),
        (ONE_OF, {"lives": 9}, [MISSING]),
        (ONE_OF, {"petType": "Bird", "lives": 9}, [UNMAPPED]),
        (ONE_OF, {"petType": "S", "lives": 9}, [UNMAPPED]),
        (ONE_OF, {"petType": 5, "lives": 9}, []),
        (ONE_OF, {"petType": "Cat", "lives": "x"}, [("#/lives", "type", "error")]),
        (mapped(), {"petType": "kitty", "lives": 9}, []),
        (mapped(), {"petType": "puppy", "bark": True}, []),
        (mapped(), {"petType": "Dog", "bark": True}, []),
        (mapped(), {"petType": "odd", "bark": True}, [UNMAPPED]),
        (mapped(mapping={"x": "#/nowhere"}), {"petType": "x", "lives": 1}, [UNMAPPED]),
        (mapped(defaultMapping="Cat"), {"lives": 9}, []),
        ({**ONE_OF, "discriminator": "petType"}, {"lives": 9}, []),
        ({**ONE_OF, "discriminator": {}}, {"lives": 9}, []),
        (
            {"items": ONE_OF},
            [{"lives": 9}],
            [("#/0", "discriminator-missing", "warning")],
        ),
    ],
)
def test_what_a_value_says_it_is_must_be_among_the_alternatives(
    version, schema, value, violations
):
    assert check(schema, value, version, **PETS) == violations


PARENT = {"type": "object", "discriminator": DISCRIMINATOR}
CHILD = {"allOf": [{"$ref": "#/components/schemas/S"}, CAT]}


@each_row(
    ("value", "violations"),
    [
        ({"petType": "Cat", "lives": 9}, []),
        ({"petType": "Cat", "lives": "x"}, [("#/lives", "type", "warning")]),
        ({"petType": "Cat"}, [("#", "required", "warning")]),
        ({"petType": "S"}, []),
        ({"petType": "Bird"}, [UNMAPPED]),
        ({}, [MISSING]),
        ([], [("#", "type", "error")]),
    ],
)
def test_a_parent_does_not_search_its_children_but_they_are_looked_at(
    value, violations
):
    assert check(PARENT, value, Cat=CHILD) == violations


def test_a_child_that_does_not_match_is_named():
    schema = schema_of(PARENT, Cat=CHILD)
    (found,) = payload.validate(schema, {"petType": "Cat"})
    assert (found.severity, found.detail) == ("warning", "as Cat: 'lives' is missing")


def test_what_the_child_says_is_not_said_twice():
    schema = {"allOf": [{"$ref": "#/components/schemas/Parent"}, CAT]}
    child = {"$ref": "#/components/schemas/S"}
    found = check(schema, {"petType": "Cat", "lives": "x"}, Parent=PARENT, Cat=child)
    assert found == [("#/lives", "type", "error")]


def test_a_child_that_refers_to_nothing_is_not_looked_at():
    child = {"$ref": "#/components/schemas/Gone"}
    assert check(PARENT, {"petType": "Cat"}, Cat=child) == [UNMAPPED]
    child = {"properties": {"a": child}}
    assert check(PARENT, {"petType": "Cat"}, Cat=child) == []


def test_a_branch_that_refers_to_nothing_leaves_the_body_unchecked():
    schema = {"oneOf": [{"$ref": "#/gone"}], "discriminator": DISCRIMINATOR}
    verdict = read({"schema": schema}, b'{"petType": "x"}', "application/json")
    assert told(verdict) == [("#", "unreadable-schema", "warning")]


NAMES = st.sampled_from(
    ["petType", "Cat", "Dog", "#", "#/x", "S", "\ud800", "http://["]
)


@example({"propertyName": "Cat", "mapping": {"petType": "#"}}, {"Cat": "petType"})
@given(
    st.fixed_dictionaries(
        {"propertyName": NAMES | st.integers()},
        optional={"mapping": st.dictionaries(NAMES, NAMES | st.integers())},
    ),
    st.dictionaries(NAMES, NAMES | st.integers()),
)
def test_no_discriminator_changes_a_verdict_or_raises(discriminator, value):
    for schema in (ONE_OF, PARENT):
        plain = {name: schema[name] for name in schema if name != "discriminator"}
        found = check({**schema, "discriminator": discriminator}, value, **PETS)
        valid = not [each for each in found if each[2] == "error"]
        assert valid is schema_of(plain, **PETS).is_valid(value)


SPECIES = {"propertyName": "species"}


def pet(name, member, kind, **more):
    schema = {"type": "string", **more}
    return {
        "title": name,
        "type": "object",
        "required": ["species", member],
        "properties": {"species": schema, member: {"type": kind}},
    }


@each_row("keyword", ["oneOf", "anyOf"])
@each_row(
    ("mapping", "name"), [({}, "Dog"), ({"dog": "#/components/schemas/Dog"}, "dog")]
)
def test_a_name_of_another_branch_than_the_one_that_matches_is_a_warning(
    keyword, mapping, name
):
    """Fault 3.6."""
    references = [{"$ref": f"#/components/schemas/{each}"} for each in ("Dog", "Cat")]
    discriminator = {**SPECIES, "mapping": mapping}
    schema = schema_of(
        {keyword: references, "discriminator": discriminator},
        Dog=pet("Dog", "bark", "boolean"),
        Cat=pet("Cat", "lives", "integer"),
    )
    (violation,) = payload.validate(schema, {"species": name, "lives": 9})
    assert (violation.code, violation.severity, violation.detail) == (
        "discriminator-mismatch",
        "warning",
        f"{name!r} names Dog, which does not match: 'bark' is missing; Cat does",
    )
    assert payload.validate(schema, {"species": name, "bark": True}) == ()


@pytest.mark.parametrize(
    "constant",
    [{"const": "dog"}, {"enum": ["dog"]}, {"allOf": [{"const": "dog"}]}],
)
def test_an_inline_branch_is_told_by_its_constant(constant):
    """Fault 3.7."""
    dog = pet("Hound", "bark", "boolean", **constant)
    cat = pet("Cat", "lives", "integer", const="cat")
    mapping = {"dog": "#/components/schemas/Dog", "cat": "#/components/schemas/Cat"}
    schema = schema_of(
        {"oneOf": [dog, cat], "discriminator": {**SPECIES, "mapping": mapping}},
        Dog=dog,
        Cat=cat,
    )
    assert payload.validate(schema, {"species": "dog", "bark": True}) == ()
    assert payload.validate(schema, {"species": "cat", "lives": 9}) == ()


@each_row("constant", [{"const": "dog"}, {"enum": ["dog"]}])
@each_row(
    "mapping",
    [
        {},
        {"mapping": {"dog": "pets.yaml#/Dog", "cat": "pets.yaml#/Cat"}},
        {"mapping": {"dog": "#/gone", "cat": "#/components/schemas/S"}},
    ],
)
def test_a_branch_in_another_place_than_its_name_is_told_by_its_constant(
    constant, mapping
):
    """What bundlers leave that move schemas and keep the mapping as it was."""
    references = [{"$ref": f"#/components/schemas/{each}"} for each in ("A", "B")]
    schema = schema_of(
        {"oneOf": references, "discriminator": {**SPECIES, **mapping}},
        A=pet("Hound", "bark", "boolean", **constant),
        B=pet("Cat", "lives", "integer", const="cat"),
    )
    assert payload.validate(schema, {"species": "dog", "bark": True}) == ()
    assert payload.validate(schema, {"species": "cat", "lives": 9}) == ()


def test_an_inline_branch_without_a_constant_is_told_by_its_title():
    dog, cat = pet("Dog", "bark", "boolean"), pet("Cat", "lives", "integer")
    schema = {"oneOf": [dog, cat], "discriminator": SPECIES}
    assert check(schema, {"species": "Dog", "bark": True}, Dog=dog, Cat=cat) == []
    found = check(schema, {"species": "Dog", "lives": 9}, Dog=dog, Cat=cat)
    assert found == [("#/species", "discriminator-mismatch", "warning")]


def _alternatives(**members):
    return [
        {
            "title": name,
            "type": "object",
            "required": ["kind", "lives"],
            "properties": {"kind": kind, "lives": {"type": "integer"}},
        }
        for name, kind in members.items()
    ]


CONSTANTS = {"Cat": {"const": "Cat"}, "Dog": {"const": "Dog"}}
LISTED = {name: {"type": "string", "enum": [name]} for name in ("Cat", "Dog")}


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize("kinds", [CONSTANTS, LISTED], ids=["const", "enum"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"kind": "Cow", "lives": 9}, [("#/kind", "")]),
        ({"lives": 9}, [("#", "required")]),
    ],
    ids=["unmapped", "missing"],
)
def test_one_cause_is_one_violation(keyword, kinds, value, expected):
    schema = {
        keyword: _alternatives(**kinds),
        "discriminator": {"propertyName": "kind"},
    }
    constant = "const" if kinds is CONSTANTS else "enum"
    found = payload.validate(schema_of(schema), value)
    assert [(each.pointer, each.code) for each in found] == [
        (place, code or constant) for place, code in expected
    ]
