"""What is written for a media type is read back as the same value."""

import pytest
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.http.messages import Headers, Request
from cbmock.mock.generation.body_writer import write_body
from cbmock.mock.generation.schema_samples import sample
from cbmock.mock.mock import Mock
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.mocks import ACCEPTED, described
from tests.support.rows import each_row

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def obj(*required, **properties):
    return {"type": "object", "required": list(required), "properties": properties}


def body_of(key, media_type, *, version="3.2.0", **components):
    content = {key: media_type}
    operation = {"requestBody": {"required": True, "content": content}, **ACCEPTED}
    mock = Mock(
        described(
            version=version,
            webhooks={"w": {"post": operation}},
            components={"schemas": components},
        )
    )
    contract = mock.contract_of(mock.operations[0])
    assert isinstance(contract.body, RequestBody)
    return contract, contract.body.media_type_object(key)


def sent_and_read(key, media_type, value, **options):
    contract, media = body_of(key, media_type, **options)
    content_type, data = write_body(key, value, media)
    request = Request("POST", "/", Headers.of([("content-type", content_type)]), data)
    checked = contract.check(request, {})
    return checked.body, checked.violations, data


@each_row(
    ("schema", "value", "data"),
    [
        (obj(a=STRING), {"a": "x"}, b"<value><a>x</a></value>"),
        (
            {**obj(id={**INTEGER, "xml": {"attribute": True}}), "xml": {"name": "order"}},
            {"id": 7},
            b'<order id="7" />',
        ),
        (
            obj(items={"type": "array", "items": STRING}),
            {"items": ["a", "b"]},
            b"<value><items>a</items><items>b</items></value>",
        ),
        (
            obj(items={"type": "array", "items": {**STRING, "xml": {"name": "item"}}}),
            {"items": ["a", "b"]},
            b"<value><item>a</item><item>b</item></value>",
        ),
        (
            obj(items={"type": "array", "items": {**STRING, "xml": {"name": "item"}}, "xml": {"wrapped": True}}),
            {"items": ["a", "b"]},
            b"<value><items><item>a</item><item>b</item></items></value>",
        ),
        (
            obj(a={**STRING, "xml": {"name": "B", "prefix": "p", "namespace": "urn:n"}}),
            {"a": "x"},
            b'<value><p:B xmlns:p="urn:n">x</p:B></value>',
        ),
        (
            {**obj(a=STRING), "xml": {"namespace": "urn:n"}},
            {"a": "x"},
            b'<value xmlns="urn:n"><a>x</a></value>',
        ),
        (
            obj(text={**STRING, "xml": {"nodeType": "text"}}, n={**STRING, "xml": {"nodeType": "attribute"}}),
            {"text": "x", "n": "y"},
            b'<value n="y">x</value>',
        ),
        (
            obj(c={**STRING, "xml": {"nodeType": "cdata"}}, a=STRING),
            {"c": "<b>&amp;]]>\n", "a": "<"},
            b"<value><![CDATA[<b>&amp;]]]]><![CDATA[>\n]]><a>&lt;</a></value>",
        ),
        (
            obj(t={**STRING, "xml": {"nodeType": "text"}}, c={**STRING, "xml": {"nodeType": "cdata"}}),
            {"t": "<", "c": "<"},
            b"<value>&lt;<![CDATA[<]]></value>",
        ),
        (
            obj(
                v={
                    **obj(
                        w=INTEGER,
                        n={**STRING, "xml": {"nodeType": "attribute"}},
                        t={"type": "array", "items": {**STRING, "xml": {"name": "tag"}}},
                    ),
                    "xml": {"nodeType": "none"},
                },
                z=INTEGER,
            ),
            {"v": {"w": 1, "n": "y", "t": ["a", "b"]}, "z": 2},
            b'<value n="y"><w>1</w><tag>a</tag><tag>b</tag><z>2</z></value>',
        ),
        ({"$ref": "#/components/schemas/Order"}, {"id": 1}, b"<Order><id>1</id></Order>"),
    ],
)  # fmt: skip
def test_xml_has_the_names_of_its_xml_objects(schema, value, data):
    order = obj("id", id=INTEGER)
    read, violations, wrote = sent_and_read(
        "application/xml", {"schema": schema}, value, Order=order
    )
    assert (wrote, read, violations) == (data, value, ())


@each_row(
    ("key", "items"),
    [
        ("application/jsonl", [{"a": 1}, {"a": "é\n"}]),
        ("application/x-ndjson", [1, "x", None]),
        ("application/json-seq", [{"a": 1}, [2]]),
        ("application/geo+json-seq", [{"a": 1}]),
        (
            "text/event-stream",
            [{"data": "a\nb"}, {"event": "e", "id": "1", "data": "c"}],
        ),
    ],
)
def test_the_items_of_a_sequence_are_read_again(key, items):
    read, violations, _ = sent_and_read(key, {"itemSchema": {}}, items)
    assert (read, violations) == (items, ())


