"""Redaction: a request as it is shown to people, without the credentials in it.

It decides which values are credentials (OAS 3.1.1 §4.8.27, RFC 9110 §11.6, RFC 6750) and
what is shown in their place, in linear time. It must not know how credentials are checked.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

from cbmock.contract.security.hidden_names import is_credential
from cbmock.http import media_types
from cbmock.http.messages import Headers, Request
from cbmock.violations import Violation, shown

HIDDEN = "***"

# A run of characters that a name may have. It is matched as a whole, not from each of its
# characters, which would take quadratic time if no `=` follows.
_NAME = re.compile(r"[^?&;\s'\"=]+")
_VALUE = re.compile(r"[^&]+")
_QUOTED = re.compile(r"\S+?(?=['\"]?[,;:]?(?:[&\s]|$))")
_USERINFO = re.compile(r"(://)[^/?#\s@]*@")
# User information at the beginning, as in Host, or in the target of CONNECT.
_USERINFO_ALONE = re.compile(r"[^/?#\s@:<>'\"]*:[^/?#\s@<>'\"]*@")
# A pair, or user information, in a URL that is percent-encoded in another one.
_ENCODED = re.compile(r"%3D|%40", re.IGNORECASE)
_LINE_END = re.compile(rb"(\r\n|\r|\n)")
_PART_NAME = re.compile(
    rb"\bname(?:=\"([^\"\r\n]*)\"|=([^;\s]*)|\*=[\w.\-]*'[^']*'([^;\s]*))",
    re.IGNORECASE,
)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
# The details of violations with these codes do not contain the value.
_WITHOUT_VALUE = frozenset(
    {
        *("missing-header", "missing-parameter", "missing-cookie", "required"),
        *("duplicate", "empty", "undocumented", "header-encoded"),
    }
)
_WITH_URLS = frozenset({"url", "query", "header", "delivery"})
"""The locations whose violations may contain a URL."""
_SHORTEST_SECRET = 4
_TELLING = 16
"""A value is looked for in a sentence by this many of its first characters."""
_DEEPEST = 4


_MOST_FIELDS = 512
"""How many redacted lists of header fields are cached."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Hides the values of credentials.

    Values whose names look like those of credentials are hidden. So are those named by
    `headers` (in lower case) and `query`, the document's API keys, and by `names` (in lower
    case), which the user gave. `forms` hides form fields too. With `shows` nothing is
    hidden.
    """

    headers: frozenset[str] = frozenset()
    query: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    forms: bool = False
    shows: bool = False

    def request(self, request: Request) -> Request:
        """Return the request as it may be shown."""
        if self.shows:
            return request
        body = self._body(request) if self.forms else request.body
        target, headers = self.target(request.target), self.fields(request.headers)
        return Request(request.method, target, headers, body, request.scheme)

    def target(self, target: str) -> str:
        """Return a request target as it may be shown."""
        return self._url(target, _VALUE)

    def fields(self, headers: Headers) -> Headers:
        """Return header fields as they may be shown."""
        if self.shows:
            return headers
        if headers.recurring:
            return _recurring_fields(self, headers)
        return self._fields(headers)

    def _fields(self, headers: Headers) -> Headers:
        return Headers(
            (name, self.field(name.decode("latin-1"), value))
            for name, value in headers.raw
        )

    def head(self, data: bytes) -> bytes:
        """Hide the credentials in bytes that are not a well-formed request."""
        if self.shows:
            return data
        lines: list[bytes] = []
        hiding = False
        for line in _LINE_END.split(data):
            if line in (b"\r\n", b"\r", b"\n"):
                lines.append(line)
                continue
            name, colon, value = line.partition(b":")
            if hiding and line[:1] in (b" ", b"\t"):  # a folded line
                lines.append(line[:1] + HIDDEN.encode())
                continue
            plain = name.decode("latin-1").strip(" \t")
            hiding = bool(colon) and " " not in plain and self.is_header(plain)
            if hiding:
                space = value[: len(value) - len(value.lstrip(b" \t"))]
                hidden = self.field(plain, value.strip(b" \t"))
                lines.append(name + colon + space + hidden)
            else:
                text = self._url(line.decode("latin-1"), _QUOTED)
                lines.append(text.encode("latin-1"))
        return b"".join(lines)

    def text(self, text: str) -> str:
        """Hide the credentials in a sentence about a URL."""
        return self._url(text, _QUOTED)

    def violation(self, violation: Violation) -> Violation:
        """Return a violation as it may be shown."""
        if self.shows or (violation.location == "body" and not self.forms):
            return violation
        if self._conceals(violation):
            return replace(
                violation,
                detail=_without_value(violation),
                received=None if violation.received is None else HIDDEN,
            )
        if violation.location not in _WITH_URLS and violation.location != "body":
            return violation
        return replace(
            violation,
            detail=self.text(violation.detail),
            expected=self._known(violation.expected),
            received=self._known(violation.received),
        )

    def _known(self, value: Any) -> Any:
        return self.text(value) if isinstance(value, str) else value

    def is_header(self, name: str) -> bool:
        """Return whether a header holds a credential."""
        return not self.shows and (
            name.lower() in self.headers or self._is_secret(name)
        )

    def is_query(self, name: str) -> bool:
        """Return whether a query parameter holds a credential."""
        return not self.shows and (name in self.query or self._is_secret(name))

    def _is_secret(self, name: str) -> bool:
        return name.lower() in self.names or _is_credential(name)

    def _conceals(self, violation: Violation) -> bool:
        # In a parameter or form that is an object, the member's name counts.
        members = (violation.pointer or "").split("/")[1:]
        names = filter(None, (violation.name, *members))
        match violation.location:
            case "header":
                return any(map(self.is_header, names))
            case "query":
                return any(map(self.is_query, names))
            case "cookie":
                return True
            case "body":
                return any(map(self._is_secret, names))
            case _:
                return False

    def _url(self, text: str, ending: re.Pattern[str], depth: int = 0) -> str:
        """Hide user information and the values of query pairs.

        `ending` matches where a value ends. A URL may be in the query of another URL.
        """
        if self.shows:
            return text
        if "@" in text:
            text = _USERINFO.sub(rf"\1{HIDDEN}@", text)
            text = _without_userinfo(text)
        if "=" not in text:
            return text
        parts, here, looked_to = [], 0, 0
        for name, start, end in _pairs(text, ending):
            if start < here:
                continue
            if self.is_query(unquote_plus(name)):
                replaced = HIDDEN
            elif depth < _DEEPEST and looked_to < end:
                looked_to = end  # further names inside belong to the nested URL
                replaced = self._nested(text, start, end, depth)
            else:
                continue
            if replaced != text[start:end]:
                parts += [text[here:start], replaced]
                here = end
        return "".join((*parts, text[here:]))

    def _nested(self, text: str, start: int, end: int, depth: int) -> str:
        """Hide the credentials in a value that is a percent-encoded URL."""
        value = text[start:end]
        if not _ENCODED.search(value):
            return value
        plain = unquote(value)
        hidden = self._url(plain, _VALUE, depth + 1)
        return value if hidden == plain else quote(hidden, safe="*", errors="replace")

    def field(self, name: str, value: bytes) -> bytes:
        """Return the value of a header field as it may be shown."""
        if not value.strip():
            return value
        if not self.is_header(name):
            if b"=" not in value and b"@" not in value:
                return value
            # A URL, as in Referer and Location.
            return self.text(value.decode("latin-1")).encode("latin-1", "replace")
        text = value.decode("latin-1")
        match name.lower():
            case "authorization" | "proxy-authorization":
                scheme, space, credentials = text.strip().partition(" ")
                hidden = f"{scheme} {HIDDEN}" if space and credentials else HIDDEN
            case "cookie":
                hidden = ";".join(map(_cookie, text.split(";")))
            case "set-cookie":
                pair, semicolon, attributes = text.partition(";")
                hidden = _cookie(pair) + semicolon + attributes
            case _:
                hidden = HIDDEN
        return hidden.encode("latin-1")

    def _body(self, request: Request) -> bytes:
        """Hide the fields of a form that are named like credentials."""
        stated = media_types.parse(request.headers.get("content-type") or "")
        is_urlencoded = (
            stated is not None and stated.essence == "application/x-www-form-urlencoded"
        )
        if stated is None or not (is_urlencoded or stated.type == "multipart"):
            return request.body
        if "content-encoding" in request.headers:
            return HIDDEN.encode() if request.body else b""
        if is_urlencoded:
            pairs = request.body.decode("latin-1")
            return self._url(pairs, _VALUE).encode("latin-1", "replace")
        boundary = dict(stated.parameters).get("boundary")
        if not boundary:
            return request.body
        mark = b"--" + boundary.encode("latin-1", "replace")
        return mark.join(map(self._part, request.body.split(mark)))

    def _part(self, part: bytes) -> bytes:
        blank = _BLANK_LINE.search(part)
        if blank is None:
            return part
        named = _PART_NAME.search(part, 0, blank.start())
        if named is None:
            return part
        name = (named[1] or named[2] or named[3] or b"").decode("utf-8", "replace")
        if not self._is_secret(unquote(name)):
            return part
        return part[: blank.end()] + HIDDEN.encode() + b"\r\n"


@functools.lru_cache(maxsize=_MOST_FIELDS)
def _recurring_fields(redaction: Redaction, headers: Headers) -> Headers:
    return redaction._fields(headers)


def _pairs(text: str, ending: re.Pattern[str]) -> Iterator[tuple[str, int, int]]:
    """Yield each name that a `=` follows, and where its value begins and ends.

    A value may contain further names: its end is searched once, to stay linear.
    """
    end = 0
    for name in _NAME.finditer(text):
        start = name.end() + 1
        if text[name.end() : start] != "=":
            continue
        if start >= end:
            value = ending.match(text, start)
            if value is None:
                continue
            end = value.end()
        yield name[0], start, end


def _cookie(pair: str) -> str:
    """Hide the value of a cookie; a text without `=` is a value."""
    if not pair.strip():
        return pair
    name, equals, _ = pair.partition("=")
    return f"{name}={HIDDEN}" if equals else HIDDEN


def _without_userinfo(text: str) -> str:
    """Hide user information before a host, if no scheme comes first."""
    found = _USERINFO_ALONE.match(text)
    return text if found is None else f"{HIDDEN}@{text[found.end() :]}"


_cached = functools.lru_cache(maxsize=1024)(is_credential)
_LONGEST_CACHED = 64


def _is_credential(name: str) -> bool:
    return is_credential(name) if len(name) > _LONGEST_CACHED else _cached(name)


def _without_value(violation: Violation) -> str:
    """Return a violation's sentence without the value; the rule is not secret."""
    detail, received = violation.detail, violation.received
    if violation.code in _WITHOUT_VALUE:
        return detail
    if received is not None:
        detail = detail.replace(shown(received), HIDDEN)
        if HIDDEN in detail and not any(text in detail for text in _texts(received)):
            return detail
    return f"the {violation.location} {violation.name!r} is not as documented"


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a value that must not be shown."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(name)
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif len(str(value)) >= _SHORTEST_SECRET:
        yield str(value)[:_TELLING]
