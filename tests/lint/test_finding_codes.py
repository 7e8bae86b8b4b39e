from typing import get_args

from cbmock import sources
from cbmock.description.discovery import discover
from cbmock.description.documents import parse
from cbmock.description.references import Description
from cbmock.description.runtime_expressions import GrammarCode
from cbmock.errors import ReceiverError
from cbmock.lint.findings import FINDING_CODES, FindingName
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples
from cbmock.mock.mock import Mock

from tests.support.findings import OPERATION, json_body, with_body, with_webhook
from tests.support.multiplying import chain, ref
from tests.support.rows import each_row


def names(literals):
    return [name for each in get_args(literals) for name in get_args(each) or [each]]


def test_every_name_has_one_row_and_every_row_a_name():
    assert sorted(FINDING_CODES) == sorted(names(FindingName))
    assert [code for code, row in FINDING_CODES.items() if row.code != code] == []


def test_the_codes_of_grammar_are_names_of_findings():
    assert set(names(GrammarCode)) <= set(FINDING_CODES)


# --- each code, and a document that has it -------------------------------------------------

URL = {
    "operationId": "subscribe",
    "requestBody": json_body(
        {
            "type": "object",
            "properties": {
                "url": {"type": "string"},
                "sub": {"properties": {"url": {"type": "string"}}},
            },
        }
    ),
    "parameters": [{"name": "callback_url", "in": "query", "schema": {}}],
}


def keyed(key, item=None, **parent):
    """Return a document with one callback."""
    callbacks = {"event": {key: item or {"post": OPERATION}}}
    operation = {**OPERATION, **URL, **parent, "callbacks": callbacks}
    return {"paths": {"/s": {"post": operation}}}


def answering(code, **response):
    return with_webhook({"responses": {code: {"description": "", **response}}})


def parameters(*listed, **more):
    return with_webhook({"parameters": [*listed]}, **more)


def components(kind, **members):
    return {"components": {kind: members}}


def in_query(schema, **more):
    return parameters({"name": "p", "in": "query", "schema": schema, **more})


CLOSED = {"properties": {"a": {}}, "additionalProperties": False}
CALLED = {"{$request.body#/url}": {"post": OPERATION}}
PATH_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
LOOP = {"allOf": [{"$ref": "#/components/schemas/A"}]}
REFERENCE = {"$ref": "#/components/schemas/A"}

