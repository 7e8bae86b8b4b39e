"""Wording: the sentence that tells people what is wrong with a value.

It must not know which errors are told, nor where the rules stand.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from jsonschema import ValidationError

from cbmock.contract.explain.best_branch import refusals
from cbmock.contract.schemas import formats
from cbmock.contract.schemas.jsonschema_engine import extras
from cbmock.violations import shown

_MOST_NAMES = 5
_LONGEST_NAME = 80
_NEAR = 0.6  # of 1: `payed` is as near to `paid`

_A_TYPE = {
    "array": "an array",
    "boolean": "a boolean",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def _types(value: Any) -> str:
    names = value if isinstance(value, list) else [value]
    return " or ".join(_A_TYPE[name] for name in names)


def _format(name: str) -> str:
    if name in ("base64", "byte"):
        return "base64"
    return f"an {name}" if name[0] in "aeio" else f"a {name}"


def _lacking(name: str, text: Any) -> str:
    said = formats.lacking(name, text) if isinstance(text, str) else ""
    return f": {said}" if said else ""


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _characters(text: str) -> str:
    return _count(len(text), "character", "characters")


def _items(items: list[Any]) -> str:
    return _count(len(items), "item", "items")


def _properties(members: dict[str, Any]) -> str:
    return _count(len(members), "property", "properties")


def _asking(rule: Any, members: dict[str, Any], name: str) -> str:
    """Return the property that another one must come with."""
    return next(shown(each) for each in rule if each in members and name in rule[each])


# From the value as shown, the rule, the value itself and the engine's message.
_SENTENCES: dict[str, Callable[[str, Any, Any, str], str]] = {
    "type": lambda value, rule, *_: f"{value} is not {_types(rule)}",
    "enum": lambda value, rule, text, _: (
        f"{value} is none of {_listed(rule)}{_suggested(text, rule)}"
    ),
    "const": lambda value, rule, *_: f"{value} is not {shown(rule)}",
    "format": lambda value, rule, text, _: (
        f"{value} is not {_format(rule)}{_lacking(rule, text)}"
    ),
    "pattern": lambda value, rule, *_: f"{value} does not match the pattern {rule}",
    "minimum": lambda value, rule, *_: f"{value} is less than {rule}",
    "maximum": lambda value, rule, *_: f"{value} is greater than {rule}",
    "exclusiveMinimum": lambda value, rule, *_: f"{value} is not greater than {rule}",
    "exclusiveMaximum": lambda value, rule, *_: f"{value} is not less than {rule}",
    "multipleOf": lambda value, rule, *_: f"{value} is not a multiple of {rule}",
    "minLength": lambda value, rule, text, _: (
        f"{value} is too short: {_characters(text)}, at least {rule}"
    ),
    "maxLength": lambda value, rule, text, _: (
        f"{value} is too long: {_characters(text)}, at most {rule}"
    ),
    "minItems": lambda _, rule, items, __: (
        f"has {_items(items)}, at least {rule} required"
    ),
    "maxItems": lambda _, rule, items, __: (
        f"has {_items(items)}, at most {rule} allowed"
    ),
    "minProperties": lambda _, rule, members, __: (
        f"has {_properties(members)}, at least {rule} required"
    ),
    "maxProperties": lambda _, rule, members, __: (
        f"has {_properties(members)}, at most {rule} allowed"
    ),
    "contains": lambda value, *_: f"{value} has no item of the kind that is required",
    "minContains": lambda value, rule, *_: (
        f"{value} has too few items of the kind that is required, at least {rule}"
    ),
    "maxContains": lambda value, rule, *_: (
        f"{value} has too many items of one kind, at most {rule}"
    ),
    "uniqueItems": lambda value, *_: f"{value} has items that are equal",
    "required": lambda _, __, ___, name: f"{shown(name)} is missing",
    "dependentRequired": lambda _, rule, members, name: (
        f"{shown(name)} is missing, which must be there where {_asking(rule, members, name)} is"
    ),
    "items": lambda value, *_: f"{value} is one item more than may be here",
    "not": lambda value, *_: f"{value} is what the schema rules out",
}


def rule_of(error: ValidationError) -> Any:
    """Return the value of the keyword that was broken; None for a `false` schema."""
    schema: Any = error.schema
    return schema.get(error.validator) if isinstance(schema, dict) else None


def _listed(values: Any) -> str:
    texts = [shown(value) for value in values[:10]]
    return ", ".join(texts) + (", …" if len(values) > len(texts) else "")


def sentence(error: ValidationError, code: str, rule: Any) -> str:
    """Say what is wrong; `code` and `rule` are the user's keyword and its value."""
    value = shown(error.instance)
    if code in ("anyOf", "oneOf"):
        return _alternatives(error, value, rule)
    if code == "additionalProperties" and rule is False:
        return _undocumented(error.instance, error.schema)
    if error.schema is False:
        return f"{value}: nothing is allowed here"
    words = _SENTENCES.get(code)
    if words is None:
        return error.message[:200]
    return words(value, rule, error.instance, error.message)


def _undocumented(instance: Any, schema: Any) -> str:
    names = extras(instance, schema)
    absent = [name for name in schema.get("properties", {}) if name not in instance]
    listed = ", ".join(shown(name) for name in names[:_MOST_NAMES])
    more = ", …" if len(names) > _MOST_NAMES else ""
    verb = "is" if len(names) == 1 else "are"
    said = f"{listed}{more} {verb} not documented, and no other properties are allowed"
    return said + next(
        filter(None, (_suggested(name, absent) for name in names[:_MOST_NAMES])), ""
    )


def _alternatives(error: ValidationError, value: str, rule: Any) -> str:
    fitting = error.validator_value
    if isinstance(fitting, list) and fitting and isinstance(fitting[0], int):
        named = " and ".join(_branch(rule, index) for index in fitting[:_MOST_NAMES])
        return f"{value} fits {named}, exactly one may fit"
    if not error.context and fitting != []:
        return f"{value} fits more than one of the alternatives, exactly one may fit"
    kinds = dict.fromkeys(_allowed(each) for each in refusals(error))
    if not kinds:
        return f"{value} fits none of the alternatives"
    return f"{value} is not {' or '.join(kinds)}"


def _branch(branches: Any, index: int) -> str:
    """Name an alternative as the user does, else by its number."""
    branch = branches[index] if isinstance(branches, list) else None
    return named(branch) or f"the alternative {index + 1}"


def named(branch: Any) -> str | None:
    """Return what the user calls an alternative, if anything."""
    name = branch.get("$ref", branch.get("title")) if isinstance(branch, dict) else None
    return name.rpartition("/")[2] if isinstance(name, str) else None


def _suggested(text: Any, known: Iterable[Any]) -> str:
    """Ask for the nearest of the known texts, if one is near."""
    if not isinstance(text, str) or len(text) > _LONGEST_NAME:
        return ""
    texts = {each.lower(): each for each in known if isinstance(each, str)}
    near = difflib.get_close_matches(text.lower(), texts, n=1, cutoff=_NEAR)
    return f"; did you mean {shown(texts[near[0]])}?" if near else ""


def _allowed(refusal: ValidationError) -> str:
    allowed = rule_of(refusal)
    match refusal.validator:
        case "type":
            return _types(allowed)
        case "const":
            return shown(allowed)
        case _:
            return " or ".join(shown(value) for value in allowed[:10])
