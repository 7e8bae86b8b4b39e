"""Section 5 of the example bank: request bodies, by number and row.

5d is about signatures. What each media type's reader does besides stands in its own tests.
"""

import gzip

import pytest
from cbmock.http import content_codings
from cbmock.mock.mock import Mock

from tests.support.mocks import ACCEPTED, described, request
from tests.support.multipart_bodies import body as parts

JSON = "application/json"
TEXT = "text/plain"
FORM = "application/x-www-form-urlencoded"
FORM_DATA = "multipart/form-data; boundary=b"
A = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}


def mock_of(content, *, required=True, method="post", version="3.1.0"):
    body = {"required": required, "content": content}
    operation = ACCEPTED if content is None else {"requestBody": body, **ACCEPTED}
    return Mock(
        described(version=version, **{_container(version): _w(method, operation)})
    )


def _container(version):
    return "x-webhooks" if version < "3.1" else "webhooks"


def _w(method, operation):
    return {"w": {method: operation}}


def receive(content, data=b"", sent=JSON, *, method="post", headers=None, **options):
    fields = {} if sent is None else {"content-type": sent}
    return mock_of(content, method=method, **options).receive(
        request(method.upper(), "/webhooks/w", data, {**fields, **(headers or {})}),
        id=1,
        now=0.0,
    )


def told(call):
    return [(each.location, each.code, each.severity) for each in call.violations]


def value(call, content, **options):
    """Return what the body was read as, and under which key."""
    mock = mock_of(content, **options)
    verdict = mock.contract_of(mock.operations[0]).check(call.request, {})
    return verdict.body, verdict.media_type


def of(schema, key=JSON, **more):
    return {key: {"schema": schema, **more}}


ERROR = "error"
WARNING = "warning"


# --- presence -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "options", "data", "violations"),
    [
        (of(A), {"required": False}, b"", []),
        (of(A), {}, b"", [("body", "missing-body", ERROR)]),
        (of(A), {}, b" \n", [("body", "syntax", ERROR)]),
        (None, {}, b"{}", [("body", "unexpected-body", WARNING)]),
        (of(A), {"method": "get"}, b"", [("body", "missing-body", ERROR)]),
        (of(A), {"method": "get"}, b"{}", [("body", "required", ERROR)]),
        (of(A), {"method": "get", "version": "3.0.3"}, b"", []),
        (
            of(A),
            {"method": "get", "version": "3.0.3"},
            b"{}",
            [("body", "required", WARNING)],
        ),
        ({}, {}, b"\x00", []),
        ({JSON: {}}, {}, b"{}", []),
        ({JSON: {}}, {}, b"{", [("body", "syntax", ERROR)]),
    ],
)
def test_a_body_is_required_and_checked_as_documented(
    content, options, data, violations
):
    assert told(receive(content, data, **options)) == violations


# --- media types --------------------------------------------------------------------------

VERSIONED = {f"{JSON}; version=2": {}, JSON: {}}


@pytest.mark.parametrize(
    ("keys", "sent", "key"),
    [
        pytest.param(
            VERSIONED, f"{JSON};version=2;charset=utf-8", f"{JSON}; version=2", id="5a"
        ),
        pytest.param(VERSIONED, f"{JSON};version=3", JSON, id="5a other"),
        pytest.param({"*/*": {}}, "image/png", "*/*", id="5b"),
        ({"application/*": {}, JSON: {}}, "Application/JSON;charset=UTF-8", JSON),
        ({"text/*": {}, "*/*": {}}, "text/html", "text/*"),
        ({f"{JSON};charset=utf-8": {}}, JSON, f"{JSON};charset=utf-8"),
        ({f'{JSON}; a="b"; c=d': {}}, f"{JSON};c=d;a=b", f'{JSON}; a="b"; c=d'),
        ({"application/*+json": {}}, "application/a+json", "application/*+json"),
    ],
)
def test_the_most_specific_key_counts(keys, sent, key):
    call = receive(keys, b"{}", sent)
    assert (call.status, value(call, keys)[1]) == (202, key)


