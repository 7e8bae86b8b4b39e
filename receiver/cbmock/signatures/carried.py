"""The parts of a signature in a request: its digests, timestamp and identity.

It must not know secrets.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cbmock.signatures.scheme import Scheme
from cbmock.signatures.signed_message import Absent, Message, at, text

_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Carried:
    """One signature: its place, the candidate digests, and the other signed values.

    `moment` is the timestamp in seconds since the epoch; None if it is not a time.
    """

    place: str
    digests: tuple[str, ...]
    timestamp: str = ""
    moment: float | None = None
    id: str = ""


class Unreadable(Exception):
    """The signature's header, or its timestamp, cannot be read."""

    def __init__(self, place: str, detail: str) -> None:
        """Keep the place, and the sentence that says what was expected there."""
        super().__init__(detail)
        self.place = place
        self.detail = detail


def read(scheme: Scheme, message: Message) -> Carried:
    """Read what a message carries; raises `Absent` or `Unreadable`."""
    place, written = _signature_text(scheme, message)
    for needed in scheme.required:
        family, _, name = needed.partition(": ")
        if place == f"header {family}":
            message.value(f"header {name}")
    identity = message.value(scheme.id) if scheme.id else ""
    if scheme.layout == "pairs":
        timestamp, digests = _pairs(scheme, place, written)
    elif scheme.layout == "first-word":
        timestamp, *digests = [each.strip() for each in written.split(scheme.separator)]
    else:
        words = [written, *_others(scheme, place, message)]
        if scheme.layout == "words":
            words = written.split(scheme.separator)
            words = [each.strip(" \t").rstrip(",") for each in words]
        digests, timestamp = list(_unprefixed(scheme, words)), ""
    if not digests:
        raise Unreadable(place, _expected(scheme, place))
    if scheme.rotation == "one" and len(digests) > 1:
        raise Unreadable(
            place, f"{_name(place)} has {len(digests)} signatures; one is expected"
        )
    if scheme.timestamp and not scheme.timestamp.startswith(("pair ", "first ")):
        timestamp = _timestamp_text(scheme.timestamp, message)
    moment = _moment(scheme, timestamp) if timestamp else None
    if scheme.is_number and timestamp:
        timestamp = str(int(timestamp))
    return Carried(place, tuple(digests), timestamp, moment, identity)


def _signature_text(scheme: Scheme, message: Message) -> tuple[str, str]:
    for place in scheme.header:
        try:
            return place, message.value(place)
        except Absent:
            continue
    raise Absent(scheme.header[0])


def _others(scheme: Scheme, place: str, message: Message) -> Iterator[str]:
    """Yield the signatures in the other places that are present, one for each secret."""
    for other in scheme.header[scheme.header.index(place) + 1 :]:
        with contextlib.suppress(Absent):
            yield message.value(other)


def _timestamp_text(place: str, message: Message) -> str:
    kind, _, name = place.partition(" ")
    if kind != "body":
        return message.value(place)
    found = at(message.json, name)
    if found is None and message.json is None:
        return ""  # without JSON there is no timestamp
    if found is None:
        raise Absent(place)
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise Unreadable(place, f"the timestamp at #{name} is not a number")
    return text(found)


def _unprefixed(scheme: Scheme, words: list[str]) -> Iterator[str]:
    for word in words:
        if word.startswith(scheme.prefix) and word != scheme.prefix:
            yield word.removeprefix(scheme.prefix)


def _pairs(scheme: Scheme, place: str, written: str) -> tuple[str, list[str]]:
    """Read `t=1795000000,v1=…`; other keys are skipped."""
    separator = scheme.separator
    if scheme.is_spaced:
        separator = separator.strip() or separator
    parts = [each.partition(scheme.assign) for each in written.split(separator)]
    pairs = [
        (key.strip(), value.strip()) if scheme.is_spaced else (key, value)
        for key, equals, value in parts
        if equals
    ]
    if not scheme.signature_key:  # the key is that of an account
        own = [v for k, v in pairs if scheme.key_id in {None, k}]
        return "", own
    key = scheme.signature_key
    digests = [value for name, value in pairs if name == key and value]
    if not scheme.timestamp or not scheme.timestamp.startswith("pair "):
        return "", digests
    wanted = scheme.timestamp.removeprefix("pair ")
    times = [value for name, value in pairs if name == wanted and value]
    is_exact = [name for name, _, _ in parts] == [wanted, key]
    if not times or (scheme.rotation == "one" and not is_exact):
        raise Unreadable(place, _expected(scheme, place))
    return times[-1], digests


def _moment(scheme: Scheme, timestamp: str) -> float | None:
    """Return seconds since the epoch; raises `Unreadable` if the text is not a time."""
    if scheme.unit == "text":
        return None
    if scheme.unit == "rfc3339":
        found = _RFC3339.fullmatch(timestamp)
        if found:
            fraction = float(found[2] or 0)
            offset = "+00:00" if found[3] in "Zz" else found[3]
            try:
                whole = datetime.fromisoformat(found[1].upper() + offset)
            except ValueError:
                found = None
            else:
                return whole.timestamp() + fraction
    elif _WHOLE.fullmatch(timestamp):
        return int(timestamp) / (1000 if scheme.unit == "ms" else 1)
    wanted = {
        "s": "seconds since 1970",
        "ms": "milliseconds since 1970",
        "rfc3339": "an RFC 3339 date-time",
    }[scheme.unit]
    raise Unreadable(
        scheme.timestamp or "", f"the timestamp {timestamp[:40]!r} is not {wanted}"
    )


def _name(place: str) -> str:
    kind, _, name = place.partition(" ")
    return name if kind == "header" else f"#{name}" if kind == "body" else place


def _expected(scheme: Scheme, place: str) -> str:
    """Return the sentence that shows the expected form of the header."""
    digest = f"<{scheme.encoding}>"
    if scheme.layout == "pairs":
        key = scheme.signature_key or "<public key>"
        form = f"{key}{scheme.assign}{digest}"
        if scheme.timestamp and scheme.timestamp.startswith("pair "):
            time = f"{scheme.timestamp.removeprefix('pair ')}{scheme.assign}<timestamp>"
            form = f"{time}{scheme.separator}{form}"
    elif scheme.layout == "first-word":
        form = f"<timestamp>{scheme.separator}{digest}"
    else:
        form = f"{scheme.prefix}{digest}"
    return f"{_name(place)} cannot be read; {scheme.title} sends {form}"
