"""The text of a call's record as JSON, joined from pieces that many calls share.

It decides which pieces are written once and kept: the operation, the documented answer,
the header fields that recur. `Records` reads the same call from it as from `Call.record`.
It must not know where the text is kept.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.http.messages import HeaderForm, Headers, Response
from cbmock.mock.attempt import content_identity
from cbmock.mock.call import Call, reference
from cbmock.mock.timestamps import timestamp

_MOST_PIECES = 1024
_MOST_TARGETS = 64
_SECOND = 1_000_000
_MILLIS = len("000Z")
_ROUNDED = 5e-6
"""Seconds by which a time may come into another millisecond when it is rounded."""


_RECORD = (
    b'{"id":%d,"token":%b,"received_at":"%b%b%b%b%b,"headers":[%b],"body":%b%b'
    b'"duration_ms":%.3f,"scripted":null}'
)


@dataclass(slots=True)
class _Pieces:
    """What calls with the same operation, answer and form of headers share.

    The texts stand between the values that each call has of its own. `fields` are the
    header fields: their text, or a list in which a number is the place of one that
    varies.
    """

    shared: _SharedByCalls
    operation: bytes
    request: bytes
    fields: bytes | list[bytes | int]
    response: bytes

    def fits(self, call: Call, form: HeaderForm) -> bool:
        """Return whether they are those of a call with this form of headers."""
        shared, request = self.shared, call.request
        return (
            shared.form is form
            and shared.response is call.response
            and shared.operation is call.operation
            and shared.redaction is call.redaction
            and shared.method == request.method
            and shared.scheme == request.scheme
            and shared.signature_checked is call.signature_checked
        )


class _SharedByCalls(NamedTuple):
    """What decides the pieces of a call; the objects are compared by identity."""

    operation: Operation | None
    response: Response
    form: HeaderForm
    redaction: Redaction
    method: str
    scheme: str
    signature_checked: bool


class _TargetTexts:
    """The texts of a few request targets, and whether nothing in them is hidden."""

    def __init__(self, redaction: Redaction) -> None:
        self.redaction = redaction
        self._known: dict[str, tuple[bytes, bool]] = {}
        self.get = self._known.get

    def add(self, target: str) -> tuple[bytes, bool]:
        if len(self._known) >= _MOST_TARGETS:
            self._known.clear()
        shown = self.redaction.target(target)
        found = self._known[target] = orjson.dumps(shown), shown == target
        return found


class _TimeTexts:
    """Writes times as `timestamp` does; most are in the same millisecond as the one before."""

    def __init__(self) -> None:
        self._begin(0)

    def _begin(self, second: int) -> None:
        self._second, self._start = second, timestamp(second)[:-_MILLIS].encode()
        self._from = self._until = 0.0
        self._text = b""

    def text(self, seconds: float) -> bytes:
        if self._from < seconds < self._until:
            return self._text
        micros = round((seconds - self._second) * 1e6)
        if not 0 <= micros < _SECOND:
            self._begin(math.floor(seconds))
            return timestamp(seconds).encode()
        millis = micros // 1000
        self._text = b"%b%03dZ" % (self._start, millis)
        self._from = self._second + millis / 1000 + _ROUNDED
        self._until = self._second + (millis + 1) / 1000 - _ROUNDED
        return self._text


class RecordTexts:
    """Writes records, and remembers the pieces that recur."""

    def __init__(self) -> None:
        """Start with no pieces."""
        self._pieces: dict[tuple[int | str | bool, ...], _Pieces] = {}
        self._last: _Pieces | None = None
        self._targets = _TargetTexts(Redaction())
        self._times = _TimeTexts()

    def text(self, call: Call) -> bytes:
        """Return the record of a call as JSON on one line."""
        form = call.request.headers.form
        if form is not None and _is_plain(call):
            try:
                return self._joined(call, form)
            except (TypeError, UnicodeError):  # a body or a target of no characters
                pass
        return json_line(call.record())

    def _joined(self, call: Call, form: HeaderForm) -> bytes:
        pieces = self._last
        if pieces is None or not pieces.fits(call, form):
            pieces = self._last = self._find(call, form)
            if self._targets.redaction is not call.redaction:
                self._targets = _TargetTexts(call.redaction)
        request, fields, targets = call.request, pieces.fields, self._targets
        body, target = request.body, request.target
        target_text, is_shown = targets.get(target) or targets.add(target)
        if isinstance(fields, list):
            fields = _fields_text(fields, request.headers, call.redaction)
        attempt, token = call.attempt, call.token
        if is_shown and call.event is None and attempt:
            delivery = b'{"identity":null,"attempt":%d}' % attempt
        else:
            delivery = _delivery(call)
        # One format takes half the time of joining formatted pieces.
        return _RECORD % (
            call.id,
            b"null" if token is None else orjson.dumps(token),
            self._times.text(call.received_at),
            pieces.operation,
            delivery,
            pieces.request,
            target_text,
            fields,
            orjson.dumps(body.decode()) if body else b"null",
            pieces.response,
            call.duration * 1000,
        )

    def _find(self, call: Call, form: HeaderForm) -> _Pieces:
        request = call.request
        key = (
            id(call.operation),
            id(call.response),
            id(form),
            id(call.redaction),
            request.method,
            request.scheme,
            call.signature_checked,
        )
        found = self._pieces.get(key)
        if found is None:
            if len(self._pieces) >= _MOST_PIECES:
                self._pieces.clear()
            found = self._pieces[key] = _pieces(call, form)
        return found


def _pieces(call: Call, form: HeaderForm) -> _Pieces:
    request, redaction = call.request, call.redaction
    operation = None if call.operation is None else reference(call.operation)
    scheme = "" if request.scheme == "http" else f',"scheme":"{request.scheme}"'
    return _Pieces(
        _SharedByCalls(
            call.operation,
            call.response,
            form,
            redaction,
            request.method,
            request.scheme,
            call.signature_checked,
        ),
        b'","outcome":"matched","operation":%b,"valid":true,"violations":[],'
        b'"candidates":[],"delivery":' % orjson.dumps(operation),
        b',"signature":%b,"decided_by":%b,"decided_between":[],"request":'
        b'{"method":%b,"target":'
        % tuple(map(orjson.dumps, (call.signature, call.decided_by, call.method))),
        _laid(request.headers, form, redaction),
        b',"body_base64":null%b},"response":%b,'
        % (scheme.encode(), orjson.dumps(_answer(call.response, redaction))),
    )


def _delivery(call: Call) -> bytes:
    if not call.attempt:
        return b"null"
    identity = content_identity(call.request) if call.event is None else call.event
    return b'{"identity":%b,"attempt":%d}' % (orjson.dumps(identity), call.attempt)


def json_line(record: dict[str, Any]) -> bytes:
    """Return a record as JSON on one line."""
    try:
        return orjson.dumps(record, default=str)
    except TypeError:  # half a surrogate pair, or a number longer than 64 bits
        return json.dumps(record, separators=(",", ":"), default=str).encode()


def _is_plain(call: Call) -> bool:
    """Return whether a call has none of what few calls have."""
    return (
        call.outcome == "matched"
        and call.decided_by == "url"
        and call.sent == "whole"
        and not call.violations
        and not call.candidates
        and not call.decided_between
        and call.scripted is None
        and not call.redaction.forms
    )


def _laid(
    headers: Headers, form: HeaderForm, redaction: Redaction
) -> bytes | list[bytes | int]:
    """Return the text of header fields; with the places of those that vary, if some do."""
    laid: list[bytes | int] = []
    for at, (name, value) in enumerate(headers.raw):
        if name in form.varying:
            laid.append(at)
        elif laid and isinstance(laid[-1], bytes):
            laid[-1] += b"," + _field(redaction, name, value)
        else:
            laid.append(_field(redaction, name, value))
    return laid if form.varying else _fields_text(laid, headers, redaction)


def _fields_text(
    laid: list[bytes | int], headers: Headers, redaction: Redaction
) -> bytes:
    raw = headers.raw
    return b",".join(
        [
            _field(redaction, *raw[each]) if isinstance(each, int) else each
            for each in laid
        ]
    )


def _field(redaction: Redaction, name: bytes, value: bytes) -> bytes:
    plain = name.decode("latin-1")
    return orjson.dumps((plain, redaction.field(plain, value).decode("latin-1")))


def _answer(response: Response, redaction: Redaction) -> dict[str, Any]:
    return {
        "status": response.status,
        "headers": [*redaction.fields(response.headers)],
        "body": response.body.decode("utf-8", "replace"),
        "sent": "whole",
    }
