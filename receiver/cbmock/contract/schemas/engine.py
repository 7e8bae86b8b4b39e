"""The deciding engine, jsonschema-rs: whether a value is valid.

It decides how a bundled schema is compiled and what the engine can be given. It must not
know documents or why a value is invalid.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import jsonschema_rs

from cbmock.contract.schemas import formats

Validator = jsonschema_rs.Draft202012Validator

_EMAIL = jsonschema_rs.EmailOptions(allow_display_text=False)


def compile_schema(
    schema: dict[str, Any], *, custom_formats: bool = True, explains: bool = False
) -> Validator:
    """Return the validator of a bundled schema.

    One that `explains` leaves the value out of the engine's sentences, which are longer
    than the value and take half the time: cbmock writes its own. With custom formats the
    validator is 1.5 times slower, even where they are unused. Raises
    `jsonschema_rs.ValidationError` or `ValueError` for what the engine cannot read.
    """
    return Validator(
        schema,
        formats=dict(formats.CUSTOM_CHECKS) if custom_formats else None,
        validate_formats=True,
        email_options=_EMAIL,
        offline=True,
        mask="the value" if explains else None,
    )


@functools.lru_cache(maxsize=4096)
def keyword_validator(keyword: str, value: str | float) -> Validator | None:
    """Return the validator of one keyword; None if the engine cannot read it."""
    try:
        return compile_schema({keyword: value})
    except (jsonschema_rs.ValidationError, ValueError):
        return None


def accepts(validator: Validator, value: Any) -> bool:
    """Return whether a value is valid; the validator itself cannot take lone surrogates."""
    try:
        return validator.is_valid(value)
    except UnicodeEncodeError:
        return validator.is_valid(encodable(value))


def matches(pattern: str, name: str) -> bool:
    """Return whether a name matches a pattern."""
    validator = keyword_validator("pattern", pattern)
    return validator is not None and accepts(validator, name)


def additional_names(value: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """Return the properties that `additionalProperties` applies to."""
    patterns = schema.get("patternProperties", {})
    return [
        name
        for name in value
        if name not in schema.get("properties", {})
        and not any(matches(pattern, name) for pattern in patterns)
    ]


_LARGEST = 10**4299
"""Python reads no longer integer from a text, and the engine returns integers as text;
in bodies such numbers are `Decimal`s."""

# JSON may hold lone surrogates, UTF-8 may not: each is replaced by a different character of
# a private use plane, so that different texts stay different.
_SURROGATES = {0xD800 + index: 0xF0000 + index for index in range(0x800)}


def encodable(value: Any) -> Any:
    """Replace what the engine cannot take or return: lone surrogates and long integers.

    A loop, because a value may be nested deeper than the recursion limit.
    """
    replaced: list[Any] = []
    waiting: list[tuple[Callable[[Any], None], Any]] = [(replaced.append, value)]
    while waiting:
        keep, each = waiting.pop()
        if isinstance(each, dict):
            members: dict[str, Any] = {}
            keep(members)
            for name, member in each.items():
                key = name.translate(_SURROGATES)
                waiting.append((functools.partial(members.__setitem__, key), member))
        elif isinstance(each, list):
            items = [None] * len(each)
            keep(items)
            for index, item in enumerate(each):
                waiting.append((functools.partial(items.__setitem__, index), item))
        else:
            keep(_scalar(each))
    return replaced[0]


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(_SURROGATES)
    if isinstance(value, Decimal):
        return max(-_LARGEST, min(value, _LARGEST))
    return value
