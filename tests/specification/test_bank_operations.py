"""Section 1 of the example bank: which operations a document has, by number."""

import json

import pytest
from cbmock import sources
from cbmock.description import documents
from cbmock.description.discovery import discover
from cbmock.description.operations import Scope
from cbmock.description.references import Description
from cbmock.http.messages import Headers, Request
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples
from cbmock.mock.mock import Mock

OK = {"200": {"description": "ok"}}
JSON = Headers.of([("content-type", "application/json")])


def description(tree, openapi="3.1.0", **files):
    data = json.dumps({"openapi": openapi, **tree}).encode()
    entry = documents.parse(data, name="api.json", uri="file:///d/api.json")

    def retrieve(uri):
        return json.dumps(files[uri.rpartition("/")[2].partition(".")[0]]).encode()

    return Description(entry, retrieve)


def calling(callbacks, **more):
    return {"paths": {"/s": {"post": {"callbacks": callbacks}}}, **more}


def codes(described):
    return {each.code for each in lint(described, discover(described), schema_samples)}


def receive(described, method, target, body=b"", headers=JSON):
    request = Request(method, target, headers, body)
    return Mock(described).receive(request, id=1, now=0)


def operation(identity, **more):
    return {"operationId": identity, "responses": OK, **more}


@pytest.mark.parametrize(
    ("openapi", "beside"),
    [
        pytest.param("3.0.3", {"x-y": 1}, id="1a"),
        pytest.param("3.1.0", {"summary": "Another"}, id="1b"),
    ],
)
def test_a_callback_may_be_a_reference(openapi, beside):
    components = {"callbacks": {"C": {"{$url}": {"post": operation("c")}}}}
    cb = {"cb": {"$ref": "#/components/callbacks/C", **beside}}
    found = discover(description(calling(cb, components=components), openapi))
    assert [(each.name, each.operation_id, each.referenced) for each in found] == [
        ("cb", "c", True)
    ]


def test_fields_beside_a_path_items_reference_win():
    """Bank 1c."""
    q = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
    item = {
        "$ref": "#/components/pathItems/P",
        "parameters": [q],
        "post": operation("A"),
    }
    components = {"pathItems": {"P": {"post": operation("B")}}}
    described = description({"webhooks": {"w": item}, "components": components})
    call = receive(described, "POST", "/webhooks/w")
    assert (call.operation.operation_id, [v.code for v in call.violations]) == (
        "A",
        ["missing-parameter"],
    )
    assert "pathitem-ref-siblings" in codes(described)


def test_an_operations_parameter_replaces_the_path_items():
    """Bank 1d."""
    required = {"name": "X-A", "in": "header", "required": True, "schema": {}}
    own = {"name": "x-a", "in": "header", "required": False, "schema": {}}
    item = {"parameters": [required], "post": operation("p", parameters=[own])}
    assert receive(description({"webhooks": {"w": item}}), "POST", "/webhooks/w").valid


@pytest.mark.parametrize(
    ("openapi", "method", "status"),
    [("3.2.0", "NOTIFY", 200), ("3.2.0", "notify", 405), ("3.1.0", "NOTIFY", 404)],
)
def test_additional_operations_keep_their_capitals(openapi, method, status):
    """Bank 1e."""
    item = {"additionalOperations": {"NOTIFY": operation("n")}}
    described = description({"webhooks": {"w": item}}, openapi)
    call = receive(described, method, "/webhooks/w")
    assert call.status == status
    if status == 405:
        assert call.response.headers["allow"] == "NOTIFY"
    assert ("field-too-new" in codes(described)) is (openapi == "3.1.0")


def test_a_query_without_content_type_is_malformed():
    """Bank 1f."""
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    item = {"query": operation("q", requestBody=body)}
    described = description({"webhooks": {"w": item}}, "3.2.0")
    call = receive(described, "QUERY", "/webhooks/w", b"{}", Headers())
    assert (call.status, call.violations[0].location) == (400, "media_type")
    assert receive(described, "QUERY", "/webhooks/w", b"{}").status == 200


def test_components_count_only_where_they_are_referenced():
    """Bank 1g."""
    components = {"callbacks": {"C": {"{$url}": {"post": operation("c")}}}}
    described = description({"paths": {}, "components": components})
    assert [each.served for each in discover(described)] == [False]
    included = discover(described, Scope(unreferenced=True))
    assert [each.served for each in included] == [True]
    cb = {"callbacks": {"cb": {"$ref": "#/components/callbacks/C"}}}
    paths = {"/a": {"post": cb}, "/b": {"post": cb}}
    mock = Mock(description({"paths": paths, "components": components}))
    assert len({mount.path for mount in mock.mounts}) == 2
    assert len({each.pointer for each in mock.operations}) == 1


@pytest.mark.parametrize(
    ("openapi", "containers", "finding"),
    [
        ("3.0.3", ["x-webhooks"], False),
        ("3.1.0", ["webhooks", "x-webhooks"], True),
    ],
)
def test_x_webhooks_are_webhooks(openapi, containers, finding):
    """Bank 1h."""
    tree = {name: {"a": {"post": operation("a")}} for name in containers}
    described = description(tree, openapi)
    assert [each.name for each in discover(described)] == ["a"]
    assert ("dup-webhook" in codes(described)) is finding


def test_references_of_another_document_are_its_own():
    """Bank 1k."""
    schema = {"$ref": "#/components/schemas/X"}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    other = {
        "Item": {"post": operation("p", requestBody=body)},
        "components": {"schemas": {"X": {"type": "integer"}}},
    }
    cb = {"cb": {"{$url}": {"$ref": "other.json#/Item"}}}
    strings = {"components": {"schemas": {"X": {"type": "string"}}}}
    described = description({**calling(cb), **strings}, other=other)
    assert receive(described, "POST", "/", b"7").valid
    call = receive(described, "POST", "/", b'"x"')
    assert call.violations[0].schema == "other.json#/components/schemas/X"


def test_ordinary_paths_can_be_taken_for_incoming():
    nested = {"cb": {"{$url}": {"post": operation("nested")}}}
    tree = {
        "paths": {
            "/notifications/{id}": {"post": operation("n", callbacks=nested)},
            "/orders": {"post": operation("o")},
        }
    }
    mock = Mock(description(tree), scope=Scope(paths=("/notif*",)))
    assert [(each.name, each.kind, each.direction) for each in mock.operations] == [
        ("/notifications/{id}", "webhook", "inbound"),
        ("cb", "callback", "outbound"),
    ]
    for base in ("", "/any/base", mock.mounts[0].base):
        request = Request("POST", f"{base}/notifications/7", Headers(), b"")
        assert mock.receive(request, id=1, now=0).operation == mock.operations[0]


def test_a_method_in_place_of_the_key_makes_an_operation_all_the_same():
    described = description(calling({"cb": {"post": operation("p")}}))
    (found,) = discover(described)
    assert (found.method, found.expression, found.operation_id) == ("POST", "post", "p")
    assert receive(described, "POST", "/any/url").operation == found
    assert codes(described) == {"key-missing"}


def test_fastapi_callbacks_of_one_name_have_overwritten_each_other_before():
    """Bank 1l: nothing is left to detect."""
    cb = {
        "cb": {
            "{$url}/a": {"post": operation("a")},
            "{$url}/b": {"put": operation("b")},
        }
    }
    found = discover(sources.describe({"openapi": "3.1.0", **calling(cb)}))
    assert [each.operation_id for each in found] == ["a", "b"]
