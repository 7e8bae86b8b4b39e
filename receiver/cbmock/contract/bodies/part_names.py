"""Part names: which property a part belongs to.

It decides what names a part: `Content-Disposition` (RFC 7578 §4.2), `Content-ID`, or its
position. It must not know how parts are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cbmock.contract.bodies.encodings import Encoding
from cbmock.contract.bodies.part_types import accepted
from cbmock.contract.bodies.payload import Payload, violation
from cbmock.http.multipart import Part
from cbmock.violations import Violation, shortened, shown


def misnamed(parts: Sequence[Part]) -> Iterator[Violation]:
    """Yield violations for parts of form data that receivers drop (RFC 7578 §4.2)."""
    rule = 'Content-Disposition: form-data; name="…" is required (RFC 7578 §4.2)'
    for number, part in enumerate(parts, 1):
        if part.name is None:
            yield violation("part-name", f"part {number} has no name; {rule}")
        elif part.disposition != "form-data":
            detail = f"part {number} is {shown(part.disposition)}; {rule}"
            yield violation("part-name", detail, name=shortened(part.name))


def named(payload: Payload, parts: Sequence[Part]) -> Iterator[tuple[str, Part]]:
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
