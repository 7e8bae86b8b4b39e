"""Settings by which a project relaxes formats, since its framework writes them otherwise.

It decides which readings there are and what a bundled schema asserts for each. It must
not know schemas or values.
"""

from __future__ import annotations

from collections.abc import Mapping

from cbmock.contract.schemas.dialects import NUMBER_FORMATS
from cbmock.contract.schemas.formats import FORMATS, OFFSET_OPTIONAL
from cbmock.errors import ReceiverError

Readings = Mapping[str, str]
"""`off` or `offset-optional`, by the name of the format."""

_OFF = "off"
_OFFSET_OPTIONAL = "offset-optional"


def known(readings: Readings) -> Readings:
    """Return the readings unchanged; raises `ReceiverError` if one is unknown."""
    checked = sorted({*FORMATS, *NUMBER_FORMATS})
    for name, reading in readings.items():
        if name not in checked:
            names = ", ".join(checked)
            raise ReceiverError(f"formats: {name!r} is not checked; known: {names}")
        words = [_OFF, *([_OFFSET_OPTIONAL] if name in OFFSET_OPTIONAL else [])]
        if reading not in words:
            allowed = ", ".join(words)
            message = f"formats: {name} = {reading!r} is not known; known: {allowed}"
            raise ReceiverError(message)
    return readings


def off(name: str, readings: Readings) -> bool:
    """Return whether a format is not checked at all."""
    return readings.get(name) == _OFF


def asserted(name: str, readings: Readings) -> str | None:
    """Return the bundled schema's name of a format; None for one that is not asserted."""
    if readings.get(name) == _OFFSET_OPTIONAL:
        return OFFSET_OPTIONAL[name].name
    return name if name in FORMATS else None
