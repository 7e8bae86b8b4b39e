"""Packing: a call's atoms in one piece of bytes, for a journal that holds a million.

It decides how requests and times are laid out. It must not know where pieces are kept:
what is no atom (operation, answer, violations) is given back by whoever keeps it.
"""

from __future__ import annotations

import struct
from typing import Any, get_args

from receiver.http import Headers, Request
from receiver.mock.call import Call, Outcome

# id, received_at, duration, operation, response, outcome, and the lengths of token (and
# one, 0 for none), method, target, headers; the body is the rest.
_HEAD = struct.Struct("<QddIIBIHII")
_CODES: dict[Outcome, int] = {each: at for at, each in enumerate(get_args(Outcome))}
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_ATOMS = 6


def pack(call: Call, operation: int, response: int) -> bytes:
    """Put a call into one piece; its operation and answer are numbers of the keeper's."""
    request = call.request
    token = b"" if call.token is None else _octets(call.token)
    method, target = _octets(request.method), _octets(request.target)
    headers = b"\n".join([b":".join(pair) for pair in request.headers.raw])
    head = _HEAD.pack(
        call.id,
        call.received_at,
        call.duration,
        operation,
        response,
        _CODES[call.outcome],
        0 if call.token is None else len(token) + 1,
        len(method),
        len(target),
        len(headers),
    )
    return b"".join((head, token, method, target, headers, request.body))


def places(record: bytes) -> tuple[int, int]:
    """Return the numbers of operation and answer."""
    head = _HEAD.unpack_from(record)
    return head[3], head[4]


def unpack(record: bytes) -> dict[str, Any]:
    """Return the atoms of a call by name, its request among them."""
    id_, received_at, duration, _, _, outcome, *lengths = _HEAD.unpack_from(record)
    token, method, target, headers = lengths
    parts, start = [], _HEAD.size
    for length in (max(token - 1, 0), method, target, headers):
        parts.append(record[start : start + length])
        start += length
    request = Request(
        _text(parts[1]), _text(parts[2]), _headers(parts[3]), record[start:]
    )
    return {
        "id": id_,
        "token": _text(parts[0]) if token else None,
        "received_at": received_at,
        "duration": duration,
        "outcome": _OUTCOMES[outcome],
        "request": request,
    }


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogatepass")


def _headers(block: bytes) -> Headers:
    if not block:
        return Headers()
    pairs = (line.partition(b":") for line in block.split(b"\n"))
    return Headers((name, value) for name, _, value in pairs)
