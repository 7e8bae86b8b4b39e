"""What a request costs grows no faster than what arrives, whatever is wrong with it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock
from cbmock.reports import text

from tests.support.cost import growth
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
PARTS = "multipart/form-data; boundary=b"
CONTENT = {
    JSON: {"schema": TEXTS},
    FORM: {"schema": {"type": "object", "properties": {"l": INTEGERS}}},
    "multipart/form-data": {"schema": {"type": "object", "properties": {"l": STRING}}},
    "application/xml": {"schema": {"type": "object"}},
    "text/plain": {"schema": {"maxLength": 5}},
}
OPERATION = {
    "parameters": PARAMETERS,
    "requestBody": {"content": CONTENT},
    **ACCEPTED,
}
URL = "/webhooks/e/1"
SMALL, TIMES = 160, 100
MOST = 2
"""How much dearer a character may be among 16,000 than among 160."""

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
    "form": body(FORM, lambda n: b"a=b;" * (n // 4)),
    "parts": body(PARTS, lambda n: b"--b\r\n" * (n // 5)),
    "part head": body(PARTS, lambda n: b"--b\r\n" + b"name=" * (n // 5)),
    "xml": body("application/xml", lambda n: b"<a>" * (n // 3)),
    "compressed": header("Content-Encoding", lambda n: "gzip," * (n // 5)),
}
REPEATED = (
    *("a=b;", "a=b,", '\\"', '"', "=", ",", "(", "%", "%3D", "token=", "a b ", "x&y="),
    *("https://a/?token=", "u=http%3A%2F%2Fa%3D", ";q=0.1,a/b", '";a="', "://a@"),
)
FIELDS = (
    "Accept",
    "Prefer",
    "Cookie",
    "Content-Type",
    "Authorization",
    "Referer",
    "X-H",
)
CASES |= {
    f"{name} {each}": header(name, lambda n, each=each: each * (n // len(each)))  # type: ignore[misc]
    for name in FIELDS
    for each in REPEATED
}
CASES |= {
    f"query {each}": query(lambda n, each=each: each * (n // len(each)))  # type: ignore[misc]
    for each in REPEATED
}
MOCK = Mock(described(webhooks={"e/{v}": {"post": OPERATION}}))
NUMBERS = itertools.count()


def cost_of(case: str) -> float:
    def receive(size: int) -> None:
        target, fields, data = CASES[case](size)
        # Nothing that was kept of an equal request helps.
        sent = Headers.of({**fields, "X-Number": str(next(NUMBERS))}.items())
        call = MOCK.receive(Request("POST", target, sent, data), id=1, now=0)
        shown: list[Any] = [json.dumps(call.record()), repr(call), text.line(call)]
        assert all(shown)

    return growth(receive, SMALL, TIMES)


@pytest.mark.parametrize("case", CASES)
def test_a_large_request_costs_no_more_for_each_character(case):
    assert any(cost_of(case) < MOST for _ in range(2))  # a busy machine: once more
