"""Sizes in bytes, as people write and read them: `65536`, `64 KiB`, `1.5MB`.

It decides what is a size. It must not know what is limited.
"""

from __future__ import annotations

import re
from dataclasses import Field, field
from typing import Any

_POWERS = "", "k", "m", "g", "t"
_UNITS: dict[str, int] = {
    **{f"{letter}b": 1000**power for power, letter in enumerate(_POWERS)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate(_POWERS) if letter},
}
_WRITTEN = re.compile(r"([0-9]{1,30}(?:\.[0-9]+)?)\s*([kmgt]?i?b)?", re.IGNORECASE)
_MIB = 2**20

HINT = "bytes, or a number with KB, MB, GB (by 1000), KiB, MiB or GiB (by 1024)"
"""How a size may be written, for messages and help."""


def limited_size(default: int) -> int:
    """Return a dataclass's field that holds a size, with its default."""
    made: int = field(default=default, metadata={"unit": "bytes"})
    return made


def is_size(named: Field[Any]) -> bool:
    """Return whether a dataclass's field was made as a size."""
    return named.metadata.get("unit") == "bytes"


def read(text: str) -> int:
    """Return the bytes of a size; raises `ValueError` if the text is none."""
    written = _WRITTEN.fullmatch(text.strip().replace("_", ""))
    unit = None if written is None else _UNITS.get((written[2] or "b").lower())
    if written is None or unit is None or (unit == 1 and "." in written[1]):
        raise ValueError(f"{text!r} is not a size: write {HINT}")
    number = written[1]
    return round(float(number) * unit) if "." in number else int(number) * unit


def shown(size: int) -> str:
    """Write a size for people: `64 MiB`."""
    mebibytes, rest = divmod(size, _MIB)
    return f"{size} bytes" if rest else f"{mebibytes} MiB"
