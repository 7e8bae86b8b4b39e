from __future__ import annotations

from cbmock.contract.bodies import encodings
from cbmock.contract.bodies.encodings import Encoding
from cbmock.http.media_types import MediaType

from tests.support.documents import describe
from tests.support.rows import each_row


def encoding(value):
    description = describe({"openapi": "3.1.0", "encoding": {"a": value}})
    (found,) = encodings.encodings_of(description.root, description).values()
    return found


@each_row(
    ("value", "read"),
    [
        ({}, Encoding()),
        (None, Encoding()),
        (
            {"contentType": "a/b, c/*,?"},
            Encoding(content_types=(MediaType("a", "b"), MediaType("c", "*"))),
        ),
        ({"contentType": 5}, Encoding()),
        ({"style": "form"}, Encoding(style="form")),
        ({"style": "pipeDelimited"}, Encoding(style="pipeDelimited", explode=False)),
        ({"explode": False}, Encoding(style="form", explode=False)),
        ({"allowReserved": True}, Encoding(style="form")),
        ({"style": 5, "explode": "yes"}, Encoding(style="form")),
        ({"headers": "none"}, Encoding()),
    ],
)
def test_an_encoding_object_is_read(value, read):
    assert encoding(value) == read


def test_headers_are_read_as_parameters():
    headers = {
        "X-A": {"required": True, "explode": True, "schema": {"type": "integer"}},
        "X-B": {"content": {"application/json": {}}},
        "content-type": {},
        "X-C": {"$ref": "#/nowhere"},
        "X-D": "no header",
    }
    found = encoding({"headers": headers}).headers
    assert [(h.name, h.location, h.required, h.explode, h.json) for h in found] == [
        ("X-A", "header", True, True, False),
        ("X-B", "header", False, False, True),
    ]


def test_without_encoding_objects_there_are_none():
    description = describe({"openapi": "3.1.0"})
    assert encodings.encodings_of(description.root, description) == {}
