from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bodies import read, told
from tests.support.multipart_bodies import body
from tests.support.rows import each_row

FORM_DATA = "multipart/form-data; boundary=b"
FILE = {"type": "string", "format": "binary"}
META = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}},
}
INTEGERS = {"type": "array", "items": {"type": "integer"}}
PNG = b"\x89PNG\x00\xff"


def form_data(properties, *parts, encoding=None, version="3.1.0", **more):
    schema = {"type": "object", "properties": properties, **more}
    media_type = {"schema": schema, "encoding": encoding or {}}
    return read(media_type, body(*parts), FORM_DATA, version=version)


@each_row(
    ("properties", "parts", "value"),
    [
        ({"a": {"type": "integer"}}, [("a", None, b"12")], {"a": 12}),
        (
            {"a": {"type": "string"}},
            [("a", "text/plain; charset=iso-8859-1", b"\xe9")],
            {"a": "é"},
        ),
        ({"m": META}, [("m", None, b'{"id": 1}')], {"m": {"id": 1}}),
        ({"m": META}, [("m", "application/json", b'{"id": 1}')], {"m": {"id": 1}}),
        ({"f": FILE}, [("f", "image/png", PNG)], {"f": PNG}),
        ({"f": FILE}, [("f", None, PNG)], {"f": PNG}),
        ({"f": {**FILE, "minLength": 99}}, [("f", "text/plain", b"a")], {"f": b"a"}),
        (
            {"f": {"contentMediaType": "image/png"}},
            [("f", "image/png", PNG)],
            {"f": PNG},
        ),
        (
            {"f": {"type": "array", "items": FILE}},
            [("f", "image/png", PNG), ("f", None, b"a")],
            {"f": [PNG, b"a"]},
        ),
        ({"f": {}}, [("f", "image/png", PNG)], {"f": PNG}),
        ({"f": {}}, [("f", "text/plain", b"a")], {"f": "a"}),
        ({"f": {}}, [("f", None, b"a")], {"f": "a"}),
        (
            {"f": {}},
            [('Content-Disposition: form-data; name="f"; filename="x"', None, b"a")],
            {"f": b"a"},
        ),
        (
            {"f": {"type": "string", "format": "byte"}},
            [("f", "application/octet-stream", b"aGk=")],
            {"f": "aGk="},
        ),
        (
            {"f": {"type": "string", "contentEncoding": "base64"}},
            [("f", "image/png", b"aGk=")],
            {"f": "aGk="},
        ),
        ({"a": INTEGERS}, [("a", None, b"1"), ("a", None, b"2")], {"a": [1, 2]}),
        ({"a": INTEGERS}, [("a", "application/json", b"[1, 2]")], {"a": [1, 2]}),
        ({}, [("a", None, b"1"), ("a", None, b"2")], {"a": ["1", "2"]}),
        ({}, [("", None, b"1")], {"": "1"}),
        ({}, [], {}),
    ],
)
@each_row("version", ["3.0.3", "3.1.0"])
def test_parts_are_typed_by_the_schema(properties, parts, value, version):
    verdict = form_data(properties, *parts, version=version)
    assert (verdict.body, verdict.violations) == (value, ())


@each_row(
    ("head", "detail"),
    [
        ("Content-Disposition: form-data", "part 1 has no name; "),
        ("X: 1", "part 1 has no name; "),
        ("Content-ID: <a>", "part 1 has no name; "),
        ("Content-Disposition: attachment; name=a", 'part 1 is "attachment"; '),
        ("Content-Disposition: inline; filename=a", "part 1 has no name; "),
    ],
)
def test_3_2_form_data_needs_the_name_of_each_part(head, detail):
    properties = {"a": {"type": "integer"}}
    verdict = form_data(properties, (head, None, b"1"), required=["a"])
    rule = 'Content-Disposition: form-data; name="…" is required (RFC 7578 §4.2)'
    assert [(each.code, each.detail) for each in verdict.violations] == [
        ("part-name", detail.replace('"', "'") + rule)
    ]
    assert verdict.body == ({"a": 1} if "name=a" in head.split("file")[0] else {})


