"""What a request costs grows no faster than what arrives, whatever is wrong with it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock
from cbmock.reports import text

from tests.support.mocks import ACCEPTED, described

STRING = {"type": "string"}
INTEGERS = {"type": "array", "items": {"type": "integer"}}
PARAMETERS = [
    {"name": "v", "in": "path", "required": True, "schema": STRING},
    {"name": "q", "in": "query", "schema": STRING},
    {"name": "n", "in": "query", "schema": INTEGERS, "explode": False},
    {"name": "f", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
    {"name": "X-H", "in": "header", "schema": STRING},
    {"name": "X-N", "in": "header", "schema": INTEGERS},
    {"name": "sid", "in": "cookie", "schema": STRING},
    {"name": "cn", "in": "cookie", "schema": INTEGERS},
]
TEXTS = {"type": "object", "additionalProperties": STRING}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
CONTENT = {
    JSON: {"schema": TEXTS},
    FORM: {"schema": {"type": "object", "properties": {"l": INTEGERS}}},
    "text/plain": {"schema": {"maxLength": 5}},
}
OPERATION = {
    "parameters": PARAMETERS,
    "requestBody": {"content": CONTENT},
    **ACCEPTED,
}
URL = "/webhooks/e/1"
LARGE = 200_000
SECONDS = 20
"""What quadratic time could not keep to: it would take a thousand times as long."""

Sent = tuple[str, dict[str, str], bytes]


def query(sent: Callable[[int], str]) -> Callable[[int], Sent]:
    return lambda size: (f"{URL}?{sent(size)}", {}, b"")


def header(name: str, sent: Callable[[int], str]) -> Callable[[int], Sent]:
    return lambda size: (URL, {name: sent(size)}, b"")


def path(sent: Callable[[int], str]) -> Callable[[int], Sent]:
    return lambda size: (sent(size), {}, b"")


def body(media_type: str, sent: Callable[[int], bytes]) -> Callable[[int], Sent]:
    return lambda size: (URL, {"Content-Type": media_type}, sent(size))


def objects(size: int) -> bytes:
    return json.dumps({str(number): number for number in range(size // 12)}).encode()


CASES: dict[str, Callable[[int], Sent]] = {
    "query good": query(lambda n: "q=" + "a" * n),
    "query credential": query(lambda n: "token=" + "a" * n),
    "query pairs": query(lambda n: "a=1&" * (n // 4)),
    "query without =": query(lambda n: "a" * n),
    "query items": query(lambda n: "n=" + "x," * (n // 2)),
    "query bad": query(lambda n: "n=" + "x" * n),
    "query escapes": query(lambda n: "q=" + "%zz" * (n // 3)),
    "query members": query(lambda n: "f[a]=1&" * (n // 7)),
    "query nested": query(lambda n: "f" + "[a]" * (n // 3) + "=1"),
    "query brackets": query(lambda n: "f" + "[" * n + "=1"),
    "cookie good": header("Cookie", lambda n: "sid=" + "a" * n),
    "cookie name": header("Cookie", lambda n: "a" * n),
    "cookie many": header("Cookie", lambda n: "a=1;" * (n // 4)),
    "cookie bad": header("Cookie", lambda n: "cn=x; " * (n // 6)),
    "header good": header("X-H", lambda n: "a" * n),
    "header items": header("X-N", lambda n: "x," * (n // 2)),
    "header bad": header("X-N", lambda n: "x" * n),
    "header url": header("Referer", lambda n: "=a?" * (n // 3)),
    "header credential": header("Authorization", lambda n: "Bearer " + "a" * n),
    "path good": path(lambda n: "/webhooks/e/" + "a" * n),
    "path escapes": path(lambda n: "/webhooks/e/" + "%" * n),
    "path missed": path(lambda n: "/web/" + "a/" * (n // 2)),
    "path dots": path(lambda n: "/webhooks/e/" + "../" * (n // 3)),
    "body good": body(JSON, lambda n: b'{"a":"' + b"a" * n + b'"}'),
    "body bad": body(JSON, lambda n: b'{"a":1,"b":"' + b"a" * n + b'"}'),
    "body many": body(JSON, objects),
    "body syntax": body(JSON, lambda n: b"[" * n),
    "body label": body("image/png", lambda n: b"[" + b"1," * (n // 2) + b"1]"),
    "form good": body(FORM, lambda n: b"l=1&" * min(n // 4, 9_999)),
    "form bad": body(FORM, lambda n: b"l=x&" * min(n // 4, 9_999)),
    "form value": body(FORM, lambda n: b"l=" + b"%zz" * (n // 3)),
    "text": body("text/plain", lambda n: b"a" * n),
}


@pytest.mark.parametrize("case", CASES)
def test_a_large_request_costs_no_more_for_each_character(case):
    mock = Mock(described(webhooks={"e/{v}": {"post": OPERATION}}))

    def cost(size: int) -> float:
        target, fields, data = CASES[case](size)
        request = Request("POST", target, Headers.of(fields.items()), data)
        begun = time.process_time()
        call = mock.receive(request, id=1, now=0)
        shown: list[Any] = [json.dumps(call.record()), repr(call), text.line(call)]
        assert all(shown)
        return time.process_time() - begun

    cost(100)
    assert cost(LARGE) < SECONDS
