"""The explaining engine: `jsonschema`, which names the very schema that was broken.

It decides what is left to the deciding engine: all that the two differ in. It is imported
only when there is something to explain. It must not know violations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from cbmock.contract.schemas import schema

_Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]


def _left_to_deciding(keyword: str, kind: str) -> _Keyword:
    """Ask the deciding engine about values of the one type that a keyword is about."""

    def check(
        validator: Any, value: Any, instance: Any, _schema: Any
    ) -> Iterator[ValidationError]:
        if not validator.is_type(instance, kind):
            return
        engine = schema.leaf(keyword, value)
        if engine is not None and not schema.decides(engine, instance):
            yield ValidationError(f"{keyword} {value!r}")

    return check


def matching(value: Any, name: str) -> bool:
    """Tell whether a name fits a pattern."""
    engine = schema.leaf("pattern", value)
    return engine is not None and schema.decides(engine, name)


def _pattern_properties(
    validator: Any, value: Any, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in value.items():
        for name, each in instance.items():
            if matching(pattern, name):
                yield from validator.descend(
                    each, subschema, path=name, schema_path=pattern
                )


def extras(instance: Any, schema: Any) -> list[str]:
    """Return the properties that no keyword but `additionalProperties` is about."""
    patterns = schema.get("patternProperties", {})
    return [
        name
        for name in instance
        if name not in schema.get("properties", {})
        and not any(matching(pattern, name) for pattern in patterns)
    ]


def _additional_properties(
    validator: Any, value: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object") or value is True:
        return
    names = extras(instance, schema)
    if value is False and names:
        yield ValidationError("not documented")
    elif value is not False:
        for name in names:
            yield from validator.descend(instance[name], value, path=name)


def _required(
    validator: Any, value: Any, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    """Yield an error for each missing property, its name as the message."""
    if validator.is_type(instance, "object"):
        for name in value:
            if name not in instance:
                yield ValidationError(name)


def _dependent_required(
    validator: Any, value: Any, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for present in value:
            if present in instance:
                yield from _required(validator, value[present], instance, _schema)


def _is_integer(_checker: Any, value: Any) -> bool:
    whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return whole or Draft202012Validator.TYPE_CHECKER.is_type(value, "integer")


EXPLAINING = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "additionalProperties": _additional_properties,
        "dependentRequired": _dependent_required,
        "format": _left_to_deciding("format", "string"),
        "multipleOf": _left_to_deciding("multipleOf", "number"),
        "pattern": _left_to_deciding("pattern", "string"),
        "patternProperties": _pattern_properties,
        "required": _required,
        # The explaining engine would compare each item with each other.
        "uniqueItems": _left_to_deciding("uniqueItems", "array"),
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)

_descend = EXPLAINING.descend


def _descend_into_false(
    self: Any,
    instance: Any,
    schema: Any,
    path: str | int | None = None,
    schema_path: str | int | None = None,
    resolver: Any = None,
) -> Iterator[ValidationError]:
    """Say where a `false` schema stands, which the engine itself leaves out."""
    if schema is not False:
        yield from _descend(self, instance, schema, path, schema_path, resolver)
        return
    yield ValidationError(
        "nothing is allowed here",
        path=() if path is None else (path,),
        schema_path=() if schema_path is None else (schema_path,),
        instance=instance,
        schema=schema,
    )


EXPLAINING.descend = _descend_into_false
