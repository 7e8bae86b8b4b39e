"""Small OpenAPI documents for tests."""

from __future__ import annotations

import json
from typing import Any

from cbmock.contract.contract import Contract
from cbmock.contract.schemas.schema import Schema
from cbmock.description import documents
from cbmock.description.discovery import discover
from cbmock.description.documents import Document
from cbmock.description.references import Description, Node
from cbmock.errors import ReceiverError


def describe(tree: dict[str, Any]) -> Description:
    """Describe a document that refers to no other."""
    document = Document(name="openapi.json", uri="file:///docs/openapi.json", tree=tree)
    return Description(document, _nothing_else)


def describe_text(tree: dict[str, Any]) -> Description:
    """Describe the same document, read from a text."""
    data = json.dumps(tree).encode()
    read = documents.parse(data, name="openapi.json", uri="file:///docs/openapi.json")
    return Description(read, _nothing_else)


def _nothing_else(uri: str) -> bytes:
    message = f"{uri} is not part of the test"
    raise ReceiverError(message)


def schema_node(
    schema: Any, version: str = "3.1.0", **others: Any
) -> tuple[Node, Description]:
    """Return `components.schemas.S` and the description that it stands in."""
    description = describe(
        {"openapi": version, "components": {"schemas": {"S": schema, **others}}}
    )
    return description.root.child("components", "schemas", "S"), description


def schema_of(schema: Any, version: str = "3.1.0", **others: Any) -> Schema:
    """Return the schema `components.schemas.S` of a document with these schemas."""
    return Schema(*schema_node(schema, version, **others))


OPERATION = "openapi.json#/paths/~1subscribe/post/callbacks/event/%7B$url%7D/post"
"""Where the operation of `contract_of` stands."""


def contract_of(
    operation: dict[str, Any],
    *,
    method: str = "post",
    version: str = "3.1.0",
    path_item: dict[str, Any] | None = None,
    **components: Any,
) -> Contract:
    """Return the contract of a document's one callback operation."""
    item = {**(path_item or {}), method: operation}
    description = describe(
        {
            "openapi": version,
            "paths": {
                "/subscribe": {"post": {"callbacks": {"event": {"{$url}": item}}}}
            },
            "components": components,
        }
    )
    (found,) = discover(description)
    return Contract(found, description)
