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

# Total length, id, received_at, duration, operation, response, choice, outcome, attempt; then
# the lengths of token and event (each plus one, 0 for none) and of the method in characters,
# and those of these texts with the target, of shared and of other header fields in bytes.
_HEAD = struct.Struct("<IQddIIIBIIIHIII")
_CODES: dict[Outcome, int] = {each: at for at, each in enumerate(get_args(Outcome))}
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_REFUSAL = 400
_MOST_SHARED = 50_000
"""The most operations, documented answers and choices that are shared; refusals never are."""

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
"""How many encoded header lists are remembered, and how many choices by their ids."""


_ENCODING = "utf-8", "surrogatepass"
_Operations = tuple[Operation, ...]
_BY_URL: tuple[str, _Operations, _Operations] = "url", (), ()
Packed = tuple[bytes, bytes, tuple[str, ...]]
"""A record without its body, the body, and the names of the call's fields that are too rare
to be shared and not in the record."""


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
        self._places_of_choices: dict[tuple[object, ...], int] = {}
        self._choices: dict[tuple[str, int, int], tuple[int, _Operations, _Operations]]
        self._choices = {}

    def pack(self, call: Call) -> Packed:
        """Return the two parts of an encoded call, and the fields that are left out."""
        request = call.request
        headers, body = request.headers, request.body
        packed = self._packed.get(id(headers.form)) or self._lay(headers)
        fields = packed.fields
        others = b""
        if packed.others:
            raw = headers.raw
            others = b"\n".join([b":".join(raw[at]) for at in packed.others])
        token, event, method = call.token or "", call.event or "", request.method
        texts = f"{token}{event}{method}{request.target}".encode(*_ENCODING)
        response = self._places.get(id(call.response)) or self._place(call.response)
        choice: int | None = 0
        if call.decided_by != "url" or call.decided_between or call.candidates:
            choice = self._choice(call)
        outcome = _CODES[call.outcome]
        if request.scheme == "https":
            outcome |= _HTTPS
        if call.signature_checked:
            outcome |= _SIGNED
        head = _HEAD.pack(
            _HEAD.size + len(texts) + len(fields) + len(others) + len(body),
            call.id,
            call.received_at,
            call.duration,
            self._places.get(id(call.operation)) or self._place(call.operation),
            response,
            choice or 0,
            outcome,
            call.attempt,
            0 if call.token is None else len(token) + 1,
            0 if call.event is None else len(event) + 1,
            len(method),
            len(texts),
            len(fields),
            len(others),
        )
        left_out: tuple[str, ...] = () if response else ("response",)
        if choice is None:
            left_out += ("decided_by", "decided_between", "candidates")
        return head + texts + fields + others, body, left_out

    def unpack(self, record: memoryview) -> dict[str, Any]:
        """Return a call's fields by name; `response` is None if it was left out."""
        size, id_, received_at, duration, operation, response, choice, *numbers = (
            _HEAD.unpack_from(record)
        )
        outcome, attempt, token_end, event_end, method_size, *lengths = numbers
        parts, start = [], _HEAD.size
        for length in lengths:
            parts.append(bytes(record[start : start + length]))
            start += length
        texts, fields, others = parts
        text = texts.decode(*_ENCODING)
        event_at = max(token_end - 1, 0)
        method_at = event_at + max(event_end - 1, 0)
        target_at = method_at + method_size
        request = Request(
            text[method_at:target_at],
            text[target_at:],
            Headers(self._read(fields, others)),
            bytes(record[start:size]),
            "https" if outcome & _HTTPS else "http",
        )
        decided_by, between, candidates = self._values[choice] or _BY_URL
        return {
            "id": id_,
            "token": text[:event_at] if token_end else None,
            "event": text[event_at:method_at] if event_end else None,
            "attempt": attempt,
            "received_at": received_at,
            "duration": duration,
            "outcome": _OUTCOMES[outcome & ~(_HTTPS | _SIGNED)],
            "signature_checked": bool(outcome & _SIGNED),
            "operation": self._values[operation],
            "request": request,
            "response": self._values[response],
            "decided_by": decided_by,
            "decided_between": between,
            "candidates": candidates,
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

    def _choice(self, call: Call) -> int | None:
        """Return the number of how a call's operation was chosen, None if it is not shared."""
        between, candidates = call.decided_between, call.candidates
        known = self._choices.get((call.decided_by, id(between), id(candidates)))
        if known is not None:
            return known[0]
        names = call.decided_by, *map(id, between), 0, *map(id, candidates)
        place = self._places_of_choices.get(names)
        if place is None:
            if len(self._values) >= _MOST_SHARED:
                return None
            place = self._places_of_choices[names] = len(self._values)
            self._values.append((call.decided_by, between, candidates))
        if len(self._choices) >= _MOST_PACKED:
            self._choices.clear()
        # Keeps a reference to both, so that their ids are not reused.
        self._choices[call.decided_by, id(between), id(candidates)] = (
            place,
            between,
            candidates,
        )
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
