"""The fields of OpenAPI's objects that are needed to read a request or a response.

It decides which names an object has and what type their values are (OAS 3.2.0 §4). It must
not know documents.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from cbmock.description.broken_references import Container
from cbmock.description.path_items import FIXED_METHODS

ObjectType = Literal[
    "OpenAPI Object",
    "Components Object",
    "Path Item Object",
    "Operation Object",
    "Request Body Object",
    "Media Type Object",
    "Parameter Object",
    "Header Object",
    "Encoding Object",
    "Response Object",
]
FieldType = str | tuple[Container, ObjectType]
"""The type of a field's value, or the objects that it holds."""

METHODS: tuple[str, ...] = (*FIXED_METHODS, "query")

_ENCODINGS: Mapping[str, FieldType] = {
    "encoding": ("map", "Encoding Object"),
    "prefixEncoding": ("list", "Encoding Object"),
    "itemEncoding": ("one", "Encoding Object"),
}
_VALUE: Mapping[str, FieldType] = {
    "description": "any",
    "required": "boolean",
    "deprecated": "boolean",
    "example": "any",
    "examples": "object",
    "style": "string",
    "explode": "boolean",
    "schema": "schema",
    "content": ("map", "Media Type Object"),
}
FIELDS: Mapping[ObjectType, Mapping[str, FieldType]] = {
    "OpenAPI Object": {
        **dict.fromkeys(("openapi", "$self", "info", "jsonSchemaDialect"), "any"),
        **dict.fromkeys(("servers", "security", "tags", "externalDocs"), "any"),
        **dict.fromkeys(("paths", "webhooks", "x-webhooks", "components"), "object"),
    },
    "Components Object": dict.fromkeys(
        (
            *("schemas", "responses", "parameters", "examples", "requestBodies"),
            *("headers", "securitySchemes", "links", "callbacks", "pathItems"),
            "mediaTypes",
        ),
        "object",
    ),
    "Path Item Object": {
        **dict.fromkeys(("$ref", "summary", "description"), "any"),
        **dict.fromkeys(METHODS, ("one", "Operation Object")),
        "additionalOperations": ("map", "Operation Object"),
        "servers": "array",
        "parameters": ("list", "Parameter Object"),
    },
    "Operation Object": {
        **dict.fromkeys(("summary", "description", "externalDocs", "tags"), "any"),
        "operationId": "string",
        "parameters": ("list", "Parameter Object"),
        "requestBody": ("one", "Request Body Object"),
        "responses": ("map", "Response Object"),
        "callbacks": "object",
        "deprecated": "boolean",
        "security": "array",
        "servers": "array",
    },
    "Request Body Object": {
        "description": "any",
        "content": ("map", "Media Type Object"),
        "required": "boolean",
    },
    "Media Type Object": {
        "schema": "schema",
        "itemSchema": "schema",
        "example": "any",
        "examples": "object",
        **_ENCODINGS,
    },
    "Parameter Object": {
        "name": "string",
        "in": "string",
        "allowEmptyValue": "boolean",
        "allowReserved": "boolean",
        **_VALUE,
    },
    "Header Object": _VALUE,
    "Encoding Object": {
        "contentType": "string",
        "headers": ("map", "Header Object"),
        "style": "string",
        "explode": "boolean",
        "allowReserved": "boolean",
        **_ENCODINGS,
    },
    "Response Object": {
        **dict.fromkeys(("summary", "description", "links"), "any"),
        "headers": ("map", "Header Object"),
        "content": ("map", "Media Type Object"),
    },
}

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "schema": (dict, bool),
}
_NAMES = {
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "boolean": "true or false",
    "schema": "a schema",
}


def expected(field: FieldType) -> str:
    """Return the type that a field's value has."""
    if isinstance(field, str):
        return field
    return "array" if field[0] == "list" else "object"


def mismatch(value: Any, type_: str) -> str | None:
    """Say why a value is not of a type: `must be an object, not an array`."""
    if type_ == "any" or isinstance(value, _TYPES[type_]):
        return None
    return f"must be {_NAMES[type_]}, not {type_of(value)}"


def type_of(value: Any) -> str:
    """Name the type of a JSON value: `an array`."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return "a string"
    return "an object" if isinstance(value, dict) else "an array"


_CLOSE = 0.8


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that was probably intended, which differs in a few letters."""
    plain = {_plain(each): each for each in known}
    if _plain(name) in plain:
        return plain[_plain(name)]
    if name.startswith("x-"):
        return None  # an extension may be called anything else
    found = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=_CLOSE)
    return plain[found[0]] if found else None


def _plain(name: str) -> str:
    """Reduce a name to its letters, in lower case and singular."""
    return re.sub(r"[^a-z$]", "", name.lower()).removesuffix("s")
