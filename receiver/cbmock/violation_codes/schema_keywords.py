"""Codes that are JSON Schema keywords: the keyword that a value breaks.

It decides their severity and what to do about them. It must not know how they are found.
"""

from __future__ import annotations

from typing import Literal

from cbmock.violation_codes.code import Code
from cbmock.violations import Location

KeywordCode = Literal[
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "false",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "required",
    "then",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
]

_ANYWHERE: tuple[Location, ...] = ("body", "query", "path", "header", "cookie")
_ADVICE = "Send what the schema describes, or correct the schema."


def _broken(code: KeywordCode, meaning: str, example: str) -> Code:
    return Code(code, "error", _ANYWHERE, meaning, example, _ADVICE)


def _ignored(code: KeywordCode, meaning: str, example: str) -> Code:
    """Return the code of a keyword that only warns: it is an annotation."""
    return Code(code, "warning", ("body",), meaning, example, _ADVICE)


CODES = (
    _broken(
        "additionalItems",
        "The array has an item that the schema does not describe.",
        "unexpected item 5: the array allows no more items",
    ),
    _broken(
        "additionalProperties",
        "The object has a property that the schema does not describe.",
        "'extra' is not allowed",
    ),
    _broken(
        "allOf",
        "The value does not match all of the schemas.",
        "5 does not match all schemas",
    ),
    _broken(
        "anyOf",
        "The value matches none of the alternatives.",
        "5 matches none of the alternatives",
    ),
    _broken("const", "The value is not the only allowed one.", "'a' is not 'b'"),
    _broken(
        "contains",
        "No item of the array is of the required kind.",
        "[] has no item of the kind that is required",
    ),
    _ignored(
        "contentEncoding", "The text is not encoded as documented.", "'%' is not base64"
    ),
    _ignored(
        "contentMediaType",
        "The text is not of the documented media type.",
        "'{' is not application/json",
    ),
    _broken(
        "dependencies",
        "A property or schema that another property requires is missing.",
        "'b' is required because 'a' is present",
    ),
    _broken(
        "dependentRequired",
        "A property that another property requires is missing.",
        "'b' is required because 'a' is present",
    ),
    _broken(
        "dependentSchemas",
        "The value does not match what one of its properties requires.",
        "'b' is missing",
    ),
    _broken("else", "The value does not match `else`.", "5 is not a string"),
    _broken(
        "enum", "The value is none of the allowed ones.", "5 is none of 'dhl', 'ups'"
    ),
    _broken(
        "exclusiveMaximum",
        "The number is not less than the limit.",
        "5 is not less than 5",
    ),
    _broken(
        "exclusiveMinimum",
        "The number is not greater than the limit.",
        "5 is not greater than 5",
    ),
    _broken("false", "No value is allowed here.", "no value is allowed here"),
    _broken("format", "The value is not of the format.", "'yesterday' is not a date"),
    _broken("if", "The value does not match `then` or `else`.", "5 is not a string"),
    _broken(
        "items",
        "The array has an item that the schema does not allow.",
        "unexpected item 5: the array allows no more items",
    ),
    _broken(
        "maxContains",
        "The array has too many items of one kind.",
        "[1, 2] has too many items of one kind, at most 1",
    ),
    _broken(
        "maxItems", "The array has too many items.", "has 3 items, at most 2 allowed"
    ),
    _broken(
        "maxLength",
        "The text, or the file, is too long.",
        "'abc' is too long: 3 characters, at most 2",
    ),
    _broken(
        "maxProperties",
        "The object has too many properties.",
        "has 3 properties, at most 2 allowed",
    ),
    _broken("maximum", "The number is too large.", "6 is greater than 5"),
    _broken(
        "minContains",
        "The array has too few items of one kind.",
        "[1] has too few items of the kind that is required, at least 2",
    ),
    _broken(
        "minItems", "The array has too few items.", "has 1 item, at least 2 required"
    ),
    _broken(
        "minLength",
        "The text is too short.",
        "'a' is too short: 1 character, at least 2",
    ),
    _broken(
        "minProperties",
        "The object has too few properties.",
        "has 1 property, at least 2 required",
    ),
    _broken("minimum", "The number is too small.", "4 is less than 5"),
    _broken("multipleOf", "The number is not a multiple.", "5 is not a multiple of 2"),
    _broken(
        "not",
        "The value matches the schema under `not`.",
        "5 matches the schema under `not`",
    ),
    _broken(
        "oneOf",
        "The value matches none of the alternatives, or several.",
        "5 matches A and B; it must match exactly one",
    ),
    _broken(
        "pattern",
        "The text does not match the pattern.",
        "'a' does not match the pattern ^b",
    ),
    _broken(
        "patternProperties",
        "A property that matches a pattern is not valid.",
        "5 is not a string",
    ),
    _broken(
        "prefixItems", "An item is not valid at its position.", "5 is not a string"
    ),
    _broken("properties", "A property is not valid.", "5 is not a string"),
    _broken(
        "propertyNames",
        "A property has a name that is not allowed.",
        "the property name 'abc' is too long",
    ),
    _broken("required", "A required property is missing.", "'paid' is missing"),
    _broken("then", "The value does not match `then`.", "5 is not a string"),
    _broken("type", "The value is of the wrong type.", "'yes' is not a boolean"),
    _broken(
        "unevaluatedItems",
        "The array has an item that no schema describes.",
        "unexpected item 5",
    ),
    _broken(
        "unevaluatedProperties",
        "The object has a property that no schema describes.",
        "'extra' is not documented",
    ),
    _broken(
        "uniqueItems", "The array has equal items.", "[1, 1] has items that are equal"
    ),
)
