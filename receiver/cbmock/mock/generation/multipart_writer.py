"""Multipart writer: a value as parts, each with the headers that its encoding requires.

It decides the name, media type and headers of each part (RFC 7578, OAS 3.1.1 §4.8.15,
3.2.0 §4.15): the reverse of `contract.bodies.multipart_form`. It must not know requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cbmock.contract.bodies.encodings import Encoding
from cbmock.contract.bodies.media_type_object import MediaTypeObject
from cbmock.contract.parameters.parameter import Parameter
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.subschemas import Shape
from cbmock.errors import ReceiverError
from cbmock.http.media_types import MediaType
from cbmock.http.multipart import escaped
from cbmock.mock.examples import ABSENT, as_text, examples
from cbmock.mock.generation import content_writer, form_writer, serialization
from cbmock.mock.generation.schema_parts import only_value
from cbmock.mock.generation.schema_samples import sample

_BOUNDARY = "part-of-a-sample"
_NONE = Encoding()


@dataclass(frozen=True, slots=True)
class _Described:
    """What describes the parts of a body, or of a part; `depth` in how many it stands."""

    shape: Shape | None = None
    items: Shape | None = None
    encoding: Mapping[str, Encoding] = field(default_factory=dict)
    positions: tuple[Encoding, ...] = ()
    others: Encoding | None = None
    depth: int = 0


def write_multipart(
    media_type: MediaType,
    value: dict[str, Any] | list[Any],
    described: MediaTypeObject | None,
) -> tuple[str, bytes]:
    """Write one part for each property, an array's items apart (RFC 7578 §4.3)."""
    if described is None:
        return _parts(media_type, value, _Described())
    by = described
    layout = _Described(by.shape, by.items, by.encoding, by.positions, by.others)
    return _parts(media_type, value, layout)


def _parts(
    media_type: MediaType, value: dict[str, Any] | list[Any], described: _Described
) -> tuple[str, bytes]:
    parts = (
        _named(value, described)
        if isinstance(value, dict)
        else _by_position(value, described)
    )
    boundary = "-".join((_BOUNDARY, *(["inside"] * described.depth)))
    lines = [line for part in parts for line in (f"--{boundary}".encode(), *part)]
    body = b"\r\n".join([*lines, f"--{boundary}--".encode(), b""])
    return f"{media_type.essence}; boundary={boundary}", body


_Lines = list[bytes]


def _named(value: dict[str, Any], described: _Described) -> Iterator[_Lines]:
    shape = described.shape
    for name, member in value.items():
        below = None if shape is None else shape.below(name)
        listed = isinstance(member, list) and (below is None or below.kind == "array")
        for index, each in enumerate(member if listed else [member]):
            of_part = below.item(index) if listed and below is not None else below
            disposition = f'Content-Disposition: form-data; name="{escaped(name)}"'
            encoding = described.encoding.get(name, _NONE)
            yield _part([disposition], each, encoding, of_part, described.depth)


def _by_position(values: list[Any], described: _Described) -> Iterator[_Lines]:
    """Write parts without names, as 3.2 describes the items of an array."""
    for index, each in enumerate(values):
        first = index < len(described.positions)
        encoding = described.positions[index] if first else described.others
        shape = None if described.shape is None else described.shape.item(index)
        shape = shape or described.items
        yield _part([], each, encoding or _NONE, shape, described.depth)


def _part(
    head: list[str], value: Any, encoding: Encoding, shape: Shape | None, depth: int
) -> _Lines:
    content_type, body = _content(value, encoding, shape, depth)
    if content_type:
        head.append(f"Content-Type: {content_type}")
    written = {line.partition(":")[0].lower() for line in head}
    head += [
        f"{each.name}: {text}"
        for each, text in _headers(encoding)
        if each.name.lower() not in written
    ]
    return [*(line.encode("utf-8", "replace") for line in head), b"", body]


def _content(
    value: Any, encoding: Encoding, shape: Shape | None, depth: int
) -> tuple[str, bytes]:
    """Write a part's content in the first documented type, else the default one."""
    stated = encoding.content_types
    if stated and isinstance(value, dict | list) and stated[0].type == "multipart":
        by = encoding
        below = _Described(shape, None, by.encoding, by.positions, by.others, depth + 1)
        return _parts(stated[0], value, below)
    if stated and isinstance(value, dict) and stated[0].essence == content_writer.FORM:
        return stated[0].essence, form_writer.write_form(value, encoding.encoding)
    if not stated and shape is not None:
        media_types = (str(each) for each in shape.says("contentMediaType"))
        media_type = next(media_types, "")
        if media_type:
            return media_type, _octets(value)
    if stated:
        return content_writer.write_content(stated[0].written, value)
    if isinstance(value, dict | list):
        return content_writer.write_content("application/json", value)
    return "", _octets(value)


def _octets(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return as_text(value).encode("utf-8", "replace")


def _headers(encoding: Encoding) -> Iterator[tuple[Parameter, str]]:
    """Yield the headers that are required or have one value only, with their texts."""
    for header in encoding.headers:
        value = _value(header)
        if value is not ABSENT:
            yield header, serialization.text(header, value)


def _value(header: Parameter) -> Any:
    schema = header.schema
    if schema is None:
        return header.node.value.get("example", "sample") if header.required else ABSENT
    try:
        if not (header.required or _has_one_value(schema)):
            return ABSENT
        for example in examples(header.node, schema.description).values():
            if schema.is_valid(example):
                return example
        return sample(schema)
    except ReceiverError:
        return ABSENT


def _has_one_value(schema: Schema) -> bool:
    bundled = schema.bundle.schema
    return only_value({"$ref": bundled["$ref"]}, bundled["$defs"])
