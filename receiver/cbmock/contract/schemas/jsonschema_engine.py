"""The explaining engine: `jsonschema`, which walks a bundled schema keyword by keyword.

It is used if jsonschema-rs, the deciding engine, cannot say what is wrong. Where the two
differ, the deciding engine's verdict is used. It is imported only when there is something
to explain. It must not know violations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from cbmock.contract.schemas import engine, evaluated_names
from cbmock.contract.schemas.imported_jsonschema import (
    Draft202012Validator,
    ValidationError,
    extend,
)
from cbmock.contract.schemas.schema_error import SchemaError

_Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]


def _decided(keyword: str, kind: str) -> _Keyword:
    """Let the deciding engine check a keyword that applies to one type of value."""

    def check(
        validator: Any, value: Any, instance: Any, _schema: Any
    ) -> Iterator[ValidationError]:
        if not validator.is_type(instance, kind):
            return
        decider = engine.keyword_validator(keyword, value)
        if decider is not None and not engine.accepts(decider, instance):
            yield ValidationError(f"{keyword} {value!r}")

    return check


def _pattern_properties(
    validator: Any, value: Any, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in value.items():
        for name, each in instance.items():
            if engine.matches(pattern, name):
                yield from validator.descend(
                    each, subschema, path=name, schema_path=pattern
                )


def _additional_properties(
    validator: Any, value: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object") or value is True:
        return
    names = engine.additional_names(instance, schema)
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


def _one_of(
    validator: Any, rule: Any, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    """Yield an error that lists the alternatives that match, or why none does."""
    found = [
        list(validator.descend(instance, each, schema_path=index))
        for index, each in enumerate(rule)
    ]
    matching = [index for index, errors in enumerate(found) if not errors]
    if len(matching) != 1:
        reasons = [] if matching else [each for errors in found for each in errors]
        yield ValidationError("oneOf", validator_value=matching, context=reasons)


def _is_integer(_checker: Any, value: Any) -> bool:
    whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return whole or Draft202012Validator.TYPE_CHECKER.is_type(value, "integer")


WALKING = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "additionalProperties": _additional_properties,
        "dependentRequired": _dependent_required,
        "format": _decided("format", "string"),
        "oneOf": _one_of,
        "multipleOf": _decided("multipleOf", "number"),
        "pattern": _decided("pattern", "string"),
        "patternProperties": _pattern_properties,
        "required": _required,
        # jsonschema itself would compare all pairs of items.
        "uniqueItems": _decided("uniqueItems", "array"),
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)

_descend = WALKING.descend


def _descend_into_false(
    self: Any,
    instance: Any,
    schema: Any,
    path: str | int | None = None,
    schema_path: str | int | None = None,
    resolver: Any = None,
) -> Iterator[ValidationError]:
    """Add the path to the error of a `false` schema, which jsonschema leaves out."""
    if schema is not False:
        yield from _descend(self, instance, schema, path, schema_path, resolver)
        return
    yield ValidationError(
        "no value is allowed here",
        path=() if path is None else (path,),
        schema_path=() if schema_path is None else (schema_path,),
        instance=instance,
        schema=schema,
    )


WALKING.descend = _descend_into_false


def walking_validator(root: dict[str, Any]) -> Any:
    """Return the explaining engine for a bundled schema that only it can read."""
    stock = Draft202012Validator.VALIDATORS[evaluated_names.KEYWORD]

    def check(
        validator: Any, rule: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        noting = _Noting(validator, rule)
        if next(stock(noting, rule, instance, schema), None) is None:
            return
        names = noting.names
        others = {k: v for k, v in schema.items() if k != evaluated_names.KEYWORD}
        if not validator.evolve(schema=others).is_valid(instance):
            names = evaluated_names.undescribed(schema, root["$defs"], names)
        yield from unevaluated_errors(
            validator, evaluated_names.KEYWORD, rule, instance, names
        )

    walking: Any = extend(WALKING, {evaluated_names.KEYWORD: check})  # type: ignore[no-untyped-call]
    walking.descend = WALKING.descend
    return walking(root)


class _Noting:
    """A validator that notes the names of members to which a rule is applied."""

    def __init__(self, validator: Any, rule: Any) -> None:
        self._validator = validator
        self._rule = rule
        self.names: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._validator, name)

    def descend(
        self, instance: Any, schema: Any, path: Any = None, **steps: Any
    ) -> Iterator[ValidationError]:
        if schema is self._rule and path is not None:
            self.names.append(path)
        found: Iterator[ValidationError] = self._validator.descend(
            instance, schema, path, **steps
        )
        return found


def unevaluated_errors(
    validator: Any, keyword: str, rule: Any, instance: Any, steps: Sequence[Any]
) -> Iterator[ValidationError]:
    """Yield the errors of members by `unevaluatedProperties` or `unevaluatedItems`."""
    if rule is False and isinstance(instance, dict):
        if steps:
            yield ValidationError(keyword, validator_value=tuple(steps))
        return
    for step in steps:
        part = instance[step]
        if rule is False:
            yield ValidationError(keyword, path=(step,), instance=part)
        else:
            yield from validator.descend(part, rule, path=step)


def read(error: ValidationError, value: Any) -> SchemaError:
    """Return an error of this engine as a `SchemaError`; `value` is the whole value."""
    path = tuple(error.absolute_path)
    schema_path = tuple(error.absolute_schema_path)
    schema: Any = error.schema
    keyword = None if schema is False else str(error.validator)
    branches: dict[int, list[SchemaError]] = {}
    for each in error.context or ():
        index = int(each.relative_schema_path[0])
        branches.setdefault(index, []).append(read(each, value))
    listed: Any = error.validator_value
    return SchemaError(
        path=path,
        schema_path=schema_path,
        schema=schema,
        keyword=keyword,
        value=error.instance,
        message=error.message,
        names=_names(error, keyword),
        is_name=_is_name(error, value),
        matching=tuple(listed) if keyword == "oneOf" else (),
        branches={index: tuple(errors) for index, errors in branches.items()},
    )


def _names(error: ValidationError, keyword: str | None) -> tuple[str, ...]:
    instance: Any = error.instance
    schema: Any = error.schema
    match keyword:
        case "required" | "dependentRequired":
            return (error.message,)
        case "additionalProperties":
            return tuple(engine.additional_names(instance, schema))
        case "unevaluatedProperties" if isinstance(error.validator_value, tuple):
            return error.validator_value
        case _:
            return ()


def _is_name(error: ValidationError, value: Any) -> bool:
    """Return whether the error is about a property's name, not about a part of the value."""
    if "propertyNames" not in error.absolute_schema_path:
        return False
    for step in error.absolute_path:
        value = value[step]
    return isinstance(value, dict) and isinstance(error.instance, str)
