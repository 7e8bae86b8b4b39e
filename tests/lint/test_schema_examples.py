"""Examples in Schema Objects that their own schema refuses."""

from cbmock import sources
from cbmock.description.discovery import discover
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples

from tests.support.findings import (
    OPERATION,
    findings,
    json_body,
    with_body,
    with_webhook,
)
from tests.support.multiplying import calls_made, chain, ref
from tests.support.rows import each_row

BAD = {"type": "integer", "example": "x"}
WRONG = "the example is not valid against its own schema: 'x' is not an integer"
BODY = "/webhooks/event/post/requestBody/content/application~1json/schema"

RESPONSE = "/webhooks/event/post/responses/200/content/application~1json/schema"


def told(document):
    """Return the place and the detail of each finding about an example."""
    return [
        (each.pointer.partition("#")[2], each.detail)
        for each in findings(document)
        if each.code in ("example-invalid", "stringified-example")
    ]


@each_row(
    ("schema", "places"),
    [
        (BAD, ["example"]),
        (
            {"type": "integer", "examples": [1, "x", 2, "x"]},
            ["examples/1", "examples/3"],
        ),
        ({"properties": {"a": BAD}}, ["properties/a/example"]),
        ({"items": {"allOf": [BAD]}}, ["items/allOf/0/example"]),
        ({"additionalProperties": BAD}, ["additionalProperties/example"]),
        ({"type": "integer", "minimum": 2, "example": 2}, []),
        ({"type": "string", "example": "x"}, []),
        ({"type": ["string", "null"], "example": None}, []),
        ({"properties": {"example": {"type": "integer"}}}, []),
        ({"example": {"any": "thing"}}, []),
        ({"type": "integer", "examples": {"named": "x"}}, []),
    ],
)
def test_an_example_in_a_schema_is_checked_where_it_stands(schema, places):
    assert told(with_body(schema)) == [(f"{BODY}/{each}", WRONG) for each in places]


def test_the_reason_is_the_first_of_the_value():
    schema = {"properties": {"a": {"type": "integer"}}, "example": {"a": "x"}}
    detail = (
        "the example is not valid against its own schema at #/a: 'x' is not an integer"
    )
    assert told(with_body(schema)) == [(f"{BODY}/example", detail)]
    text = {"type": "object", "example": '{"a": 1}'}
    detail = "the example is a string that holds JSON; write the JSON itself"
    assert told(with_body(text)) == [(f"{BODY}/example", detail)]


def test_the_schemas_of_parameters_and_responses_are_read_too_and_each_once():
    operation = {
        "requestBody": json_body(ref("Bad")),
        "parameters": [{"name": "q", "in": "query", "schema": ref("Bad")}],
        "responses": {"200": {"description": "ok", **json_body({"items": BAD})}},
    }
    document = with_webhook(operation, components={"schemas": {"Bad": BAD}})
    assert told(document) == [
        ("/components/schemas/Bad/example", WRONG),
        (f"{RESPONSE}/items/example", WRONG),
    ]


@each_row(
    ("version", "places"),
    [("3.0.4", []), ("3.1.0", [f"{BODY}/example"])],
)
def test_an_example_beside_a_reference_counts_where_the_version_reads_it(
    version, places
):
    path = {
        "post": {**OPERATION, "requestBody": json_body({**ref("N"), "example": "x"})}
    }
    callbacks = {"event": {"{$request.body#/url}": path}}
    document = {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": {**OPERATION, "callbacks": callbacks}}},
        "components": {"schemas": {"N": {"type": "integer"}}},
    }
    found = [each.rpartition("/")[2] for each, _ in told(document)]
    assert found == [each.rpartition("/")[2] for each in places]


def test_null_is_an_example_where_the_schema_is_nullable():
    schema = {"type": "string", "nullable": True, "example": None}
    assert told({"openapi": "3.0.4", **with_body({"properties": {"a": schema}})}) == []


@each_row("owner", ["readOnly", "writeOnly"])
def test_an_example_may_be_of_a_request_or_of_a_response(owner):
    schema = {
        "required": ["a", "b"],
        "properties": {"a": {owner: True}, "b": {}},
        "example": {"b": 1},
    }
    assert told(with_body(schema)) == []


def test_what_cannot_be_read_or_checked_has_other_findings():
    broken = {"properties": {"a": ref("None")}, "example": {"a": 1}}
    many = {**ref("N40"), "example": "x"}
    endless = {"allOf": [ref("Endless")], "example": "x"}
    schemas = {**chain("anyOf"), "Endless": endless}
    for schema in (broken, many, ref("Endless")):
        document = with_body({"items": schema}, components={"schemas": schemas})
        assert told(document) == []
        assert findings(document) != ()


def test_a_schema_that_cannot_be_checked_hides_no_other():
    recursive = {
        "properties": {"below": ref("Tree"), "n": BAD},
        "example": {"below": 1},
    }
    schemas = {**chain("anyOf"), "Tree": {"type": "object", **recursive}}
    below = {"a": ref("N40"), "b": ref("None"), "c": BAD, "d": ref("Tree")}
    document = with_body({"properties": below}, components={"schemas": schemas})
    assert [place for place, _ in told(document)] == [
        "/components/schemas/Tree/example",
        "/components/schemas/Tree/properties/n/example",
        f"{BODY}/properties/c/example",
    ]


def test_examples_of_a_chain_of_schemas_cost_no_more_than_their_number():
    def work(count):
        schemas = {
            f"S{at}": {
                "type": "object",
                "properties": {"next": ref(f"S{at + 1}"), "n": {"type": "integer"}},
                "example": {"n": 1},
            }
            for at in range(count)
        }
        schemas[f"S{count}"] = {"type": "object"}
        description = sources.describe(
            {
                "openapi": "3.1.0",
                **with_body(ref("S0"), components={"schemas": schemas}),
            }
        )
        operations = discover(description)
        return calls_made(lambda: lint(description, operations, schema_samples))

    assert work(400) < 5 * work(100)