def test_3_2_in_other_multiparts_the_place_counts():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    parts = body(("X: 1", None, b"1"))
    verdict = read({"schema": schema}, parts, "multipart/mixed; boundary=b")
    assert (verdict.body, verdict.violations) == ({"a": 1}, ())


BINARY = b"\x00\xff"


@each_row(
    ("properties", "value"),
    [
        ({"f": {}}, {"f": BINARY}),
        ({"f": True}, {"f": BINARY}),
        ({"f": {"description": "any"}}, {"f": BINARY}),
        ({}, {"f": BINARY}),
        ({"f": {"type": "array", "items": {}}}, {"f": [BINARY]}),
        ({"f": {"type": "string", "contentEncoding": "binary"}}, {"f": BINARY}),
        ({"f": {"contentEncoding": "8bit"}}, {"f": BINARY}),
    ],
)
@each_row("version", ["3.1.0", "3.2.0"])
def test_3_3_what_no_schema_describes_may_be_binary(properties, value, version):
    verdict = form_data(properties, ("f", None, BINARY), version=version)
    assert (verdict.body, verdict.violations) == (value, ())


UPLOAD = {"type": "string", "contentMediaType": "application/octet-stream"}


@each_row(
    ("version", "schema"),
    [
        ("3.0.3", FILE),
        ("3.0.3", {**FILE, "nullable": True}),
        ("3.0.3", {"allOf": [FILE]}),
        ("3.1.0", FILE),
        ("3.1.0", UPLOAD),
        ("3.1.0", {"contentMediaType": "application/octet-stream"}),
        ("3.1.0", {"anyOf": [UPLOAD, {"type": "null"}]}),
        ("3.1.0", {"type": ["string", "null"], "format": "binary"}),
        ("3.2.0", {}),
        ("3.2.0", {"contentMediaType": "application/octet-stream"}),
    ],
)
@each_row("sent", ["text/csv", "image/png", "application/json", None])
def test_3_4_a_file_may_be_of_a_type_of_its_own(version, schema, sent):
    head = 'Content-Disposition: form-data; name="f"; filename="a"'
    for many in (schema, {"type": "array", "items": schema}):
        verdict = form_data({"f": many}, (head, sent, b"[1]"), version=version)
        assert told(verdict) == []


def test_3_4_another_content_media_type_is_a_warning():
    schema = {"type": "string", "contentMediaType": "image/png"}
    verdict = form_data({"f": schema}, ("f", "text/csv", b"a"))
    assert verdict.body == {"f": b"a"}
    assert [(each.code, each.severity, each.detail) for each in verdict.violations] == [
        (
            "contentMediaType",
            "warning",
            "the part is text/csv; its schema says image/png",
        )
    ]


@each_row(
    ("content_type", "sent", "violations"),
    [
        ("image/png, image/jpeg", "image/png", []),
        ("image/*", "image/gif", []),
        ("image/*", None, []),
        ("image/png", "text/plain", [("#/f", "part-media-type", "error")]),
        ("image/png; v=1", "image/png", [("#/f", "part-media-type", "error")]),
        ("image/png; v=1", "image/png; v=1", []),
        (None, "text/plain", []),
    ],
)
def test_a_part_is_of_one_of_the_documented_types(content_type, sent, violations):
    encoding = {"f": {"contentType": content_type} if content_type else {}}
    verdict = form_data({"f": FILE}, ("f", sent, PNG), encoding=encoding)
    assert (verdict.body, told(verdict)) == ({"f": PNG}, violations)


def test_a_part_of_another_type_is_read_as_documented():
    verdict = form_data(
        {"meta": META, "file": FILE},
        ("meta", "text/plain", b'{"id": 1}'),
        ("file", "image/png", PNG),
    )
    assert verdict.body == {"meta": {"id": 1}, "file": PNG}
    (found,) = verdict.violations
    assert (found.where, found.code, found.detail) == (
        "body #/meta",
        "part-media-type",
        (
            "unexpected media type text/plain of the part; documented: application/json; "
            "it reads as JSON"
        ),
    )


