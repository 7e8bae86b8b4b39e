"""Targets: every reader of foreign input, each as a function of bytes.

It decides which errors a reader may raise. Any other exception is a failure.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

from cbmock import Signature, sources
from cbmock.contract.security import jwt
from cbmock.contract.security.redaction import Redaction
from cbmock.deliveries import delivery
from cbmock.description import (
    callback_keys,
    documents,
    json_pointer,
    runtime_expressions,
)
from cbmock.errors import ReceiverError
from cbmock.http import (
    content_codings,
    json_text,
    mapped,
    media_types,
    multipart,
    query,
)
from cbmock.http.messages import Headers, Request
from cbmock.http.xml_text import read as read_xml
from cbmock.journal import records
from cbmock.mock.call import Call
from cbmock.mock.generation import regex
from cbmock.mock.mock import Mock
from cbmock.mock.responses import negotiation, prefer, scripted_reply
from cbmock.reports import text
from cbmock.server import refusals

from fuzz import seeds


@dataclass(frozen=True)
class Target:
    """A reader, valid texts for it, and the errors that it may raise."""

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    raises: tuple[type[BaseException], ...] = ()

    def __call__(self, data: bytes) -> None:
        """Read bytes; an exception that is raised is a failure."""
        with contextlib.suppress(*self.raises):
            self.read(data)


def _latin(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("latin-1"))


def _utf8(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "replace"))


def _field(name: str, data: bytes) -> Headers:
    return Headers([(name.encode(), data)])


@cache
def everything() -> Mock:
    """Return the mock of a document that uses every feature."""
    return Mock(sources.describe(seeds.documents()[0]))


def request_of(data: bytes) -> Request:
    """Read a request leniently, so that the mock gets requests that parsers refuse."""
    head, _, body = data.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    method, _, rest = line.decode("latin-1").partition(" ")
    target = rest.partition(" ")[0]
    pairs = [each.partition(b":")[::2] for each in fields]
    headers = Headers([(name.lower(), value.strip()) for name, value in pairs])
    return Request(method, target, headers, body)


def received(data: bytes) -> Call:
    """Let the mock receive a request; write the call as text and as a record."""
    call = everything().receive(request_of(data), id=1, now=0.0)
    internal = [each.detail for each in call.violations if each.code == "internal"]
    assert not internal, internal
    kept = json.dumps(call.record())
    assert text.line(call)
    assert records.calls(f"[{kept}]")
    delivery.fold([call])
    return call


_SCHEMES = ("standard-webhooks", "stripe", "github", "slack", "rfc9421-hmac-sha256")


def _signed(data: bytes) -> None:
    request = request_of(data)
    fields, method = [*request.headers], request.method
    for name in _SCHEMES:
        signature = Signature(name, secret="s" * 32)
        signature.check(fields, request.body, method=method, url="http://x/", now=0)


def _coded(data: bytes) -> object:
    coding, _, body = data.partition(b"\n")
    return content_codings.decode(body, coding.decode("latin-1"))


TARGETS: Mapping[str, Target] = {
    "receive": Target(received, seeds.requests()),
    "signatures": Target(_signed, seeds.requests()),
    "refusals": Target(
        lambda data: (refusals.as_request(data), refusals.explained(data, "x")),
        seeds.requests(),
    ),
    "redaction": Target(lambda data: Redaction().head(data), seeds.requests()),
    "redacted text": Target(
        _latin(Redaction().text), (b"http://u:p@x/?token=a&u=http%3A%2F%2Fx%3Fkey%3Db",)
    ),
    "json": Target(
        json_text.read,
        (b'{"a": [1, -2e3, "\\u00e9", null]}',),
        (ValueError,),
    ),
    "xml": Target(
        read_xml,
        (b'<a xmlns:b="c"><b:d e="f">g</b:d></a>',),
        (ValueError,),
    ),
    "multipart": Target(
        lambda data: multipart.split(data, "b"),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',),
        (ValueError,),
    ),
    "form": Target(
        lambda data: mapped.form_fields(data, "application/x-www-form-urlencoded"),
        (b"a=b&c[d]=%20+&=&a",),
    ),
    "query": Target(_latin(query.query_pairs), (b"a=b&c[d]=%20+&=&a",)),
    "cookies": Target(
        lambda data: query.cookies(_field("cookie", data)), (b'a=b; c="d"; e',)
    ),
    "content codings": Target(
        _coded,
        (
            b"gzip\n\x1f\x8b\x08\x00",
            b"br\nabc",
            b"zstd\n\x28\xb5\x2f\xfd",
            b"deflate, x\nx",
        ),
        (content_codings.NotDecoded,),
    ),
    "media type": Target(
        _latin(media_types.parse), (b'multipart/x; boundary="a\\"b"; q=1',)
    ),
    "accept": Target(
        _latin(lambda value: negotiation.choose(["application/json", "*/*"], value)),
        (b'text/*;q=.3, application/json;a="b,c";q=1',),
    ),
    "prefer": Target(
        lambda data: prefer.read(Request("POST", "/", _field("prefer", data), b"")),
        (b'code=200, example="a, b"; dynamic=true',),
    ),
    "token": Target(
        _latin(jwt.claims),
        (b"eyJhbGciOiJub25lIn0.eyJleHAiOjF9.x",),
    ),
    "pointer": Target(
        _utf8(json_pointer.parse), (b"/a~1b/~0/0",), (ReceiverError, ValueError)
    ),
    "runtime expression": Target(
        _utf8(runtime_expressions.parse),
        (b"$request.body#/a~1b", b"$response.header.X"),
    ),
    "callback key": Target(
        _utf8(callback_keys.parse), (b"http://x/{$request.query.a}/b?c={$url}#{d}",)
    ),
    "pattern": Target(
        _utf8(lambda value: [*islice(regex.strings(value, 0, 50), 5)]),
        (rb"^(?:[a-z]{2,5}|\d+)(?=x)\p{L}*$",),
    ),
    "journal": Target(
        _utf8(records.calls),
        (json.dumps(received(seeds.requests()[0]).record()).encode(),),
        (ReceiverError,),
    ),
    "document": Target(
        lambda data: documents.parse(data, name="x", uri="file:///x"),
        (
            b"openapi: 3.1.0\na: &b [1, *b, 0x1f]\nc: {<<: {d: e}}\n",
            b'{"a": {"b": [1]}}',
        ),
        (ReceiverError,),
    ),
    "reply": Target(
        lambda data: scripted_reply.from_object(json_text.read(data)[0]),
        (b'{"status": 503, "headers": {"A": "b"}, "delay": 0.1, "times": 2}',),
        (ReceiverError, ValueError),
    ),
}
