"""Encoding Objects: how single properties are written in form and multipart bodies.

It decides what their fields mean (OAS 3.1.1 §4.8.15, 3.2.0 §4.8.15). It must not know
bodies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cbmock.contract.parameters import parameter
from cbmock.contract.parameters.parameter import Parameter
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.http import media_types
from cbmock.http.media_types import MediaType

DEEPEST = 4
"""How many parts inside each other are read; each is searched for a boundary of its own."""

_STYLING = ("style", "explode", "allowReserved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """An Encoding Object (OAS 3.1.1 §4.8.15).

    `content_types` are the allowed types and ranges, empty where it has no
    `contentType`. `style` is None unless `style`, `explode` or `allowReserved` is set;
    then `contentType` has no effect. `headers` are the documented headers of a part.
    A part that has parts of its own describes them by `encoding`, `positions` and
    `others`, as a Media Type Object does (OAS 3.2.0 §4.15.1.2).
    """

    content_types: tuple[MediaType, ...] = ()
    style: str | None = None
    explode: bool = True
    headers: tuple[Parameter, ...] = ()
    encoding: Mapping[str, Encoding] = field(default_factory=dict)
    positions: tuple[Encoding, ...] = ()
    others: Encoding | None = None
    node: Node | None = field(default=None, repr=False, compare=False)


def encodings_of(
    node: Node, description: Description, depth: int = 0
) -> Mapping[str, Encoding]:
    """Return the Encoding Objects of a Media Type or Encoding Object by property."""
    stated = node.get("encoding")
    members = () if stated is None else stated.members()
    return {name: encoding_of(each, description, depth) for name, each in members}


def positions_of(
    node: Node, description: Description, depth: int = 0
) -> tuple[Encoding, ...]:
    """Return the Encoding Objects of the first parts, by position; since 3.2."""
    listed = node.get("prefixEncoding")
    if listed is None or not description.version_at(node.document).sequences:
        return ()
    return tuple(encoding_of(each, description, depth) for each in listed.items())


def others_of(node: Node, description: Description, depth: int = 0) -> Encoding | None:
    """Return the Encoding Object of all further parts; since 3.2."""
    stated = node.get("itemEncoding")
    if stated is None or not description.version_at(node.document).sequences:
        return None
    return encoding_of(stated, description, depth)


def encoding_of(node: Node, description: Description, depth: int = 0) -> Encoding:
    """Read one Encoding Object; values of the wrong type are ignored.

    `depth` is in how many others it stands.
    """
    value = node.value if isinstance(node.value, dict) else {}
    listed = str(value.get("contentType", "")).split(",")
    style, explode = value.get("style"), value.get("explode")
    styled = any(name in value for name in _STYLING)
    style = style if isinstance(style, str) else "form"
    return Encoding(
        content_types=tuple(filter(None, map(media_types.parse, listed))),
        style=style if styled else None,
        explode=explode if isinstance(explode, bool) else style == "form",
        headers=tuple(_headers(node, description)),
        **(_nested(node, description, depth + 1) if depth < DEEPEST else {}),
        node=node,
    )


def _nested(node: Node, description: Description, depth: int) -> dict[str, Any]:
    if not description.version_at(node.document).sequences:
        return {}
    return {
        "encoding": encodings_of(node, description, depth),
        "positions": positions_of(node, description, depth),
        "others": others_of(node, description, depth),
    }


def _headers(node: Node, description: Description) -> list[Parameter]:
    """Read the headers of a part; `Content-Type` is described by `contentType`."""
    stated = node.get("headers")
    found = []
    for name, each in () if stated is None else stated.members():
        try:
            header = description.resolve(each)
        except UnresolvableReference:
            continue
        if name.lower() != "content-type" and isinstance(header.value, dict):
            found.append(parameter.header_parameter(name, header, description))
    return found
