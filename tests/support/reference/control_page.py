"""The page on the control API, made from the document that the mock serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cbmock.server.control import description

from tests.support.reference.markdown import code, table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "control-api.md"
METHODS = ("get", "put", "post", "delete")

HEAD = """\
# Control API

What other programs ask a running mock, in any language. Written from the OpenAPI document that each
mock serves at `/_cbmock/openapi.json`; a client can be generated from that. How Node, Go and Java
use it is shown in [Node](../how-to/node.md), [Go](../how-to/go.md) and [Java](../how-to/java.md).

Off loopback the API asks for the token that `serve` prints: `Authorization: Bearer TOKEN`
(see [security](../security.md)). What it refuses is `application/problem+json` (RFC 9457).
"""


def page() -> str:
    """Return the whole page."""
    document = description()
    lines = [HEAD]
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                shared = item.get("parameters", [])
                lines += _operation(document, method, path, item[method], shared)
    lines += ["## Objects", ""]
    for name, schema in document["components"]["schemas"].items():
        lines += _schema(document, name, schema)
    return "\n".join(lines).rstrip("\n") + "\n"


def _operation(
    document: Mapping[str, Any],
    method: str,
    path: str,
    operation: Mapping[str, Any],
    shared: list[Any],
) -> Iterator[str]:
    yield f"## `{method.upper()} {path}`\n"
    yield f"{operation['summary']}.\n"
    if "description" in operation:
        yield f"{operation['description']}\n"
    parameters = [
        _resolved(document, each)
        for each in (*shared, *operation.get("parameters", ()))
    ]
    if parameters:
        yield from table(
            ("parameter", "in", "is", "means"),
            (
                (
                    code(each["name"]),
                    each["in"],
                    _type(each["schema"]),
                    each.get("description", ""),
                )
                for each in parameters
            ),
        )
        yield ""
    if "requestBody" in operation:
        body = _resolved(document, operation["requestBody"])
        yield f"Takes {_content(body)}.\n"
    yield from table(
        ("status", "means", "body"),
        (
            (status, _resolved(document, each)["description"], _content(each, document))
            for status, each in operation["responses"].items()
        ),
    )
    yield ""


def _schema(
    document: Mapping[str, Any], name: str, schema: Mapping[str, Any]
) -> Iterator[str]:
    yield f"### {name}\n"
    if "description" in schema:
        yield f"{schema['description']}\n"
    required = schema.get("required", ())
    members = schema.get("properties")
    if not members:
        yield f"{_type(schema).capitalize()}.\n"
        return
    yield from table(
        ("member", "is", "always there", "means"),
        (
            (
                code(each),
                _type(member),
                "yes" if each in required else "",
                _described(document, member),
            )
            for each, member in members.items()
        ),
    )
    yield ""


def _resolved(document: Mapping[str, Any], value: Mapping[str, Any]) -> Any:
    reference = value.get("$ref")
    if reference is None:
        return value
    found: Any = document
    for token in reference.removeprefix("#/").split("/"):
        found = found[token]
    return found


def _described(document: Mapping[str, Any], schema: Any) -> str:
    return str(schema.get("description", "")) if isinstance(schema, Mapping) else ""


def _content(
    value: Mapping[str, Any], document: Mapping[str, Any] | None = None
) -> str:
    found = value if document is None else _resolved(document, value)
    return "; ".join(
        f"`{media_type}`: {_type(each['schema'])}"
        if "schema" in each
        else code(media_type)
        for media_type, each in found.get("content", {}).items()
    )


def _type(schema: Any) -> str:
    """Say in a few words which values a schema allows."""
    if not isinstance(schema, Mapping) or not schema:
        return "any value"
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return " or ".join(map(_type, schema[several]))
    if "allOf" in schema:
        return " and ".join(map(_type, schema["allOf"]))
    if "enum" in schema:
        return " or ".join(code(str(each)) for each in schema["enum"])
    if "const" in schema:
        return code(str(schema["const"]))
    types = schema.get("type", "any value")
    names = [types] if isinstance(types, str) else types
    return " or ".join(_named(each, schema) for each in names)


def _named(name: str, schema: Mapping[str, Any]) -> str:
    if name == "array":
        return f"array of {_type(schema.get('items'))}"
    return name
