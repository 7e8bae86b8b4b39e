"""Schemas: whether a value is valid, and what breaks the rules where it is not.

One engine decides (jsonschema-rs), the other explains (jsonschema); both read the same
bundle. It must not know requests, only values.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from cbmock.contract.schemas import bundling, closed_schema
from cbmock.contract.schemas.bundling import Annotation, Bundle, Place
from cbmock.description.references import Description, Node

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from cbmock.contract.schemas.jsonschema_narrowed import Engines

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def _is_base64(text: str) -> bool:
    return _BASE64.fullmatch("".join(text.split())) is not None


_FORMATS = {"byte": _is_base64, "base64": _is_base64}
_EMAIL = jsonschema_rs.EmailOptions(allow_display_text=False)


def compiled(
    schema: dict[str, Any], *, plain: bool = False
) -> jsonschema_rs.Draft202012Validator:
    """Return the deciding engine for a bundled schema.

    `plain` says that it has no format of ours: an engine that might have to ask Python
    takes half as long again, whether it does or not. Raises
    `jsonschema_rs.ValidationError` or `ValueError` for what the engine cannot read.
    """
    return jsonschema_rs.Draft202012Validator(
        schema,
        formats=None if plain else _FORMATS,
        validate_formats=True,
        email_options=_EMAIL,
        offline=True,
    )


class Schema:
    """A Schema Object that values can be held against.

    Compiled when it is first asked. The memo of compiled engines is its only state.
    """

    def __init__(
        self,
        node: Node,
        description: Description,
        *,
        waived: Annotation = "writeOnly",
        lenient: bool = False,
        partial: bool = False,
    ) -> None:
        """Stand for the schema at `node`; nothing is read yet."""
        self.node = node
        self.description = description
        self._waived = waived
        self._lenient = lenient
        self._partial = partial

    @functools.cached_property
    def bundle(self) -> Bundle:
        """The schema with all that it refers to; may raise `UnresolvableReference`."""
        return bundling.bundle(
            self.node,
            self.description,
            waived=self._waived,
            lenient=self._lenient,
            partial=self._partial,
        )

    @functools.cached_property
    def _fast(self) -> jsonschema_rs.Draft202012Validator | None:
        try:
            return self._compiled(self.bundle.schema)
        except (jsonschema_rs.ValidationError, ValueError):
            return None  # a pattern that this engine cannot read: the other decides

    @functools.cached_property
    def _closed(self) -> jsonschema_rs.Draft202012Validator | None:
        """An engine that takes only what `_fast` takes, but sooner."""
        schema = closed_schema.closed(self.bundle.schema)
        return None if schema is None else self._compiled(schema)

    def _compiled(self, schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
        return compiled(schema, plain=self.bundle.formats.isdisjoint(_FORMATS))

    @functools.cached_property
    def _manifold(self) -> bool:
        from cbmock.contract.schemas import jsonschema_narrowed  # noqa: PLC0415 - loads jsonschema

        return jsonschema_narrowed.manifold(self.bundle.schema)

    @functools.cached_property
    def _known(self) -> Engines:
        return {}

    @functools.cached_property
    def lenient(self) -> Schema | None:
        """The same with every ineffective `nullable` given effect, if there is one."""
        if self._lenient or not self.bundle.nullable:
            return None
        return Schema(self.node, self.description, waived=self._waived, lenient=True)

    @functools.cached_property
    def readable_parts(self) -> Schema:
        """The same, where no value fits what an unreadable reference stands for."""
        return Schema(self.node, self.description, waived=self._waived, partial=True)

    @functools.cached_property
    def decides(self) -> Callable[[Any], bool] | None:
        """What tells alone that there is nothing to say about a value without surrogates.

        None where that takes the other engine or a look at annotations. May raise
        `UnresolvableReference`.
        """
        if self._fast is None or self.bundle.annotated:
            return None
        return self._takes

    def _takes(self, value: Any) -> bool:
        closed, fast = self._closed, self._fast
        if closed is not None and closed.is_valid(value):
            return True
        return fast is not None and fast.is_valid(value)

    def is_valid(self, value: Any) -> bool:
        """Tell whether the value is valid."""
        if self._fast is None:
            return next(self.errors(value), None) is None
        return decides(self._fast, value)

    def errors(self, value: Any) -> Iterator[ValidationError]:
        """Explain why an invalid value is invalid.

        The deciding engine tells what is wrong, and at once all of it. The other one
        speaks where that may be much, led by the first, and where the deciding one cannot
        read schema or value.
        """
        from cbmock.contract.schemas import engine_errors  # noqa: PLC0415 - loads jsonschema, 90 ms

        brief = engine_errors.small(value) and not self._manifold
        told = self._told(value) if brief else None
        if told is None:
            told = self._walked(value, narrowed=not brief and self._fast is not None)
            first = next(told, None)
            if first is not None:
                told = itertools.chain([first], told)
            else:
                told = self._told(conveyable(value))
        return told or iter(())

    def _told(self, value: Any) -> Iterator[ValidationError] | None:
        """Return what the deciding engine says; None where it cannot say anything."""
        from cbmock.contract.schemas import engine_errors  # noqa: PLC0415 - (the same)

        if self._fast is None:
            return None
        return engine_errors.errors(self._fast, self.bundle.schema, value)

    def place(self, schema: Any, path: Iterable[str | int] = ()) -> Place:
        """Return where an error's schema stands in the user's document.

        Of schemas that are booleans only the error's `path` tells.
        """
        known = self.bundle.places.get(id(schema))
        return known or self.bundle.at(path) or Place(self.node)

    def _walked(
        self, value: Any, *, narrowed: bool = False
    ) -> Iterator[ValidationError]:
        """Walk the value with the explaining engine as far as it gets.

        If `narrowed`, what the deciding engine finds valid is left out.
        """
        from cbmock.contract.schemas import jsonschema_engine, jsonschema_narrowed  # noqa: PLC0415 - 90 ms

        root = self.bundle.schema
        try:
            if narrowed:
                yield from jsonschema_narrowed.engine(root, self._known).iter_errors(
                    value
                )
            else:
                yield from jsonschema_engine.EXPLAINING(root).iter_errors(value)
        except (RecursionError, re.error):  # too deep, or `\p{L}` below `unevaluated…`
            return
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # rpds, where it is too deep
                raise


@functools.lru_cache(maxsize=4096)
def leaf(keyword: str, value: str | float) -> jsonschema_rs.Draft202012Validator | None:
    """Return the deciding engine for one keyword; None where it cannot read it."""
    try:
        return compiled({keyword: value})
    except (jsonschema_rs.ValidationError, ValueError):
        return None


def decides(engine: jsonschema_rs.Draft202012Validator, value: Any) -> bool:
    """Ask the deciding engine, which takes no lone surrogates."""
    try:
        return engine.is_valid(value)
    except UnicodeEncodeError:
        return engine.is_valid(conveyable(value))


_LARGEST = 10**4299
"""Python reads no integer of more digits from a text, which is how the engine gives it
back; bodies have a `Decimal` there."""

# JSON may hold lone surrogates, UTF-8 may not: each gets a character of its own from a
# private use plane, so that what differed still differs.
_SURROGATES = {0xD800 + index: 0xF0000 + index for index in range(0x800)}


def conveyable(value: Any) -> Any:
    """Replace what the engine cannot take or give back: lone surrogates, long integers.

    A loop, for a value may nest deeper than calls can.
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
