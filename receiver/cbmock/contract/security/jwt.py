"""JSON Web Tokens: their claims (RFC 7519), with the signature unchecked.

It must not know where the token was sent.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from cbmock.http import json_text
from cbmock.http.json_text import NotJSON

_PART = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 64 * 1024


def claims(token: str) -> dict[str, Any] | None:
    """Return the claims of a signed token; None for any other text."""
    parts = token.split(".") if len(token) <= _LONGEST else []
    if len(parts) != len(("header", "claims", "signature")):
        return None
    header, payload = _object(parts[0]), _object(parts[1])
    if header is None or (parts[2] and not _PART.fullmatch(parts[2])):
        return None
    return payload


def scopes(claimed: dict[str, Any]) -> frozenset[str] | None:
    """Return the scopes that a token grants (RFC 8693 §4.2); None if it has none."""
    for name in ("scope", "scp"):
        stated = claimed.get(name)
        if isinstance(stated, str):
            return frozenset(stated.split())
        if isinstance(stated, list):
            return frozenset(str(each) for each in stated)
    return None


def expiry(claimed: dict[str, Any]) -> float | None:
    """Return when the token expires, in seconds since the epoch."""
    stated = claimed.get("exp")
    return stated if type(stated) in (int, float) else None


def _object(part: str) -> dict[str, Any] | None:
    if not _PART.fullmatch(part):
        return None
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value, _ = json_text.read(data)
    except (binascii.Error, NotJSON):
        return None
    return value if isinstance(value, dict) else None
