"""Documents and what lint finds in them."""

from typing import Any

from cbmock import sources
from cbmock.description.discovery import discover
from cbmock.lint.findings import Finding
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples

OK = {"200": {"description": "ok"}}
OPERATION = {"responses": OK}


def findings(document: dict[str, Any]) -> tuple[Finding, ...]:
    """Return the findings of a document; 3.1 where it states no version."""
    description = sources.describe({"openapi": "3.1.0", **document})
    return lint(description, discover(description), schema_samples)


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the code and the pointer of each finding."""
    return [(each.code, each.pointer.partition("#")[2]) for each in findings(document)]


def json_body(schema: Any, **more: Any) -> dict[str, Any]:
    """Return a Request Body Object, or a response, of JSON."""
    return {"content": {"application/json": {"schema": schema, **more}}}


def with_webhook(operation: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a document with one webhook."""
    return {"webhooks": {"event": {"post": {**OPERATION, **operation}}}, **more}


def with_body(schema: Any, **more: Any) -> dict[str, Any]:
    """Return a document with one webhook that takes JSON."""
    return with_webhook({"requestBody": json_body(schema)}, **more)
