"""`application/x-www-form-urlencoded` bodies as the object that a schema describes.

It decides which pairs make up a property (OAS 3.2.0 §4.8.15, WHATWG URL §5). It must not
know where the text was sent: a query is one too (`in: querystring`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import unquote, unquote_plus

from cbmock.contract.bodies.encodings import Encoding
from cbmock.contract.bodies.form_fields import WRAPPERS
from cbmock.contract.bodies.payload import (
    ParsedBody,
    Payload,
    choose_values,
    validate,
    violation,
)
from cbmock.contract.bodies.text import NotText, decode
from cbmock.contract.parameters import nested_names, styles
from cbmock.contract.parameters.nested_names import NestedEntry
from cbmock.contract.parameters.styles import NotInStyle
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description import json_pointer
from cbmock.http import json_text, percent_encoding
from cbmock.http.json_text import NotJSON
from cbmock.violations import Violation, errors, shortened, shown

MOST_FIELDS = 10_000
"""How many pairs a form may have before it is refused."""

_MOST_ESCAPES = 2_000_000
"""How many `%XX` a form may have: decoding one costs as much as 500 plain characters."""

_MOST_MISREAD = 20
_LONGEST_HINTED = 1000

FormPairs = Mapping[str, Sequence[str]]
"""The raw values, still percent-encoded, by decoded name."""


def read(payload: Payload) -> ParsedBody:
    """Read a form, with types by its schema."""
    try:
        text, found = decode(payload.data, payload.media_type.charset)
    except NotText as error:
        return ParsedBody(None, (error.violation,))
    pairs = _pairs(text)
    if pairs is not None and percent_encoding.first_wrong(text) is not None:
        found += tuple(islice(_misread(text), _MOST_MISREAD))
    if pairs is None:
        detail = f"more than {MOST_FIELDS} fields, or more than {_MOST_ESCAPES} escapes"
        return ParsedBody(None, (*found, violation("too-large", detail)))
    shape = payload.shape
    if shape is None:
        return ParsedBody(_FormReader(pairs, None, {}).untyped(), found)
    wrapped = _wrapped(pairs, shape)
    if wrapped is not None:
        return ParsedBody(wrapped[0], found + validate(shape.schema, wrapped[0]))
    fields = _FormReader(pairs, shape, payload.encoding)
    value, _ = choose_values(shape, fields.possible_values())
    reported = {each.pointer for each in errors(fields.violations)}
    more = (
        _with_plus(each, pairs, shape)
        for each in validate(shape.schema, value)
        if each.pointer not in reported
    )
    return ParsedBody(value, (*found, *fields.violations, *more))


def _with_plus(found: Violation, pairs: FormPairs, shape: Shape) -> Violation:
    """Add a hint if the value would be valid with `+` itself instead of a space."""
    values = pairs.get(found.name or "", ())
    below = shape.below(found.name or "")
    if len(values) != 1 or below is None or "+" not in values[0]:
        return found
    if found.pointer != json_pointer.fragment([found.name or ""]):
        return found
    if len(values[0]) > _LONGEST_HINTED or not below.is_valid(unquote(values[0])):
        return found
    hint = f"{found.detail}; a + in a form is a space, send %2B"
    return replace(found, detail=hint)


def _pairs(text: str) -> dict[str, list[str]] | None:
    if text.count("&") >= MOST_FIELDS or text.count("%") > _MOST_ESCAPES:
        return None
    pairs: dict[str, list[str]] = {}
    for pair in text.strip("\r\n").split("&"):
        name, _, value = pair.partition("=")
        if pair:
            pairs.setdefault(unquote_plus(name), []).append(value)
    return pairs


def _misread(text: str) -> Iterator[Violation]:
    """Warn of percent-encodings that cannot be decoded and were read as something else."""
    warned: set[str] = set()
    for pair in text.strip("\r\n").split("&"):
        wrong = percent_encoding.first_wrong(pair)
        name = unquote_plus(pair.partition("=")[0])
        if wrong is not None and name not in warned:
            warned.add(name)
            yield violation(
                "percent-encoding",
                f"{shown(name)} has {wrong}",
                at=[name],
                name=shortened(name),
                severity="warning",
            )


def _wrapped(pairs: FormPairs, shape: Shape) -> tuple[Any] | None:
    """Return the JSON in the only field if the schema does not have that property."""
    name, *others = pairs or ("",)
    if others or name not in WRAPPERS or shape.below(name) or len(pairs[name]) > 1:
        return None
    return _object(unquote_plus(pairs[name][0]))


def wrapper(names: Sequence[str], shape: Shape) -> bool:
    """Return whether the only field may hold the whole body as JSON."""
    return len(names) == 1 and names[0] in WRAPPERS and not shape.below(names[0])


def _object(text: str) -> tuple[Any] | None:
    """Read a JSON array or object; None for any other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return (json_text.read(text.encode("utf-8", "surrogatepass"))[0],)
    except NotJSON:
        return None


