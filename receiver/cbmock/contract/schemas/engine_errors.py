"""The errors of jsonschema-rs, read as `SchemaError`s.

It decides which schema, keyword and part of the value each error is about, and for which
values the engine's paths can be trusted. It must not know violations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import jsonschema_rs

from cbmock.contract.schemas import engine, evaluated_names
from cbmock.contract.schemas.schema_error import SchemaError, ValuePath
from cbmock.description import schema_keywords
from cbmock.description.limits import DEFAULT

_MOST_PARTS = 4096
"""How many parts a value may have; finding all of its errors takes some 10 us each."""

_AT_ONCE = 20
"""How many errors are read before the first is returned: as many as are ever reported."""

_ALTERNATIVES = frozenset({"anyOf", "oneOf"})
_COLLECTIONS = frozenset({dict, list})
_UNCLEAR = re.compile(r"^(?:|\+[0-9]+|0[0-9]+)$", re.MULTILINE)
"""One of the names on lines of their own; a name of several lines may be taken for one."""
_BEGINNINGS = ("\n\n", "\n+", "\n0")
"""Where such a name begins, and few others do."""


def collections(value: Any, most: int | None = None) -> list[Any] | None:
    """Return the objects and arrays of a value; None if there are more than `most` parts."""
    found = [value] if type(value) in _COLLECTIONS else []
    parts = 1
    for each in found:
        parts += len(each)
        if most is not None and parts > most:
            return None
        inner = each.values() if type(each) is dict else each
        found += [part for part in inner if type(part) in _COLLECTIONS]
    return found


def is_small(value: Any, parts: int | None = None) -> bool:
    """Return whether all of a value's errors can be listed; `parts` if it has no more."""
    if parts is not None and parts <= _MOST_PARTS:
        return True
    return collections(value, _MOST_PARTS) is not None


class _UnclearPathError(Exception):
    """A path of the engine may mislead."""


def has_unclear_names(found: list[Any]) -> bool:
    """Return whether the engine's paths into a value, or a schema, may mislead.

    They leave out the name `""` and read `+1` and `01` as the number 1. `found` are the
    objects and arrays of the value.
    """
    objects = [each for each in found if type(each) is dict and each]
    names = "\n".join(["", *chain.from_iterable(objects), ""])
    if not any(beginning in names for beginning in _BEGINNINGS):
        return False
    return any(_UNCLEAR.search("\n".join(each)) is not None for each in objects)


def errors(
    validator: engine.Validator,
    schema: Any,
    value: Any,
    most: int = DEFAULT.errors,
) -> Iterator[SchemaError] | None:
    """Yield what is wrong with a value, as the first `most` errors of the engine say.

    `schema` is the one that the validator compiled.

    None if the value has lone surrogates or too long integers, which the engine cannot
    return, or if its names make a path unclear.
    """
    try:
        found = islice(validator.iter_errors(value), most)
    except ValueError:
        return None
    reading = _Reading(schema, value)
    try:
        beginning = [*islice(found, _AT_ONCE)]
        first = reading.read_all(beginning)
    except _UnclearPathError:
        return None
    if len(beginning) < _AT_ONCE:
        return iter(first)
    return chain(first, reading.rest(found))


class _Reading:
    """The errors of one value; `root` is the schema."""

    def __init__(self, root: Any, value: Any) -> None:
        self._root = root
        self._value = value
        self._clear: set[int] = set()

    def rest(
        self, found: Iterator[jsonschema_rs.ValidationError]
    ) -> Iterator[SchemaError]:
        with suppress(_UnclearPathError):
            for each in found:
                yield from self.read_all([each])

    def read_all(
        self, found: Iterable[jsonschema_rs.ValidationError]
    ) -> list[SchemaError]:
        """Read errors; those about unevaluated members depend on the others."""
        read = [self._read(each) for each in found]
        others = [error for error, _ in read]
        return [
            error
            for each, unexpected in read
            for error in self._placed(each, unexpected, others)
        ]

    def _read(
        self, found: jsonschema_rs.ValidationError
    ) -> tuple[SchemaError, Sequence[str] | None]:
        """Read one error, with the members that are unevaluated if it is about such."""
        path, instance = self._part(found.instance_path)
        kind: Any = found.kind
        name = kind.name
        is_name = name == "propertyNames"
        if is_name:  # it is about a name, not about the object
            found, kind = kind.error, kind.error.kind
            name, instance = kind.name, found.instance
        schema, schema_path = _schema(
            self._root, found.evaluation_path, is_false=name == "falseSchema"
        )
        keyword = None if schema is False else str(schema_path[-1])
        branches = getattr(kind, "context", []) if keyword in _ALTERNATIVES else []
        error = SchemaError(
            path=path,
            schema_path=schema_path,
            schema=schema,
            keyword=keyword,
            value=instance,
            message=found.message,
            names=_names(kind, keyword, instance, schema),
            is_name=is_name,
            matching=tuple([at for at, branch in enumerate(branches) if not branch]),
            branches=self._errors_of(branches) if branches else {},
        )
        if keyword in ("unevaluatedItems", evaluated_names.KEYWORD):
            return error, kind.unexpected
        return error, None

    def _placed(
        self,
        error: SchemaError,
        unexpected: Sequence[str] | None,
        others: Iterable[SchemaError],
    ) -> list[SchemaError]:
        """Return an error, or one for each member that is unevaluated."""
        if unexpected is None:
            return [error]
        definitions = self._root["$defs"]
        if isinstance(error.value, dict) and any(_is_below(o, error) for o in others):
            unexpected = evaluated_names.undescribed(
                error.schema, definitions, unexpected
            )
            if not unexpected:
                return []
        # The engine names items by texts, in which some numbers are not found again.
        return [*_unevaluated(error, definitions, unexpected)] or [error]

    def _errors_of(
        self, branches: Sequence[Sequence[jsonschema_rs.ValidationError]]
    ) -> dict[int, tuple[SchemaError, ...]]:
        """Return the errors of each alternative if none of them matches."""
        if not all(branches):
            return {}
        return {
            index: tuple(self.read_all(branch)) for index, branch in enumerate(branches)
        }

    def _part(self, path: Sequence[str | int]) -> tuple[ValuePath, Any]:
        """Return the path to a part of the value, and the part."""
        value = self._value
        steps: list[str | int] = []
        for token in path:
            step = token
            if type(value) is dict:
                self._check(value, is_number=type(token) is int)
                step = str(token)
            steps.append(step)
            value = value[step]
        if type(value) is dict:
            self._check(value, is_number=False)
        return tuple(steps), value

    def _check(self, value: dict[str, Any], *, is_number: bool) -> None:
        """Raise if a name of an object misleads: `""`, or for a number any that is read as one."""
        if "" in value:
            raise _UnclearPathError
        if is_number and id(value) not in self._clear:
            if has_unclear_names([value]):
                raise _UnclearPathError
            self._clear.add(id(value))


