"""The mode in which a request carries CloudEvents, by its header fields alone.

It must not know attributes beyond their names or bodies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cbmock.http import media_types
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Request

Mode = Literal["binary", "structured", "batched"]

STRUCTURED = MediaType("application", "cloudevents+json")
BATCHED = MediaType("application", "cloudevents-batch+json")
REQUIRED = ("id", "source", "type", "specversion")
"""The attributes that every event has."""

FIELDS = frozenset(
    f"ce-{name}"
    for name in (*REQUIRED, "time", "subject", "dataschema", "datacontenttype")
)
"""The header fields of binary mode that are not extension attributes."""

_REQUIRED = frozenset(f"ce-{name}".encode() for name in REQUIRED)
_FEWEST = 2
"""So many of the required attributes mark an event that has no `specversion`."""


def mode_of(request: Request) -> Mode | None:
    """Return the mode of an event; None for a request that is not an event."""
    prefixed: set[bytes] = set()
    labels = []
    for name, value in request.headers.raw:
        lower = name.lower()
        if lower.startswith(b"ce-"):
            prefixed.add(lower)
        elif lower == b"content-type" and b"cloudevents" in value.lower():
            labels.append(value.decode("latin-1"))
    if labels:
        stated = media_types.parse(labels[0].strip(" \t"))
        # Events in XML or Protobuf are not read.
        if stated is not None and stated.essence.startswith(_EVENTS):
            return _MODES.get(stated.essence)
    return _binary(prefixed)


_EVENTS = "application/cloudevents"
_MODES: Mapping[str, Mode] = {
    STRUCTURED.essence: "structured",
    BATCHED.essence: "batched",
}


def _binary(names: set[bytes]) -> Mode | None:
    if b"ce-specversion" in names:
        return "binary"
    return "binary" if len(names & _REQUIRED) >= _FEWEST else None
