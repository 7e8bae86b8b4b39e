"""JSON texts: bytes to values, stricter and more exact than Python's own reader.

It decides what is JSON (RFC 8259) and what is only suspicious. It must not know schemas
or media types beyond a charset.
"""

from __future__ import annotations

import base64
import codecs
import math
import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from json import JSONDecodeError, JSONDecoder
from typing import Any, NoReturn

from cbmock.http import plain_json
from cbmock.http.plain_json import NotPlain
from cbmock.violations import Location, Violation

DEEPEST = 500
"""How many arrays and objects may be nested before a text is refused."""

_TOO_DEEP = f"nested more than {DEEPEST} levels deep"


class NotJSON(ValueError):
    """The text cannot be read; `violation` says why."""

    def __init__(self, violation: Violation) -> None:
        """Keep the violation."""
        super().__init__(violation.detail)
        self.violation = violation


def read(
    data: bytes,
    *,
    charset: str | None = None,
    location: Location = "body",
    name: str | None = None,
) -> tuple[Any, tuple[Violation, ...]]:
    """Return the value and warnings about the text; `NotJSON` if it is not JSON.

    Integers are exact whatever their size. A number too large for a float is a
    `Decimal`. If a name is repeated, the last one is used.
    """

    def violation(code: str, detail: str, *, warning: bool = False) -> Violation:
        return Violation(
            location=location,
            name=name,
            pointer="#" if location == "body" else None,
            code=code,
            detail=detail,
            severity="warning" if warning else "error",
        )

    if charset is None or charset.lower() == "utf-8":
        try:
            return plain_json.read(data), ()
        except NotPlain:
            pass  # it is read below, and it is said what is wrong with it
    text, suspicious = _characters(data, charset, violation)
    if _too_deep(text):
        raise NotJSON(violation("too-deep", _TOO_DEEP))
    repeated: list[str] = []
    try:
        value = _loads(text, repeated)
    except JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        detail = f"not JSON: {error.msg.removesuffix(' at').lower()} at {where}"
        raise NotJSON(violation("syntax", detail)) from None
    except _NoNumberError as error:
        detail = f"not JSON: {error}"
        raise NotJSON(violation("syntax", detail)) from None
    except RecursionError:  # the caller was already too deep in the stack
        raise NotJSON(violation("too-deep", _TOO_DEEP)) from None
    if repeated:
        detail = f"the name {repeated[0]!r} is repeated in one object (RFC 8259 §4)"
        suspicious.append(violation("json-duplicate-key", detail, warning=True))
    return value, tuple(suspicious)


def _characters(
    data: bytes, charset: str | None, violation: Callable[..., Violation]
) -> tuple[str, list[Violation]]:
    """Return the characters, without a byte order mark, and warnings."""
    suspicious: list[Violation] = []
    codec = encoding(charset)
    if codec != "utf-8":
        detail = f"JSON is sent in UTF-8, not in {charset} (RFC 8259 §8.1)"
        suspicious.append(violation("charset", detail, warning=True))
    try:
        text = data.decode(codec or "utf-8")
    except UnicodeDecodeError as error:
        raise NotJSON(violation("encoding", undecodable(error))) from None
    if text.startswith("\ufeff"):
        text = text[1:]
        detail = "the text starts with a byte order mark (RFC 8259 §8.1)"
        suspicious.append(violation("json-bom", detail, warning=True))
    return text, suspicious


def undecodable(error: UnicodeDecodeError) -> str:
    """Return which byte is not a character: `byte 3 (0xff) is not utf-8`."""
    byte = error.object[error.start : error.start + 1].hex()
    return f"byte {error.start} (0x{byte}) is not {error.encoding}"


# Many of Python's codecs are not charsets: `hex`, `idna`, `unicode_escape`.
_CHARSET = re.compile(
    r"(?:utf|iso|latin|windows|cp|koi8|gb|big5|shift|euc)[\w-]*", re.ASCII
)


def encoding(charset: str | None) -> str | None:
    """Return the name of a charset's codec; None if it is unknown.

    US-ASCII is read as UTF-8, which contains it.
    """
    if charset is None or charset.lower() in ("us-ascii", "ascii"):
        return "utf-8"
    if _CHARSET.fullmatch(charset.lower()) is None:
        return None
    try:
        return codecs.lookup(charset).name
    except LookupError:
        return None


class _NoNumberError(Exception):
    """A number that JSON or this reader cannot represent; the message says which."""


def _refuse(constant: str) -> NoReturn:
    raise _NoNumberError(f"{constant} is not a JSON number")


def _float(text: str) -> float | Decimal:
    value = float(text)
    if math.isfinite(value):
        return value
    try:
        return Decimal(text)
    except InvalidOperation:
        raise _NoNumberError(f"{text[:40]} is out of range (RFC 8259 §6)") from None


_LONGEST_INT = 4300
"""The most digits that Python converts."""


def _int(text: str) -> int | Decimal:
    return int(text) if len(text) < _LONGEST_INT else Decimal(text)


def _loads(text: str, repeated: list[str]) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            counted = Counter(name for name, _ in pairs)
            repeated.extend(name for name, count in counted.items() if count > 1)
        return value

    long = len(text) >= _LONGEST_INT
    # Unlike `json.loads`, it is not replaced by tests.
    return JSONDecoder(
        object_pairs_hook=members,
        parse_constant=_refuse,
        parse_float=_float,
        parse_int=_int if long else None,
    ).decode(text)


def most_parts(data: bytes) -> int:
    """Return how many members and items a text in UTF-8 has at most, itself counted.

    Each follows a comma or is the first of its object or array.
    """
    return 1 + len(data.translate(None, _OTHERS))


_OTHERS = bytes(each for each in range(256) if each not in b",{[")
"""One pass that deletes these takes a third of the time of three that count."""


_STRUCTURE = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def _too_deep(text: str) -> bool:
    """Return whether a text is nested too deeply; only texts with many brackets are read."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    depth = 0
    for match in _STRUCTURE.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif mark in "]}":
            depth -= 1
    return False


def as_json_body(data: bytes) -> tuple[str | None, str | None]:
    """Return a body as text, or as base64 where it is not UTF-8."""
    if not data:
        return None, None
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        return None, base64.b64encode(data).decode("ascii")