HEADERS = {
    "Content-Id": {"required": True, "schema": STRING},
    "X-Free": {"schema": STRING},
}


@each_row("key", ["multipart/mixed", "multipart/form-data", "multipart/related"])
@each_row(
    ("schema", "encoding"),
    [
        pytest.param(obj("meta", meta={"type": "object"}), {"meta": {"headers": HEADERS}}, id="fault 4.5"),
        pytest.param(obj("meta", meta=STRING), {"meta": {"headers": HEADERS}}, id="text"),
        pytest.param(
            obj("meta", meta={"type": "array", "minItems": 2, "items": STRING}),
            {"meta": {"headers": HEADERS}},
            id="each of several",
        ),
        pytest.param(
            obj("meta", meta=STRING),
            {"meta": {"headers": {"X-N": {"required": True, "schema": {"type": "integer", "minimum": 5}}}}},
            id="a number",
        ),
        pytest.param(
            obj("meta", meta=STRING),
            {"meta": {"headers": {"X-E": {"required": True, "schema": {"enum": ["a", "b"]}}}}},
            id="an enumeration",
        ),
        pytest.param(obj("meta", meta=STRING), {"meta": {"contentType": "text/csv"}}, id="a type"),
        pytest.param(
            obj("meta", meta={"type": "object"}), {"meta": {"contentType": "application/xml"}}, id="xml"
        ),
        pytest.param(
            obj("meta", meta={**STRING, "contentMediaType": "image/png"}), {}, id="an image"
        ),
    ],
)  # fmt: skip
def test_parts_have_what_their_encoding_requires(key, schema, encoding):
    media_type = {"schema": schema, "encoding": encoding}
    _, media = body_of(key, media_type, version="3.1.0")
    value = sample(media.shape.schema)
    _, violations, _ = sent_and_read(key, media_type, value, version="3.1.0")
    assert violations == ()


@each_row(
    ("header", "lines"),
    [
        ({"required": True}, ["X-A: sample"]),
        ({"required": True, "example": "e"}, ["X-A: e"]),
        ({"required": True, "schema": STRING, "example": "e"}, ["X-A: e"]),
        ({"required": True, "schema": INTEGER, "example": "e"}, ["X-A: 0"]),
        ({"required": True, "schema": {"type": "string", "pattern": "^[A-Z]{3}$"}}, ["X-A: AAA"]),
        ({"required": True, "schema": {"type": "array", "minItems": 2, "items": INTEGER}}, ["X-A: 0,0"]),
        ({"required": True, "explode": True, "schema": obj("r", r=INTEGER)}, ["X-A: r=0"]),
        ({"required": True, "content": {"application/json": {"schema": obj("r", r=INTEGER)}}}, ['X-A: {"r": 0}']),
        ({"required": True, "schema": {"$ref": "#/components/schemas/Kind"}}, ["X-A: invoice"]),
        ({"schema": {"$ref": "#/components/schemas/Kind"}}, ["X-A: invoice"]),
        ({"schema": {"enum": ["invoice"]}}, ["X-A: invoice"]),
        ({"schema": {"enum": ["invoice", "order"]}}, []),
        ({"schema": STRING, "example": "e"}, []),
        ({"required": True, "schema": {"not": {}}}, []),
    ],
)  # fmt: skip
def test_a_part_has_each_header_that_is_required_or_has_one_value(header, lines):
    media_type = {
        "schema": obj("meta", meta=STRING),
        "encoding": {"meta": {"headers": {"X-A": header}}},
    }
    kind = {"Kind": {"const": "invoice"}}
    _, violations, data = sent_and_read(
        "multipart/form-data", media_type, {"meta": "m"}, **kind
    )
    found = [line for line in data.decode().split("\r\n") if line.startswith("X-")]
    assert found == lines
    refused = header.get("schema") == {"not": {}}
    assert [each.code for each in violations] == ["missing-header"] * refused


@each_row("name", ["Content-Disposition", "content-disposition", "Content-Type"])
def test_a_part_has_no_header_twice(name):
    encoding = {"headers": {name: {"required": True, "schema": STRING}}}
    media_type = {
        "schema": obj("meta", meta=STRING),
        "encoding": {"meta": {"contentType": "text/csv", **encoding}},
    }
    _, violations, data = sent_and_read(
        "multipart/form-data", media_type, {"meta": "m"}
    )
    assert (data.lower().count(name.lower().encode()), violations) == (1, ())


FORM = "application/x-www-form-urlencoded"
LIST, RGB = ["x", "y z"], {"R": 100, "G": "a&b"}


