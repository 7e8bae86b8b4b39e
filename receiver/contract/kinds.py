"""Kinds of bodies: which reader takes octets of a media type.

It decides by the type alone. It must not know requests.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

from receiver.contract import (
    form,
    form_data,
    json_text,
    octets,
    sequences,
    text,
    xml_body,
)
from receiver.contract.json_text import NotJSON
from receiver.contract.media_types import MediaType
from receiver.contract.payloads import Payload, Reading, against
from receiver.description.references import Node

Reader = Callable[[Payload], Reading]


def _json(payload: Payload) -> Reading:
    try:
        value, found = json_text.read(payload.data, charset=payload.media_type.charset)
    except NotJSON as error:
        return Reading(None, (error.violation,))
    if payload.shape is not None:
        found += against(payload.shape.schema, value)
    return Reading(value, found)


def _is_xml(media_type: MediaType) -> bool:
    return media_type.subtype == "xml" or media_type.subtype.endswith("+xml")


def _is_text(media_type: MediaType) -> bool:
    token = media_type.subtype == "jwt" or media_type.subtype.endswith("+jwt")
    return media_type.type == "text" or token


# The first that fits: `text/xml` and `text/event-stream` are more than text.
_READERS: tuple[tuple[Callable[[MediaType], bool], Reader], ...] = (
    (lambda sent: sent.is_json, _json),
    (sequences.fits, sequences.read),
    (lambda sent: sent.essence == "application/x-www-form-urlencoded", form.read),
    (lambda sent: sent.type == "multipart", form_data.read),
    (_is_xml, xml_body.read),
    (_is_text, text.read),
)


@functools.lru_cache(maxsize=256)
def reader(media_type: MediaType) -> Reader:
    """Return what reads bodies of a type; of an unknown one only octets are counted."""
    for fits, read in _READERS:
        if fits(media_type):
            return read
    return octets.read


def read(payload: Payload, node: Node) -> Reading:
    """Read a body; may raise `UnresolvableReference`.

    `node` is the Media Type Object, which explains what no schema does.
    """
    found = reader(payload.media_type)(payload)
    if not found.violations:
        return found
    place = node.pointer
    placed = (
        each if each.schema is not None else replace(each, schema=place)
        for each in found.violations
    )
    return Reading(found.value, tuple(placed))
