"""Readers: the function that reads the bodies of a media type.

It decides by the type alone. It must not know requests.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace

from cbmock.contract.bodies import binary, sequential, text
from cbmock.contract.bodies.payload import ParsedBody, Payload, validate
from cbmock.description.references import Node
from cbmock.http import json_text, plain_json
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType

Reader = Callable[[Payload], ParsedBody]


def _json(payload: Payload) -> ParsedBody:
    try:
        value, found = json_text.read(payload.data, charset=payload.media_type.charset)
    except NotJSON as error:
        return ParsedBody(None, (error.violation,))
    if payload.shape is not None:
        known = payload.media_type.charset in (None, "utf-8")
        parts = json_text.most_parts(payload.data) if known else None
        refused_by = plain_json.refused_by(payload.data)
        found += validate(
            payload.shape.schema, value, parts=parts, refused_by=refused_by
        )
    return ParsedBody(value, found)


# Most documents have JSON bodies only, and start-up time counts: each of these three
# takes 3 ms to import.


def _urlencoded(payload: Payload) -> ParsedBody:
    from cbmock.contract.bodies import urlencoded  # noqa: PLC0415 - 3 ms, see above

    return urlencoded.read(payload)


def _multipart(payload: Payload) -> ParsedBody:
    from cbmock.contract.bodies import multipart_form  # noqa: PLC0415 - 3 ms, see above

    return multipart_form.read(payload)


def _xml(payload: Payload) -> ParsedBody:
    from cbmock.contract.bodies import xml  # noqa: PLC0415 - 3 ms, see above

    return xml.read(payload)


_BY_ESSENCE: Mapping[str, Reader] = {
    "application/x-www-form-urlencoded": _urlencoded,
    **dict.fromkeys(sequential.MEDIA_TYPES, sequential.read),
}
# The subtype, or what follows its `+`.
_BY_SUFFIX: Mapping[str, Reader] = {
    "json-seq": sequential.read,
    "jwt": text.read,
    "xml": _xml,
}
_BY_TYPE: Mapping[str, Reader] = {"multipart": _multipart, "text": text.read}


@functools.lru_cache(maxsize=256)
def reader(media_type: MediaType) -> Reader:
    """Return the reader of a type: for its full name, else its suffix, else its type.

    For an unknown type only the number of bytes is checked.
    """
    if media_type.is_json:
        return _json
    suffix = media_type.subtype.rpartition("+")[2]
    return (
        _BY_ESSENCE.get(media_type.essence)
        or _BY_SUFFIX.get(suffix)
        or _BY_TYPE.get(media_type.type)
        or binary.read
    )


def read(payload: Payload, node: Node) -> ParsedBody:
    """Read a body; may raise `UnresolvableReference`.

    `node` is the Media Type Object; violations that are not of a schema refer to it.
    """
    found = reader(payload.media_type)(payload)
    if all(each.schema is not None for each in found.violations):
        return found
    place = node.pointer
    placed = (
        each if each.schema is not None else replace(each, schema=place)
        for each in found.violations
    )
    return ParsedBody(found.value, tuple(placed))