@pytest.mark.parametrize(
    ("keys", "sent", "status", "violation"),
    [
        ({TEXT: {}}, "text/html", 415, ("media_type", "media-type", ERROR)),
        (
            {JSON: {}},
            "application/problem+json",
            415,
            ("media_type", "media-type", ERROR),
        ),
        pytest.param(
            {TEXT: {}}, JSON, 415, ("media_type", "media-type", ERROR), id="5e"
        ),
        ({JSON: {}}, None, 400, ("media_type", "missing-content-type", ERROR)),
        ({JSON: {}}, "json", 400, ("media_type", "syntax", ERROR)),
    ],
)
def test_another_media_type_is_told(keys, sent, status, violation):
    call = receive(keys, b"{}   "[:5], sent, required=False)
    assert (call.status, told(call)) == (status, [violation])


def test_5b_any_type_asks_for_presence_alone():
    assert told(receive({"*/*": {}}, b"\x89PNG", "image/png")) == []
    assert told(receive({"*/*": {}}, b"", None)) == [("body", "missing-body", ERROR)]


def test_a_body_without_a_type_is_checked_against_the_only_key():
    call = receive(of(A), b'{"a": "x"}', None)
    assert told(call) == [
        ("body", "type", ERROR),
        ("media_type", "missing-content-type", ERROR),
    ]


# --- JSON ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "data", "sent", "status", "violations"),
    [
        ({}, b'{"a":1,"a":2}', JSON, 202, [("json-duplicate-key", WARNING)]),
        ({}, b"[NaN]", JSON, 400, [("syntax", ERROR)]),
        ({}, b"[1,]", JSON, 400, [("syntax", ERROR)]),
        ({}, b"'x'", JSON, 400, [("syntax", ERROR)]),
        ({}, b"\xef\xbb\xbf{}", JSON, 202, [("json-bom", WARNING)]),
        ({}, b"\xff", JSON, 400, [("encoding", ERROR)]),
        ({}, "{}".encode("utf-16"), JSON, 400, [("encoding", ERROR)]),
        (
            {"type": "integer", "format": "int64"},
            b"12345678901234567890123",
            JSON,
            422,
            [("format", ERROR)],
        ),
        ({}, b'{"a":1}', f"{JSON};charset=iso-8859-1", 202, [("charset", WARNING)]),
        pytest.param(
            {"type": "string"}, b"abc", JSON, 400, [("syntax", ERROR)], id="5h bare"
        ),
        pytest.param({"type": "string"}, b'"abc"', JSON, 202, [], id="5h quoted"),
        pytest.param({"type": "string"}, b"abc", TEXT, 202, [], id="5h text"),
        pytest.param({"type": "integer"}, b"12", TEXT, 202, [], id="5h number"),
    ],
)
def test_a_text_is_read_or_refused(schema, data, sent, status, violations):
    call = receive(of(schema, sent.partition(";")[0]), data, sent)
    found = [(code, severity) for _, code, severity in told(call)]
    assert (call.status, found) == (status, violations)


@pytest.mark.parametrize("sent", ["text/json", "application/x-json", "a/b+json"])
def test_json_has_several_names(sent):
    assert told(receive(of(A, sent), b'{"a": "x"}', sent)) == [("body", "type", ERROR)]


# --- codings ------------------------------------------------------------------------------


def test_a_coding_is_undone_before_the_check():
    call = receive(
        of(A), gzip.compress(b'{"a": 1}'), headers={"content-encoding": "gzip"}
    )
    assert (call.status, told(call)) == (202, [])
    assert call.body[:2] == b"\x1f\x8b"  # signatures are about what came


def test_a_bomb_is_too_large(monkeypatch):
    monkeypatch.setattr(content_codings, "LARGEST", 1000)
    data = gzip.compress(b" " * 5_000_000)
    call = receive(of(A), data, headers={"content-encoding": "gzip"})
    assert (call.status, told(call)) == (413, [("body", "too-large", ERROR)])


