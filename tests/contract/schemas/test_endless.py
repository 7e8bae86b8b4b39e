"""A schema that applies itself to the same value again is a warning, not silence."""

import pytest
from cbmock.contract.bodies import payload

from tests.support.documents import schema_of
from tests.support.rows import each_row

A, B = ({"$ref": f"#/components/schemas/{name}"} for name in "AB")


@each_row(
    ("a", "b"),
    [
        pytest.param({"allOf": [B]}, {"allOf": [A]}, id="fault 1.6"),
        ({"allOf": [B], "type": "object"}, {"anyOf": [{"type": "null"}, A]}),
        ({"oneOf": [{"type": "object"}, B]}, {"if": A, "then": True}),
        ({"allOf": [A]}, True),
        ({"not": B}, {"else": A, "if": False}),
    ],
)
@each_row("version", ["3.0.4", "3.1.1"])
def test_a_schema_without_an_end_is_a_warning(a, b, version):
    schema = schema_of({"properties": {"p": A}}, version, A=a, B=b)
    (found,) = (
        each
        for each in payload.validate(schema, {})
        if each.code == "unreadable-schema"
    )
    assert found.severity == "warning"
    assert found.detail.endswith("applies itself to the same value again")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({"properties": {"next": A}}, True),
        ({"items": B}, {"anyOf": [{"type": "string"}, A]}),
        ({"allOf": [B, B]}, {"additionalProperties": A}),
    ],
)
def test_a_schema_that_goes_on_below_has_an_end(a, b):
    assert payload.validate(schema_of(A, A=a, B=b), {}) == ()
