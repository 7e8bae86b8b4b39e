import gc
import weakref

from cbmock.contract.schemas.compiled_schema import compiled
from cbmock.contract.schemas.schema import Schema

from tests.support.documents import describe
from tests.support.rows import each_row


def of(schema, **options):
    return compiled(schema, **{"custom_formats": False, **options})


def test_equal_schemas_share_their_validators():
    one, other = of({"type": "string"}), of({"type": "string"})
    assert one is other
    assert one.fast is other.fast


@each_row(
    ("one", "other"),
    [
        ({"const": 1}, {"const": True}),
        ({"const": 1}, {"const": 1.0}),
        ({"const": "1"}, {"const": 1}),
        ({"const": "\ud800"}, {"const": "\ud801"}),
        ({"properties": {"a": {}, "b": {}}}, {"properties": {"b": {}, "a": {}}}),
    ],
)
def test_schemas_that_differ_have_validators_of_their_own(one, other):
    found = of(one), of(other)
    assert found[0] is not found[1]


def test_validators_with_and_without_custom_formats_are_not_shared():
    found = of({"format": "uri"}), of({"format": "uri"}, custom_formats=True)
    assert found[0] is not found[1]


def test_validators_are_forgotten_with_the_last_schema_that_has_them():
    found = of({"const": "nobody else has this"})
    known = weakref.ref(found)
    del found
    gc.collect()
    assert known() is None


def test_a_schema_that_is_nested_too_deeply_to_compare_has_validators_of_its_own():
    value = []
    for _ in range(100_000):
        value = [value]
    assert of({"const": value}) is not of({"const": value})


def test_errors_of_equal_schemas_have_the_place_of_each():
    description = describe(
        {
            "components": {
                "schemas": {
                    "one": {"type": "object", "required": ["a"]},
                    "other": {"type": "object", "required": ["a"]},
                }
            }
        }
    )
    found = []
    for name in ("one", "other"):
        node = description.root.child("components", "schemas", name)
        schema = Schema(node, description)
        (error,) = schema.errors({})
        found.append(schema.place(error.schema, error.schema_path).node.tokens[-1])
    assert found == ["one", "other"]
