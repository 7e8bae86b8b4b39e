"""The sentences that say what is wrong with a value.

It must not know which errors are reported, or where the rules are in the document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cbmock.contract.explain.best_branch import alternative_name, refusals
from cbmock.contract.explain.near_names import did_you_mean, sent_instead
from cbmock.contract.schemas import formats
from cbmock.contract.schemas.schema_error import SchemaError
from cbmock.violations import shown

_MOST_NAMES = 5
_MOST_VALUES = 10

_TYPES = {
    "array": "an array",
    "boolean": "a boolean",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def sentence(error: SchemaError, code: str, rule: Any, known: tuple[str, ...]) -> str:
    """Say what is wrong; `code` and `rule` are the user's keyword and its value.

    `known` are the names of the properties that the schema describes.
    """
    if code == "required":
        return _missing(error, known)
    value = shown(error.value)
    if error.is_name:
        value = f"the property name {value}"
    if code in ("anyOf", "oneOf"):
        return _alternatives(error, value, rule)
    if code in ("additionalProperties", "unevaluatedProperties") and error.names:
        return _undocumented(error, known)
    if error.schema is False:
        return f"{value}: no value is allowed here"
    write = _SENTENCES.get(code)
    return error.message[:200] if write is None else write(value, rule, error)


def _missing(error: SchemaError, known: tuple[str, ...]) -> str:
    """Say that a property is missing, and which one was sent in its place."""
    name = error.names[0]
    return f"{shown(name)} is missing" + sent_instead(error.value, name, known)


def _types(rule: Any) -> str:
    names = rule if isinstance(rule, list) else [rule]
    return " or ".join(_TYPES[name] for name in names)


def _format(value: str, rule: Any, error: SchemaError) -> str:
    known = formats.ASSERTED.get(error.expected)
    article = "an" if rule[0] in "aeio" else "a"
    noun = f"{article} {rule}" if known is None else known.noun
    hint = known.hint(error.value) if known and isinstance(error.value, str) else ""
    return f"{value} is not {noun}" + (f": {hint}" if hint else "")


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _characters(error: SchemaError) -> str:
    return _count(len(error.value), "character", "characters")


def _items(error: SchemaError) -> str:
    return _count(len(error.value), "item", "items")


def _properties(error: SchemaError) -> str:
    return _count(len(error.value), "property", "properties")


def _dependent(_value: str, rule: Any, error: SchemaError) -> str:
    name = error.names[0]
    present = next(
        shown(each) for each in rule if each in error.value and name in rule[each]
    )
    return f"{shown(name)} is required because {present} is present"


def _enum(value: str, rule: Any, error: SchemaError) -> str:
    if not rule:
        return f"{value} is not allowed: `enum` lists no value"
    return f"{value} is none of {_listed(rule)}{did_you_mean(error.value, rule)}"


def _unexpected(value: str, _rule: Any, _error: SchemaError) -> str:
    return f"unexpected item {value}: the array allows no more items"


_SENTENCES: dict[str, Callable[[str, Any, SchemaError], str]] = {
    "type": lambda value, rule, _: f"{value} is not {_types(rule)}",
    "enum": _enum,
    "const": lambda value, rule, _: f"{value} is not {shown(rule)}",
    "format": _format,
    "pattern": lambda value, rule, _: f"{value} does not match the pattern {rule}",
    "minimum": lambda value, rule, _: f"{value} is less than {rule}",
    "maximum": lambda value, rule, _: f"{value} is greater than {rule}",
    "exclusiveMinimum": lambda value, rule, _: f"{value} is not greater than {rule}",
    "exclusiveMaximum": lambda value, rule, _: f"{value} is not less than {rule}",
    "multipleOf": lambda value, rule, _: f"{value} is not a multiple of {rule}",
    "minLength": lambda value, rule, error: (
        f"{value} is too short: {_characters(error)}, at least {rule}"
    ),
    "maxLength": lambda value, rule, error: (
        f"{value} is too long: {_characters(error)}, at most {rule}"
    ),
    "minItems": lambda _, rule, error: f"has {_items(error)}, at least {rule} required",
    "maxItems": lambda _, rule, error: f"has {_items(error)}, at most {rule} allowed",
    "minProperties": lambda _, rule, error: (
        f"has {_properties(error)}, at least {rule} required"
    ),
    "maxProperties": lambda _, rule, error: (
        f"has {_properties(error)}, at most {rule} allowed"
    ),
    "contains": lambda value, *_: f"{value} has no item of the kind that is required",
    "minContains": lambda value, rule, _: (
        f"{value} has too few items of the kind that is required, at least {rule}"
    ),
    "maxContains": lambda value, rule, _: (
        f"{value} has too many items of one kind, at most {rule}"
    ),
    "uniqueItems": lambda value, *_: f"{value} has items that are equal",
    "dependentRequired": _dependent,
    "items": _unexpected,
    "unevaluatedItems": _unexpected,
    "not": lambda value, *_: f"{value} matches the schema under `not`",
}


def _listed(values: Any) -> str:
    texts = [shown(value) for value in values[:_MOST_VALUES]]
    return ", ".join(texts) + (", …" if len(values) > len(texts) else "")


def _undocumented(error: SchemaError, known: tuple[str, ...]) -> str:
    names = error.names
    absent = [name for name in known if name not in error.value]
    listed = ", ".join(shown(name) for name in names[:_MOST_NAMES])
    more = ", …" if len(names) > _MOST_NAMES else ""
    verb = "is" if len(names) == 1 else "are"
    found = f"{listed}{more} {verb} not documented, and no other properties are allowed"
    hints = (did_you_mean(name, absent) for name in names[:_MOST_NAMES])
    return found + next(filter(None, hints), "")


def _alternatives(error: SchemaError, value: str, rule: Any) -> str:
    if error.matching:
        named = " and ".join(
            _branch(rule, index) for index in error.matching[:_MOST_NAMES]
        )
        return f"{value} matches {named}; it must match exactly one"
    kinds = dict.fromkeys(_allowed(each) for each in refusals(error))
    if not kinds:
        return f"{value} matches none of the alternatives"
    return f"{value} is not {' or '.join(kinds)}"


def _branch(branches: Any, index: int) -> str:
    """Return the document's name of an alternative, else its number."""
    branch = branches[index] if isinstance(branches, list) else None
    return alternative_name(branch) or f"the alternative {index + 1}"


def _allowed(refusal: SchemaError) -> str:
    match refusal.keyword:
        case "type":
            return _types(refusal.expected)
        case "const":
            return shown(refusal.expected)
        case _:
            return " or ".join(
                shown(value) for value in refusal.expected[:_MOST_VALUES]
            )
