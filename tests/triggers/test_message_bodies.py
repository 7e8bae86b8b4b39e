import gzip
import json
from urllib.parse import urlencode

import pytest
from cbmock.description.discovery import discover
from cbmock.http.messages import Headers, Response
from cbmock.triggers import key_evaluation

from tests.support.documents import describe
from tests.support.rows import each_row

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
STRING = {"type": "string"}
BINARY = {"type": "string", "format": "binary"}
NESTED = {"type": "object", "properties": {"url": STRING}}
UPLOAD = {"type": "object", "properties": {"url": STRING, "f": BINARY, "o": NESTED}}
DEEP = {"o": {"style": "deepObject", "explode": True}}


def parts(*fields):
    return b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (name, more, value)
        for name, more, value in fields
    ) + (b"--b--\r\n")


FILE = b'; filename="a.bin"\r\nContent-Type: application/octet-stream'
FORM_PART = b"\r\nContent-Type: application/x-www-form-urlencoded"
INNER = b"\r\nContent-Type: multipart/form-data; boundary=i"
WITH_FILE = parts((b"f", FILE, b"\x00\xff"), (b"url", b"", b"http://m/b"))


def due(key, body, media_type, content=None, *, headers=(), response=None):
    operation = {"callbacks": {"e": {key: {"post": {}}}}, "responses": {}}
    if content is not None:
        operation["requestBody"] = {"content": content}
        operation["responses"] = {"2XX": {"content": content}}
    document = {"openapi": "3.1.0", "paths": {"/jobs": {"post": operation}}}
    description = describe(document)
    (found,) = discover(description)
    fields = [("content-type", media_type)] if media_type else []
    message = Headers.of([*fields, *headers])
    exchange = key_evaluation.exchange(
        "POST", "http://api/jobs", message, body, response
    )
    return key_evaluation.due(found, exchange, description)


@each_row(
    ("body", "media_type", "content", "pointer"),
    [
        pytest.param(
            WITH_FILE, MULTIPART, {"multipart/form-data": {"schema": UPLOAD}}, "url",
            id="fault 2.2: a multipart field beside a file",
        ),
        pytest.param(WITH_FILE, MULTIPART, None, "url", id="an undocumented body"),
        pytest.param(
            WITH_FILE, MULTIPART, {"application/json": {"schema": UPLOAD}}, "url",
            id="an undocumented media type",
        ),
        pytest.param(
            WITH_FILE, MULTIPART, {"multipart/form-data": {}}, "url", id="no schema"
        ),
        pytest.param(
            parts((b"o", b"\r\nContent-Type: application/json", b'{"url":"http://m/b"}')),
            MULTIPART, {"multipart/form-data": {"schema": UPLOAD}}, "o/url",
            id="a part that is JSON",
        ),
        pytest.param(
            parts((b"o[url]", b"", b"http://m/b")), MULTIPART, None, "o/url",
            id="brackets in a part's name",
        ),
        pytest.param(
            parts((b"my %22url%22", b"", b"http://m/b")), MULTIPART, None, 'my "url"',
            id="a name that a browser escapes",
        ),
        pytest.param(
            parts((b"o", FORM_PART, b"url=http%3A%2F%2Fm%2Fb")), MULTIPART, None, "o/url",
            id="a form in a part",
        ),
        pytest.param(
            parts((b"o", FORM_PART, b"url=http%3A%2F%2Fm%2Fb")),
            MULTIPART, {"multipart/form-data": {"schema": UPLOAD}}, "o/url",
            id="a form in a part that is documented as JSON",
        ),
        pytest.param(
            parts((b"o", INNER, b'--i\r\nContent-Disposition: form-data; name="url"\r\n\r\nhttp://m/b\r\n--i--')),
            MULTIPART, None, "o/url", id="parts in a part",
        ),
        pytest.param(b"url=http%3A%2F%2Fm%2Fb", FORM, None, "url", id="2q"),
        pytest.param(
            b"o%5Burl%5D=http%3A%2F%2Fm%2Fb", FORM,
            {FORM: {"schema": UPLOAD, "encoding": DEEP}}, "o/url", id="deepObject",
        ),
        pytest.param(
            b"o[url]=http%3A%2F%2Fm%2Fb", FORM, None, "o/url", id="brackets in a form"
        ),
        pytest.param(
            b'{"a":1}\n{"url":"http://m/b"}\n', "application/jsonl", None, "1/url",
            id="an item of a sequence",
        ),
        pytest.param(b'{"url":"http://m/b"}', None, None, "url", id="no Content-Type"),
        pytest.param(
            b'{"url":"http://m/b"}', "application/vnd.x+json", None, "url", id="+json"
        ),
    ],
)  # fmt: skip
def test_a_url_is_read_from_every_kind_of_body(body, media_type, content, pointer):
    key = f"{{$request.body#/{pointer}}}"
    assert due(key, body, media_type, content) == key_evaluation.DueUrls(
        ("http://m/b",)
    )


TWO = ((b"urls[]", b"", b"http://o"), (b"urls[]", b"", b"http://m/b"))
AS_OCTETS = b'; filename="a"\r\nContent-Type: application/octet-stream'


