"""JSON Pointers (RFC 6901): tokens, their text, and their URI fragment form.

It must not know references or documents, only trees of mappings and lists.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

Tokens = tuple[str, ...]

# array-index = %x30 / ( %x31-39 *(%x30-39) )        (RFC 6901 §4)
_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]*")
_LONGEST_INDEX = 18
# What RFC 3986 §3.5 allows in a fragment besides letters and digits.
_FRAGMENT_SAFE = "/~!$&'()*+,;=:@?-._"
_PLAIN = re.compile(r"[\w/~!$&'()*+,;=:@?.-]*", re.ASCII)
"""A text of such characters alone, as most are, is known in a fifth of the time."""


def parse(text: str) -> Tokens:
    """Split a pointer into its tokens; raises `ValueError` if it does not start with `/`."""
    if not text:
        return ()
    if not text.startswith("/"):
        message = f"a JSON Pointer starts with '/', not {text[:1]!r}"
        raise ValueError(message)
    return tuple(
        # This order: `~01` is the key `~1`, not `/` (RFC 6901 §4).
        token.replace("~1", "/").replace("~0", "~")
        for token in text[1:].split("/")
    )


def render(tokens: Sequence[str | int]) -> str:
    """Write tokens as a JSON Pointer."""
    text = "/".join(["", *map(str, tokens)])
    if "~" not in text and text.count("/") == len(tokens):
        return text
    return "".join(
        "/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens
    )


def fragment(tokens: Sequence[str | int]) -> str:
    """Write tokens as a URI fragment with its `#` (RFC 6901 §6)."""
    text = render(tokens) if tokens else ""
    if _PLAIN.fullmatch(text):
        return f"#{text}"
    # A JSON string may contain a lone surrogate, which UTF-8 cannot encode.
    return "#" + quote(text, safe=_FRAGMENT_SAFE, errors="surrogatepass")


@functools.lru_cache(maxsize=4096)
def parse_fragment(text: str) -> Tokens:
    """Read the part of a URI after `#`: percent-decoded once, then split.

    Cached, because a document refers to the same schemas again and again.
    """
    return parse(unquote(text))


def step(value: Any, token: str) -> Any:
    """Go one token down; `LookupError` if there is nothing."""
    if isinstance(value, Mapping):
        return value[token]
    if isinstance(value, list) and _is_index(token):
        return value[int(token)]
    raise LookupError(token)


def _is_index(token: str) -> bool:
    return len(token) <= _LONGEST_INDEX and _ARRAY_INDEX.fullmatch(token) is not None


def lookup(value: Any, tokens: Sequence[str]) -> Any:
    """Return the value at the pointer; raises `LookupError` if there is nothing."""
    for token in tokens:
        value = step(value, token)
    return value
