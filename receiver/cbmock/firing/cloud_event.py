"""CloudEvents: the attributes of a delivery (CloudEvents 1.0.2 over HTTP).

It decides where attributes are written: in structured mode into the body, otherwise
into header fields. It must not know how users name them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers
from cbmock.mock.examples import ABSENT

_STRUCTURED = "application/cloudevents+json"
_SOURCE = "/cbmock"
_VISIBLE = "".join(map(chr, range(0x21, 0x7F))).translate(
    {ord('"'): None, ord("%"): None}
)
ID = "ce-id"
"""The header field of an event's identity."""
_VERSION = "ce-specversion"

_EventFields = list[tuple[str, str]]


def event_message(
    operation: Operation, event: Mapping[str, str], media_type: str | None, value: Any
) -> tuple[_EventFields, Any]:
    """Return the header fields of an event, and the body with its attributes.

    Required attributes (§2.1) that were not chosen are `1.0`, the operation's name and
    `/cbmock`. In header fields, `id` is the delivery's identity, see `identified`.
    """
    attributes = {
        "specversion": "1.0",
        "type": operation.name.strip("/"),
        "source": _SOURCE,
        **event,
    }
    if media_type is not None and media_type.lower().startswith(_STRUCTURED):
        members = value if isinstance(value, dict) else {}
        if value is not ABSENT and not isinstance(value, dict):
            raise ReceiverError(
                f"{operation.qualified}: its body is not a single CloudEvent"
            )
        return [], {**attributes, "id": "1", **members, **event}
    if "datacontenttype" in attributes:
        raise ReceiverError(
            "datacontenttype is the media type; choose the media type instead"
        )
    fields = [
        (f"ce-{a.lower()}", quote(b, safe=_VISIBLE, errors="replace"))
        for a, b in attributes.items()
    ]
    return fields, value


def identified(fields: _EventFields, id: str, *, renews: bool) -> _EventFields:
    """Return header fields with the identity of an event.

    One that they have is kept, unless it `renews`: a documented example is the same for
    every event.
    """
    names = {name.lower() for name, _ in fields}
    if _VERSION not in names or (ID in names and not renews):
        return fields
    return [*(pair for pair in fields if pair[0].lower() != ID), (ID, id)]


def with_id(headers: Headers, old: str, new: str) -> Headers:
    """Return the fields with another identity, if the identity was added here."""
    field = (ID.encode(), old.encode())
    if field not in headers.raw:
        return headers
    other = (ID.encode(), new.encode())
    return Headers(other if each == field else each for each in headers.raw)