@each_row("version", ["3.0.4", "3.1.1", "3.2.0"])
@each_row(
    ("encoding", "value", "data"),
    [
        (None, LIST, b"p=x&p=y+z"),
        ({"style": "form"}, LIST, b"p=x&p=y+z"),
        ({"explode": False}, LIST, b"p=x,y+z"),
        ({"style": "form", "explode": False}, LIST, b"p=x,y+z"),
        ({"style": "spaceDelimited"}, ["x", "y"], b"p=x%20y"),
        ({"style": "pipeDelimited"}, LIST, b"p=x%7Cy+z"),
        ({"style": "pipeDelimited", "explode": True}, LIST, b"p=x&p=y+z"),
        (None, RGB, b"p=%7B%22R%22%3A+100%2C+%22G%22%3A+%22a%26b%22%7D"),
        ({"contentType": "application/json"}, RGB, b"p=%7B%22R%22%3A+100%2C+%22G%22%3A+%22a%26b%22%7D"),
        ({"style": "form"}, RGB, b"R=100&G=a%26b"),
        ({"explode": False}, RGB, b"p=R,100,G,a%26b"),
        ({"style": "pipeDelimited"}, RGB, b"p=R%7C100%7CG%7Ca%26b"),
        ({"style": "deepObject"}, RGB, b"p%5BR%5D=100&p%5BG%5D=a%26b"),
        ({"style": "form"}, "a b", b"p=a+b"),
    ],
)  # fmt: skip
def test_a_form_is_written_in_the_style_of_each_encoding(
    encoding, value, data, version
):
    schema = {
        list: {"type": "array", "items": STRING},
        dict: obj(R=INTEGER, G=STRING),
        str: STRING,
    }[type(value)]
    media_type = {"schema": obj("p", p=schema)}
    if encoding is not None:
        media_type["encoding"] = {"p": encoding}
    found = sent_and_read(FORM, media_type, {"p": value}, version=version)
    assert found == ({"p": value}, (), data)


PLACE = obj("lines", lines={"type": "array", "items": STRING}, zip=INTEGER)


@each_row(
    ("schema", "encoding", "value"),
    [
        pytest.param(
            obj("f", f=obj("url", url=STRING, n=INTEGER)),
            {"encoding": {"f": {"contentType": "application/x-www-form-urlencoded"}}},
            {"f": {"url": "http://m/?a=1&b", "n": 7}},
            id="a form in a part",
        ),
        pytest.param(
            obj("f", f=obj("r", r=obj("a", a=INTEGER, b=INTEGER))),
            {"encoding": {"f": {
                "contentType": "application/x-www-form-urlencoded",
                "encoding": {"r": {"style": "deepObject", "explode": True}},
            }}},
            {"f": {"r": {"a": 1, "b": 2}}},
            id="a style in the form of a part",
        ),
        pytest.param(
            obj("p", p=PLACE),
            {"encoding": {"p": {"contentType": "multipart/form-data"}}},
            {"p": {"lines": ["a", "b"], "zip": 4020}},
            id="parts in a part",
        ),
        pytest.param(
            obj("p", p=obj("m", m=obj("x", x=INTEGER))),
            {"encoding": {"p": {
                "contentType": "multipart/mixed",
                "encoding": {"m": {"contentType": "application/xml", "headers": HEADERS}},
            }}},
            {"p": {"m": {"x": 1}}},
            id="a header in a part of a part",
        ),
        pytest.param(
            {"type": "array", "items": {"type": "array", "items": obj("x", x=INTEGER)}},
            {"itemEncoding": {
                "contentType": "multipart/mixed",
                "prefixEncoding": [{"contentType": "application/json"}],
                "itemEncoding": {"contentType": "application/x-www-form-urlencoded"},
            }},
            [[{"x": 1}, {"x": 2}, {"x": 3}], [{"x": 4}]],
            id="positions in positions",
        ),
    ],
)  # fmt: skip
def test_parts_inside_parts_are_read_again(schema, encoding, value):
    read, violations, _ = sent_and_read(
        "multipart/mixed", {"schema": schema, **encoding}, value
    )
    assert (read, violations) == (value, ())


def test_what_is_wrong_inside_a_part_has_its_place_once():
    media_type = {
        "schema": obj("p", p=PLACE),
        "encoding": {"p": {"contentType": "multipart/form-data"}},
    }
    _, violations, _ = sent_and_read(
        "multipart/form-data", media_type, {"p": {"zip": "x"}}
    )
    assert [(each.pointer, each.code) for each in violations] == [
        ("#/p", "required"),
        ("#/p/zip", "type"),
    ]


# A `\\` is an escape to some and a letter to others; a `%` before 22 is one to all.
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\\%"), min_size=1)


@given(st.dictionaries(NAMES, st.just("x")))
def test_every_name_of_a_part_is_read_again(value):
    assume(all(name == name.strip() for name in value))
    names = dict.fromkeys(value, STRING)
    media_type = {"schema": {"type": "object", "properties": names}}
    read, _, _ = sent_and_read("multipart/form-data", media_type, value)
    assert read == value