DOCUMENTS = {
    # keys
    "expr-bare-name": keyed("{callback_url}"),
    "expr-brace": keyed("{$url"),
    "expr-case": keyed("{$URL}"),
    "expr-dot-body": keyed("{$request.body.url}"),
    "expr-dot-pointer": keyed("{$request.body#/sub.url}"),
    "expr-empty": keyed("{}"),
    "expr-fastapi": keyed("{$callback_url}/{$request.body.url}"),
    "expr-foreign": keyed("{$inputs.url}"),
    "expr-missing-dollar": keyed("{request.body#/url}"),
    "expr-no-body": {
        "paths": {
            "/s": {
                "post": {
                    **OPERATION,
                    "operationId": "subscribe",
                    "callbacks": {"e": CALLED},
                }
            }
        }
    },
    "expr-path-var": keyed(
        "{$url}/{id}", {"post": {**OPERATION, "parameters": [PATH_ID]}}
    ),
    "expr-percent": keyed("{$request.body#/%75rl}"),
    "expr-pointer": keyed("{$request.body/url}"),
    "expr-pointer-vs-suffix": keyed("$request.body#/url/done"),
    "expr-source": keyed("{$request.params.callback_url}"),
    "expr-space": keyed("{ $url }"),
    "expr-syntax": keyed("<url>"),
    "expr-undeclared": keyed("{$request.query.url}"),
    "expr-undeclared-property": keyed("{$request.body#/uri}"),
    "expr-unresolvable": keyed("{$response.query.url}"),
    "key-fragment": keyed("{$url}#part"),
    "key-missing": {
        "paths": {
            "/s": {"post": {**OPERATION, "callbacks": {"e": {"post": OPERATION}}}}
        }
    },
    "key-relative": keyed("/hook"),
    # documents
    "additional-op-fixed": {
        "openapi": "3.2.0",
        "webhooks": {"e": {"additionalOperations": {"POST": OPERATION}}},
    },
    "dialect": {**with_webhook({}), "jsonSchemaDialect": "https://example.com/d"},
    "dup-id": {
        **with_webhook({}),
        "components": {"schemas": {"A": {"$id": "urn:a"}, "B": {"$id": "urn:a"}}},
    },
    "dup-webhook": {
        "webhooks": {"paid": {"post": OPERATION}},
        "x-webhooks": {"paid": {"post": OPERATION}},
    },
    "field-too-new": {"webhooks": {"e": {"post": OPERATION, "query": OPERATION}}},
    "misplaced-field": {"paths": {"webhooks": {"e": {"post": OPERATION}}}},
    "missing-field": with_webhook({"requestBody": {}}),
    "misspelt-field": {"paths": {"/a": {"post": {"callback": {}}}}},
    "no-operation": {"webhooks": {"a": {}}},
    "nothing-to-receive": {"paths": {}},
    "unknown-field": with_webhook({"body": {}}),
    "unknown-minor": {**with_webhook({}), "openapi": "3.9.0"},
    "webhook-name-missing": {"webhooks": {"post": OPERATION}},
    "wrong-type": {"paths": {"/a": {"post": {"callbacks": []}}}},
    "yaml-1.1": {"webhooks": {"true": {"post": OPERATION}}},
    "yaml-dup-key": "openapi: 3.1.0\nwebhooks: {}\na: 1\na: 2",
    "yaml-merge": "openapi: 3.1.0\nwebhooks: {}\nx-a: &a {b: 1}\nx-c: {<<: *a}",
    # operations
    "204-content": answering("204", content={"text/plain": {}}),
    "304-content": answering("304", content={"text/plain": {}}),
    "colliding-callbacks": {
        "paths": {"/s": {"post": {**URL, "callbacks": {"a": CALLED, "b": CALLED}}}}
    },
    "cookie-explode": parameters(
        {"name": "ids", "in": "cookie", "explode": False, "schema": {"type": "array"}}
    ),
    "deepobject-nested": in_query(
        {"properties": {"a": {"type": "array"}}}, style="deepObject"
    ),
    "delimited-exploded": in_query({}, style="pipeDelimited", explode=True),
    "dup-operation-id": {
        "webhooks": {
            "a": {"post": {**OPERATION, "operationId": "a"}},
            "b": {"post": {**OPERATION, "operationId": "a"}},
        }
    },
    "dup-parameter": parameters(*[{"name": "id", "in": "query", "schema": {}}] * 2),
    "ignored-header-param": parameters(
        {"name": "Accept", "in": "header", "schema": {}}
    ),
    "multipart-heuristic": with_webhook(
        {
            "requestBody": {
                "content": {"multipart/mixed": {"schema": {"properties": {"a": {}}}}}
            }
        }
    ),
    "nested-callback": keyed(
        "{$request.body#/url}",
        {"post": {**OPERATION, "callbacks": {"ack": {"{$url}": {"post": OPERATION}}}}},
    ),
    "no-success-response": answering("404"),
    "parameter-conflict": in_query({}, content={"a/b": {}}),
    "parameter-location": parameters({"name": "b", "in": "body", "schema": {}}),
    "pathitem-ref-siblings": {
        "webhooks": {
            "e": {"$ref": "#/components/pathItems/E", "post": OPERATION},
        },
        **components("pathItems", E={"post": OPERATION}),
    },
    "range-case": answering("2xx"),
    "reference-siblings": {
        "paths": {
            "/s": {
                "post": {
                    **URL,
                    "callbacks": {
                        "c": {"$ref": "#/components/callbacks/C", "x-note": 1}
                    },
                }
            }
        },
        **components("callbacks", C=CALLED),
    },
    "root-security-not-applied": with_webhook({}, security=[{"key": []}]),
    "security-scheme": with_webhook({"security": [{"key": []}]}),
    "servers-on-callback": with_webhook({"servers": [{"url": "/"}]}),
    "unbindable-path-param": parameters(PATH_ID),
    "unreadable": {"webhooks": {"a": {"$ref": "#/x"}}},
    "unreferenced": components("callbacks", a=CALLED),
    # schemas and examples
    "additionalprops-allof": with_body(
        {**CLOSED, "allOf": [{"properties": {"id": {}}}]}
    ),
    "array-items": with_body({"type": "array"}),
    "closed-part": with_body({"allOf": [{"properties": {"b": {}}}, CLOSED]}),
    "constant-type": with_body({"type": "string", "enum": ["a", 1]}),
    "content-schema": with_body({"type": "string", "contentSchema": {}}),
    "contradiction": with_body({"minimum": 2, "maximum": 1}),
    "discriminator-target": with_body(
        {
            "oneOf": [{"type": "string"}],
            "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}},
        }
    ),
    "example-invalid": with_webhook(
        {
            "requestBody": json_body(
                {"properties": {"a": {"type": "integer"}}}, example={"a": "x"}
            )
        }
    ),
    "keyword-malformed": with_body({"minLength": "a"}),
    "keyword-not-3.0": {
        "openapi": "3.0.3",
        "x-webhooks": with_body({"const": 1})["webhooks"],
    },
    "keyword-unknown": with_body({"type": "object", "requierd": []}),
    "no-body-fits": with_body(
        {"required": ["a"], "properties": {"a": False}, "type": "object"}
    ),
    "no-sample": answering("200", **json_body(schema=False)),
    "nullable-3.1": with_body({"type": "string", "nullable": True}),
    "nullable-ineffective": {
        "openapi": "3.0.3",
        "x-webhooks": with_body({"nullable": True, "allOf": [{"type": "object"}]})[
            "webhooks"
        ],
    },
    "overlapping-alternatives": with_body(
        {"oneOf": [{"type": "object"}, {"type": "object", "properties": {"b": {}}}]}
    ),
    "pattern": with_body({"pattern": "("}),
    "ref-crosses-id": with_body(
        {"$id": "https://e.com/x", "items": REFERENCE},
        **components("schemas", A={"type": "string"}),
    ),
    "ref-loop": with_body(REFERENCE, **components("schemas", A=REFERENCE)),
    "ref-siblings": {
        "openapi": "3.0.3",
        "x-webhooks": with_body({**REFERENCE, "maxLength": 1})["webhooks"],
        **components("schemas", A={"type": "string"}),
    },
    "ref-unresolvable": answering("200", **json_body({"$ref": "#/x"})),
    "required-boolean": with_body({"required": True}),
    "schema-loop": with_body(REFERENCE, **components("schemas", A=LOOP)),
    "schema-ways": with_body(ref("N40"), **components("schemas", **chain("anyOf"))),
    "schema-without-keywords": with_body({"note": "any"}),
    "encoding-property": with_webhook(
        {
            "requestBody": {
                "content": {
                    "multipart/form-data": {
                        "schema": {"properties": {"file": {"type": "string"}}},
                        "encoding": {"fil": {}},
                    }
                }
            }
        }
    ),
    "example-unreadable": with_webhook(
        {"requestBody": json_body({}, examples={"a": {"externalValue": "order.json"}})}
    ),
    "media-type-name": with_webhook({"requestBody": {"content": {"json": {}}}}),
    "status-name": with_webhook({"responses": {"200": {}, "ok": {}}}),
    "stringified-example": with_webhook(
        {"requestBody": json_body({"type": "object"}, example="{}")}
    ),
}


def findings(document):
    if isinstance(document, str):
        entry = parse(
            document.encode(), name="openapi.yaml", uri="file:///openapi.yaml"
        )
        description = Description(entry, refuse)
    else:
        description = sources.describe({"openapi": "3.1.0", **document})
    operations = discover(description)
    found = lint(description, operations, schema_samples)
    served = [each for each in operations if each.served]
    mock = Mock(description)
    return found + tuple(each for op in served for each in mock.findings_of(op))


def refuse(uri):
    raise ReceiverError(f"{uri} is not there")


def test_every_code_has_a_document():
    assert set(DOCUMENTS) == set(FINDING_CODES)


@each_row("code", DOCUMENTS)
def test_the_example_of_a_code_is_what_its_document_gives(code):
    details = [each.detail for each in findings(DOCUMENTS[code]) if each.code == code]
    assert FINDING_CODES[code].example in details


@each_row("code", DOCUMENTS)
def test_a_finding_has_the_severity_of_its_code(code):
    severities = {e.severity for e in findings(DOCUMENTS[code]) if e.code == code}
    assert severities == {FINDING_CODES[code].severity}
