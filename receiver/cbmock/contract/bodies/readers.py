"""Kinds of bodies: which reader takes octets of a media type.

It decides by the type alone. It must not know requests.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from dataclasses import replace

from cbmock.contract.bodies.payload import Payload, Reading, against
from cbmock.description.references import Node
from cbmock.http import json_text
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType

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


# The first that fits: `text/xml` is more than text. The modules of `cbmock.contract.bodies` that
# read them are loaded when such a body comes.
_READERS: tuple[tuple[Callable[[MediaType], bool], str], ...] = (
    (lambda sent: sent.essence == "application/x-www-form-urlencoded", "urlencoded"),
    (lambda sent: sent.type == "multipart", "multipart_form"),
    (_is_xml, "xml"),
    (_is_text, "text"),
)


@functools.lru_cache(maxsize=256)
def reader(media_type: MediaType) -> Reader:
    """Return what reads bodies of a type; of an unknown one only octets are counted."""
    if media_type.is_json:
        return _json
    from cbmock.contract.bodies import sequential  # noqa: PLC0415 - most bodies are JSON

    if sequential.fits(media_type):  # `text/event-stream` is more than text
        return sequential.read
    name = next((name for fits, name in _READERS if fits(media_type)), "binary")
    found: Reader = importlib.import_module(f"cbmock.contract.bodies.{name}").read
    return found


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
