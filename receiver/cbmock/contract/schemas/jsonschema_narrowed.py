"""The explaining engine, narrowed to the invalid parts of a value.

It decides which parts are skipped: those that the deciding engine accepts, because that
engine is a thousand times faster. It is imported only when there is something to explain.
It must not know violations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from cbmock.contract.schemas import engine, engine_errors
from cbmock.contract.schemas.error_growth import reachable
from cbmock.contract.schemas.evaluated_names import undescribed
from cbmock.contract.schemas.imported_jsonschema import ValidationError, extend
from cbmock.contract.schemas.jsonschema_engine import WALKING, unevaluated_errors
from cbmock.violations import MOST_VIOLATIONS

_WHOLE = (
    *("type", "enum", "const", "minItems", "maxItems"),
    *("minProperties", "maxProperties", "not"),
)
"""Keywords whose messages would contain the whole value."""

_MOST_REASONS = 500
"""How many reasons are collected in all: nested alternatives double them at each level."""

_Errors = Iterator[ValidationError]
Engines = dict[Any, tuple[Any, engine.Validator]]
"""The engines compiled so far for parts of one schema."""


def narrowed_validator(root: dict[str, Any], known: Engines) -> Any:
    """Return the explaining engine for a bundled schema that the deciding one can read.

    It explains one value; `known` is kept for the next.
    """
    parts = _InvalidParts(root["$defs"], known)
    narrowed: Any = extend(  # type: ignore[no-untyped-call]
        WALKING,
        {
            **{keyword: parts.whole(keyword) for keyword in _WHOLE},
            "$ref": parts.reference,
            "additionalProperties": parts.additional_properties,
            "anyOf": parts.any_of,
            "contains": parts.contains,
            "items": parts.items,
            "oneOf": parts.one_of,
            "patternProperties": parts.pattern_properties,
            "propertyNames": parts.property_names,
            "unevaluatedItems": parts.unevaluated("unevaluatedItems"),
            "unevaluatedProperties": parts.unevaluated("unevaluatedProperties"),
        },
    )

    def descend(self: Any, instance: Any, schema: Any, **steps: Any) -> _Errors:
        if parts.is_exhausted or parts.fit([instance], schema):
            return
        try:
            yield from WALKING.descend(self, instance, schema, **steps)
        except RecursionError:
            parts.is_exhausted = True
            yield _too_deep(instance, schema, **steps)

    narrowed.descend = descend
    narrowed.is_valid = lambda self, instance: parts.fit([instance], self.schema)
    return narrowed(root)


def _too_deep(
    instance: Any, schema: Any, path: Any = None, schema_path: Any = None, **_: Any
) -> ValidationError:
    """Return the error for a value that is nested deeper than the recursion limit."""
    return ValidationError(
        "a nested value is invalid (nested too deeply to report)",
        validator="too-deep",
        path=() if path is None else (path,),
        schema_path=() if schema_path is None else (schema_path,),
        instance=instance,
        schema=schema,
    )


class _InvalidParts:
    """Finds the invalid parts of one value, and counts the reasons given so far."""

    def __init__(self, definitions: dict[str, Any], known: Engines) -> None:
        self._definitions = definitions
        self._engines = known
        self._reasons = 0
        self.is_exhausted = (
            False  # the recursion limit was reached: nothing more is reported
        )

    def obeys(self, value: Any, rules: dict[str, Any]) -> bool:
        return engine.accepts(self._engine(rules), value)

    def _engine(self, rules: dict[str, Any]) -> engine.Validator:
        key = tuple((name, id(rule)) for name, rule in rules.items())
        if key not in self._engines:
            needed = {"$defs": reachable(self._definitions, rules)} | rules
            self._engines[key] = rules, engine.compile_schema(needed)
        return self._engines[key][1]

    def fit(self, values: list[Any], schema: Any) -> bool:
        return self.obeys(values, {"items": schema})

    def wrong(self, values: list[Any], schema: Any) -> Iterator[int]:
        """Yield the indices of invalid values, found by bisection."""
        waiting = [(0, len(values))]
        while waiting:
            start, end = waiting.pop()
            if start == end or self.fit(values[start:end], schema):
                continue
            if end - start == 1:
                yield start
            else:
                middle = (start + end) // 2
                waiting += [(middle, end), (start, middle)]

    def whole(self, keyword: str) -> Any:
        def check(_validator: Any, rule: Any, instance: Any, _schema: Any) -> _Errors:
            if not self.obeys(instance, {keyword: rule}):
                yield ValidationError(keyword)

        return check

    def reference(
        self, validator: Any, rule: Any, instance: Any, _schema: Any
    ) -> _Errors:
        """Follow a reference; jsonschema's own way panics at the recursion limit."""
        target = self._definitions[rule.removeprefix("#/$defs/")]
        yield from validator.descend(instance, target)

    def items(self, validator: Any, rule: Any, instance: Any, schema: Any) -> _Errors:
        if not isinstance(instance, list):
            return
        first = len(schema.get("prefixItems", ()))
        if rule is False and len(instance) > first:
            yield ValidationError("items")
            return
        for index in self.wrong(instance[first:], rule):
            at = first + index
            yield from validator.descend(instance[at], rule, path=at)

    def contains(
        self, _validator: Any, rule: Any, instance: Any, schema: Any
    ) -> _Errors:
        for bound in ("minContains", "maxContains"):
            rules = {"contains": rule}
            if bound in schema:
                rules[bound] = schema[bound]
            if bound == "maxContains":
                rules["minContains"] = 0
            if not self.obeys(instance, rules):
                named = bound if bound in schema else "contains"
                value = schema.get(bound, rule)
                yield ValidationError(named, validator=named, validator_value=value)

    def _members(
        self,
        validator: Any,
        rule: Any,
        instance: Any,
        names: list[str],
        **steps: Any,
    ) -> _Errors:
        for index in self.wrong([instance[name] for name in names], rule):
            name = names[index]
            yield from validator.descend(instance[name], rule, path=name, **steps)

    def additional_properties(
        self, validator: Any, rule: Any, instance: Any, schema: Any
    ) -> _Errors:
        if not isinstance(instance, dict) or rule is True:
            return
        names = engine.additional_names(instance, schema)
        if rule is not False:
            yield from self._members(validator, rule, instance, names)
        elif names:
            yield ValidationError("not documented")

    def pattern_properties(
        self, validator: Any, rule: Any, instance: Any, _schema: Any
    ) -> _Errors:
        if isinstance(instance, dict):
            for pattern, each in rule.items():
                names = [name for name in instance if engine.matches(pattern, name)]
                yield from self._members(
                    validator, each, instance, names, schema_path=pattern
                )

    def property_names(
        self, validator: Any, rule: Any, instance: Any, _schema: Any
    ) -> _Errors:
        if isinstance(instance, dict):
            names = [*instance]
            for index in self.wrong(names, rule):
                yield from validator.descend(names[index], rule)

    def any_of(self, validator: Any, rule: Any, instance: Any, _schema: Any) -> _Errors:
        if not any(self.fit([instance], each) for each in rule):
            yield self._none(validator, "anyOf", rule, instance)

    def one_of(self, validator: Any, rule: Any, instance: Any, _schema: Any) -> _Errors:
        fitting = [at for at, each in enumerate(rule) if self.fit([instance], each)]
        if not fitting:
            yield self._none(validator, "oneOf", rule, instance)
        elif len(fitting) > 1:
            yield ValidationError("oneOf", validator_value=fitting)

    def _none(
        self, validator: Any, keyword: str, rule: Any, instance: Any
    ) -> ValidationError:
        """Return the error that holds the errors of each alternative, up to the limits."""
        reasons: list[ValidationError] = []
        for index, each in enumerate(rule):
            if self._reasons < _MOST_REASONS:
                errors = validator.descend(instance, each, schema_path=index)
                found = list(islice(errors, MOST_VIOLATIONS))  # more are never reported
                self._reasons += len(found)
                reasons += found
        return ValidationError(keyword, validator_value=[], context=reasons)

    def unevaluated(self, keyword: str) -> Any:
        """Check `unevaluatedProperties` or `unevaluatedItems`.

        A subschema that fails marks nothing as evaluated: then only properties count that
        no other part describes, and no items.
        """

        def check(validator: Any, rule: Any, instance: Any, schema: Any) -> _Errors:
            others = {name: each for name, each in schema.items() if name != keyword}
            steps: Sequence[Any] = ()
            if self.obeys(instance, others):
                with_it = self._engine({**others, keyword: rule})
                steps = engine_errors.unevaluated_steps(with_it, keyword, instance)
            elif isinstance(instance, dict):
                steps = undescribed(schema, self._definitions, instance)
            yield from unevaluated_errors(validator, keyword, rule, instance, steps)

        return check
