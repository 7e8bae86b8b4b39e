"""A schema that would be checked too often is told, and everything else goes on."""

import pytest
from cbmock.contract.bodies import payload
from cbmock.contract.schemas import ways
from cbmock.errors import UncheckableSchema

from tests.support.documents import schema_of
from tests.support.multiplying import KINDS, calls_made, chain, ref
from tests.support.rows import each_row

T = ref("T")


@each_row("kind", KINDS)
def test_a_schema_with_too_many_ways_is_refused_before_a_value_is_checked(kind):
    schema = schema_of(ref("N40"), **chain(kind))
    with pytest.raises(UncheckableSchema) as refused:
        _ = schema.bundle
    assert refused.value.reason == ways.TOO_MANY
    assert refused.value.pointer.startswith("openapi.json#/components/schemas/N")
    assert payload.validate(schema, 5) == (
        payload.violation(
            "unreadable-schema",
            f"the body was not checked: {refused.value.message}",
            severity="warning",
            schema="openapi.json#/components/schemas/S",
        ),
    )


@each_row("kind", KINDS)
def test_ways_are_counted_in_work_that_grows_with_the_document_only(kind):
    def work(length):
        definitions = chain(kind, length)
        return calls_made(lambda: ways.first_multiplying(definitions))

    short, long = work(5), work(5 * 1000)
    assert long < 1000 * short


def test_a_long_chain_of_single_ways_is_counted_without_recursion():
    definitions = {"N0": {"type": "integer"}}
    for index in range(5000):
        definitions[f"N{index + 1}"] = {
            "allOf": [ref(f"N{index}"), {"properties": {f"p{index}": ref("N0")}}]
        }
    assert ways.first_multiplying(definitions) is None
    assert calls_made(lambda: ways.first_multiplying(definitions)) < 1_000_000


def nested(depth, leaf, name="n"):
    value = leaf
    for _ in range(depth):
        value = {name: value} if name else [value]
    return value


PART = {"properties": {"n": T}}


@each_row(
    ("schema", "name"),
    [
        ({"anyOf": [PART, {**PART, "title": "again"}]}, "n"),
        ({"allOf": [PART, {**PART, "title": "again"}]}, "n"),
        ({"oneOf": [PART, {**PART, "required": ["z"]}]}, "n"),
        ({"if": PART, "then": PART, "else": PART}, "n"),
        ({"not": {"not": {"allOf": [PART, PART]}}}, "n"),
        ({**PART, "dependentSchemas": {"n": PART}}, "n"),
        ({"patternProperties": {"^n": T, "n$": T}}, "n"),
        ({"allOf": [PART, {"additionalProperties": T}]}, "n"),
        ({"allOf": [PART, PART], "unevaluatedProperties": False}, "n"),
        ({"anyOf": [{"items": T}, {"prefixItems": [T], "contains": T}]}, None),
        (
            {
                "$dynamicAnchor": "d",
                "anyOf": [{"properties": {"n": {"$dynamicRef": "#d"}}}] * 2,
            },
            "n",
        ),
    ],
)
@pytest.mark.parametrize("leaf", [1, "x"])
def test_alternatives_that_lead_back_to_themselves_are_checked_once_per_part(
    schema, name, leaf
):
    read = schema_of(T, T={"type": ["object", "array", "integer"], **schema})
    value = nested(30, leaf, name)
    assert read.is_valid(value) in (True, False)
    assert len(payload.validate(read, value)) <= 20


def levels(depth, schema):
    below = {f"N{at + 1}": schema(ref(f"N{at}")) for at in range(depth)}
    return {"N0": {"type": "integer"}, **below, "S": ref(f"N{depth}")}


@each_row(
    "schemas",
    [
        pytest.param(
            levels(
                8, lambda below: {"properties": {f"p{i}": below for i in range(30)}}
            ),
            id="different properties are different parts",
        ),
        pytest.param(
            levels(8, lambda below: {"prefixItems": [below] * 20}),
            id="different items are different parts",
        ),
        pytest.param(
            levels(
                40,
                lambda below: {
                    "properties": {"a": below},
                    "additionalProperties": below,
                },
            ),
            id="a named property is no further one",
        ),
        pytest.param(
            {
                "S": {"anyOf": [ref(f"N{index}") for index in range(100)]},
                **{
                    f"N{index}": {
                        "properties": {
                            "kind": {"const": index},
                            "parts": {"items": ref("S")},
                        }
                    }
                    for index in range(100)
                },
            },
            id="a hundred kinds of parts in each other",
        ),
        pytest.param({**chain("anyOf", 12), "S": ref("N12")}, id="a few levels"),
    ],
)
def test_schemas_that_are_checked_quickly_are_not_refused(schemas):
    own = dict(schemas)
    found = payload.validate(schema_of(own.pop("S"), **own), {})
    assert "unreadable-schema" not in {each.code for each in found}


@pytest.mark.parametrize("entries", [("N20", "N0"), ("N0", "N20")])
def test_ways_that_lead_back_are_counted_wherever_reading_begins(entries):
    """The engine may begin at either end of the ladder; one way down is 2**20 ways."""
    schemas = {"N0": {"properties": {"u": ref("N1")}}}
    for index in range(1, 21):
        down = {"properties": {"a": ref(f"N{index - 1}")}}
        up = {"properties": {"u": ref(f"N{index + 1}")}} if index < 20 else {}
        schemas[f"N{index}"] = {"anyOf": [down, {**down, "title": "again"}], **up}
    root = {"allOf": [{"properties": {"e": ref(each)}} for each in entries]}
    with pytest.raises(UncheckableSchema):
        _ = schema_of(root, **schemas).bundle


def test_dynamic_references_with_too_many_targets_are_refused():
    schemas = {"N25": {"$id": "https://e.example/s25"}}
    for index in range(25):
        below = {"$ref": f"https://e.example/s{index + 1}"}
        schemas[f"A{index}"] = {
            "$id": f"https://e.example/a{index}",
            "$dynamicAnchor": f"x{index}",
            "properties": {"p": below},
        }
        schemas[f"N{index}"] = {
            "$id": f"https://e.example/s{index}",
            "properties": {"l": {"$ref": f"https://e.example/a{index}"}, "r": below},
        }
    schema = schema_of({"$ref": "https://e.example/s0"}, **schemas)
    with pytest.raises(UncheckableSchema) as refused:
        _ = schema.bundle
    assert refused.value.reason == (
        "its dynamic references would be resolved in too many ways"
    )
