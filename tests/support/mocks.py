"""Small documents, the mocks that they make, and requests to them."""

import json
from typing import Any

from cbmock.contract.schemas.schema import Schema
from cbmock.description.documents import Document
from cbmock.description.references import Description, Node
from cbmock.errors import DocumentError
from cbmock.http.messages import Headers, Request
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.mock.responses.documented import Responses

ACCEPTED = {"responses": {"202": {"description": "Taken."}}}


def retrieve(uri: str) -> bytes:
    raise DocumentError("is not there", document=uri)


def described(
    *, version: str = "3.1.0", files: dict[str, bytes] | None = None, **fields
) -> Description:
    tree = {"openapi": version, "info": {"title": "T", "version": "1"}, **fields}

    def read(uri: str) -> bytes:
        return files[uri] if files and uri in files else retrieve(uri)

    return Description(Document("openapi.json", "file:///openapi.json", tree), read)


def calling(callbacks: dict[str, Any], **parent: Any) -> dict[str, Any]:
    """Return paths with one operation that has these callbacks."""
    return {"/streams": {"post": {"callbacks": callbacks, **parent}}}


def posted(*keys: str, **operation: Any) -> dict[str, Any]:
    """Return one Callback Object with a POST for each key."""
    return {key: {"post": {**ACCEPTED, **operation}} for key in keys}


def callbacks(*keys: str, **options: Any) -> Mock:
    """Return the mock of callbacks `cb1`, `cb2`… of the operation `s`."""
    named = {f"cb{number}": posted(key) for number, key in enumerate(keys, 1)}
    return Mock(described(paths=calling(named, operationId="s")), **options)


def webhooks(*names: str, **operation: Any) -> Mock:
    return Mock(
        described(
            webhooks={name: {"post": {**ACCEPTED, **operation}} for name in names}
        )
    )


def taking(schema: Any, **fields: Any) -> dict[str, Any]:
    """Return an operation that takes a JSON body."""
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}, **ACCEPTED, **fields}


def request(
    method: str, target: str, body: Any = None, headers: dict[str, str] | None = None
) -> Request:
    fields = dict(headers or {})
    data = b""
    if isinstance(body, bytes):
        data = body
    elif body is not None:
        data = json.dumps(body).encode()
        fields.setdefault("content-type", "application/json")
    return Request(method, target, Headers.of(fields.items()), data)


def sent(
    mock: Mock,
    method: str,
    target: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> Call:
    return mock.receive(request(method, target, body, headers), id=1, now=0.0)


def outcome(call: Call) -> tuple[str, str | None, list[str]]:
    """Return what became of a call: outcome, operation, codes of its violations."""
    name = None if call.operation is None else call.operation.name
    return call.outcome, name, [each.code for each in call.violations]


def answering(
    responses: Any, *, version: str = "3.1.0", files=None, **fields: Any
) -> Responses:
    """Return the documented answers of one webhook."""
    description = described(
        version=version,
        files=files,
        webhooks={"w": {"post": {"responses": responses}}},
        **fields,
    )
    return Responses(Mock(description).operations[0], description)


def schema_of(tree: Any, *, version: str = "3.1.0", **others: Any) -> Schema:
    """Return the schema `X` of a document; others stand beside it."""
    description = described(
        version=version, components={"schemas": {"X": tree, **others}}
    )
    node = Node(description.entry.tree, description.entry)
    return Schema(node.child("components", "schemas", "X"), description)
