"""Mapped: header fields, form fields and JSON, in the types that other libraries use.

It decides the value of a name that was sent several times. It must not know schemas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from cbmock.http import json_text, media_types
from cbmock.http.json_text import NotJSON
from cbmock.http.messages import Headers

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


class HeaderMapping(Mapping[str, str]):
    """The header fields of a request by name, whatever the case of its letters.

    Several lines of one name are joined by `, ` (RFC 9110 §5.3). `all` returns each of
    them, `raw` the pairs of bytes as received.
    """

    __slots__ = ("_headers", "_names")

    def __init__(self, headers: Headers) -> None:
        """Keep these fields."""
        self._headers = headers
        self._names: dict[str, str] = {}
        for name, _ in headers:
            self._names.setdefault(name.lower(), name)

    def __getitem__(self, name: str) -> str:
        """Return the joined value; raises `KeyError` with the names that were sent."""
        __tracebackhide__ = True
        value = self._headers.get(name)
        if value is None:
            message = f"no header {name!r} came; these did: {', '.join(self) or 'none'}"
            raise KeyError(message)
        return value

    def __iter__(self) -> Iterator[str]:
        """Go through the names as received, each once."""
        return iter(self._names.values())

    def __len__(self) -> int:
        """Count the names."""
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        """Return whether a field of that name was sent."""
        return isinstance(name, str) and name.lower() in self._names

    def all(self, name: str) -> tuple[str, ...]:
        """Return the value of every field line of that name."""
        return self._headers.all(name)

    @property
    def raw(self) -> tuple[tuple[bytes, bytes], ...]:
        """The pairs as received."""
        return self._headers.raw

    def __repr__(self) -> str:
        """Show the fields."""
        return f"HeaderMapping({dict(self)!r})"


Fields = Mapping[str, str | tuple[str, ...]]
"""Values by name; a name that was sent several times has a tuple."""


class _NamedFields(dict[str, str | tuple[str, ...]]):
    """Values by name; the error about an unknown name lists the known ones."""

    def __missing__(self, name: str) -> str:
        """Raise a `KeyError` that lists the names."""
        __tracebackhide__ = True
        came = ", ".join(self) or "none"
        message = f"no field {name!r} came; these did: {came}"
        raise KeyError(message)


def query_fields(query: str) -> Fields:
    """Read the query of a URL, percent-decoded."""
    return _by_name(parse_qsl(query, keep_blank_values=True))


def form_fields(body: bytes, content_type: str | None) -> Fields:
    """Read a form; raises `ValueError` if the body is not one.

    A file's value is its content as text; bytes that are not UTF-8 are replaced.
    """
    stated = media_types.parse(content_type or "")
    essence = None if stated is None else stated.essence
    if essence == _FORM:
        text = body.decode("utf-8", "replace")
        return _by_name(parse_qsl(text, keep_blank_values=True))
    if stated is not None and essence == _MULTIPART:
        from cbmock.http import multipart  # noqa: PLC0415 - 1 ms, few need it

        boundary = dict(media_types.parameters((content_type or "").partition(";")[2]))
        parts = multipart.split(body, boundary.get("boundary"))
        return _by_name(
            (part.name, part.data.decode("utf-8", "replace"))
            for part in parts
            if part.name is not None
        )
    message = f"the body is not a form: its Content-Type is {content_type or 'missing'}"
    raise ValueError(message)


def json_value(body: bytes, content_type: str | None) -> Any:
    """Read JSON; raises `NotJSON`, which says what the body is instead."""
    __tracebackhide__ = True
    stated = media_types.parse(content_type or "")
    try:
        return json_text.read(body, charset=None if stated is None else stated.charset)[
            0
        ]
    except NotJSON as error:
        violation = error.violation
    detail = f"the body is {violation.detail}"
    if not body:
        detail = "the body is empty, which is not JSON"
    elif stated is not None and stated.essence in (_FORM, _MULTIPART):
        detail = f"the body is a form ({stated.essence}), which call.form reads"
    elif stated is not None and not stated.is_json:
        detail += f"; its Content-Type is {stated.essence}"
    raise NotJSON(replace(violation, detail=detail))


def _by_name(pairs: Iterable[tuple[str, str]]) -> Fields:
    found = _NamedFields()
    for name, value in pairs:
        before = found.get(name)
        if before is None:
            found[name] = value
        else:
            found[name] = (*((before,) if isinstance(before, str) else before), value)
    return found
