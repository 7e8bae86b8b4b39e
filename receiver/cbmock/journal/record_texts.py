"""The text of a call's record as JSON, joined from pieces that many calls share.

It decides which pieces are written once and kept: the operation, the documented answer,
the header fields that recur. `Records` reads the same call from it as from `Call.record`.
It must not know where the text is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import orjson

from cbmock.contract.security.redaction import Redaction
from cbmock.http.messages import HeaderForm, Headers, Response
from cbmock.mock.attempt import content_identity
from cbmock.mock.call import Call, reference, timestamp

_MOST_PIECES = 1024


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What calls with the same operation, answer and form of headers share.

    The texts stand between the values that each call has of its own. `fields` are the
    header fields; a number instead of a text is the place of one that varies. `kept` are
    the objects by whose ids the pieces are found, which must not be reused.
    """

    operation: bytes
    request: bytes
    fields: tuple[bytes | int, ...]
    response: bytes
    kept: tuple[object, ...]


class RecordTexts:
    """Writes records, and remembers the pieces that recur."""

    def __init__(self) -> None:
        """Start with no pieces."""
        self._pieces: dict[tuple[int | str | bool, ...], _Pieces] = {}

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
        request, redaction = call.request, call.redaction
        key = (
            id(call.operation),
            id(call.response),
            id(form),
            id(redaction),
            request.method,
            request.scheme,
            call.signature_checked,
        )
        pieces = self._pieces.get(key) or self._add(key, call, form)
        raw = request.headers.raw
        fields = [
            _field(redaction, *raw[each]) if isinstance(each, int) else each
            for each in pieces.fields
        ]
        body, target = request.body, redaction.target(request.target)
        return b"".join(
            (
                b'{"id":%d,"token":' % call.id,
                b"null" if call.token is None else orjson.dumps(call.token),
                b',"received_at":"',
                timestamp(call.received_at).encode(),
                pieces.operation,
                _delivery(call, shown=target == request.target),
                pieces.request,
                orjson.dumps(target),
                b',"headers":[',
                b",".join(fields),
                b'],"body":',
                orjson.dumps(body.decode()) if body else b"null",
                pieces.response,
                b'"duration_ms":%.3f,"scripted":null}' % (call.duration * 1000),
            )
        )

    def _add(
        self, key: tuple[int | str | bool, ...], call: Call, form: HeaderForm
    ) -> _Pieces:
        if len(self._pieces) >= _MOST_PIECES:
            self._pieces.clear()
        request, redaction = call.request, call.redaction
        operation = None if call.operation is None else reference(call.operation)
        scheme = "" if request.scheme == "http" else f',"scheme":"{request.scheme}"'
        pieces = self._pieces[key] = _Pieces(
            b'","outcome":"matched","operation":%b,"valid":true,"violations":[],'
            b'"candidates":[],"delivery":' % orjson.dumps(operation),
            b',"signature":%b,"decided_by":%b,"decided_between":[],"request":'
            b'{"method":%b,"target":'
            % tuple(map(orjson.dumps, (call.signature, call.decided_by, call.method))),
            _laid(request.headers, form, redaction),
            b',"body_base64":null%b},"response":%b,'
            % (scheme.encode(), orjson.dumps(_answer(call.response, redaction))),
            (call.operation, call.response, form, redaction),
        )
        return pieces


def _delivery(call: Call, *, shown: bool) -> bytes:
    """Return the delivery; its identity is null if it follows from the request as `shown`."""
    if not call.attempt:
        return b"null"
    identity = None
    if call.event is not None or not shown:
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
) -> tuple[bytes | int, ...]:
    """Return the texts of header fields, and the places of those that vary."""
    laid: list[bytes | int] = []
    for at, (name, value) in enumerate(headers.raw):
        if name in form.varying:
            laid.append(at)
        elif laid and isinstance(laid[-1], bytes):
            laid[-1] += b"," + _field(redaction, name, value)
        else:
            laid.append(_field(redaction, name, value))
    return tuple(laid)


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
