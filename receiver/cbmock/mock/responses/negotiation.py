"""Negotiation: which documented media type a sender's `Accept` prefers.

It decides the quality of each (RFC 9110 §12.5.1), and the violation of a sender that
accepts none. It must not know how a value is written as a type.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cbmock.http import media_types
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Headers
from cbmock.violations import Violation, shortened

_LONGEST = 2000
# media-range [ weight ], apart from commas that stand in quoted strings
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|$))+', re.DOTALL)
# weight = OWS ";" OWS "q=" qvalue                                       (RFC 9110 §12.4.2)
# Java's own client sends `*; q=.2`.
_STAR = re.compile(r"^\*(?=[ \t]*(?:;|$))")
_QVALUE = re.compile(r"0?\.[0-9]+|0\.?|1(?:\.0*)?")


class Accepted(NamedTuple):
    """A media range of `Accept` with its weight, from 0 (not acceptable) to 1."""

    range: MediaType
    quality: float

    @property
    def concrete(self) -> bool:
        """Whether it names one media type."""
        return "*" not in self.range.essence


def accept_of(headers: Headers) -> str | None:
    """Return a request's `Accept`; None if it accepts anything, as most do."""
    for name, value in headers.raw:
        if value != b"*/*" and name.lower() == b"accept":
            return headers.get("accept") or None
    return None


def refused(accept: str, offered: tuple[str, ...], *, strict: bool) -> Violation:
    """Return the violation of a sender that accepts none of the documented media types.

    A server may disregard `Accept` (RFC 9110 §12.5.1): only a strict mock refuses (406).
    """
    return Violation(
        location="header",
        name="Accept",
        code="not-acceptable",
        severity="error" if strict else "info",
        detail=f"the answer is documented as {', '.join(offered)} only",
        expected=shortened(list(offered)),
        received=shortened(accept),
    )


def choose(keys: Iterable[str], accept: str | None) -> tuple[str, str] | None:
    """Return the best of the documented keys and the type to send, or None.

    Of equals the first wins. A key that is a range covers what is accepted by
    name; otherwise it is returned as the type itself.
    """
    best: tuple[float, str, str] | None = None
    wanted = read(accept or "")
    for key in keys:
        for sent, quality in _offers(key, wanted):
            if quality > 0 and (best is None or quality > best[0]):
                best = quality, key, sent
    return None if best is None else best[1:]


@functools.lru_cache(maxsize=256)
def read(accept: str) -> tuple[Accepted, ...]:
    """Read the ranges of a field value; invalid ones are left out.

    If no valid range is left, anything is accepted, as without the field.
    """
    return tuple(_accepted(accept[:_LONGEST])) or (_ANYTHING,)


_ANYTHING = Accepted(MediaType("*", "*"), 1.0)


def _accepted(accept: str) -> Iterator[Accepted]:
    for element in _ELEMENT.findall(accept):
        found = media_types.parse(_STAR.sub("*/*", element.strip()))
        if found is None:
            continue
        named = dict(found.parameters)
        weight = named.pop("q", "1")
        if _QVALUE.fullmatch(weight):
            media_type = MediaType(found.type, found.subtype, tuple(named.items()))
            yield Accepted(media_type, float(weight))


def _offers(key: str, wanted: tuple[Accepted, ...]) -> Iterator[tuple[str, float]]:
    """Yield what may be sent for a key, with its quality."""
    found = media_types.parse(key)
    if found is None:
        yield key, 1.0  # not a media type, so `Accept` cannot exclude it
    elif "*" not in found.essence:
        yield key, _quality(found, wanted)
    else:
        for each in wanted:
            if not each.concrete and _overlap(found, each.range):
                yield key, each.quality
            elif each.concrete and media_types.specificity(key, each.range):
                yield each.range.written, each.quality


def _quality(found: MediaType, wanted: tuple[Accepted, ...]) -> float:
    """Return the quality of a media type: that of the most specific range for it."""
    ranked = [
        (media_types.specificity(each.range.written, found), each) for each in wanted
    ]
    fitting = [pair for pair in ranked if pair[0]]
    if not fitting:
        return 0.0
    closest = max(fitting, key=lambda pair: (pair[0], len(pair[1].range.parameters)))
    return closest[1].quality


def _overlap(one: MediaType, other: MediaType) -> bool:
    """Return whether two ranges have a type in common."""
    return "*" in (one.type, other.type) or one.type == other.type
