"""Near misses: what a sender probably did wrong with a parameter.

It decides which mistakes of name, place and encoding are worth a hint; each hint names a
change that makes the value valid. It must not know how values are read.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from cbmock.contract.parameters.parameter import Parameter
from cbmock.contract.parameters.raw_parameters import RawParameters
from cbmock.contract.parameters.styles import DELIMITERS
from cbmock.http import json_text
from cbmock.http.json_text import NotJSON
from cbmock.violations import shown

_NEAR = 0.75
_MOST_NAMES = 200
_LONGEST_NAME = 100
_LONGEST_TEXT = 2000
"""A value of more characters than this is not read again just to give a hint."""

_SEPARATORS = re.compile(r"[^0-9a-z]+")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")


def sent_instead(
    parameter: Parameter, raw: RawParameters, documented: Iterable[Parameter]
) -> str:
    """Return the hint which name was sent instead of the parameter's; empty if none."""
    others = [each for each in documented if each is not parameter]
    own = _names(raw, parameter.location)
    used = {each.identity[1] for each in others if each.location == parameter.location}
    free = [name for name in own if _fold(parameter, name) not in used]
    found = _nearest(parameter.name, free)
    if found is not None:
        return f"; {shown(found)} was sent, did you mean {shown(parameter.name)}?"
    if parameter.kind == "object":
        member = _member(parameter, free)
        if member:
            return member
    for location in ("query", "header", "cookie"):
        if location == parameter.location:
            continue
        if any(
            _plain(name) == _plain(parameter.name) for name in _names(raw, location)
        ):
            noun = "query parameter" if location == "query" else location
            return f"; a {noun} of that name was sent"
    return ""


def _member(parameter: Parameter, free: list[str]) -> str:
    """Return the hint which name was sent instead of one of its properties' names."""
    properties = () if parameter.shape is None else parameter.shape.properties
    if parameter.style == "deepObject":
        for each in free:
            if each.startswith((f"{parameter.name}.", f"{parameter.name}[")):
                written = f"{parameter.name}[name]"
                return f"; {shown(each)} was sent, did you mean {shown(written)}?"
        return ""
    for name in properties if parameter.spread else ():
        found = _nearest(name, free)
        if found is not None:
            return (
                f"; {shown(found)} was sent, did you mean its property {shown(name)}?"
            )
    return ""


def documented_name(sent: str, documented: Iterable[str]) -> str:
    """Return the hint which documented name is near to this one; empty if none."""
    found = _nearest(sent[:_LONGEST_NAME], list(documented))
    return "" if found is None else f"; did you mean {shown(found)}?"


def _names(raw: RawParameters, location: str) -> list[str]:
    match location:
        case "query":
            names: Iterator[str] = (unquote_plus(name) for name, _ in raw.query)
        case "header":
            names = (name for name, _ in raw.request.headers)
        case "cookie":
            names = (name for name, _ in raw.cookies)
        case _:
            names = iter(())
    short = (name for name in names if 0 < len(name) <= _LONGEST_NAME)
    return list(
        dict.fromkeys(name for name, _ in zip(short, range(_MOST_NAMES), strict=False))
    )


def _fold(parameter: Parameter, name: str) -> str:
    return name.lower() if parameter.location == "header" else name


def _plain(name: str) -> str:
    """Leave out what often differs between names: case, separators, brackets."""
    return _SEPARATORS.sub("", _BRACKETS.sub("", name).lower())


def _nearest(name: str, sent: list[str]) -> str | None:
    plain = _plain(name)
    if not plain:
        return None
    by_plain = {_plain(each): each for each in reversed(sent)}
    near = difflib.get_close_matches(plain, by_plain, n=1, cutoff=_NEAR)
    return by_plain[near[0]] if near else None


# --- encodings --------------------------------------------------------------------------

Texts = tuple[str, ...]


class _Cure(NamedTuple):
    """A change to what was sent, and the hint to give if it makes the value valid."""

    change: Callable[[Parameter, Texts], Texts]
    hint: str


_DELIMITER = re.compile(r"[,|;]|%7C|%20|%3B", re.IGNORECASE)
_ENCODED_COMMA = re.compile("%2C", re.IGNORECASE)


def _plus(parameter: Parameter, texts: Texts) -> Texts:
    if parameter.location != "query":
        return texts
    return tuple(text.replace("+", "%2B") for text in texts)


def _comma(parameter: Parameter, texts: Texts) -> Texts:
    if parameter.kind is None or parameter.spread:
        return texts
    return tuple(text.replace("%2C", ",").replace("%2c", ",") for text in texts)


def _joined(parameter: Parameter, texts: Texts) -> Texts:
    return _split(parameter, texts, _DELIMITER)


def _separated(parameter: Parameter, texts: Texts) -> Texts:
    """Replace the delimiter of another style by that of the documented style."""
    if parameter.kind != "array" or parameter.spread:
        return texts
    own = DELIMITERS.get(parameter.style)
    delimiter = "," if own is None else own.written
    return tuple(_DELIMITER.sub(delimiter, text) for text in texts)


def _encoded_comma(parameter: Parameter, texts: Texts) -> Texts:
    return _split(parameter, texts, _ENCODED_COMMA)


def _split(parameter: Parameter, texts: Texts, delimiter: re.Pattern[str]) -> Texts:
    if parameter.kind != "array" or not parameter.spread:
        return texts
    return tuple(item for text in texts for item in delimiter.split(text))


def _json_items(parameter: Parameter, texts: Texts) -> Texts:
    """Write a JSON array as the style would; other texts stay."""
    decode = unquote_plus if parameter.location == "query" else unquote
    text = decode(texts[0])
    if parameter.kind != "array" or len(texts) > 1 or not text.startswith("["):
        return texts
    try:
        value, _ = json_text.read(text.encode("utf-8", "replace"))
    except NotJSON:
        return texts
    items = [each if isinstance(each, str) else json.dumps(each) for each in value]
    return tuple(items) if parameter.spread else (",".join(items),)


def _twice(parameter: Parameter, texts: Texts) -> Texts:
    return tuple(map(unquote, texts)) if parameter.location != "header" else texts


def _capital(_parameter: Parameter, texts: Texts) -> Texts:
    return tuple(
        text.lower() if text in ("True", "False", "TRUE", "FALSE") else text
        for text in texts
    )


_CURES = (
    _Cure(_plus, "a + in a query is a space, send %2B"),
    _Cure(_comma, "the comma is percent-encoded, so it is part of one item"),
    _Cure(_separated, "its style separates items by {separator}"),
    _Cure(_joined, "the items are exploded: send the parameter once for each"),
    _Cure(
        _encoded_comma,
        "the comma is percent-encoded, so it is part of one item; the items are exploded: "
        "send the parameter once for each",
    ),
    _Cure(_json_items, "it is sent as JSON, which its style is not"),
    _Cure(_twice, "the value is percent-encoded twice"),
    _Cure(_capital, "JSON writes true and false in lower case"),
)


def encoding_hint(
    parameter: Parameter, texts: Texts, is_valid: Callable[[Texts], bool]
) -> str:
    """Return the hint how the value would have been valid; empty if none is known."""
    if sum(map(len, texts)) > _LONGEST_TEXT:
        return ""
    for cure in _CURES:
        changed = cure.change(parameter, texts)
        if changed != texts and is_valid(changed):
            own = DELIMITERS.get(parameter.style)
            separator = "a comma" if own is None else own.words
            return f"; {cure.hint.format(separator=separator)}"
    return ""
