"""Part types: which media types a part may have, and which one it is read as.

It decides what the schema of a part says about its type (OAS 3.1.1 §4.8.15, RFC 7578
§4.4). It must not know how parts are read.
"""

from __future__ import annotations

from collections.abc import Sequence

from cbmock.contract.schemas.subschemas import Shape
from cbmock.http import media_types
from cbmock.http.media_types import MediaType
from cbmock.http.multipart import Part

ANY = MediaType("*", "*")
TEXT = MediaType("text", "plain")
_ANY_TEXT = MediaType("text", "*")
JSON = MediaType("application", "json")
_OCTETS = MediaType("application", "octet-stream")
# Names of RFC 2045 §6.2 for bytes that are not encoded.
_IDENTITY_CODINGS = ("7bit", "8bit", "binary")
_CODED_FORMATS = ("byte", "base64")


def accepted(wanted: Sequence[MediaType], sent: MediaType) -> bool:
    """Return whether a type is one of the allowed types."""
    return any(media_types.specificity(each.written, sent) for each in wanted)


def default_types(shape: Shape | None) -> tuple[MediaType, ...]:
    """Return the media types that a part may have without an Encoding Object.

    Files have a type of their own (RFC 7578 §4.4), also where the standard says
    `application/octet-stream`; text may have any subtype.
    """
    if shape is not None and shape.kind and not is_binary(shape):
        return (JSON,)
    if shape is None or shape.types is None or is_binary(shape) or is_encoded(shape):
        return (ANY,)
    return (_ANY_TEXT,)


def annotated_types(shape: Shape | None) -> tuple[MediaType, ...]:
    """Return the `contentMediaType` of a schema, unless it allows any bytes."""
    stated = () if shape is None else shape.says("contentMediaType")
    read = filter(None, (media_types.parse(str(each)) for each in stated))
    return tuple(each for each in read if each.essence != _OCTETS.essence)


def assumed_type(
    wanted: Sequence[MediaType], part: Part, shape: Shape | None
) -> MediaType:
    """Return the type to read a part as if its own is missing or not documented."""
    concrete = next((each for each in wanted if "*" not in each.essence), None)
    if concrete is not None:
        return concrete
    is_file = part.filename is not None or is_binary(shape)
    may_be_text = ANY in wanted or any(map(is_text, wanted))
    return TEXT if may_be_text and not is_file else _OCTETS


def is_text(media_type: MediaType) -> bool:
    """Return whether a media type is text."""
    return media_type.type == "text"


def is_binary(shape: Shape | None) -> bool:
    """Return whether a property is a file of any bytes."""
    if shape is None or is_encoded(shape):
        return False
    if "binary" in shape.says("format") or "file" in (shape.types or ()):
        return True
    if any(each in _IDENTITY_CODINGS for each in shape.says("contentEncoding")):
        return True
    return any(shape.says("contentMediaType"))


def is_encoded(shape: Shape | None) -> bool:
    """Return whether bytes are written as text, in base64 or the like."""
    if shape is None:
        return False
    if any(each in _CODED_FORMATS for each in shape.says("format")):
        return True
    codings = list(shape.says("contentEncoding"))
    return any(each not in _IDENTITY_CODINGS for each in codings)
