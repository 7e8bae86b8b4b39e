"""Scripted replies: what a script may state about an answer.

It decides which fields make sense together, and the error for those that do not. It must
not know documents, which reply is next, or how it is sent: `scripted_response` makes the
answer.
"""

from __future__ import annotations

import base64
import binascii
import copy
import json as json_
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, TypedDict

from cbmock.errors import ReceiverError
from cbmock.http.messages import Response
from cbmock.mock.call import Call
from cbmock.mock.examples import ABSENT
from cbmock.mock.faults import FAULTS, Fault

ReplyHeaders = Mapping[str, str] | Iterable[tuple[str, str]]
"""Header fields: by name, or as pairs where a name occurs twice."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_FRAMING = frozenset({"content-length", "transfer-encoding"})


class ReplyFields(TypedDict, total=False):
    """The fields of a reply besides its status, as keyword arguments."""

    example: str | None
    json: Any
    body: str | bytes | None
    headers: ReplyHeaders
    delay: float
    retry_after: int | str | datetime | None
    fault: Fault | None
    times: int | None
    lasts: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer of a script; whatever it leaves out is as documented.

    `status` is any final status, documented or not. `example` is the name of a documented
    example. `json`, or `body` as text or bytes, is the content. `headers` are added to the
    documented ones. `retry_after` is a number of seconds, a datetime, or the text of the
    header. `delay` is the time in seconds until the answer begins; with `slow`, how long the
    body takes; with `silence`, until the connection is dropped (0: until the sender gives
    up). `fault` is `reset` (TCP RST), `silence`, `half` (the connection ends halfway through
    the body) or `slow`. `times` is how many calls get the reply; by default one if another
    reply follows, else all. `lasts` is a time in seconds from the first of these calls on:
    all calls within it get the reply. `by` is called with each call and returns a `Reply`, a
    status, a mapping, a `Response`, or None for the answer without the script; it may be a
    coroutine function.

    Raises `ReceiverError` for fields that do not make sense.
    """

    status: int | None = None
    example: str | None = None
    json: Any = ABSENT
    body: str | bytes | None = None
    headers: ReplyHeaders = ()
    delay: float = 0.0
    retry_after: int | str | datetime | None = None
    fault: Fault | None = None
    times: int | None = None
    lasts: float | None = None
    by: Callable[[Call], Any] | None = None

    def __post_init__(self) -> None:
        """Check each field, then whether they fit together."""
        for each in fields(self):
            value = getattr(self, each.name)
            fits, wanted = _RULES.get(each.name, _ANYTHING)
            if value != each.default and not fits(value):
                raise ReceiverError(f"{each.name}={_shown(value)}: {wanted}.")
        object.__setattr__(self, "headers", _pairs(self.headers))
        if self.json is not ABSENT:
            # A copy: the caller may change the value afterwards.
            object.__setattr__(self, "json", copy.deepcopy(self.json))
        self._check_agreement(self._given)

    def _check_agreement(self, given: Mapping[str, Any]) -> None:
        bodies = [name for name in ("example", "json", "body") if name in given]
        if len(bodies) > 1:
            message = f"give either {' or '.join(bodies)}, not both."
            raise ReceiverError(message)
        if self.fault == "slow" and not self.delay:
            message = "fault='slow' needs delay=…: the seconds that the body takes."
            raise ReceiverError(message)
        if self.times is not None and self.lasts is not None:
            raise ReceiverError("give either times or lasts, not both.")
        others = [name for name in given if name not in ("by", "times", "lasts")]
        if self.by is not None and others:
            message = (
                f"{', '.join(others)}: with a callable, put these into the reply that it "
                "returns."
            )
            raise ReceiverError(message)

    @property
    def _given(self) -> dict[str, Any]:
        """The fields that differ from their defaults."""
        return {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if getattr(self, each.name) != each.default
        }

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Its own header fields, `Retry-After` among them."""
        own = tuple(_pairs(self.headers))
        if self.retry_after is None:
            return own
        return (*own, ("retry-after", _retry_after(self.retry_after)))

    def record(self) -> dict[str, Any]:
        """Return it as JSON, as the control API takes it; a callable by its name."""
        given = self._given
        if isinstance(self.body, bytes):
            encoded = base64.b64encode(given.pop("body")).decode("ascii")
            given["body_base64"] = encoded
        if self.headers:
            given["headers"] = [list(pair) for pair in _pairs(self.headers)]
        if isinstance(self.retry_after, datetime):
            given["retry_after"] = _retry_after(self.retry_after)
        if self.by is not None:
            given["by"] = getattr(self.by, "__qualname__", repr(self.by))
        return {**given, "times": self.times}


def from_arguments(status: Any, parts: Mapping[str, Any]) -> Reply:
    """Read the arguments of `respond`: a status or a whole answer, and other fields."""
    if status is None or isinstance(status, int):
        return from_value({"status": status, **parts})
    if callable(status):
        _known(parts)
        return Reply(by=status, **parts)
    reply = from_value(status)
    _known(parts)
    return replace(reply, **parts)


def from_value(value: Any) -> Reply:
    """Read a reply in any of its forms: itself, a status, a mapping, a `Response`."""
    if isinstance(value, Reply):
        return value
    if isinstance(value, Response):
        own = tuple(each for each in value.headers if each[0].lower() not in _FRAMING)
        return Reply(status=value.status, headers=own, body=value.body)
    if isinstance(value, int):
        return Reply(status=value)
    return from_object(value)


def from_object(value: Any) -> Reply:
    """Read a mapping with the names of `Reply`, or `body_base64` for a body of bytes."""
    if not isinstance(value, Mapping):
        message = f"{_shown(value)} is not a reply: use a mapping such as {_MAPPING}."
        raise ReceiverError(message)
    parts = dict(value)
    if "body_base64" in parts:
        if parts.get("body") is not None:
            raise ReceiverError("give either body or body_base64, not both.")
        parts["body"] = _bytes(parts.pop("body_base64"))
    _known(parts)
    return Reply(**parts)


_MAPPING = '{"status": 503}'
_KNOWN = ("status", *ReplyFields.__annotations__)


def _known(parts: Mapping[str, Any]) -> None:
    for name in parts:
        if name not in _KNOWN:
            import difflib  # noqa: PLC0415 - 1 ms, few need it

            near = difflib.get_close_matches(str(name), _KNOWN, n=1)
            hint = (
                f"Did you mean {near[0]}?"
                if near
                else f"Its fields: {', '.join(_KNOWN)}."
            )
            body = "" if near else " Put the content of the body into json."
            raise ReceiverError(f"a reply has no field {_shown(name)}. {hint}{body}")


_STATUSES = range(200, 600)
_HUGE = 10**9
_LONGEST = 3600.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any, least: int) -> bool:
    return _is_number(value) and isinstance(value, int) and least <= value < _HUGE


def _is_retry_after(value: Any) -> bool:
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, str):
        return _VALUE.fullmatch(value) is not None
    return _is_count(value, 0)


def _encodable(value: Any) -> bool:
    try:
        json_.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


_ANYTHING: tuple[Callable[[Any], bool], str] = (lambda value: True, "")
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "status": (
        lambda value: _is_count(value, 0) and value in _STATUSES,
        "a status is an integer from 200 to 599",
    ),
    "example": (
        lambda value: isinstance(value, str),
        "an example is given by its name, a string",
    ),
    "body": (
        lambda value: isinstance(value, str | bytes),
        "a body is a string or bytes; give any other value as json",
    ),
    "delay": (
        lambda value: _is_number(value) and 0 <= value <= _LONGEST,
        f"a delay is a number of seconds, from 0 to {_LONGEST:g}",
    ),
    "retry_after": (
        _is_retry_after,
        "it is an integer of seconds, a datetime with a time zone, or a string",
    ),
    "fault": (
        lambda value: value in tuple(FAULTS),
        f"it is one of {', '.join(FAULTS)}",
    ),
    "times": (
        lambda value: _is_count(value, 1),
        "it is the number of calls that get the reply, at least 1",
    ),
    "lasts": (
        lambda value: _is_number(value) and 0 < value <= _LONGEST,
        f"it is a number of seconds, at most {_LONGEST:g}",
    ),
    "json": (_encodable, "it cannot be written as JSON"),
    "by": (callable, "it is a function that takes the call"),
}


def _pairs(headers: Any) -> tuple[tuple[str, str], ...]:
    """Read header fields; raises `ReceiverError` for one that cannot be sent."""
    listed = headers.items() if isinstance(headers, Mapping) else headers
    try:
        pairs = tuple((name, value) for name, value in listed)
    except (TypeError, ValueError):
        message = f"headers={_shown(headers)}: headers must map names to strings."
        raise ReceiverError(message) from None
    for name, value in pairs:
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise ReceiverError(f"{_shown(name)} is not a valid header name.")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            message = (
                f"{name}: {_shown(value)} cannot be sent: a header value is a string."
            )
            raise ReceiverError(message)
        if name.lower() in _FRAMING:
            message = (
                f"{name} is set by the mock; fault='half' sends less than it announces."
            )
            raise ReceiverError(message)
    return pairs


def _retry_after(value: int | str | datetime) -> str:
    """Write `Retry-After` (RFC 9110 §10.2.3)."""
    if isinstance(value, datetime):
        from email.utils import format_datetime  # noqa: PLC0415 - 20 ms, few need it

        return format_datetime(value.astimezone(UTC), usegmt=True)
    return str(value)


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise ReceiverError(f"body_base64={_shown(text)} is not base64.") from None


def _shown(value: Any) -> str:
    try:
        return repr(value)[:100]
    except (ValueError, RecursionError):  # an endless number, a bottomless list
        return f"this {type(value).__name__}"
