"""A compact binary form of calls, for a journal that holds a million.

It decides how requests and times are encoded, and stores values that many calls share only
once: operations, documented answers, recurring header fields. It must not know where the
encoded calls are kept or the fields that only few calls have (violations, own answers).
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple, get_args

from cbmock.description.operations import Operation
from cbmock.http.messages import HeaderForm, Headers, Request, Response
from cbmock.mock.call import Call, Outcome

# Total length, id, received_at, duration, operation, response, outcome, attempt; then
# the lengths of token and event (each plus one, 0 for none), of method, target, shared
# and other header fields.
_HEAD = struct.Struct("<IQddIIBIIIHIII")
_CODES: dict[Outcome, int] = {each: at for at, each in enumerate(get_args(Outcome))}
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_REFUSAL = 400
_MOST_SHARED = 50_000
"""The most operations and documented answers that are shared; refusals never are."""

_MOST_FIELDS = 255
_MOST_VALUES = 16
_LONGEST_FIELD = 2000
"""Limits for shared header fields: the total number (a field's number is one byte), the
values of one name (values that differ in each call are not worth sharing), and the
length."""

_OTHER = 0
_HTTPS = 0x80
_SIGNED = 0x40
"""Beside the outcome: the request came to a server with TLS; its signature was checked."""


_MOST_PACKED = 1024
"""How many encoded header lists are remembered."""


class _PackedHeaders(NamedTuple):
    """Encoded headers; the reference to their form keeps its id from being reused.

    `others` are the places of the fields that are not shared.
    """

    form: HeaderForm | None
    fields: bytes
    others: tuple[int, ...]


class CallCodec:
    """Encodes calls as bytes, and decodes them."""

    def __init__(self) -> None:
        """Start with nothing shared."""
        self._values: list[Any] = [None]
        self._places: dict[int, int] = {id(None): 0}
        self._fields: list[tuple[bytes, bytes]] = [(b"", b"")]
        self._numbers: dict[tuple[bytes, bytes], int] = {}
        self._names: Counter[bytes] = Counter()
        self._packed: dict[int, _PackedHeaders] = {}

    def pack(self, call: Call) -> tuple[bytes, bytes]:
        """Return the two parts of an encoded call; the body comes last."""
        request = call.request
        headers = request.headers
        packed = self._packed.get(id(headers.form)) or self._lay(headers)
        fields, raw = packed.fields, headers.raw
        others = b""
        if packed.others:
            others = b"\n".join([b":".join(raw[at]) for at in packed.others])
        token = b"" if call.token is None else _octets(call.token)
        event = b"" if call.event is None else _octets(call.event)
        method, target = _octets(request.method), _octets(request.target)
        rest = b"".join((token, event, method, target, fields, others))
        place = self._places.get
        head = _HEAD.pack(
            _HEAD.size + len(rest) + len(request.body),
            call.id,
            call.received_at,
            call.duration,
            place(id(call.operation)) or self._place(call.operation),
            place(id(call.response)) or self._place(call.response),
            _CODES[call.outcome]
            | (_HTTPS if request.scheme == "https" else 0)
            | (_SIGNED if call.signature_checked else 0),
            call.attempt,
            0 if call.token is None else len(token) + 1,
            0 if call.event is None else len(event) + 1,
            len(method),
            len(target),
            len(fields),
            len(others),
        )
        return head + rest, request.body

    def shares(self, response: Response) -> bool:
        """Return whether an answer is shared by all calls that got it."""
        return bool(self._places.get(id(response)) or self._place(response))

    def unpack(self, record: memoryview) -> dict[str, Any]:
        """Return a call's fields by name; `response` is None if it is not shared."""
        size, id_, received_at, duration, operation, response, *numbers = (
            _HEAD.unpack_from(record)
        )
        outcome, attempt, token_end, event_end, *lengths = numbers
        parts, start = [], _HEAD.size
        for length in (max(token_end - 1, 0), max(event_end - 1, 0), *lengths):
            parts.append(bytes(record[start : start + length]))
            start += length
        token, event, method, target, fields, others = parts
        body = bytes(record[start:size])
        headers = Headers(self._read(fields, others))
        scheme = "https" if outcome & _HTTPS else "http"
        request = Request(_text(method), _text(target), headers, body, scheme)
        return {
            "id": id_,
            "token": _text(token) if token_end else None,
            "event": _text(event) if event_end else None,
            "attempt": attempt,
            "received_at": received_at,
            "duration": duration,
            "outcome": _OUTCOMES[outcome & ~(_HTTPS | _SIGNED)],
            "signature_checked": bool(outcome & _SIGNED),
            "operation": self._values[operation],
            "request": request,
            "response": self._values[response],
        }

    # --- shared values ---

    def _place(self, value: Operation | Response | None) -> int:
        """Return the number of a shared value, 0 if it is not shared."""
        place = self._places.get(id(value))
        if place is None:
            if isinstance(value, Response) and (
                value.status >= _REFUSAL or len(self._values) >= _MOST_SHARED
            ):
                return 0
            place = self._places[id(value)] = len(self._values)
            self._values.append(value)
        return place

    def _number(self, field: tuple[bytes, bytes]) -> int:
        """Share a header field from now on and return its number, or `_OTHER`."""
        name = field[0]
        if (
            self._names[name] >= _MOST_VALUES
            or len(self._fields) > _MOST_FIELDS
            or len(name) + len(field[1]) > _LONGEST_FIELD
        ):
            return _OTHER
        self._names[name] += 1
        number = self._numbers[field] = len(self._fields)
        self._fields.append(field)
        return number

    def _lay(self, headers: Headers) -> _PackedHeaders:
        number, form = self._numbers.get, headers.form
        varying = () if form is None else form.varying
        numbers = bytes(
            [
                _OTHER if each[0] in varying else number(each) or self._number(each)
                for each in headers.raw
            ]
        )
        others = [at for at, number in enumerate(numbers) if number == _OTHER]
        packed = _PackedHeaders(form, numbers, tuple(others))
        if form is not None:
            if len(self._packed) >= _MOST_PACKED:
                self._packed.clear()
            self._packed[id(form)] = packed
        return packed

    def _read(self, numbers: bytes, others: bytes) -> Iterable[tuple[bytes, bytes]]:
        own = iter(others.split(b"\n"))
        for number in numbers:
            if number == _OTHER:
                name, _, value = next(own).partition(b":")
                yield name, value
            else:
                yield self._fields[number]


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogatepass")