def _names(
    kind: Any, keyword: str | None, instance: Any, schema: Any
) -> tuple[str, ...]:
    if kind.name == "required":
        return (kind.property,)
    if keyword == "additionalProperties":
        return tuple(engine.additional_names(instance, schema))
    return ()


def _schema(
    root: Any, path: Sequence[str | int], *, is_false: bool
) -> tuple[Any, ValuePath]:
    """Return the schema with the keyword that ends a path, and the path without `$ref`s.

    The path of an error of a `false` schema leads to that schema, except that it ends with
    the keyword if that is `additionalProperties` or `items`.
    """
    here = root
    steps: list[str | int] = []
    tokens = list(path)
    at = 0
    while at < len(tokens):
        keyword = str(tokens[at])
        at += 1
        if keyword == "$ref":
            here = root["$defs"][here["$ref"].rpartition("/")[2]]
            continue
        steps.append(keyword)
        is_last = at == len(tokens)
        named = keyword in ("additionalProperties", "items")
        if is_last and not (is_false and not named):
            break
        here = here[keyword]
        if keyword in schema_keywords.SCHEMA_LIST and not is_last:
            here = here[tokens[at]]
            steps.append(tokens[at])
            at += 1
        elif keyword in schema_keywords.SCHEMA_MAP and not is_last:
            here = here[str(tokens[at])]
            steps.append(str(tokens[at]))
            at += 1
    return here, tuple(steps)


def _is_below(other: SchemaError, error: SchemaError) -> bool:
    """Return whether another error is of the same schema, or below, about the same value."""
    around = error.schema_path[:-1]
    return (
        other is not error
        and other.schema_path[: len(around)] == around
        and other.path[: len(error.path)] == error.path
    )


# --- unevaluated properties and items ----------------------------------------------------


def _unevaluated(
    error: SchemaError, definitions: dict[str, Any], unexpected: Sequence[str]
) -> Iterator[SchemaError]:
    """Yield an error for each member that `unevaluatedItems` or `…Properties` rejects.

    `unexpected` are the engine's names of properties, or the texts of items.
    """
    is_object = isinstance(error.value, dict)
    steps: Sequence[str | int] = unexpected
    if not is_object:
        steps = _item_indices(error.value, unexpected)
    rule = error.expected
    if rule is False and is_object:
        yield replace(error, names=tuple(unexpected))
        return
    around = {"$defs": definitions, **(rule or {})}
    validator = None if rule is False else engine.compile_schema(around)
    for step in steps:
        member = error.value[step]
        path = (*error.path, step)
        if validator is None:
            yield replace(error, path=path, value=member)
            continue
        for each in errors(validator, around, member) or ():
            yield replace(
                each,
                path=(*path, *each.path),
                schema_path=(*error.schema_path, *each.schema_path),
                schema=rule if each.schema is around else each.schema,
            )


def unevaluated_steps(
    validator: engine.Validator, keyword: str, value: Any
) -> list[str | int]:
    """Return the names or indices that one keyword of the validator's schema rejects."""
    encoded = value
    try:
        found = validator.iter_errors(value)
    except ValueError:  # lone surrogates, or integers too long to be returned
        encoded = engine.encodable(value)
        found = validator.iter_errors(encoded)
    kinds: Iterator[Any] = (each.kind for each in found)
    kind = next((kind for kind in kinds if kind.name == keyword), None)
    if kind is None:
        return []
    if isinstance(value, list):
        return [*_item_indices(encoded, kind.unexpected)]
    names = dict(zip(encoded, value, strict=True))
    return [names[name] for name in kind.unexpected]


def _item_indices(items: list[Any], unexpected: Sequence[str]) -> list[int]:
    """Return the indices of the items that the engine names by their texts, in order.

    Of equal items the last ones are taken: only the first items are evaluated by position.
    """
    texts = [*unexpected]
    found: list[int] = []
    for index in range(len(items) - 1, -1, -1):
        if not texts:
            break
        if _is_text_of(items[index], texts[-1]):
            texts.pop()
            found.append(index)
    return found[::-1]


def _is_text_of(item: Any, text: str) -> bool:
    try:
        return bool(json.loads(text) == item)
    except ValueError:
        return False