class _FormReader:
    """Reads the fields of one form, and collects their violations."""

    def __init__(
        self, pairs: FormPairs, shape: Shape | None, encoding: Mapping[str, Encoding]
    ) -> None:
        self.pairs = pairs
        self.shape = shape
        self.encoding = encoding
        self.violations: tuple[Violation, ...] = ()

    def untyped(self) -> dict[str, Any]:
        """Return texts, and lists of texts where a name is repeated."""
        return {
            name: _plain(values) if len(values) > 1 else unquote_plus(values[0])
            for name, values in self.pairs.items()
        }

    def possible_values(self) -> dict[str, list[Any]]:
        """Return the possible values of each property."""
        assert self.shape is not None
        nested = {name: values for name, values in self.pairs.items() if "[" in name}
        claimed: set[str] = set()
        found: dict[str, list[Any]] = {}
        for name, shape in self.shape.properties.items():
            if name in self.pairs or shape.kind is None:
                continue
            bracketed = nested_names.below(name, nested)
            if bracketed:
                claimed |= {each.name for each in bracketed}
                self._check_names(name, shape, bracketed)
                found[name] = [nested_names.nested_value(shape, bracketed)]
            elif shape.kind == "object":
                spread = shape.properties.keys() & self.pairs.keys()
                spread -= self.shape.properties.keys()
                if spread:
                    claimed |= spread
                    found[name] = [self._members(shape, spread)]
        for name, values in self.pairs.items():
            if name not in claimed:
                found[name] = self._field(name, values, self.shape.below(name))
        return found

    def _check_names(
        self, name: str, shape: Shape, found: Sequence[NestedEntry]
    ) -> None:
        unnamed = nested_names.without_name(shape, found)
        if unnamed is not None:
            detail = f"{shown(unnamed)} names no member; read as the member ''"
            self._add("empty-member-name", detail, [name], severity="warning")
        unread = nested_names.first_unread(shape, found)
        if unread is not None:
            detail = f"{shown(unread)} is not used: its place has another value"
            self._add("duplicate", detail, [name], severity="warning")

    def _members(self, shape: Shape, names: set[str]) -> dict[str, Any]:
        return {
            name: self._field(name, values, shape.properties[name])[0]
            for name, values in self.pairs.items()
            if name in names
        }

    def _field(
        self, name: str, values: Sequence[str], shape: Shape | None
    ) -> list[Any]:
        if shape is None:
            return [_plain(values) if len(values) > 1 else unquote_plus(values[0])]
        encoding = self.encoding.get(name) or Encoding()
        if shape.kind == "array":
            return [self._array(name, values, shape, encoding)]
        if shape.kind is None and len(values) > 1 and _takes_lists(shape):
            return [_plain(values)]
        if len(values) > 1:
            detail = f"{name[:80]!r} is sent {len(values)} times"
            self._add("duplicate", detail, [name], severity="warning")
            self._others(name, values[1:], shape, encoding)
        return self._single([name], values[0], shape, encoding)

    def _others(
        self, name: str, values: Sequence[str], shape: Shape, encoding: Encoding
    ) -> None:
        """Validate repeated values too, although only the first is used."""
        for text in values[:20]:
            value = self._single([name], text, shape, encoding)[0]
            self.violations += validate(shape.schema, value, at=[name])

    def _array(
        self, name: str, values: Sequence[str], shape: Shape, encoding: Encoding
    ) -> Any:
        if len(values) == 1:
            whole = _object(unquote_plus(values[0]))
            if whole is not None and shape.is_valid(whole[0]):
                return whole[0]
        raw = list(values)
        if encoding.style is not None and not encoding.explode:
            raw = [
                item
                for text in values
                for item in styles.items(encoding.style, name, text, explode=False)
            ]
        items = []
        for index, text in enumerate(raw):
            item = shape.item(index)
            items.append(
                unquote_plus(text)
                if item is None
                else self._single([name, index], text, item, encoding)[0]
            )
        return items

    def _single(
        self, at: Sequence[str | int], raw: str, shape: Shape, encoding: Encoding
    ) -> list[Any]:
        text = unquote_plus(raw)
        is_json = encoding.style is None and any(
            each.is_json for each in encoding.content_types
        )
        if shape.kind is None and not is_json:
            return shape.candidates(text)
        whole = _object(text)
        if whole is not None:
            return [whole[0]]
        if is_json:
            return [self._json(at, text)]
        if shape.kind == "object":
            return [self._styled(at, raw, shape, encoding)]
        self._add("syntax", _json_expected(text, shape), at)
        return [text]

    def _styled(
        self, at: Sequence[str | int], raw: str, shape: Shape, encoding: Encoding
    ) -> Any:
        """Read an object that is written as `R,100,G,200`."""
        try:
            cut = styles.pairs(encoding.style or "form", str(at[0]), raw, explode=False)
        except NotInStyle as error:
            text = unquote_plus(raw)
            detail = str(error) if encoding.style else _json_expected(text, shape)
            self._add("syntax", detail, at)
            return text
        members = {unquote_plus(key): [value] for key, value in cut}
        return _FormReader(members, shape, {})._typed()  # noqa: SLF001 - its own class

    def _typed(self) -> dict[str, Any]:
        assert self.shape is not None
        return {
            name: self._field(name, values, self.shape.below(name))[0]
            for name, values in self.pairs.items()
        }

    def _json(self, at: Sequence[str | int], text: str) -> Any:
        try:
            return json_text.read(text.encode("utf-8", "surrogatepass"))[0]
        except NotJSON as error:
            self._add(error.violation.code, error.violation.detail, at)
            return text

    def _add(
        self, code: str, detail: str, at: Sequence[str | int], **more: Any
    ) -> None:
        name = shortened(str(at[0]))
        self.violations += (violation(code, detail, at=at, name=name, **more),)


def _json_expected(text: str, shape: Shape) -> str:
    """Say that an array or object is JSON by default (OAS 3.1.1 §4.8.15)."""
    return f"{shown(text)} is not a JSON {shape.kind}; JSON is expected"


def _plain(values: Sequence[str]) -> list[str]:
    return [unquote_plus(value) for value in values]


def _takes_lists(shape: Shape) -> bool:
    return shape.types is None or "array" in shape.types
