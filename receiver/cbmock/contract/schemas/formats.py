"""Formats: the one table of those that are asserted, a row each.

It must not know schemas, only texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cbmock.contract.schemas import format_hints

Check = Callable[[str], bool]
Hint = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format of strings.

    `noun` names a text of it. `samples` are texts of it, the plainest first, with `{n}`
    for a running number. `hint` says what is wrong with a text that is not of it; empty
    if that cannot be said. `check` decides where the engine knows no such format.
    """

    name: str
    noun: str
    samples: tuple[str, ...]
    hint: Hint
    check: Check | None = None


def hint(name: str, text: str) -> str:
    """Say what is wrong with a text that is not of the format; may be empty."""
    found = FORMATS.get(name)
    return "" if found is None else found.hint(text)


_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def _is_base64(text: str) -> bool:
    return _BASE64.fullmatch("".join(text.split())) is not None


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
        samples=("00:00:00Z", "00:00:00.{n}Z"),
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
"""The formats that are asserted; every other one annotates."""

CUSTOM_CHECKS: Mapping[str, Check] = {
    each.name: each.check for each in _ROWS if each.check is not None
}
"""The checks of formats that the deciding engine does not know."""
