"""Why a text is not of a format, if the reason is known.

It does not decide which texts are valid: it only explains those that are not.
"""

from __future__ import annotations

import re
from itertools import pairwise

# --- dates and times (RFC 3339 §5.6, Appendix A) ------------------------------------------

_FULL_DATE = r"\d{4}-\d\d-\d\d"
_CLOCK = r"\d\d:\d\d(?P<seconds>:\d\d(?:\.\d+)?)?(?P<offset>[Zz]|[+-]\d\d(?::?\d\d)?)?"
_DATE_TIME = re.compile(rf"{_FULL_DATE}(?:(?P<between>[Tt ]){_CLOCK})?", re.ASCII)
_TIME = re.compile(_CLOCK, re.ASCII)
_DATE = re.compile(_FULL_DATE, re.ASCII)


def date_time_hint(text: str) -> str:
    """Say what is wrong with a text that is not a date-time."""
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return "it must look like 2025-01-31T12:00:00Z"
    return _clock_hint(found) if found["between"] else "the time is missing"


def time_hint(text: str) -> str:
    """Say what is wrong with a text that is not a time."""
    found = _TIME.fullmatch(text)
    return _clock_hint(found) if found else "it must look like 12:00:00Z"


def date_hint(text: str) -> str:
    """Say what is wrong with a text that is not a date."""
    if _DATE.fullmatch(text):
        return "there is no such day"
    if _DATE.match(text):
        return "only the date may be there"
    return "it must look like 2025-01-31"


def _clock_hint(found: re.Match[str]) -> str:
    parts = found.groupdict()
    missing = [
        *(["a T between date and time"] if parts.get("between") == " " else []),
        *([] if parts["seconds"] else ["the seconds"]),
        *([] if parts["offset"] else ["an offset such as Z"]),
    ]
    if not missing and parts["offset"][1:].isdecimal():
        return "an offset is written with a colon, as +01:00"
    if not missing:
        return "there is no such time"
    *others, last = missing
    verb = "are" if others or last == "the seconds" else "is"
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"{listed} {verb} missing"


_AMOUNT = r"\d+(?:[.,]\d+)?"
_DURATION = re.compile(
    rf"[+-]?P(?:{_AMOUNT}[YMWD])*(?:T(?:{_AMOUNT}[HMS])*)?", re.ASCII
)
# A time without the T before it; M alone may stand for months.
_UNPARTED = re.compile(rf"P(?:{_AMOUNT}[YMWDHS])*{_AMOUNT}[HS]", re.ASCII)
_UNITS = {
    "Y": "years",
    "M": "months",
    "D": "days",
    "H": "hours",
    "m": "minutes",
    "S": "seconds",
}


def duration_hint(text: str) -> str:
    """Say what is wrong with a text that is not a duration."""
    if text[:1] in "+-" and text:
        return "it may not have a sign"
    if _DURATION.fullmatch(text.upper()) and text != text.upper():
        return "its letters are capitals"
    if _UNPARTED.fullmatch(text):
        return "a T is missing before hours, minutes and seconds"
    if not _DURATION.fullmatch(text):
        return "it must look like P1DT2H30M"
    if "." in text or "," in text:
        return "its numbers must be whole"
    date, _, time = text[1:].partition("T")
    if "W" in date and (
        len(date) > date.index("W") + 1
        or time
        or date.count("W") > 1
        or set(date) & set("YMD")
    ):
        return "weeks cannot be combined with other units"
    if text.endswith("T"):
        return "nothing follows the T"
    if text == "P":
        return "it has no amount"
    return _order_hint(date, "YMD") or _order_hint(time.replace("M", "m"), "HmS")


def _order_hint(part: str, order: str) -> str:
    """Say which unit is out of order, repeated, or skipped between two others."""
    units = [each for each in part if each in order]
    places = [order.index(each) for each in units]
    if places != sorted(set(places)):
        named = ", ".join(_UNITS[each] for each in order)
        return f"its units must stand once each, in the order {named}"
    for before, after in pairwise(places):
        if after - before > 1:
            skipped = _UNITS[order[before + 1]]
            return (
                f"{skipped} are missing between {_UNITS[order[before]]} and "
                f"{_UNITS[order[after]]}"
            )
    return ""


# --- names and addresses -----------------------------------------------------------------

_LONGEST_LOCAL_PART = 64  # RFC 5321 §4.5.3.1.1
_LONGEST_HOSTNAME = 253  # RFC 1123 §2.1
_LONGEST_LABEL = 63
_BYTES = 4
_LARGEST_BYTE = 255
_DIGITS = 4  # of a group of an IPv6 address

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)
_NOT_IN_URI = re.compile(r"[^!#-;=?-\[\]_a-z~]")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def email_hint(text: str) -> str:
    """Say what is wrong with a text that is not an email."""
    local, at, domain = text.rpartition("@")
    if not at:
        return "an @ is missing"
    if not text.isascii():
        return "letters beyond ASCII need the format idn-email"
    if "<" in text or text != text.strip():
        return "only the address itself may be there"
    if any(each.isspace() for each in text):
        return "a space is not allowed there"
    if not local or not domain:
        return f"nothing stands {'after' if local else 'before'} the @"
    if len(local) > _LONGEST_LOCAL_PART:
        return "more than 64 characters stand before the @"
    if local[0] == "." or local[-1] == "." or ".." in local:
        return "a dot must stand between other characters before the @"
    if domain[:1] == "[":
        return "what stands in brackets is not an IP address"
    domain_hint = hostname_hint(domain)
    if domain_hint:
        return f"after the @, {domain_hint}"
    return "a character before the @ is not allowed there"


