"""Multipart: octets cut at their boundary into parts with headers.

It decides where a part begins and ends, and its name (RFC 2046 §5.1, RFC 7578). It must not
know schemas.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

from cbmock.http import media_types
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Headers

MOST_PARTS = 1000
_LONGEST_HEAD = 16 * 1024
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_ESCAPED = re.compile(r'["\r\n]')
_ESCAPE = re.compile("%(?:22|0[DAda])")


class NotMultipart(ValueError):
    """A body that cannot be split into parts; `code` and the message say why."""

    def __init__(self, detail: str, code: str = "syntax") -> None:
        """Keep the code of the violation."""
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its headers, and its octets without any transfer encoding."""

    headers: Headers
    data: bytes

    @property
    def name(self) -> str | None:
        """The name that `Content-Disposition` gives, as it was before browsers escaped it."""
        return _as_before(self._disposition().get("name"))

    @property
    def filename(self) -> str | None:
        """The file's name, where the part is a file."""
        found = self._disposition()
        return _as_before(found.get("filename", found.get("filename*")))

    @property
    def content_id(self) -> str | None:
        """The `Content-ID` without its brackets (RFC 2392)."""
        stated = self.headers.get("content-id")
        return None if stated is None else stated.strip("<> ")

    @property
    def media_type(self) -> MediaType | None:
        """The `Content-Type`, where there is one."""
        stated = self.headers.get("content-type")
        return None if stated is None else media_types.parse(stated)

    @property
    def disposition(self) -> str | None:
        """The type of `Content-Disposition`, in lower case: `form-data`."""
        stated = self.headers.get("content-disposition")
        return None if stated is None else stated.partition(";")[0].strip().lower()

    def _disposition(self) -> dict[str, str]:
        stated = self.headers.get("content-disposition") or ""
        named = media_types.parameters(stated.partition(";")[2])
        return {name: _in_utf8(value) for name, value in reversed(named)}


def escaped(name: str) -> str:
    """Write a name or a file's name as browsers do (HTML §4.10.21.8): they escape no `%`."""
    return _ESCAPED.sub(lambda found: quote(found[0], errors="replace"), name)


def _as_before(text: str | None) -> str | None:
    """Undo `escaped`; any other `%` stands for itself."""
    return None if text is None else _ESCAPE.sub(lambda found: unquote(found[0]), text)


def _in_utf8(text: str) -> str:
    """Decode header text that was read as Latin-1 as UTF-8 (RFC 7578 §5.1)."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def split(data: bytes, boundary: str | None) -> list[Part]:
    """Split a body; raises `NotMultipart` without a boundary, or with too many parts."""
    return list(each_part(data, boundary))


def each_part(data: bytes, boundary: str | None) -> Iterator[Part]:
    """Yield the parts; raises `NotMultipart` after those that came before the mistake."""
    if not boundary:
        raise NotMultipart("the Content-Type has no boundary")
    mark = re.escape(boundary.encode("latin-1", "replace"))
    delimiter = re.compile(
        rb"(?:\A|\r?\n)--" + mark + rb"(?P<last>--)?[ \t]*(?=\r?\n|\Z)"
    )
    count, start = 0, None
    for match in delimiter.finditer(data):
        if start is not None:
            if count == MOST_PARTS:
                raise NotMultipart(f"more than {MOST_PARTS} parts", "too-large")
            count += 1
            yield _part(data[start : match.start()])
        if match["last"]:
            return
        start = match.end()
    if start is None:
        raise NotMultipart(f"the boundary {boundary[:80]!r} is not in the body")
    if data[start:].strip():
        yield _part(data[start:])
    raise NotMultipart(f"the boundary {boundary[:80]!r} does not close the last part")


def _part(data: bytes) -> Part:
    """Cut a part, which starts with the end of the delimiter's line."""
    end = _HEAD_END.search(data, 0, _LONGEST_HEAD)
    if end is None:
        return Part(Headers(), _LINE_END.sub(b"", data, count=1))
    headers = Headers(_fields(data[: end.start()]))
    coding = (headers.get("content-transfer-encoding") or "").lower()
    return Part(headers, _decoded(data[end.end() :], coding))


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    fields: list[tuple[bytes, bytes]] = []
    for line in _LINE_END.split(head):
        if line[:1] in (b" ", b"\t") and fields:  # a folded line
            name, value = fields[-1]
            fields[-1] = name, value + b" " + line.strip()
            continue
        name, colon, value = line.partition(b":")
        if colon:
            fields.append((name.strip(), value.strip()))
    return fields


def _decoded(data: bytes, coding: str) -> bytes:
    """Undo a transfer encoding (deprecated by RFC 7578 §4.7), unless the data is invalid."""
    if coding == "quoted-printable":
        return quopri.decodestring(data)
    try:
        return binascii.a2b_base64(data) if coding == "base64" else data
    except binascii.Error:
        return data
