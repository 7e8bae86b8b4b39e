"""Octets: bodies that no schema looks into.

It decides what can be said about them: how many there are (OAS 3.2.0 §4.8.14.4).
"""

from __future__ import annotations

from collections.abc import Sequence

from cbmock.contract.bodies.payload import Payload, Reading, violation
from cbmock.contract.schemas.subschemas import Shape
from cbmock.violations import Violation


def read(payload: Payload) -> Reading:
    """Take the octets as they are."""
    return Reading(payload.data, counted(payload.shape, payload.data))


def counted(
    shape: Shape | None, data: bytes, at: Sequence[str | int] = ()
) -> tuple[Violation, ...]:
    """Hold the number of octets against `maxLength`."""
    limits = () if shape is None else shape.says("maxLength")
    allowed = [each for each in limits if isinstance(each, int | float)]
    if not allowed or len(data) <= min(allowed):
        return ()
    detail = f"{len(data)} octets are too many, at most {min(allowed)}"
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
