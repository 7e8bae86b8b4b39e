"""Dialects: what the keywords of a Schema Object mean, as JSON Schema 2020-12.

It decides which keywords hold schemas, which only annotate, and what OpenAPI 3.0 says
differently (OAS 3.0.4 §4.8.24). It must not know references, places or validators.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cbmock.description.versions import Version

RawSchema = dict[str, Any]

_TYPES = frozenset(
    {"array", "boolean", "integer", "null", "number", "object", "string"}
)


def _type(value: Any) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and all(isinstance(n, str) and n in _TYPES for n in names)


def _number(value: Any) -> bool:
    return type(value) is int or (isinstance(value, float) and math.isfinite(value))


def _count(value: Any) -> bool:
    return _number(value) and value >= 0 and value == int(value)


def _constant(value: Any) -> bool:
    """Return whether JSON can hold the value; YAML has `.inf` and `.nan` besides."""
    if isinstance(value, list):
        return all(map(_constant, value))
    if isinstance(value, dict):
        return all(map(_constant, value.values()))
    return not isinstance(value, float) or math.isfinite(value)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


# Each assertion with the check of its value in the document. An invalid value there is a
# finding on the document, not a violation.
ASSERTIONS: Mapping[str, Callable[[Any], bool]] = {
    "const": _constant,
    "dependentRequired": lambda value: (
        isinstance(value, dict) and all(map(_names, value.values()))
    ),
    "enum": lambda value: isinstance(value, list) and _constant(value),
    "exclusiveMaximum": _number,
    "exclusiveMinimum": _number,
    "maxContains": _count,
    "maxItems": _count,
    "maxLength": _count,
    "maxProperties": _count,
    "maximum": _number,
    "minContains": _count,
    "minItems": _count,
    "minLength": _count,
    "minProperties": _count,
    "minimum": _number,
    "multipleOf": lambda value: _number(value) and value > 0,
    "pattern": lambda value: isinstance(value, str),
    "required": _names,
    "type": _type,
    "uniqueItems": lambda value: isinstance(value, bool),
}

_LARGEST_FLOAT = (2 - 2**-23) * 2.0**127  # IEEE 754 binary32
# `format` says nothing about numbers in 2020-12, so these become bounds.
NUMBER_FORMATS: Mapping[str, RawSchema] = {
    "int32": {"multipleOf": 1, "minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"multipleOf": 1, "minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"minimum": -_LARGEST_FLOAT, "maximum": _LARGEST_FLOAT},
    "double": {"minimum": -sys.float_info.max, "maximum": sys.float_info.max},
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How Schema Objects of one kind of document are read.

    `assertions` turns the assertions of one Schema Object (not of its subschemas) into
    those of 2020-12. `unknown` are the keywords of 2020-12 that it does not know.
    """

    name: str
    assertions: Callable[[RawSchema], RawSchema]
    unknown: frozenset[str] = frozenset({"dependencies", "$recursiveRef"})


def dialect(version: Version, uri: str | None = None) -> Dialect:
    """Return the dialect of an OpenAPI version, or the one of `$schema` from 3.1 on.

    An unknown dialect is read as 2020-12.
    """
    if not version.json_schema:
        return OAS_30
    named = next((each for each in _DRAFTS if each in (uri or "")), None)
    return OAS_31 if named is None else _DRAFTS[named]


def ineffective_nullable(schema: RawSchema, version: Version) -> bool:
    """Return whether `nullable: true` stands where it has no effect.

    In 3.0 it only counts beside `type` in the same object (OAS 3.0.4 §4.8.24.2), and
    an `enum` must list null too; from 3.1 it is not a keyword at all.
    """
    if schema.get("nullable") is not True:
        return False
    if version.json_schema or "type" not in schema or "$ref" in schema:
        return True
    constants = schema.get("enum")
    return isinstance(constants, list) and None not in constants


def _as_they_are(schema: RawSchema) -> RawSchema:
    found = {
        name: schema[name]
        for name, well_formed in ASSERTIONS.items()
        if name in schema and well_formed(schema[name])
    }
    for name in ("required", "type"):
        if isinstance(found.get(name), list):
            found[name] = list(dict.fromkeys(found[name]))
    return found


def _of_draft_4(schema: RawSchema) -> RawSchema:
    found = _as_they_are(schema)
    for limit, exclusive in (
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ):
        if schema.get(exclusive) is True and limit in found:
            found[exclusive] = found.pop(limit)
    return found


def _of_30(schema: RawSchema) -> RawSchema:
    found = _of_draft_4(schema)
    if schema.get("nullable") is True and "type" in found:
        own = found["type"]
        names = own if isinstance(own, list) else [own]
        found["type"] = list(dict.fromkeys([*names, "null"]))
    if schema.get("format") == "binary":
        # Any octets: nothing about the text of the string can be asserted.
        for name in ("pattern", "minLength", "maxLength", "enum"):
            found.pop(name, None)
    return found


OAS_30 = Dialect("OpenAPI 3.0", assertions=_of_30)
OAS_31 = Dialect("JSON Schema 2020-12", assertions=_as_they_are)

_SINCE_2020_12 = frozenset({"$dynamicRef", "prefixItems"})
_SINCE_2019_09 = _SINCE_2020_12 | {
    *("$recursiveRef", "dependentRequired", "dependentSchemas"),
    *("maxContains", "minContains", "unevaluatedItems", "unevaluatedProperties"),
}
_SINCE_7 = _SINCE_2019_09 | {"else", "if", "then"}
_SINCE_6 = _SINCE_7 | {"const", "contains", "propertyNames"}
_DRAFTS: Mapping[str, Dialect] = {
    f"json-schema.org/{draft}/schema": Dialect(
        f"JSON Schema {draft}",
        assertions=assertions,
        unknown=unknown,
    )
    for draft, assertions, unknown in (
        ("draft-04", _of_draft_4, _SINCE_6),
        ("draft-06", _as_they_are, _SINCE_7),
        ("draft-07", _as_they_are, _SINCE_2019_09),
        ("draft/2019-09", _as_they_are, _SINCE_2020_12 | {"dependencies"}),
    )
}
