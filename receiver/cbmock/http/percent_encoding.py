"""Percent-encoding: whether a text is read as it was sent (RFC 3986 §2.1).

It must not know where the text stands.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from cbmock.violations import shown

_INCOMPLETE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)


def first_wrong(text: str) -> str | None:
    """Return what in a text cannot be decoded, for a sentence; None where nothing is."""
    if "%" not in text:
        return None
    incomplete = _INCOMPLETE.search(text)
    if incomplete is not None:
        return f"{shown(incomplete[0])}, which is not a percent-encoding"
    try:
        unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        return f"'%{byte:02X}', which is not UTF-8"
    return None
