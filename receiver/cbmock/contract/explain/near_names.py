"""Near misses of names: which known name was probably intended.

It must not know where the names come from.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from cbmock.violations import shown

_LONGEST_NAME = 80
_MOST_NAMES = 200
_NEAR = 0.6  # of 1: `payed` is as near to `paid`
_NEAR_A_MISSING_NAME = 0.75  # stricter, because the other name may be right

_SEPARATORS = re.compile(r"[^0-9a-z]+")


def did_you_mean(text: Any, known: Iterable[Any]) -> str:
    """Return the "did you mean" hint for the nearest known text; empty if none is near."""
    found = _nearest(text, known, _NEAR)
    return "" if found is None else f"; did you mean {shown(found)}?"


def sent_instead(value: Mapping[str, Any], name: str, known: Iterable[str]) -> str:
    """Return the hint that an unknown property was sent in place of a missing one."""
    described = set(known)
    others = [each for each in value if each not in described]
    found = _nearest(name, others, _NEAR_A_MISSING_NAME) if others else None
    if found is None:
        return ""
    return f"; {shown(found)} was sent, did you mean {shown(name)}?"


def _nearest(text: Any, known: Iterable[Any], cutoff: float) -> str | None:
    """Return a known text that differs in spelling only, else one that is similar."""
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_NAME:
        return None
    texts = [
        each
        for each in known
        if isinstance(each, str) and 0 < len(each) <= _LONGEST_NAME
    ][:_MOST_NAMES]
    if not texts:
        return None
    plain = _plain(text)
    for each in texts:
        if plain and _plain(each) == plain:
            return each
    lowered = {each.lower(): each for each in texts}
    near = difflib.get_close_matches(text.lower(), lowered, n=1, cutoff=cutoff)
    return lowered[near[0]] if near else None


def _plain(text: str) -> str:
    """Return a name in lower case without separators, which is how aliases differ."""
    return _SEPARATORS.sub("", text.lower())
