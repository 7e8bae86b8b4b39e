"""Percent-encoding: whether a text can be decoded without loss (RFC 3986 §2.1).

It must not know where the text was sent.
"""

from __future__ import annotations

import re

from cbmock.violations import shown

_INCOMPLETE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def first_wrong(text: str) -> str | None:
    """Return the first part of a text that cannot be decoded, for a sentence, or None.

    It is shown as it was sent.
    """
    if "%" not in text:
        return None
    incomplete = _INCOMPLETE.search(text)
    if incomplete is not None:
        return f"{shown(incomplete[0])}, which is not a percent-encoding"
    for escapes in _ESCAPES.findall(text):
        try:
            bytes.fromhex(escapes.replace("%", "")).decode("utf-8")
        except UnicodeDecodeError as error:
            wrong = escapes[3 * error.start : 3 * error.end]
            return f"{shown(wrong)}, which is not UTF-8"
    return None
