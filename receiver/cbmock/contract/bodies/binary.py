"""Binary bodies: bytes whose content no schema describes.

It decides how their number is checked (OAS 3.2.0 §4.8.14.4).
"""

from __future__ import annotations

from collections.abc import Sequence

from cbmock.contract.bodies.payload import ParsedBody, Payload, violation
from cbmock.contract.schemas.subschemas import Shape
from cbmock.violations import Violation


def read(payload: Payload) -> ParsedBody:
    """Return the bytes as they are."""
    return ParsedBody(payload.data, check_length(payload.shape, payload.data))


def check_length(
    shape: Shape | None, data: bytes, at: Sequence[str | int] = ()
) -> tuple[Violation, ...]:
    """Check the number of bytes against `maxLength`."""
    limits = () if shape is None else shape.says("maxLength")
    allowed = [each for each in limits if isinstance(each, int | float)]
    if not allowed or len(data) <= min(allowed):
        return ()
    detail = f"too long: {len(data)} bytes, at most {min(allowed)}"
    place = None if shape is None else shape.schema.node.pointer
    return (
        violation(
            "maxLength",
            detail,
            at=at,
            expected=min(allowed),
            received=len(data),
            schema=place,
        ),
    )