# --- forms and parts ----------------------------------------------------------------------


def test_a_form_is_typed_property_by_property():
    code = {"allOf": [{"type": ["string", "number"]}, {"type": "string"}]}
    schema = {
        "type": "object",
        "properties": {"code": code, "count": {"type": "integer"}},
    }
    content = of(schema, FORM)
    call = receive(content, b"code=1234&count=42", FORM)
    assert value(call, content) == ({"code": "1234", "count": 42}, FORM)


@pytest.mark.parametrize("data", [b'o={"R":1}', b"o=R,1"])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_an_object_in_a_form_may_be_written_both_ways(data, version):
    inner = {"type": "object", "properties": {"R": {"type": "integer"}}}
    content = of({"type": "object", "properties": {"o": inner}}, FORM)
    encoded = {FORM: {**content[FORM], "encoding": {"o": {"explode": False}}}}
    used = content if data.startswith(b"o={") else encoded
    call = receive(used, data, FORM, version=version)
    assert (told(call), value(call, used, version=version)[0]) == ([], {"o": {"R": 1}})


META = {"type": "object", "properties": {"id": {"type": "integer"}}}
UPLOAD = of(
    {
        "type": "object",
        "required": ["meta", "file"],
        "properties": {"meta": META, "file": {"type": "string", "format": "binary"}},
    },
    "multipart/form-data",
)


@pytest.mark.parametrize(
    ("meta_type", "violations"),
    [
        pytest.param(TEXT, [("body", "part-media-type", ERROR)], id="5c text"),
        pytest.param(None, [], id="5c default"),
        pytest.param(JSON, [], id="5c stated"),
    ],
)
def test_a_part_has_a_type_of_its_own(meta_type, violations):
    sent = parts(("meta", meta_type, b'{"id": 1}'), ("file", "image/png", b"\x89"))
    call = receive(UPLOAD, sent, FORM_DATA)
    assert told(call) == violations
    assert value(call, UPLOAD)[0] == {"meta": {"id": 1}, "file": b"\x89"}


# --- sequences ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "items", "data", "read"),
    [
        pytest.param(
            "application/x-ndjson",
            A,
            b'{"a":1}\n\n{"a":2}\n',
            [{"a": 1}, {"a": 2}],
            id="5f",
        ),
        pytest.param(
            "text/event-stream",
            {"required": ["data"]},
            b'data: {"x":1}\ndata: 2\n\n',
            [{"data": '{"x":1}\n2'}],
            id="5g",
        ),
    ],
)
def test_a_sequence_is_checked_item_by_item(key, items, data, read):
    content = {key: {"itemSchema": items}}
    call = receive(content, data, key, version="3.2.0")
    assert (told(call), value(call, content, version="3.2.0")[0]) == ([], read)


def test_5f_the_item_that_is_wrong_is_pointed_at():
    content = {"application/x-ndjson": {"itemSchema": A}}
    call = receive(content, b'{"a":1}\n{}\n', "application/x-ndjson", version="3.2.0")
    assert [(each.pointer, each.code) for each in call.violations] == [
        ("#/1", "required")
    ]


# --- octets -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "version", "codes"),
    [
        ({"type": "string", "format": "binary", "pattern": "^a$"}, "3.0.3", []),
        ({"type": "object"}, "3.1.0", []),
        ({"maxLength": 1}, "3.1.0", ["maxLength"]),
    ],
)
def test_of_octets_only_their_number_is_checked(schema, version, codes):
    content = of(schema, "image/png")
    call = receive(content, b"\xff\x00", "image/png", version=version)
    assert [each.code for each in call.violations] == codes


def test_what_is_wrong_with_xml_is_only_a_warning():
    content = of(A, "application/xml")
    call = receive(content, b"<r><a>x</a></r>", "application/xml")
    assert (call.status, told(call)) == (202, [("body", "type", WARNING)])
