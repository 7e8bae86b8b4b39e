"""Multipart bodies, such as form data, as the value that a schema describes.

It decides which property or item a part belongs to, and how it is read (OAS 3.2.0 §4.8.15,
3.0.4 §4.8.14.3). It must not know how parts are split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from cbmock.contract.bodies import binary, labels, urlencoded
from cbmock.contract.bodies.encodings import Encoding
from cbmock.contract.bodies.part_types import (
    JSON,
    TEXT,
    accepted,
    annotated_types,
    assumed_type,
    default_types,
    is_binary,
    is_encoded,
    is_text,
)
from cbmock.contract.bodies.payload import (
    ParsedBody,
    Payload,
    at_path,
    choose_values,
    outside_binary,
    validate,
    violation,
    without_binary,
)
from cbmock.contract.bodies.text import NotText, decode
from cbmock.contract.parameters import parameter_values
from cbmock.contract.parameters.raw_parameters import RawParameters
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description.versions import Version
from cbmock.http import json_text, multipart
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Request
from cbmock.http.multipart import NotMultipart, Part
from cbmock.violations import Violation, shortened, shown

PartPath = tuple[str | int, ...]

_MOST_MISNAMED = 20


def read(payload: Payload) -> ParsedBody:
    """Read the parts, with types by the schema."""
    boundary = dict(payload.media_type.parameters).get("boundary")
    try:
        parts = multipart.split(payload.data, boundary)
    except NotMultipart as error:
        return ParsedBody(None, (_unreadable(error),))
    if payload.shape is not None and payload.shape.kind == "array":
        return _by_position(payload, payload.shape, parts)
    return _by_name(payload, parts)


def _unreadable(error: NotMultipart) -> Violation:
    return violation(error.code, f"not multipart: {error}")


# --- which part is what -----------------------------------------------------------------


def _by_name(payload: Payload, parts: Sequence[Part]) -> ParsedBody:
    shape = payload.shape
    violations: tuple[Violation, ...] = ()
    if payload.media_type.subtype == "form-data":
        violations = tuple(islice(_misnamed(parts), _MOST_MISNAMED))
        parts = [part for part in parts if part.name is not None]
    dropped = bool(violations)
    named = dict[str, list[Part]]()
    for name, part in _named(payload, parts):
        named.setdefault(name, []).append(part)
    if shape is not None and urlencoded.wrapper(list(named), shape):
        ((only, *others),) = named.values()
        whole, found = _json((), only)
        if not others and not found and isinstance(whole, dict | list):
            return ParsedBody(whole, violations + validate(shape.schema, whole))
    fields: dict[str, list[Any]] = {}
    for name, each in named.items():
        below = None if shape is None else shape.below(name)
        reader = _PartReader(payload.encoding.get(name) or Encoding(), payload.version)
        fields[name] = reader.values((name,), each, below)
        violations += reader.violations
    value, validated = choose_values(shape, fields)
    if shape is not None:
        found = outside_binary(value, validate(shape.schema, validated))
        violations += tuple(
            each
            for each in found
            # The missing property may be in a part without a name, which is reported.
            if not (dropped and each.code == "required" and each.pointer == "#")
        )
    return ParsedBody(value, violations)


def _misnamed(parts: Sequence[Part]) -> Iterator[Violation]:
    """Yield violations for parts of form data that receivers drop (RFC 7578 §4.2)."""
    rule = 'Content-Disposition: form-data; name="…" is required (RFC 7578 §4.2)'
    for number, part in enumerate(parts, 1):
        if part.name is None:
            yield violation("part-name", f"part {number} has no name; {rule}")
        elif part.disposition != "form-data":
            detail = f"part {number} is {shown(part.disposition)}; {rule}"
            yield violation("part-name", detail, name=shortened(part.name))


def _named(payload: Payload, parts: Sequence[Part]) -> Iterator[tuple[str, Part]]:
    """Name parts by `Content-Disposition`, else `Content-ID`, else their position."""
    properties = () if payload.shape is None else tuple(payload.shape.properties)
    names = [
        _identified(part, properties) if part.name is None else part.name
        for part in parts
    ]
    left = [name for name in properties if name not in names]
    for index, (name, part) in enumerate(zip(names, parts, strict=True)):
        if name is not None:
            yield name, part
        elif left:
            fitting = _fitting(part, left, payload.encoding)
            left.remove(fitting)
            yield fitting, part
        else:
            yield part.content_id or str(index), part


def _identified(part: Part, properties: Sequence[str]) -> str | None:
    identity = part.content_id or ""
    local = identity.partition("@")[0]
    return next((each for each in (identity, local) if each in properties), None)


def _fitting(part: Part, left: Sequence[str], encoding: Mapping[str, Encoding]) -> str:
    """Return the first property that documents the part's media type, else the first."""
    sent = part.media_type
    for name in left:
        stated = encoding[name].content_types if name in encoding else ()
        if sent is not None and accepted(stated, sent):
            return name
    return left[0]


def _by_position(payload: Payload, shape: Shape, parts: Sequence[Part]) -> ParsedBody:
    """Read parts as the items of an array, as 3.2 describes them."""
    items: list[Any] = []
    violations: tuple[Violation, ...] = ()
    for index, part in enumerate(parts):
        first = index < len(payload.positions)
        encoding = payload.positions[index] if first else payload.others
        reader = _PartReader(encoding or Encoding(), payload.version)
        of_items = shape.item(index) or payload.items
        items.append(reader.values((index,), [part], of_items)[0])
        violations += reader.violations
    validated = without_binary(items)
    found = validate(shape.schema, validated)
    if payload.items is not None:
        for index, item in enumerate(validated):
            found += validate(payload.items.schema, item, at=(index,))
    return ParsedBody(items, violations + outside_binary(items, found))


