"""The message that is signed: its parts, by the places and placeholders of a scheme.

It must not know secrets, algorithms or vendors.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cbmock.description import json_pointer
from cbmock.http import json_text
from cbmock.signatures.scheme import Scheme

HeaderFields = Mapping[str, str] | Iterable[tuple[str, str]]

_VERB = re.compile(
    r"\{(body|timestamp|id|url|method|secret|path|path:escaped|signed-names"
    r"|signed-headers|form:sorted"
    r"|json:[^{}]*|form:[^{}]*)\}"
)
_SIGNED_NAMES = "x-contentful-signed-headers"
_SIGNED_TIME = "x-contentful-timestamp"
_KEPT_BY_ENCODE_URI = ";/?:@&=+$,#-_.!~*'()"  # ECMA-262, encodeURI


class Absent(Exception):
    """A part that the scheme needs is not in the message; `place` names it."""

    def __init__(self, place: str) -> None:
        """Keep the place as schemes write it: `header webhook-id`."""
        super().__init__(place)
        self.place = place


@dataclass(frozen=True)
class Message:
    """The parts of a request that signatures use; header names are in lower case.

    `url` is the whole URL that the sender used. Several fields of one name are joined
    by `, ` (RFC 9110 §5.3).
    """

    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    url: str = ""
    item: Any = field(default=None, compare=False)

    @cached_property
    def json(self) -> Any:
        """The body's JSON value; None if it is not JSON."""
        if self.item is not None:
            return self.item
        try:
            return json_text.read(self.body)[0]
        except json_text.NotJSON:
            return None

    @cached_property
    def form(self) -> tuple[tuple[str, str], ...]:
        """The fields of an urlencoded body, in order; empty if it is not one."""
        content_type = self.headers.get("content-type", "")
        if not content_type.lower().startswith("application/x-www-form-urlencoded"):
            return ()
        text = self.body.decode("utf-8", "replace")
        return tuple(urllib.parse.parse_qsl(text, keep_blank_values=True))

    def value(self, place: str) -> str:
        """Return the text at `header NAME`, `body /pointer` or `form NAME`."""
        kind, _, name = place.partition(" ")
        found: Any = None
        if kind == "header":
            found = self.headers.get(name.lower())
        elif kind == "body":
            found = at(self.json, name)
        elif kind == "form":
            found = dict(self.form).get(name)
        if found is None or found == "" or isinstance(found, dict | list):
            raise Absent(place)
        return text(found)


def text(value: Any) -> str:
    """Write a JSON scalar as JavaScript's string concatenation does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def at(value: Any, pointer: str) -> Any:
    """Return the value at a JSON Pointer; None if there is none."""
    for token in json_pointer.parse(pointer) or ():
        if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        elif isinstance(value, dict) and token in value:
            value = value[token]
        else:
            return None
    return value


def read_message(
    headers: HeaderFields, body: bytes, method: str = "POST", url: str = ""
) -> Message:
    """Build a message from a mapping of header fields or from pairs."""
    try:
        urllib.parse.urlsplit(url)
    except ValueError:
        url = ""  # not a URL that a sender can have used
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    fields: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        fields[key] = f"{fields[key]}, {value}" if key in fields else value.strip(" \t")
    return Message(fields, body, method, url)


@dataclass(frozen=True, slots=True)
class HeaderParts:
    """The values that the signature's own header provides for the template."""

    timestamp: str = ""
    id: str = ""
    secret: bytes = b""
    url: str | None = None
    body: bytes | None = None


def signed_octets(scheme: Scheme, message: Message, parts: HeaderParts) -> bytes:
    """Return the octets that the scheme signs; may raise `Absent`."""
    return filled(scheme.signed, message, parts)


def filled(template: str, message: Message, parts: HeaderParts) -> bytes:
    """Return a template with its placeholders replaced; may raise `Absent`."""
    octets = b""
    end = 0
    for verb in _VERB.finditer(template):
        octets += template[end : verb.start()].encode()
        octets += _verb(verb[1], message, parts)
        end = verb.end()
    return octets + template[end:].encode()


def _verb(verb: str, message: Message, parts: HeaderParts) -> bytes:
    name, _, argument = verb.partition(":")
    if verb == "body":
        return message.body if parts.body is None else parts.body
    if verb == "secret":
        return parts.secret
    if verb == "form:sorted":
        return _sorted_form(message)
    if name == "json":
        return text(at(message.json, argument)).encode("utf-8", "surrogatepass")
    if name == "form":
        return message.value(f"form {argument}").encode("utf-8", "surrogatepass")
    if verb in {"path", "path:escaped"}:
        return _path(message.url, is_escaped=verb != "path").encode()
    if verb in {"signed-names", "signed-headers"}:
        fields = _signed_headers(message, parts.timestamp)
        if verb == "signed-names":
            return fields[_SIGNED_NAMES].encode()
        return ";".join(map(":".join, fields.items())).encode()
    plain = {
        "timestamp": parts.timestamp,
        "id": parts.id,
        "method": message.method,
        "url": message.url if parts.url is None else parts.url,
    }
    return plain[verb].encode("utf-8", "surrogatepass")


def _sorted_form(message: Message) -> bytes:
    """Join names and values, sorted by name; a repeated value is used once."""
    return "".join(name + value for name, value in sorted({*message.form})).encode()


def _path(url: str, *, is_escaped: bool) -> str:
    """Return path and query; escaped again, the query twice, as Contentful does."""
    parts = urllib.parse.urlsplit(url)
    path, query = parts.path, parts.query
    if is_escaped:  # what follows a second question mark is not signed
        query = query.partition("?")[0]
        query = urllib.parse.quote(query, safe="!'()*-._~", errors="replace")
    whole = f"{path}?{query}" if query else path
    if not is_escaped:
        return whole
    return urllib.parse.quote(whole, safe=_KEPT_BY_ENCODE_URI, errors="replace")


def _signed_headers(message: Message, timestamp: str) -> Mapping[str, str]:
    """Return the signed fields in order of their names; these two always are."""
    named = message.headers.get(_SIGNED_NAMES, "").lower().split(",")
    names = {name.strip() for name in named} & {*message.headers}
    values = {name: message.headers[name].strip() for name in names}
    listed = ",".join(sorted(names | {_SIGNED_NAMES, _SIGNED_TIME}))
    values |= {_SIGNED_NAMES: listed, _SIGNED_TIME: timestamp}
    return dict(sorted(values.items()))
