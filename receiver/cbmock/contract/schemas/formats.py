"""Formats: what a text lacks to be of a format, where that can be said.

It must not know which texts are valid: it is asked about those that are not.
"""

from __future__ import annotations

import re

_FULL_DATE = r"\d{4}-\d\d-\d\d"
_CLOCK = r"\d\d:\d\d(?P<seconds>:\d\d(?:\.\d+)?)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?"
_DATE_TIME = re.compile(rf"{_FULL_DATE}(?:(?P<between>[Tt ]){_CLOCK})?", re.ASCII)
_TIME = re.compile(_CLOCK, re.ASCII)
_DATE = re.compile(_FULL_DATE, re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)


def lacking(name: str, text: str) -> str:
    """Say what a text lacks that is not of the format; empty if nobody can tell.

    Dates and times are those of RFC 3339 §5.6, URIs those of RFC 3986 §3.
    """
    match name:
        case "date-time" if found := _DATE_TIME.fullmatch(text):
            return _of_clock(found) if found["between"] else "the time is missing"
        case "time" if found := _TIME.fullmatch(text):
            return _of_clock(found)
        case "date" if _DATE.fullmatch(text):
            return "there is no such day"
        case "date" if _DATE.match(text):
            return "only the date may be there"
        case "uri" | "iri" if not _SCHEME.match(text):
            return "a scheme such as https: is missing"
        case _:
            return ""


def _of_clock(found: re.Match[str]) -> str:
    parts = found.groupdict()
    missing = [
        *(["a T between date and time"] if parts.get("between") == " " else []),
        *([] if parts["seconds"] else ["the seconds"]),
        *([] if parts["offset"] else ["an offset such as Z"]),
    ]
    if not missing:
        return "there is no such time"
    *others, last = missing
    verb = "are" if others or last == "the seconds" else "is"
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"{listed} {verb} missing"