@each_row(
    ("properties", "parts", "violations"),
    [
        ({"a": {"type": "integer"}}, [("a", None, b"x")], [("#/a", "type", "error")]),
        (
            {"a": {"type": "integer"}},
            [("a", "application/json", b"1")],
            [("#/a", "part-media-type", "error")],
        ),
        ({"m": META}, [("m", None, b"{}")], [("#/m", "required", "error")]),
        ({"m": META}, [("m", None, b"{")], [("#/m", "syntax", "error")]),
        (
            {"m": META},
            [("m", None, b'{"id": 1, "id": 2}')],
            [("#/m", "json-duplicate-key", "warning")],
        ),
        (
            {"a": {"type": "string"}},
            [("a", None, b"\xff")],
            [("#/a", "encoding", "error")],
        ),
        (
            {"f": {**FILE, "maxLength": 2}},
            [("f", None, PNG)],
            [("#/f", "maxLength", "error")],
        ),
        (
            {"f": {"type": "array", "items": FILE, "maxItems": 0}},
            [("f", None, PNG)],
            [("#/f", "maxItems", "error")],
        ),
        (
            {"a": INTEGERS},
            [("a", None, b"1"), ("a", None, b"x")],
            [("#/a/1", "type", "error")],
        ),
        (
            {"a": {"type": "integer"}},
            [("a", None, b"1"), ("a", None, b"x")],
            [("#/a", "duplicate", "warning"), ("#/a", "type", "error")],
        ),
        (
            {"f": FILE},
            [("f", None, b"1"), ("f", None, b"2")],
            [("#/f", "duplicate", "warning")],
        ),
        ({"z": {}}, [("a", None, b"1")], [("#", "additionalProperties", "error")]),
    ],
)
def test_what_is_wrong_with_a_part_is_pointed_at(properties, parts, violations):
    verdict = form_data(properties, *parts, additionalProperties=False)
    assert told(verdict) == violations


def test_an_array_in_one_part_may_be_of_a_type_that_is_not_documented():
    verdict = form_data(
        {"a": INTEGERS},
        ("a", "application/json", b"[1]"),
        encoding={"a": {"contentType": "text/plain"}},
    )
    assert verdict.body == {"a": [1]}
    assert told(verdict) == [("#/a", "part-media-type", "error")]


def test_a_missing_part_is_missed():
    verdict = form_data({"f": FILE}, required=["f"])
    assert told(verdict) == [("#", "required", "error")]


def test_the_headers_of_a_part_are_checked():
    headers = {
        "X-N": {"required": True, "schema": {"type": "integer"}},
        "Content-Type": {"required": True},
        "X-B": {"$ref": "#/nowhere"},
        "X-C": 5,
    }
    disposition = 'Content-Disposition: form-data; name="f"'
    found = [
        told(
            form_data(
                {"f": FILE}, (head, None, b""), encoding={"f": {"headers": headers}}
            )
        )
        for head in (
            disposition,
            disposition + "\r\nX-N: 1",
            disposition + "\r\nX-N: x",
        )
    ]
    assert found == [
        [("#/f", "missing-header", "error")],
        [],
        [("#/f", "type", "error")],
    ]


@each_row(
    ("parts", "value", "violations"),
    [
        ([("json", None, b'{"a": 1}')], {"a": 1}, []),
        ([("json", None, b'{"a": "x"}')], {"a": "x"}, [("#/a", "type", "error")]),
        ([("json", None, b"{")], {"json": "{"}, []),
        ([("json", None, b"1")], {"json": "1"}, []),
        ([("json", None, b"{}"), ("json", None, b"{}")], {"json": ["{}", "{}"]}, []),
    ],
)
def test_one_part_may_hold_the_whole_body(parts, value, violations):
    verdict = form_data({"a": {"type": "integer"}}, *parts)
    assert (verdict.body, told(verdict)) == (value, violations)


def test_without_a_schema_parts_are_texts_json_or_octets():
    parts = body(
        ("a", None, b"1"), ("b", "application/json", b"[1]"), ("c", "image/png", PNG)
    )
    assert read({}, parts, FORM_DATA).body == {"a": "1", "b": [1], "c": PNG}


@each_row(
    ("sent", "data", "code"),
    [
        ("multipart/form-data", body(), "syntax"),
        (FORM_DATA, b"", None),
        (FORM_DATA, b"x", "syntax"),
        pytest.param(FORM_DATA, b"--b\r\n" * 1002, "too-large", id="parts"),
    ],
)
def test_what_is_no_multipart_is_refused(sent, data, code):
    verdict = read({}, data, sent)
    assert told(verdict) == ([("#", code, "error")] if code else [])


