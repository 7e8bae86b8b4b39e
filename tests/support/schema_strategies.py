"""Hypothesis strategies: schemas of every keyword, and values that may fit them."""

import string
from decimal import Decimal

from cbmock.contract.schemas import dialects, formats
from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "c"])

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats(-3, 3)
    | st.sampled_from([0.01, 19.99, Decimal("1e400"), "", "a", "ab", "\ud800", "a\n"])
    | st.text(string.printable, max_size=3)
)

VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=8,
)

COUNTS = st.integers(0, 3)

BOUNDS = st.integers(-3, 3) | st.sampled_from([0.5, 1.0])

TYPES = st.sampled_from(
    ["array", "boolean", "integer", "null", "number", "object", "string"]
)

ASSERTION = st.one_of(
    st.fixed_dictionaries({"type": TYPES | st.lists(TYPES, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"enum": st.lists(VALUES, max_size=3)}),
    st.fixed_dictionaries({"const": VALUES}),
    st.dictionaries(
        st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]),
        BOUNDS,
    ),
    st.dictionaries(
        st.sampled_from(
            [
                f"{limit}{what}"
                for limit in ("min", "max")
                for what in ("Length", "Items", "Properties")
            ]
        ),
        COUNTS,
    ),
    st.fixed_dictionaries({"multipleOf": st.sampled_from([0.01, 0.5, 2])}),
    st.fixed_dictionaries(
        {"pattern": st.sampled_from(["^a$", "b", r"^\d", r"\p{L}", "(?<"])}
    ),
    st.fixed_dictionaries({"required": st.lists(NAMES, max_size=3)}),
    st.fixed_dictionaries({"uniqueItems": st.booleans()}),
    st.fixed_dictionaries(
        {"format": st.sampled_from(["int32", "email", "byte", "uuid", "date"])}
    ),
)


def composed(inner):
    listed = st.lists(inner, min_size=1, max_size=3)
    by_name = st.dictionaries(NAMES, inner, max_size=2)
    return st.one_of(
        st.builds(lambda one, two: {**one, **two}, inner, inner),
        st.fixed_dictionaries({"allOf": listed}),
        st.fixed_dictionaries({"anyOf": listed}),
        st.fixed_dictionaries({"oneOf": listed}),
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"if": inner, "then": inner, "else": inner}),
        st.fixed_dictionaries({"items": inner}),
        st.fixed_dictionaries({"prefixItems": listed, "items": inner}),
        st.fixed_dictionaries({"contains": inner, "minContains": COUNTS}),
        st.fixed_dictionaries({"properties": by_name}),
        st.fixed_dictionaries(
            {
                "properties": by_name,
                "additionalProperties": inner | st.just(value=False),
            }
        ),
        st.fixed_dictionaries({"patternProperties": by_name}),
        st.fixed_dictionaries({"propertyNames": inner}),
        st.fixed_dictionaries({"properties": by_name, "unevaluatedProperties": inner}),
        st.fixed_dictionaries(
            {"properties": st.dictionaries(NAMES, st.booleans(), max_size=2)}
        ),
    )


NAMED = st.dictionaries(NAMES, st.lists(NAMES, max_size=2), max_size=2)

REFERENCE = st.sampled_from(
    [{"$ref": "#/components/schemas/S"}, {"$ref": "#/components/schemas/T"}]
)

NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([0.1, 1e300, -0.5, 2**63, 10**30, -(2**31)]),
)

MORE_ASSERTIONS = st.one_of(
    ASSERTION,
    REFERENCE,
    st.fixed_dictionaries({"dependentRequired": NAMED}),
    st.fixed_dictionaries(
        {"contains": st.just({"type": "integer"})},
        optional={"minContains": COUNTS, "maxContains": COUNTS},
    ),
    st.fixed_dictionaries({"multipleOf": st.sampled_from([0.1, 3, 1e-7])}),
    st.dictionaries(
        st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]),
        NUMBERS | st.booleans(),
        min_size=1,
    ),
    st.builds(
        lambda name, nullable: {"type": name, "nullable": nullable},
        TYPES,
        st.booleans(),
    ),
    st.fixed_dictionaries({"format": st.sampled_from(sorted(formats.FORMATS))}),
    st.fixed_dictionaries({"format": st.sampled_from(sorted(dialects.NUMBER_FORMATS))}),
)


def more(inner):
    by_name = st.dictionaries(NAMES, inner, max_size=2)
    listed = st.lists(inner, min_size=1, max_size=2)
    return st.one_of(
        composed(inner),
        st.fixed_dictionaries({"dependentSchemas": by_name}),
        st.fixed_dictionaries({"prefixItems": listed, "unevaluatedItems": inner}),
        st.fixed_dictionaries(
            {"contains": inner, "unevaluatedItems": st.just(value=False)}
        ),
        st.fixed_dictionaries(
            {
                "allOf": listed,
                "properties": by_name,
                "unevaluatedProperties": inner | st.just(value=False),
            }
        ),
        st.fixed_dictionaries(
            {
                "anyOf": listed,
                "patternProperties": st.just({"^a": True}),
                "unevaluatedProperties": st.just(value=False),
            }
        ),
        st.fixed_dictionaries(
            {"if": inner}, optional={"then": inner, "else": st.just(value=False)}
        ),
        st.fixed_dictionaries({"items": listed, "additionalItems": inner}),
        st.fixed_dictionaries(
            {"dependencies": by_name | st.dictionaries(NAMES, st.just(["a"]))}
        ),
    )


SCHEMAS = st.recursive(MORE_ASSERTIONS, more, max_leaves=6)

VERSIONS = st.sampled_from(["3.0.3", "3.1.0", "3.2.0"])

_KEYWORDS = st.sampled_from(
    [
        *("type", "format", "minimum", "exclusiveMinimum", "maximum", "minLength"),
        *("nullable", "title", "description", "pattern", "x-a", "typ", "required"),
        *("additionalProperties", "items", "writeOnly", "default", "const", "enum"),
    ]
)
_CONTENT = st.sampled_from(
    [
        *("string", "integer", "date", "int32", "a", "(?<"),
        *(None, True, False, 0, 1, 1.0, -0.0, 0.0, 2),
    ]
)
ALONE = st.dictionaries(_KEYWORDS, _CONTENT, max_size=3) | st.builds(
    lambda usual, more: usual | more,
    st.sampled_from(
        [{"nullable": True}, {"type": "integer", "format": "int32"}, {"type": "string"}]
    ),
    st.dictionaries(_KEYWORDS, _CONTENT, max_size=1),
)
"""Schemas that hold no others, well-formed or not."""

REPEATED = st.lists(ALONE, min_size=1, max_size=3).flatmap(
    lambda few: st.lists(st.sampled_from(few), min_size=2, max_size=6)
)
"""Several of these, of which some are equal."""
