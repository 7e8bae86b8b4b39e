"""Whatever is certain to have few ways is found to have few when it is counted exactly."""

import pytest
from cbmock.contract.schemas import few_ways, ways
from cbmock.contract.schemas.bundling import bundle
from cbmock.contract.schemas.few_ways import FewWays
from cbmock.description import schema_keywords
from cbmock.errors import UncheckableSchema, UnresolvableReference
from hypothesis import given
from hypothesis import strategies as st

from tests.support.documents import describe_text
from tests.support.multiplying import KINDS, chain, ref
from tests.support.rows import each_row
from tests.support.schema_strategies import VERSIONS


def certain(schema, version="3.1.0", **others):
    """Return whether `S` has few ways for certain, and whether the exact count says so."""
    tree = {"openapi": version, "components": {"schemas": {"S": schema, **others}}}
    description = describe_text(tree)
    node = description.root.child("components", "schemas", "S")
    exactly = True
    try:
        bundle(node, description)
    except UncheckableSchema:
        exactly = False
    except UnresolvableReference:
        pass  # nothing is counted
    return FewWays(description).certainly(node), exactly


@each_row("kind", KINDS)
def test_a_few_levels_are_certain_and_many_are_counted(kind):
    assert certain(ref("N3"), **chain(kind, 3)) == (True, True)
    assert certain(ref("N40"), **chain(kind)) == (False, False)


@each_row("kind", KINDS)
def test_no_number_of_levels_is_certain_that_has_too_many_ways(kind):
    for length in range(1, 25):
        few, exactly = certain(ref(f"N{length}"), **chain(kind, length))
        assert exactly or not few, length


NAMES = ("N0", "N1", "N2")
REFERENCES = st.sampled_from([ref(each) for each in (*NAMES, "absent")])


def applied(inner):
    """Return schemas by every keyword that applies others."""
    alone = st.sampled_from(sorted(schema_keywords.ONE_SCHEMA))
    listed = st.sampled_from(sorted(schema_keywords.SCHEMA_LIST))
    named = st.sampled_from(sorted(schema_keywords.SCHEMA_MAP))
    some = st.lists(inner, min_size=1, max_size=3)
    keyword = st.one_of(
        st.tuples(alone, inner | some),
        st.tuples(listed | st.just("items"), some),
        st.tuples(named, st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
        st.tuples(st.just("additionalItems"), inner),
        st.tuples(st.just("format"), st.sampled_from(["int32", "date"])),
        REFERENCES.map(lambda each: ("$ref", each["$ref"])),
    )
    return st.lists(keyword, min_size=1, max_size=3).map(dict)


APPLIED = st.recursive(st.booleans() | st.just({}) | REFERENCES, applied, max_leaves=12)


@given(
    st.fixed_dictionaries({"S": APPLIED, **dict.fromkeys(NAMES, APPLIED)}),
    VERSIONS,
    st.integers(1, 60),
)
def test_no_schema_is_certain_that_has_more_ways_than_the_limit(schemas, version, most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few_ways, "MOST_WAYS", most)
        patch.setattr(ways, "MOST_WAYS", most)
        few, exactly = certain(schemas.pop("S"), version, **schemas)
    assert exactly or not few


def nested(depth):
    schema = {"type": "integer"}
    for _ in range(depth):
        schema = {"properties": {"a": schema}}
    return schema


@each_row(
    ("schema", "others", "few"),
    [
        pytest.param(nested(50), {}, True, id="fifty levels"),
        pytest.param(nested(51), {}, False, id="more would be copied in parts"),
        pytest.param(ref("S"), {}, False, id="itself"),
        pytest.param({"items": ref("S")}, {}, False, id="what leads back"),
        pytest.param(
            ref("B"), {"B": {"items": ref("B")}}, False, id="what another leads back to"
        ),
        pytest.param(ref("absent"), {}, False, id="without a target"),
        pytest.param({"$ref": 1}, {}, True, id="no reference"),
        pytest.param({"$dynamicRef": "#a"}, {}, False, id="a dynamic reference"),
        pytest.param({"dependencies": {}}, {}, False, id="of some dialects only"),
        pytest.param(
            {"$id": "https://e.example/s", "allOf": [ref("B")]},
            {"B": {}},
            False,
            id="references in a resource of its own",
        ),
    ],
)
def test_only_a_schema_that_is_simply_read_is_certain(schema, others, few):
    assert certain(schema, **others) == (few, True)