# --- related, mixed ---------------------------------------------------------------------

RELATED = "multipart/related; boundary=b"
DATA = {
    "type": "object",
    "properties": {"jsonData": META, "binaryData": FILE, "more": FILE},
}


@each_row(
    "parts",
    [
        [
            ("Content-ID: <jsonData>", "application/json", b'{"id": 1}'),
            ("Content-Id: binaryData@h", "application/x", PNG),
        ],
        [("X: 1", "application/json", b'{"id": 1}'), ("X: 1", "application/x", PNG)],
        [
            ("X: 1", "application/x", PNG),
            ("Content-ID: <jsonData>", "application/json", b'{"id": 1}'),
        ],
        [("jsonData", None, b'{"id": 1}'), ("X: 1", None, PNG)],
        [("X: 1", "application/x", PNG), ("X: 1", None, b'{"id": 1}')],
    ],
)
def test_parts_of_related_are_found_by_name_identity_type_or_place(parts):
    encoding = {"binaryData": {"contentType": "application/x"}}
    verdict = read({"schema": DATA, "encoding": encoding}, body(*parts), RELATED)
    assert (verdict.body, verdict.violations) == (
        {"jsonData": {"id": 1}, "binaryData": PNG},
        (),
    )


@pytest.mark.parametrize(
    ("media_type", "version", "value", "violations"),
    [
        (
            {"schema": {"type": "array", "items": {"type": "integer"}}},
            "3.1.0",
            [1, "x"],
            [("#/1", "type", "error")],
        ),
        (
            {"schema": {"type": "array"}, "itemSchema": {"type": "integer"}},
            "3.2.0",
            [1, "x"],
            [("#/1", "type", "error")],
        ),
        (
            {
                "schema": {"type": "array", "prefixItems": [{}, {}]},
                "prefixEncoding": [{"contentType": "application/json"}],
                "itemEncoding": {"contentType": "image/png"},
            },
            "3.2.0",
            [1, b"x"],
            [
                ("#/0", "part-media-type", "error"),
                ("#/1", "part-media-type", "error"),
            ],
        ),
    ],
)
def test_parts_of_mixed_may_be_items(media_type, version, value, violations):
    parts = body(("X: 1", "text/plain", b"1"), ("X: 1", "text/plain", b"x"))
    verdict = read(media_type, parts, "multipart/mixed; boundary=b", version=version)
    assert (verdict.body, told(verdict)) == (value, violations)


# --- nothing raises ---------------------------------------------------------------------

SCHEMAS = st.sampled_from(
    [{}, FILE, META, INTEGERS, {"type": "integer"}, {"items": FILE}]
)
PARTS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "json", "X: 1", "Content-ID: <a>"]),
        st.sampled_from(
            [None, "application/json", "text/plain; charset=x", "image/png", "?"]
        ),
        st.binary() | st.sampled_from([b"{}", b"[1]", b"1", b"\xff"]),
    ),
    max_size=4,
)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "b"]), SCHEMAS),
    PARTS,
    st.sampled_from(["3.0.3", "3.1.0", "3.2.0"]),
    st.sampled_from(["multipart/form-data", "multipart/mixed", "multipart/related"]),
    st.sampled_from(["object", "array"]),
)
def test_no_parts_make_a_form_raise(properties, parts, version, sent, kind):
    media_type = {
        "schema": {"type": kind, "properties": properties},
        "itemSchema": {"type": "string"},
    }
    verdict = read(media_type, body(*parts), f"{sent}; boundary=b", version=version)
    assert all(each.schema for each in verdict.violations)


@each_row("schema", [{}, {"description": "a file"}])
@each_row("version", ["3.0.4", "3.1.1"])
def test_a_file_of_any_type_may_be_no_text_whatever_its_label(schema, version):
    head = 'Content-Disposition: form-data; name="f"; filename="a.csv"'
    data = "Gr\u00fc\u00dfe".encode("latin-1")
    found = form_data({"f": schema}, (head, "text/csv", data), version=version)
    assert (found.body, found.violations) == ({"f": data}, ())
