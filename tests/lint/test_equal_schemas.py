from cbmock.description.discovery import discover
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples
from hypothesis import given

from tests.support.documents import describe, describe_text
from tests.support.findings import with_body
from tests.support.schema_strategies import REPEATED, VERSIONS


def found(description):
    findings = lint(description, discover(description), schema_samples)
    return [(each.code, each.pointer, each.detail, each.instead) for each in findings]


@given(REPEATED, VERSIONS)
def test_each_of_several_equal_schemas_has_its_findings(schemas, version):
    properties = {f"p{n}": each for n, each in enumerate(schemas)}
    document = with_body({"type": "object", "properties": properties}, openapi=version)
    # Of a document without a text each schema is looked at.
    assert found(describe_text(document)) == found(describe(document))


def test_schemas_that_are_equal_but_for_their_numbers_type_are_not_the_same():
    properties = {
        "a": {"minLength": 1},
        "b": {"minLength": True},
        "c": {"minLength": 1},
    }
    document = with_body({"type": "object", "properties": properties}, openapi="3.1.0")
    assert [code for code, *_ in found(describe_text(document))] == [
        "keyword-malformed"
    ]
