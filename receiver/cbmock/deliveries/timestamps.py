"""Timestamps: when a sender says that it made an attempt.

It decides which header fields contain it: those of the known signature schemes, and
those of senders that sign in their own way. It must not know which conduct requires new
timestamps.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from cbmock.contract.security.redaction import HIDDEN
from cbmock.mock.call import Call
from cbmock.signatures import schemes
from cbmock.signatures.scheme import Scheme

_OF_SENDERS = ("x-mlflow-timestamp", "django-webhook-request-timestamp")
"""Fields of senders without a known scheme; others may hold the event's own time."""


def stated(call: Call, only: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield the timestamps of an attempt by place; `only` names one header field."""
    known = _places()
    for name in known if only is None else (only.lower(),):
        value = call.headers.get(name)
        if value is None or value == HIDDEN:
            continue
        scheme = known.get(name)
        if scheme is None:
            yield name, value
        else:
            yield from _within(name, value, scheme)


def _within(name: str, value: str, scheme: Scheme) -> Iterator[tuple[str, str]]:
    """Find the timestamp in a signature's own header field: `t=1795000000,v1=…`."""
    key = (scheme.timestamp or "").removeprefix("pair ")
    if scheme.layout == "first-word":
        yield name, value.partition(scheme.separator)[0]
        return
    for each in value.split(scheme.separator.strip() or scheme.separator):
        own, equals, stamp = each.partition(scheme.assign)
        if equals and own.strip() == key:
            yield f"{name} {key}", stamp.strip()


@functools.cache
def _places() -> Mapping[str, Scheme | None]:
    """Return header fields, each with the scheme that writes the timestamp there."""
    found: dict[str, Scheme | None] = {}
    for scheme in schemes.known().values():
        place = scheme.timestamp or ""
        if place.startswith("header "):
            found[place.removeprefix("header ").lower()] = None
        elif place.startswith(("pair ", "first ")):
            found |= dict.fromkeys(scheme.headers, scheme)
    return found | dict.fromkeys(_OF_SENDERS)
