"""The deciding engine is never asked for more errors than are read."""

from itertools import repeat

import pytest
from cbmock import sources
from cbmock.contract.explain.explanation import explain
from cbmock.contract.schemas import engine, engine_errors
from cbmock.contract.schemas.schema import Schema
from cbmock.description.limits import DocumentLimits

from tests.support.documents import schema_of

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


class Endless:
    """A validator whose errors never end; it counts those that are taken."""

    def __init__(self, schema):
        self._validator = engine.compile_schema(schema)
        self.taken = 0

    def iter_errors(self, value):
        (error,) = self._validator.iter_errors(value)
        for each in repeat(error):
            self.taken += 1
            yield each


def test_no_more_than_the_first_errors_are_ever_taken_from_the_engine():
    validator = Endless(SCHEMA)
    found = [*engine_errors.errors(validator, SCHEMA, {"a": "x"}, 2000)]
    assert (validator.taken, len(found)) == (2000, 2000)


@pytest.mark.parametrize("levels", [4, 13])
def test_a_schema_that_multiplies_its_errors_is_explained_by_the_first(levels):
    schemas = {
        f"L{level}": {"allOf": [{"$ref": f"#/components/schemas/L{level + 1}"}] * 2}
        for level in range(levels)
    }
    last = {f"L{levels}": {"type": "integer"}}
    schema = schema_of({"$ref": "#/components/schemas/L0"}, **schemas, **last)
    (found,) = explain(schema, "x")
    assert found.detail == "'x' is not an integer"


def test_a_description_says_how_many_errors_are_read():
    document = {"openapi": "3.1.0", "components": {"schemas": {"A": {"items": False}}}}
    description = sources.describe(document, limits=DocumentLimits(errors=3))
    node = description.root.get("components").get("schemas").get("A")
    found = Schema(node, description).errors([1] * 9)
    assert [each.path for each in found] == [(0,), (1,), (2,)]
