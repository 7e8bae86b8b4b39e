"""Parts of a request: the cost of one character in a long and in a short part.

It decides which part grows, in a valid and in an invalid request. Each is
received, checked, explained, hidden, recorded and written as a line by a running mock.
"""

from __future__ import annotations

import functools
import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks import documents
from benchmarks.deliveries import Delivery
from benchmarks.servers import Server, cbmock, running
from benchmarks.study import Found, NotMeasured, Setting, progress
from benchmarks.targets import Ratios

SIZES = (160, 16_000)
SPEC = "parts.json"
_PATH = "/webhooks/part/a"
_JSON = {"Content-Type": "application/json"}
_REQUESTS = 7
_PATIENCE = 30.0
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n")

_INTEGERS = {"type": "array", "items": {"type": "integer"}}
_TEXT = {"type": "string"}


@dataclass(frozen=True)
class Part:
    """One part of a request that can have any length; `valid` is the expected verdict."""

    sent: Callable[[int], Delivery]

    def raw(self, size: int, number: int) -> bytes:
        """Return a request as bytes; its number makes it unique."""
        delivery = self.sent(size)
        fields = {
            "Host": "localhost",
            "Content-Length": str(len(delivery.body)),
            "X-Number": str(number),
            **delivery.headers,
        }
        lines = [f"{name}: {value}" for name, value in fields.items()]
        head = "\r\n".join((f"POST {delivery.path} HTTP/1.1", *lines, "", ""))
        return head.encode("latin-1") + delivery.body


def _good(path: str = _PATH, body: bytes = b"{}", **headers: str) -> Delivery:
    return Delivery(path, body, _JSON | headers)


def _bad(path: str = _PATH, body: bytes = b"{}", **headers: str) -> Delivery:
    return Delivery(path, body, _JSON | headers, valid=False)


def _body(name: str, size: int) -> bytes:
    return b'{"%b":"%b"}' % (name.encode(), b"a" * size)


PARTS: Mapping[str, Part] = {
    "query": Part(lambda n: _good(f"{_PATH}?token=" + "a" * n)),
    "query-bad": Part(lambda n: _bad(f"{_PATH}?n=" + "x," * (n // 2))),
    "cookie": Part(lambda n: _good(Cookie="sid=1; " + "a" * n)),
    "cookie-bad": Part(lambda n: _bad(Cookie="n=x; " + "a=1;" * (n // 4))),
    "header": Part(lambda n: _good(Referer="=a?" * (n // 3))),
    "header-bad": Part(lambda n: _bad(Numbers="x," * (n // 2))),
    "path": Part(lambda n: _good("/webhooks/part/" + "%61" * (n // 3))),
    "path-bad": Part(lambda n: _bad("/webhook/" + "%/" * (n // 2))),
    "body": Part(lambda n: _good(body=_body("text", n))),
    "body-bad": Part(lambda n: _bad(body=_body("numbers", n))),
}


def document() -> dict[str, Any]:
    """Return a document whose one webhook has all parts."""
    parameters = [
        {"name": "v", "in": "path", "required": True, "schema": _TEXT},
        {"name": "n", "in": "query", "explode": False, "schema": _INTEGERS},
        {"name": "token", "in": "query", "schema": _TEXT},
        {"name": "sid", "in": "cookie", "schema": _TEXT},
        {"name": "n", "in": "cookie", "schema": {"type": "integer"}},
        {"name": "Numbers", "in": "header", "schema": _INTEGERS},
    ]
    schema = {"type": "object", "properties": {"text": _TEXT, "numbers": _INTEGERS}}
    post = {
        "parameters": parameters,
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"204": {"description": "Taken."}},
    }
    info = {"title": "Parts", "version": "1"}
    webhooks = {"part/{v}": {"post": post}}
    return {"openapi": "3.1.0", "info": info, "webhooks": webhooks}


def parts(setting: Setting) -> Found:
    """Send each part with few and with many characters; compare the cost of one."""
    (setting.folder / SPEC).write_text(documents.written(document()))
    found = Found(figures={"parts": {}})
    wanted = {each for each in PARTS if f"part-{each}" in setting.wanted}
    with running(
        lambda at: cbmock(at.folder / SPEC, at.port, "--format", "json"),
        setting.folder,
        _good(),
    ) as server:
        for name in filter(wanted.__contains__, PARTS):
            measure = functools.partial(_measured, server, name, setting, found)
            found.take(f"part-{name}", measure)
    return found


def _measured(server: Server, name: str, setting: Setting, found: Found) -> Ratios:
    """Return the cost of a character in a long part by that in a short one, by round."""
    rounds = [_costs(server, PARTS[name]) for _ in range(setting.rounds.count)]
    small, large = (1e6 * min(costs) for costs in zip(*rounds, strict=True))
    found.notes[f"part-{name}"] = f"{small:.0f} → {large:.0f} µs"
    found.figures["parts"][name] = {str(SIZES[0]): small, str(SIZES[1]): large}
    progress(f"{name}: {small:.0f} then {large:.0f} µs")
    more = SIZES[1] / SIZES[0]
    return tuple(large / small / more for small, large in rounds)


def _costs(server: Server, part: Part) -> tuple[float, float]:
    return _cost(server, part, SIZES[0]), _cost(server, part, SIZES[1])


def _cost(server: Server, part: Part, size: int) -> float:
    """Return the seconds until a request is answered: the shortest of several."""
    valid = part.sent(size).valid
    address = ("127.0.0.1", server.port)
    with socket.create_connection(address, timeout=_PATIENCE) as connection:
        took = [
            _asked(connection, part.raw(size, at), valid) for at in range(_REQUESTS)
        ]
    return min(took)


def _asked(connection: socket.socket, request: bytes, valid: bool) -> float:  # noqa: FBT001 - of the request
    began = time.perf_counter()
    connection.sendall(request)
    answer = b""
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += _received(connection)
    length = _LENGTH.search(answer[: end + 2])
    left = end + 4 + (0 if length is None else int(length[1])) - len(answer)
    while left > 0:
        left -= len(_received(connection))
    took = time.perf_counter() - began
    if answer.startswith(b"HTTP/1.1 2") is not valid:
        raise NotMeasured(f"it answered {answer[:200]!r}")
    return took


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise NotMeasured("the connection was closed")
    return data
