from __future__ import annotations

from cbmock.contract.contract import Contract
from cbmock.contract.policy import Policy
from cbmock.description.discovery import discover
from cbmock.http.messages import Headers, Request

from tests.support.documents import contract_of, describe
from tests.support.rows import each_row
from tests.support.secured_contracts import contract as secured

STRICT = Policy(strict=True)


def strict(operation, target="/", body=b"", version="3.1.0", **schemas):
    lax = contract_of(operation, version=version, schemas=schemas)
    found = Contract(lax.operation, lax._description, STRICT)
    fields = Headers.of([("Content-Type", "application/json")] if body else [])
    request = Request("POST", target, fields, body)
    extra = set(found.check(request, {}).violations)
    extra -= set(lax.check(request, {}).violations)
    assert all((e.code, e.severity) == ("undocumented", "warning") for e in extra)
    return sorted(each.where for each in extra)


def query(name, schema, **more):
    return {"name": name, "in": "query", "schema": schema, **more}


RG = {"type": "object", "properties": {"R": {}, "G": {}}}


@each_row(
    ("parameters", "target", "unknown"),
    [
        ([], "/?a=1&a=2&b", ["query a", "query b"]),
        ([query("a", {})], "/?a=1&%62=1", ["query b"]),
        ([query("c", RG)], "/?R=1&x=1", ["query x"]),
        (
            [query("c", RG, style="deepObject")],
            "/?c[R]=1&c[x]=1&d[R]=1",
            ["query d[R]"],
        ),
        ([query("c", {**RG, "additionalProperties": {}})], "/?x=1", []),
        ([query("c", {"$ref": "#/nowhere"})], "/?x=1", []),
        ([{"name": "h", "in": "header"}], "/?h=1", ["query h"]),
        ([], "/", []),
    ],
)
def test_query_parameters_that_nothing_documents_are_told(parameters, target, unknown):
    assert strict({"parameters": parameters}, target) == unknown


def test_a_whole_query_string_documents_all_of_it():
    parameter = {"name": "q", "in": "querystring", "content": {"text/plain": {}}}
    assert strict({"parameters": [parameter]}, "/?x=1", version="3.2.0") == []


def test_a_key_in_the_query_is_documented():
    lax = secured([{"query": []}])
    found = Contract(lax.operation, lax._description, STRICT)
    assert found.check(Request("POST", "/?k=1"), {}).violations == ()


def test_at_most_some_are_told():
    target = "/?" + "&".join(f"p{index}" for index in range(100))
    assert len(strict({}, target)) == 20


BRANCHES = {"anyOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}


@each_row(
    ("schema", "body", "unknown"),
    [
        ({"properties": {"a": {}}}, b'{"a": 1, "b": 1}', ["body #/b"]),
        ({"properties": {"a": RG}}, b'{"a": {"R": {"x": 1}, "z": 1}}', ["body #/a/z"]),
        (
            {"properties": {"a": {"items": RG}}},
            b'{"a": [{}, {"z": 1}]}',
            ["body #/a/1/z"],
        ),
        ({"properties": {"a": {}}, "additionalProperties": {}}, b'{"b": 1}', []),
        ({"properties": {"a": {}}, "patternProperties": {"^b": {}}}, b'{"b": 1}', []),
        ({"type": "object"}, b'{"b": 1}', []),
        (BRANCHES, b'{"a": 1, "b": 1, "c": 1}', ["body #/c"]),
        ({"$ref": "#/components/schemas/T"}, b'{"R": 1, "z": 1}', ["body #/z"]),
        ({"$ref": "#/nowhere"}, b'{"R": 1}', []),
        (None, b'{"R": 1}', []),
        ({"items": {"items": {}}}, b"[1, [2]]", []),
    ],
)
def test_fields_that_nothing_documents_are_told(schema, body, unknown):
    media_type = {} if schema is None else {"schema": schema}
    operation = {"requestBody": {"content": {"application/json": media_type}}}
    assert strict(operation, body=body, T=RG) == unknown


def test_at_most_some_fields_are_told():
    body = "{" + ",".join(f'"p{index}": 1' for index in range(100)) + "}"
    media_type = {"schema": {"properties": {"a": {}}}}
    operation = {"requestBody": {"content": {"application/json": media_type}}}
    assert len(strict(operation, body=body.encode())) == 20


def test_of_a_very_large_body_only_the_first_fields_are_looked_at():
    media_type = {"schema": {"items": RG}}
    operation = {"requestBody": {"content": {"application/json": media_type}}}
    body = b"[" + b'{"R": 1},' * 30_000 + b"{}]"
    assert strict(operation, body=body) == []


def test_an_operation_that_could_not_be_read_documents_nothing():
    description = describe(
        {"openapi": "3.1.0", "webhooks": {"e": {"$ref": "#/nowhere"}}}
    )
    (operation,) = discover(description)
    found = Contract(operation, description, STRICT)
    assert [e.code for e in found.check(Request("POST", "/?a"), {}).violations] == [
        "undocumented"
    ]