# --- how a part is read -----------------------------------------------------------------


class _PartReader:
    """Reads the parts of one property, and collects their violations."""

    def __init__(self, encoding: Encoding, version: Version) -> None:
        self.encoding = encoding
        self.version = version
        self.violations: tuple[Violation, ...] = ()

    def values(
        self, at: PartPath, parts: Sequence[Part], shape: Shape | None
    ) -> list[Any]:
        """Return the possible values of the property."""
        if shape is not None and shape.kind == "array":
            return [self._array(at, parts, shape)]
        if len(parts) == 1:
            return self._part(at, parts[0], shape)
        if shape is None or shape.types is None or "array" in shape.types:
            return [[self._part(at, part, None)[0] for part in parts]]
        detail = f"{str(at[-1])[:80]!r} is sent {len(parts)} times"
        self._add("duplicate", detail, at, severity="warning")
        first, *others = [self._part(at, part, shape) for part in parts]
        for each in others:
            if not isinstance(each[0], bytes):
                self.violations += validate(shape.schema, each[0], at=at)
        return first

    def _array(self, at: PartPath, parts: Sequence[Part], shape: Shape) -> Any:
        sent = parts[0].media_type or TEXT
        if len(parts) == 1 and sent.is_json and not is_binary(shape.item(0)):
            whole, found = _json(at, parts[0])
            if isinstance(whole, list) and not found:
                stated = self.encoding.content_types
                if stated and not accepted(stated, JSON):
                    self._wrong_type(at, stated, JSON, parts[0].data)
                return whole
        return [
            self._part((*at, index), part, shape.item(index))[0]
            for index, part in enumerate(parts)
        ]

    def _part(self, at: PartPath, part: Part, shape: Shape | None) -> list[Any]:
        self._headers(at, part)
        wanted = self.encoding.content_types or default_types(shape)
        sent = part.media_type
        self._annotated(at, sent, shape)
        if sent is not None and not accepted(wanted, sent):
            self._wrong_type(at, wanted, sent, part.data)
            sent = None
        media_type = sent or assumed_type(wanted, part, shape)
        if media_type.is_json and not is_binary(shape):
            value, found = _json(at, part)
            self.violations += found
            return [value]
        if is_encoded(shape) or (is_text(media_type) and not is_binary(shape)):
            return self._text(at, part, media_type, shape)
        self.violations += binary.check_length(shape, part.data, at)
        return [part.data]

    def _annotated(
        self, at: PartPath, sent: MediaType | None, shape: Shape | None
    ) -> None:
        """Warn where a part is of another type than its `contentMediaType`.

        That is an annotation: only `contentType` of an Encoding Object restricts.
        """
        stated = annotated_types(shape)
        if sent is None or not stated or self.encoding.content_types:
            return
        if not accepted(stated, sent):
            listed = ", ".join(each.essence for each in stated)
            detail = f"the part is {sent.essence}; its schema says {listed}"
            self._add("contentMediaType", detail, at, severity="warning")

    def _text(
        self, at: PartPath, part: Part, media_type: MediaType, shape: Shape | None
    ) -> list[Any]:
        try:
            text, found = decode(part.data, media_type.charset)
        except NotText as error:
            is_file = part.media_type is None or part.filename is not None
            if is_file and (shape is None or shape.types is None):
                return [part.data]  # binary is the default (OAS 3.1.1 §4.8.15.1.1)
            self.violations += at_path((error.violation,), at)
            return [part.data]
        self.violations += at_path(found, at)
        return [text] if shape is None else shape.candidates(text)

    def _headers(self, at: PartPath, part: Part) -> None:
        if not self.encoding.headers:
            return
        request = Request("POST", "/", part.headers)
        _, found = parameter_values.check(
            self.encoding.headers, RawParameters(request, {}, ())
        )
        self.violations += at_path(
            (replace(each, location="body", pointer=None) for each in found), at
        )

    def _wrong_type(
        self, at: PartPath, wanted: Sequence[MediaType], sent: MediaType, data: bytes
    ) -> None:
        listed = ", ".join(each.essence for each in wanted)
        nouns = filter(None, (labels.reads_as(each, data) for each in wanted))
        hint = next((f"; it reads as {noun}" for noun in nouns), "")
        self._add(
            "part-media-type",
            f"unexpected media type {sent.essence} of the part; documented: {listed}{hint}",
            at,
            expected=[each.essence for each in wanted],
            received=sent.essence,
        )

    def _add(self, code: str, detail: str, at: PartPath, **more: Any) -> None:
        node = self.encoding.node
        place = None if node is None else node.pointer
        self.violations += (
            violation(code, detail, at=at, name=str(at[-1]), schema=place, **more),
        )


def _json(at: PartPath, part: Part) -> tuple[Any, tuple[Violation, ...]]:
    try:
        charset = None if part.media_type is None else part.media_type.charset
        value, found = json_text.read(part.data, charset=charset)
    except NotJSON as error:
        return part.data, at_path((error.violation,), at)
    return value, at_path(found, at)
