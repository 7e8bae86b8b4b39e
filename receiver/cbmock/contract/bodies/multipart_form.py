"""Multipart bodies, such as form data, as the value that a schema describes.

It decides which property or item a part belongs to, and how it is read (OAS 3.2.0 §4.8.15,
3.0.4 §4.8.14.3). It must not know how parts are split.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from cbmock.contract.bodies import binary, labels, part_names, urlencoded, xml
from cbmock.contract.bodies.encodings import DEEPEST, Encoding
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
from cbmock.http import json_text, multipart
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Request
from cbmock.http.multipart import NotMultipart, Part
from cbmock.violations import Violation

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


def _by_name(payload: Payload, parts: Sequence[Part]) -> ParsedBody:
    shape = payload.shape
    violations: tuple[Violation, ...] = ()
    if payload.media_type.subtype == "form-data":
        violations = tuple(islice(part_names.misnamed(parts), _MOST_MISNAMED))
        parts = [part for part in parts if part.name is not None]
    dropped = bool(violations)
    named = dict[str, list[Part]]()
    for name, part in part_names.named(payload, parts):
        named.setdefault(name, []).append(part)
    if shape is not None and urlencoded.wrapper(list(named), shape):
        ((only, *others),) = named.values()
        whole, found = _json((), only)
        if not others and not found and isinstance(whole, dict | list):
            return ParsedBody(whole, violations + validate(shape.schema, whole))
    fields: dict[str, list[Any]] = {}
    for name, each in named.items():
        below = None if shape is None else shape.below(name)
        reader = _PartReader(payload.encoding.get(name) or Encoding(), payload)
        fields[name] = reader.values((name,), each, below)
        violations += reader.violations
    value, validated = choose_values(shape, fields)
    if shape is not None:
        found = outside_binary(value, validate(shape.schema, validated))
        violations += tuple(
            each
            for each in _besides(violations, found)
            # The missing property may be in a part without a name, which is reported.
            if not (dropped and each.code == "required" and each.pointer == "#")
        )
    return ParsedBody(value, violations)


def _by_position(payload: Payload, shape: Shape, parts: Sequence[Part]) -> ParsedBody:
    """Read parts as the items of an array, as 3.2 describes them."""
    items: list[Any] = []
    violations: tuple[Violation, ...] = ()
    for index, part in enumerate(parts):
        first = index < len(payload.positions)
        encoding = payload.positions[index] if first else payload.others
        reader = _PartReader(encoding or Encoding(), payload)
        of_items = shape.item(index) or payload.items
        items.append(reader.item((index,), part, of_items))
        violations += reader.violations
    validated = without_binary(items)
    found = validate(shape.schema, validated)
    if payload.items is not None:
        for index, item in enumerate(validated):
            found += validate(payload.items.schema, item, at=(index,))
    found = outside_binary(items, found)
    return ParsedBody(items, violations + tuple(_besides(violations, found)))


def _besides(
    known: Sequence[Violation], found: Sequence[Violation]
) -> Iterator[Violation]:
    """Yield what is new: a part with parts of its own has been validated already."""
    seen = {(each.pointer, each.code, each.schema) for each in known}
    for each in found:
        if (each.pointer, each.code, each.schema) not in seen:
            yield each


# --- how a part is read -----------------------------------------------------------------


class _PartReader:
    """Reads the parts of one property, and collects their violations."""

    def __init__(self, encoding: Encoding, whole: Payload) -> None:
        self.encoding = encoding
        self.whole = whole
        self.violations: tuple[Violation, ...] = ()

    def item(self, at: PartPath, part: Part, shape: Shape | None) -> Any:
        """Return the value of a part that stands for itself, not for a property."""
        if part.media_type is not None and self._reader(part.media_type, shape):
            return self._part(at, part, shape)[0]
        return self.values(at, [part], shape)[0]

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
        reads = self._reader(media_type, shape)
        if reads is not None and (shape is None or shape.kind):
            return self._nested(at, part, reads, media_type, shape)
        if is_encoded(shape) or (is_text(media_type) and not is_binary(shape)):
            return self._text(at, part, media_type, shape)
        self.violations += binary.check_length(shape, part.data, at)
        return [part.data]

    def _reader(
        self, media_type: MediaType, shape: Shape | None
    ) -> Callable[[Payload], ParsedBody] | None:
        """Return what reads a part that has members of its own."""
        if media_type.essence == "application/x-www-form-urlencoded":
            return urlencoded.read
        if media_type.type == "multipart" and self.whole.depth < DEEPEST:
            return read
        is_xml = media_type.subtype.rpartition("+")[2] == "xml"
        return xml.read if is_xml and shape is not None else None

    def _nested(
        self,
        at: PartPath,
        part: Part,
        reads: Callable[[Payload], ParsedBody],
        media_type: MediaType,
        shape: Shape | None,
    ) -> list[Any]:
        """Read a part as a body with fields of its own."""
        payload = Payload(
            data=part.data,
            media_type=media_type,
            shape=shape,
            encoding=self.encoding.encoding,
            positions=self.encoding.positions,
            others=self.encoding.others,
            version=self.whole.version,
            depth=self.whole.depth + 1,
        )
        value, found = reads(payload)
        if value is None and shape is None:
            return [part.data]
        self.violations += at_path(found, at)
        return [part.data if value is None else value]

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
