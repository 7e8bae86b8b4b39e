"""Media types: reading `Content-Type`, and which Media Type Object applies.

It decides the order of specificity (OAS 3.1.1 §4.8.13.1, RFC 9110 §12.5.1). It must not
know what bodies of a type look like inside.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

# token "/" token                                              (RFC 9110 §8.3.1, §5.6.2)
_ESSENCE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)/([!#$%&'*+.^_`|~0-9A-Za-z-]+)")
_PARAMETER = re.compile(
    r';[ \t]*(?P<name>[^\s=;]+)[ \t]*=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^;]*))'
)


_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type or range; type, subtype and parameter names are lower-case.

    `parameters` are sorted by name; the value of `charset` is lower-case too.
    """

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def essence(self) -> str:
        """The type without parameters: `application/json`."""
        return f"{self.type}/{self.subtype}"

    @property
    def written(self) -> str:
        """The type with its parameters, as written in a header."""
        return self.essence + "".join(f'; {n}="{v}"' for n, v in self.parameters)

    @property
    def charset(self) -> str | None:
        """The charset parameter."""
        return dict(self.parameters).get("charset")

    @property
    def is_form(self) -> bool:
        """Whether bodies are the fields of a form, most of which have names."""
        return self.type == "multipart" or self.essence == _FORM

    @property
    def is_json(self) -> bool:
        """Whether bodies are JSON texts (RFC 8259, RFC 6839 §3.1)."""
        return self.subtype.endswith("+json") or self.essence in (
            "application/json",
            "text/json",
            "application/x-json",
        )


@functools.lru_cache(maxsize=256)
def parse(text: str) -> MediaType | None:
    """Read a media type; None if the text is not one."""
    essence, _, rest = text.partition(";")
    found = _ESSENCE.fullmatch(essence.strip(" \t"))
    if found is None:
        return None
    named = [
        (name, value.lower() if name == "charset" else value)
        for name, value in parameters(rest)
    ]
    return MediaType(found[1].lower(), found[2].lower(), tuple(sorted(named)))


def parameters(text: str) -> list[tuple[str, str]]:
    """Read what follows the first `;` of a field value: lower-case names and values."""
    named = []
    for match in _PARAMETER.finditer(";" + text):
        value = match["plain"]
        if value is None:
            value = re.sub(r"\\(.)", r"\1", match["quoted"])
        # White space of HTTP, no other: an octet of "à" is one in Latin-1.
        named.append((match["name"].lower(), value.strip(" \t")))
    return named


def choose(keys: Iterable[str], sent: MediaType) -> str | None:
    """Return the most specific key that covers `sent`; None if none does."""
    best: tuple[int, str] | None = None
    for key in keys:
        rank = specificity(key, sent)
        if rank and (best is None or rank > best[0]):
            best = rank, key
    return None if best is None else best[1]


def specificity(key: str, sent: MediaType) -> int:
    """Rank how closely a `content` key names a type: from 0 (not at all) to 6 (exactly).

    A suffix is not a fallback: `application/json` does not cover
    `application/problem+json`.
    """
    wanted = parse(key)
    if wanted is None:
        return 0
    if wanted.essence == sent.essence:
        if not wanted.parameters:
            return 5
        given = {"charset": "utf-8", **dict(sent.parameters)}
        matching = all(given.get(n) == v for n, v in wanted.parameters)
        return 6 if matching else 0
    if wanted.essence == "*/*":
        return 1
    if wanted.type != sent.type:
        return 0
    if wanted.subtype == "*":
        return 2
    if wanted.subtype.startswith("*+"):
        return 3 if sent.subtype.endswith(wanted.subtype[1:]) else 0
    return 0
