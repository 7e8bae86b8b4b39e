"""Formats: the one table of all formats that are asserted.

It must not know schemas, only texts.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jsonschema_rs

from cbmock.contract.schemas import format_hints

Check = Callable[[str], bool]
Hint = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format of strings.

    `noun` is the words for a valid text ("a date"). `samples` are valid texts, the plainest
    first, with `{n}` for a running number. `hint` returns what is wrong with an invalid
    text; empty if that is not known. `check` decides if the engine does not know the format.
    """

    name: str
    noun: str
    samples: tuple[str, ...]
    hint: Hint
    check: Check | None = None


def documented_name(name: str) -> str:
    """Return the name that documents use for an asserted format."""
    return next((own for own, row in OFFSET_OPTIONAL.items() if row.name == name), name)


_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def _is_base64(text: str) -> bool:
    return _BASE64.fullmatch("".join(text.split())) is not None


_OFFSET = re.compile(r"(?:[Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)


@functools.cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)


def _offset_optional(row: Format) -> Format:
    """Return the format that also takes a text without the offset."""

    def completed(text: str) -> str:
        return text if _OFFSET.search(text) else f"{text}Z"

    return replace(
        row,
        name=f"{row.name} with or without an offset",
        check=lambda text: _validator(row.name).is_valid(completed(text)),
        hint=lambda text: row.hint(completed(text)),
    )


_ROWS = (
    Format(
        name="base64",
        noun="base64",
        samples=("c2FtcGxl", "", "c2FtcGxl{n:0>4}"),
        hint=format_hints.base64_hint,
        check=_is_base64,
    ),
    Format(
        name="byte",
        noun="base64",
        samples=("c2FtcGxl", "", "c2FtcGxl{n:0>4}"),
        hint=format_hints.base64_hint,
        check=_is_base64,
    ),
    Format(
        name="date",
        noun="a date",
        samples=("2025-01-01", "2{n:0>3}-01-01"),
        hint=format_hints.date_hint,
    ),
    Format(
        name="date-time",
        noun="a date-time",
        samples=(
            "2025-01-01T00:00:00Z",
            "2025-01-01T00:00:00.000Z",
            "2025-01-01T00:00:00+00:00",
            "2025-01-01T00:00:00.000000Z",
            "2025-01-01T00:00:00.000+00:00",
            "2{n:0>3}-01-01T00:00:00Z",
        ),
        hint=format_hints.date_time_hint,
    ),
    Format(
        name="duration",
        noun="a duration",
        samples=("P1D", "P{n}D"),
        hint=format_hints.duration_hint,
    ),
    Format(
        name="email",
        noun="an email",
        samples=("someone@example.com", "someone{n}@example.com", "a{n}@b.co"),
        hint=format_hints.email_hint,
    ),
    Format(
        name="hostname",
        noun="a hostname",
        samples=("example.com", "example{n}.com", "a{n}"),
        hint=format_hints.hostname_hint,
    ),
    Format(
        name="ipv4",
        noun="an ipv4",
        samples=("192.0.2.1", "192.0.2.{n}"),
        hint=format_hints.ipv4_hint,
    ),
    Format(
        name="ipv6",
        noun="an ipv6",
        samples=("2001:db8::1", "2001:db8::{n}", "::{n}"),
        hint=format_hints.ipv6_hint,
    ),
    Format(
        name="json-pointer",
        noun="a json-pointer",
        samples=("/sample", "/sample/{n}", "", "/{n}"),
        hint=format_hints.json_pointer_hint,
    ),
    Format(
        name="regex",
        noun="a regex",
        samples=("^sample$", "^sample{n}$", "{n}"),
        hint=format_hints.regex_hint,
    ),
    Format(
        name="time",
        noun="a time",
        samples=("00:00:00Z", "00:00:00+00:00", "00:00:00.{n}Z"),
        hint=format_hints.time_hint,
    ),
    Format(
        name="uri",
        noun="a uri",
        samples=("https://example.com/", "https://example.com/{n}", "urn:{n}"),
        hint=format_hints.uri_hint,
    ),
    Format(
        name="uri-reference",
        noun="a uri-reference",
        samples=("/sample", "/sample/{n}", "", "{n}"),
        hint=format_hints.uri_reference_hint,
    ),
    Format(
        name="uuid",
        noun="a uuid",
        samples=(
            "123e4567-e89b-42d3-a456-426614174000",
            "123e4567-e89b-42d3-a456-42661417{n:0>4}",
        ),
        hint=format_hints.uuid_hint,
    ),
)

FORMATS: Mapping[str, Format] = {each.name: each for each in _ROWS}
"""The formats that are asserted; all others are annotations only."""

OFFSET_OPTIONAL: Mapping[str, Format] = {
    name: _offset_optional(FORMATS[name]) for name in ("date-time", "time")
}
"""The formats with an optional offset; documents cannot name these."""

ASSERTED: Mapping[str, Format] = {
    **FORMATS,
    **{each.name: each for each in OFFSET_OPTIONAL.values()},
}
"""All formats by the names that bundled schemas have for them."""


_CODINGS = frozenset({"base64", "base64url"})


def text_format(keywords: Mapping[str, Any]) -> Format | None:
    """Return the format in which texts are written: of `format`, else `contentEncoding`.

    The latter is not asserted, but who decodes such a text expects it.
    """
    stated = ASSERTED.get(str(keywords.get("format")))
    if stated is None and str(keywords.get("contentEncoding")).lower() in _CODINGS:
        return FORMATS["base64"]
    return stated


def fits(name: str, text: str) -> bool:
    """Return whether a text is of an asserted format."""
    check = FORMATS[name].check
    return _validator(name).is_valid(text) if check is None else check(text)


CUSTOM_CHECKS: Mapping[str, Check] = {
    name: each.check for name, each in ASSERTED.items() if each.check is not None
}
"""The checks of formats that the deciding engine does not know."""
