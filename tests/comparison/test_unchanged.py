"""What is surely the same in two versions: nothing that may differ is called unchanged."""

from cbmock import sources
from cbmock.comparison.unchanged import is_unchanged

from tests.support.rows import each_row

PROBLEM = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "description": "a word"},
        "cause": {"$ref": "#/components/schemas/Problem"},
    },
}
REFERENCE = {"$ref": "#/components/schemas/Problem"}


def described(part, problem=None, version="3.1.0"):
    tree = {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "components": {"responses": {"R": part}, "schemas": {"Problem": problem}},
    }
    description = sources.describe(tree)
    return description.root.child("components", "responses", "R"), description


def of_schema(schema):
    return {"description": "d", "content": {"application/json": {"schema": schema}}}


@each_row(
    ("old", "new", "expected"),
    [
        ((of_schema(REFERENCE), PROBLEM), (of_schema(REFERENCE), PROBLEM), True),
        (({"description": "a"},), ({"description": "b"},), True),
        ((of_schema({"minimum": 1}),), (of_schema({"minimum": 2}),), False),
        ((of_schema({"const": 1}),), (of_schema({"const": True}),), False),
        ((of_schema({"enum": [1]}),), (of_schema({"enum": [1, 2]}),), False),
        (
            (of_schema({"properties": {"title": {"type": "string"}}}),),
            (of_schema({"properties": {"title": {"type": "integer"}}}),),
            False,
        ),
        (
            (of_schema(REFERENCE), PROBLEM),
            (of_schema(REFERENCE), {**PROBLEM, "required": ["title"]}),
            False,
        ),
        (
            (of_schema({**REFERENCE, "minProperties": 1}), PROBLEM),
            (of_schema({**REFERENCE, "minProperties": 2}), PROBLEM),
            False,
        ),
        ((of_schema({"$ref": "#/none"}),), (of_schema({"$ref": "#/none"}),), False),
        ((of_schema({}), None, "3.0.3"), (of_schema({}), None, "3.1.0"), False),
    ],
)
def test_only_what_is_surely_the_same_is_unchanged(old, new, expected):
    (one, one_in), (other, other_in) = described(*old), described(*new)
    assert is_unchanged(one, one_in, other, other_in) is expected