def hostname_hint(text: str) -> str:
    """Say what is wrong with a text that is not a hostname."""
    if not text:
        return "it is empty"
    if not text.isascii():
        return "letters beyond ASCII must be written as xn--…"
    if len(text) > _LONGEST_HOSTNAME:
        return "it is longer than 253 characters"
    for label in text.removesuffix(".").split("."):
        if not label:
            return "a label is empty"
        if len(label) > _LONGEST_LABEL:
            return "a label is longer than 63 characters"
        if label[0] == "-" or label[-1] == "-":
            return f"the label {label!r} begins or ends with a hyphen"
        wrong = next(
            (each for each in label if not (each.isalnum() or each == "-")), ""
        )
        if wrong:
            return f"{wrong!r} is not allowed"
    return "a dot may not stand at its end" if text.endswith(".") else ""


def ipv4_hint(text: str) -> str:
    """Say what is wrong with a text that is not an ipv4."""
    parts = text.split(".")
    if len(parts) != _BYTES:
        return "it must have four numbers, separated by dots"
    for part in parts:
        if not (part.isascii() and part.isdecimal()):
            return f"{part!r} is not a number"
        if len(part) > 1 and part[0] == "0":
            return f"{part!r} has a leading zero"
        if int(part[:4]) > _LARGEST_BYTE:
            return f"{part!r} is more than 255"
    return ""


def ipv6_hint(text: str) -> str:
    """Say what is wrong with a text that is not an ipv6."""
    if "%" in text:
        return "a zone is not allowed"
    if "/" in text or "[" in text:
        return "only the address itself may be there"
    if ":" not in text:
        return "it has no colon"
    if text.count("::") > 1 or ":::" in text:
        return "`::` may stand only once"
    for part in text.split(":"):
        if "." not in part and len(part) > _DIGITS:
            return f"{part!r} has more than four digits"
        wrong = next((c for c in part if c not in "0123456789abcdefABCDEF."), "")
        if wrong:
            return f"{wrong!r} is not a hexadecimal digit"
    return "it must have eight groups, unless `::` stands for some"


def uri_hint(text: str) -> str:
    """Say what is wrong with a text that is not a uri."""
    if not _SCHEME.match(text):
        return "a scheme such as https: is missing"
    return uri_reference_hint(text)


def uri_reference_hint(text: str) -> str:
    """Say what is wrong with a text that is not a uri-reference."""
    if _BAD_PERCENT.search(text):
        return "a % must be followed by two hexadecimal digits"
    found = _NOT_IN_URI.search(text.replace("%", ""))
    if found:
        return f"{found[0]!r} must be percent-encoded"
    if text.count("#") > 1:
        return "a second # must be percent-encoded"
    if "[" in text or "]" in text:
        return "[ and ] may stand around an IPv6 address only"
    return ""


_GROUPS = (8, 4, 4, 4, 12)


def uuid_hint(text: str) -> str:
    """Say what is wrong with a text that is not a uuid."""
    plain = text.replace("-", "")
    if text[:1] == "{" or text[:4].lower() == "urn:":
        return "only the UUID itself may be there"
    wrong = next((c for c in plain if c not in "0123456789abcdefABCDEF"), "")
    if wrong:
        return f"{wrong!r} is not a hexadecimal digit"
    if len(plain) != sum(_GROUPS):
        return f"it must have 32 hexadecimal digits, not {len(plain)}"
    return "its hyphens must make groups of 8, 4, 4, 4 and 12 digits"


def json_pointer_hint(text: str) -> str:
    """Say what is wrong with a text that is not a json-pointer."""
    if text[:1] == "#":
        return "a # before it is not part of it"
    if text[:1] != "/":
        return "it must begin with /"
    return "a ~ must be followed by 0 or 1"


def regex_hint(text: str) -> str:
    """Say what is wrong with a text that is not a regex."""
    for opened, closed in ("()", "[]"):
        if text.count(opened) != text.count(closed):
            return f"{opened} and {closed} are not balanced"
    if "(?P" in text:
        return "(?P is Python's syntax, ECMA-262 has (?<name>…)"
    if "(?" in text or "\\Z" in text or "\\A" in text:
        return "it must be of the syntax of ECMA-262"
    return ""


def base64_hint(text: str) -> str:
    """Say what is wrong with a text that is not base64."""
    plain = "".join(text.split())
    if "-" in plain or "_" in plain:
        return "- and _ belong to base64url, base64 has + and /"
    wrong = next(
        (c for c in plain.rstrip("=") if not re.match(r"[A-Za-z0-9+/]", c)), ""
    )
    if wrong:
        return f"{wrong!r} is not allowed"
    return "its length must be a multiple of 4, padded with ="