@each_row(
    ("fields", "schema", "pointer"),
    [
        pytest.param(
            ((b"urls", b"", b"http://o"), (b"urls", b"", b"http://m/b")), None, "urls/1",
            id="a repeated field",
        ),
        pytest.param(TWO, None, "urls/1", id="a repeated name with brackets"),
        pytest.param(TWO, UPLOAD, "urls/1", id="the same beside a schema"),
        pytest.param(
            ((b"urls", b"", b"http://m/b"),), None, "urls/0", id="a list of one"
        ),
        pytest.param(
            ((b"hooks[][url]", b"", b"http://m/b"),), None, "hooks/0/url",
            id="the member of an item",
        ),
        pytest.param(
            ((b"hooks[1][url]", b"", b"http://m/b"),), None, "hooks/1/url",
            id="the member of a numbered item",
        ),
        pytest.param(((b"o.url", b"", b"http://m/b"),), None, "o/url", id="a dot"),
        pytest.param(
            ((b"o.url", b"", b"http://m/b"),), UPLOAD, "o/url",
            id="a dot beside a schema",
        ),
        pytest.param(
            ((b"o", b"", b'{"url": "http://m/b"}'),), None, "o/url",
            id="JSON without a label",
        ),
        pytest.param(
            ((b"url", b"", b'{"a": ["http://m/b"]}'),), UPLOAD, "url/a/0",
            id="JSON in a field that is documented as text",
        ),
        pytest.param(
            ((b"f", AS_OCTETS, b"http://m/b"),), UPLOAD, "f", id="a file"
        ),
        pytest.param(
            ((b"f", AS_OCTETS, b'["http://m/b"]'),), UPLOAD, "f/0", id="a file of JSON"
        ),
    ],
)  # fmt: skip
def test_a_url_is_read_as_frameworks_name_the_fields_of_a_form(fields, schema, pointer):
    key = f"{{$request.body#/{pointer}}}"
    expected = key_evaluation.DueUrls(("http://m/b",))
    content = {"multipart/form-data": {"schema": schema}} if schema else None
    assert due(key, parts(*fields), MULTIPART, content) == expected
    pairs = urlencode([(name, value) for name, _, value in fields]).encode()
    content = {FORM: {"schema": schema}} if schema else None
    assert due(key, pairs, FORM, content) == expected


@each_row(
    ("field", "pointer"),
    [
        ((b"o.url", b"", b"x"), "o"),
        ((b"o", b"", b"x"), "o/url"),
        ((b"o", b"", b"[1"), "o/1"),
        ((b"o", b"", b"5"), "o/url"),
        ((b"o[]", b"", b"x"), "o/url"),
        ((b"o[]", b"", b"x"), "o/1"),
        ((b"o", AS_OCTETS, b"\xff"), "o/url"),
        ((b"[[]]]", b"", b"x"), "o/1"),
    ],
)
def test_a_field_that_a_pointer_does_not_name_gives_nothing(field, pointer):
    found = due(f"{{$request.body#/{pointer}}}", parts(field), MULTIPART)
    assert found == key_evaluation.DueUrls()


def test_octets_that_are_no_text_are_no_url():
    found = due("{$request.body#/f}", parts((b"f", AS_OCTETS, b"\xff")), MULTIPART)
    detail = "{$request.body#/f} gives nothing: the file there is not text"
    assert (found.urls, [(each.code, each.detail) for each in found.violations]) == (
        (),
        [("trigger-body", detail)],
    )


def test_the_body_of_a_response_is_read_in_the_same_way():
    response = Response(201, Headers.of([("Content-Type", MULTIPART)]), WITH_FILE)
    content = {"multipart/form-data": {"schema": UPLOAD}}
    found = due("{$response.body#/url}", b"", None, content, response=response)
    assert found.urls == ("http://m/b",)


def test_a_broken_reference_in_the_document_leaves_the_body_readable():
    content = {"multipart/form-data": {"schema": {"$ref": "#/missing"}}}
    found = due("{$request.body#/url}", WITH_FILE, MULTIPART, content)
    assert found.urls == ("http://m/b",)


@pytest.mark.parametrize("coded", [True, False])
def test_a_compressed_body_is_read_whether_the_client_decoded_it_or_not(coded):
    body = b'{"url":"http://m/b"}'
    sent = gzip.compress(body) if coded else body
    fields = [("content-encoding", "gzip")]
    found = due("{$request.body#/url}", sent, "application/json", headers=fields)
    assert found.urls == ("http://m/b",)


@each_row(
    ("body", "media_type", "reason"),
    [
        (
            b"<url>http://m/b</url>",
            "text/xml",
            "the body is text/xml, which is not read",
        ),
        (b"http://m/b", "text/plain", "the body is text/plain, which is not read"),
        (
            b"\x00",
            "application/octet-stream",
            "the body is application/octet-stream, which is not read",
        ),
        (
            b"{",
            "application/json",
            "the body is application/json and is not valid JSON",
        ),
        (b"{", None, "the body has no Content-Type and is not valid JSON"),
        (b"x", "multipart/form-data", "the body is not valid multipart/form-data"),
    ],
)
def test_a_body_that_pointers_cannot_read_is_reported(body, media_type, reason):
    found = due("{$request.body#/url}/x", body, media_type)
    assert (found.urls, [(each.code, each.detail) for each in found.violations]) == (
        (),
        [("trigger-body", f"{{$request.body#/url}} gives nothing: {reason}")],
    )


@pytest.mark.parametrize("media_type", ["text/plain", "text/xml"])
def test_a_whole_body_of_text_is_the_url(media_type):
    assert due("{$request.body}", b"http://m/b", media_type).urls == ("http://m/b",)


def test_an_empty_body_gives_no_url_and_no_complaint():
    assert due("{$request.body#/url}", b"", "text/xml") == key_evaluation.DueUrls()


def test_braces_in_a_value_are_no_path_variable():
    body = json.dumps({"url": "http://m/{b}"}).encode()
    found = due("{$request.body#/url}", body, "application/json")
    assert found.urls == ("http://m/%7Bb%7D",)
