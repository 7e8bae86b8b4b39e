"""What of OpenAPI is supported, each with what shows it.

A row says where the standard has the feature, whether it is supported, and what that means
for a request. `shown` is what a small document and a request make of it; the test of the
page holds it against `expected`, so no row can say what is not so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cbmock import sources
from cbmock.contract.policy import Policy
from cbmock.description.discovery import discover
from cbmock.description.operations import Scope
from cbmock.errors import DocumentError
from cbmock.http.messages import Headers, Response
from cbmock.mock.mock import Mock
from cbmock.triggers import key_evaluation

from tests.support.bodies import read as read_body
from tests.support.findings import found
from tests.support.mocks import ACCEPTED, calling, described, posted, request, taking
from tests.support.parameters import COLOUR, STRINGS
from tests.support.parameters import read as read_parameter

INTEGER = {"type": "integer"}
STRING = {"type": "string"}
POST = {"post": ACCEPTED}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Feature:
    """One row: `versions` in which the standard has it, `answer` is yes or no."""

    name: str
    paragraph: str
    versions: str
    answer: str
    meaning: str
    shown: Callable[[], Any]
    expected: Any


def served(version: str = "3.1.0", **fields: Any) -> list[str]:
    """Return `METHOD name` for each operation that a document serves."""
    operations = discover(described(version=version, **fields))
    return [f"{each.method} {each.name}" for each in operations if each.served]


def webhook(operation: Mapping[str, Any], version: str = "3.1.0", **root: Any) -> Mock:
    """Return the mock of one webhook `w`."""
    name = "x-webhooks" if version < "3.1" else "webhooks"
    tree = {name: {"w": {"post": {**ACCEPTED, **operation}}}, **root}
    return Mock(described(version=version, **tree))


def codes(
    mock: Mock, body: Any = None, headers: dict[str, str] | None = None, query: str = ""
) -> list[str]:
    """Return the codes of the violations of one request to the webhook `w`."""
    call = mock.receive(
        request("POST", f"/webhooks/w{query}", body, headers), id=1, now=0.0
    )
    return [each.code for each in call.violations]


def judged(schema: Any, value: Any, version: str = "3.1.0", **root: Any) -> list[str]:
    """Return the codes of a JSON body's violations."""
    return codes(webhook(taking(schema), version, **root), value)


def parameter(sent: str, version: str = "3.2.0", **fields: Any) -> Any:
    """Return what a parameter `p` is read as."""
    return read_parameter(fields, sent, version=version)[0]


def body(media_type: dict[str, Any], data: bytes, sent: str, **options: Any) -> Any:
    """Return what a body is read as."""
    return read_body(media_type, data, sent, version="3.2.0", **options).body


def due(key: str) -> tuple[str, ...]:
    """Return the URLs that a key gives for one request to the API and its response."""
    description = described(paths=calling({"cb": posted(key)}))
    exchange = key_evaluation.exchange(
        "POST",
        "http://api.example/streams?url=http://a.example/q",
        Headers.of(
            [("X-Url", "http://a.example/h"), ("Content-Type", "application/json")]
        ),
        b'{"url": "http://a.example/b", "urls": ["http://a.example/0"]}',
        Response(201, Headers.of([("Location", "http://a.example/r")]), b'{"id": 7}'),
    )
    (operation,) = discover(description)
    return key_evaluation.due(operation, exchange, description).urls


def answer(responses: Any, version: str = "3.1.0") -> tuple[int, bytes]:
    """Return status and body of what a webhook with these responses is answered."""
    call = webhook({"responses": responses}, version).receive(
        request("POST", "/webhooks/w", {}), id=1, now=0.0
    )
    return call.response.status, call.response.body


def content(**media_type: Any) -> dict[str, Any]:
    """Return a Response Object with JSON content."""
    return {"description": "d", "content": {"application/json": media_type}}


def secured(
    scheme: dict[str, Any], headers: dict[str, str], **options: Any
) -> list[str]:
    """Return the codes where a webhook demands a scheme."""
    mock = webhook(
        {"security": [{"s": []}]}, components={"securitySchemes": {"s": scheme}}
    )
    return codes(mock, None, headers, **options)


def swagger() -> str:
    """Return what reading a document of Swagger 2.0 says."""
    try:
        discover(sources.describe({"swagger": "2.0"}))
    except DocumentError as error:
        return str(error).partition("\n")[0]
    return ""


DOCUMENT = (
    Feature(
        "`webhooks`",
        "OpenAPI Object",
        "3.1, 3.2",
        "yes",
        "Each is served, at its own URL and at `/webhooks`.",
        lambda: served(webhooks={"paid": POST}),
        ["POST paid"],
    ),
    Feature(
        "`webhooks` in a document of 3.0",
        "OpenAPI Object",
        "",
        "yes",
        "Not in the standard; read all the same, with the finding `field-too-new`.",
        lambda: (
            served("3.0.4", webhooks={"paid": POST}),
            found({"openapi": "3.0.4", "webhooks": {"paid": POST}})[0][0],
        ),
        (["POST paid"], "field-too-new"),
    ),
    Feature(
        "`x-webhooks`",
        "Specification Extensions",
        "3.0, 3.1, 3.2",
        "yes",
        "As Redoc reads it, in any version. `webhooks` comes first where a name is in both.",
        lambda: served("3.0.4", **{"x-webhooks": {"paid": POST}}),
        ["POST paid"],
    ),
    Feature(
        "a document without `paths`",
        "OpenAPI Object",
        "3.1, 3.2",
        "yes",
        "Webhooks alone are enough.",
        lambda: served(webhooks={"paid": POST}),
        ["POST paid"],
    ),
    Feature(
        "`paths`",
        "Paths Object",
        "3.0, 3.1, 3.2",
        "no",
        "They are what the API under test serves. `--paths PATTERN` also serves those that "
        "document incoming requests, for documents that describe a receiver that way.",
        lambda: (
            served(paths={"/hook": POST}),
            [
                each.name
                for each in discover(
                    described(paths={"/hook": POST}), Scope(paths=("/hook",))
                )
            ],
        ),
        ([], ["/hook"]),
    ),
    Feature(
        "`servers` of the document",
        "Server Object",
        "3.0, 3.1, 3.2",
        "no",
        "They are the sender's. Those of a callback or webhook add places where it is served.",
        lambda: codes(webhook({}, servers=[{"url": "https://api.example/v1"}])),
        [],
    ),
    Feature(
        "`$self`",
        "OpenAPI Object",
        "3.2",
        "yes",
        "The base of relative references.",
        lambda: (
            described(version="3.2.0", **{"$self": "https://e.example/api"}).entry.base
        ),
        "https://e.example/api",
    ),
    Feature(
        "`jsonSchemaDialect`, `$schema`",
        "Specifying Schema Dialects",
        "3.1, 3.2",
        "yes",
        "The OAS dialects and draft 4 to 2020-12; an unknown one is read as 2020-12 (`dialect`).",
        lambda: judged(
            {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "minimum": 5,
                "exclusiveMinimum": True,
            },
            5,
        ),
        ["exclusiveMinimum"],
    ),
    Feature(
        "Swagger 2.0",
        "",
        "",
        "no",
        "It has no callbacks; the document is refused with the advice to convert it.",
        swagger,
        "openapi.json: is Swagger 2.0, which has no callbacks",
    ),
    Feature(
        "`info`, `tags`, `externalDocs`",
        "OpenAPI Object",
        "3.0, 3.1, 3.2",
        "no",
        "Documentation, without effect on requests.",
        lambda: codes(webhook({"tags": ["a"]}, tags=[{"name": "a"}])),
        [],
    ),
    Feature(
        "`$ref` into other documents",
        "Reference Object",
        "3.0, 3.1, 3.2",
        "yes",
        "Files below the document's folder or repository; over HTTP with `--allow-remote`.",
        lambda: served(
            webhooks={"paid": {"$ref": "paid.json"}},
            files={"file:///paid.json": b'{"post": {"responses": {}}}'},
        ),
        ["POST paid"],
    ),
    Feature(
        "`$ref` with siblings",
        "Reference Object, Schema Object",
        "3.0, 3.1, 3.2",
        "yes",
        "In schemas the siblings count from 3.1 on, and are ignored in 3.0.",
        lambda: [
            judged(
                {"$ref": "#/components/schemas/S", "maxLength": 1},
                "ab",
                version,
                components={"schemas": {"S": STRING}},
            )
            for version in ("3.0.4", "3.1.1")
        ],
        [[], ["maxLength"]],
    ),
)
CALLBACKS = (
    Feature(
        "`callbacks`",
        "Callback Object",
        "3.0, 3.1, 3.2",
        "yes",
        "Each is served below the base URL of its key, and below the mock's own URL.",
        lambda: served(paths=calling({"paid": posted("{$request.body#/url}")})),
        ["POST paid"],
    ),
    Feature(
        "`components.callbacks`, `components.pathItems`",
        "Components Object",
        "3.0, 3.1, 3.2",
        "no",
        "Only where something refers to them; `--include-unreferenced` serves all.",
        lambda: served(components={"callbacks": {"paid": posted("{$url}")}}),
        [],
    ),
    Feature(
        "callbacks of a callback or webhook",
        "Callback Object",
        "3.0, 3.1, 3.2",
        "no",
        "The receiver sends those, so they are listed as outbound and not served "
        "(`nested-callback`).",
        lambda: served(
            webhooks={
                "w": {"post": {**ACCEPTED, "callbacks": {"ack": posted("{$url}")}}}
            }
        ),
        ["POST w"],
    ),
    Feature(
        "Path Item `$ref`",
        "Path Item Object",
        "3.0, 3.1, 3.2",
        "yes",
        "Fields beside it are merged; on both sides, the local one holds.",
        lambda: served(
            webhooks={"w": {"$ref": "#/components/pathItems/P", "put": ACCEPTED}},
            components={"pathItems": {"P": POST}},
        ),
        ["POST w", "PUT w"],
    ),
    Feature(
        "`get`, `put`, `post`, `delete`, `options`, `head`, `patch`, `trace`",
        "Path Item Object",
        "3.0, 3.1, 3.2",
        "yes",
        "All methods.",
        lambda: len(served(webhooks={"w": dict.fromkeys(METHODS, ACCEPTED)})),
        8,
    ),
    Feature(
        "`query`, `additionalOperations`",
        "Path Item Object",
        "3.2",
        "yes",
        "Methods are compared with their upper and lower case, as the standard demands.",
        lambda: served(
            "3.2.0",
            webhooks={
                "w": {"query": ACCEPTED, "additionalOperations": {"Copy": ACCEPTED}}
            },
        ),
        ["QUERY w", "Copy w"],
    ),
    Feature(
        "`parameters` of a path item",
        "Path Item Object",
        "3.0, 3.1, 3.2",
        "yes",
        "An operation's own of the same name and place come instead.",
        lambda: codes(
            Mock(
                described(
                    webhooks={
                        "w": {
                            "parameters": [
                                {
                                    "name": "X-A",
                                    "in": "header",
                                    "required": True,
                                    "schema": STRING,
                                }
                            ],
                            **POST,
                        }
                    }
                )
            )
        ),
        ["missing-header"],
    ),
    Feature(
        "`deprecated` operations",
        "Operation Object",
        "3.0, 3.1, 3.2",
        "yes",
        "A call has the information `deprecated-operation`.",
        lambda: codes(webhook({"deprecated": True})),
        ["deprecated-operation"],
    ),
)
EXPRESSIONS = (
    *(
        Feature(
            f"`{expression}`",
            "Runtime Expressions",
            "3.0, 3.1, 3.2",
            "yes",
            meaning,
            lambda key=key: due(key),  # type: ignore[misc]
            (url,),
        )
        for expression, meaning, key, url in (
            (
                "$url",
                "The URL of the request to the API, with its query.",
                "{$url}",
                "http://api.example/streams?url=http://a.example/q",
            ),
            (
                "$method",
                "Its method.",
                "http://a.example/{$method}",
                "http://a.example/POST",
            ),
            (
                "$statusCode",
                "The status of the API's response.",
                "http://a.example/{$statusCode}",
                "http://a.example/201",
            ),
            (
                "$request.query.NAME",
                "A query parameter; also `path.NAME`.",
                "{$request.query.url}",
                "http://a.example/q",
            ),
            (
                "$request.header.NAME",
                "A header, in any case of letters.",
                "{$request.header.x-URL}",
                "http://a.example/h",
            ),
            (
                "$request.body#/POINTER",
                "A member of the body, by JSON Pointer (RFC 6901); `$request.body` is all of it.",
                "{$request.body#/urls/0}",
                "http://a.example/0",
            ),
            (
                "$response.header.NAME",
                "A header of the API's response.",
                "{$response.header.location}",
                "http://a.example/r",
            ),
            (
                "$response.body#/POINTER",
                "A member of the API's response.",
                "http://a.example/{$response.body#/id}",
                "http://a.example/7",
            ),
        )
    ),
    Feature(
        "a key without braces that is one expression",
        "Key Expression",
        "3.0, 3.1, 3.2",
        "yes",
        "`$request.body#/url` is `{$request.body#/url}`.",
        lambda: due("$request.body#/url"),
        ("http://a.example/b",),
    ),
    Feature(
        "text around expressions, also a query",
        "Key Expression",
        "3.0, 3.1, 3.2",
        "yes",
        "Put together as text; a query in the key must be in the URL (`query-mismatch`).",
        lambda: due("{$request.body#/url}/paid?id={$response.body#/id}"),
        ("http://a.example/b/paid?id=7",),
    ),
    Feature(
        "FastAPI's `{$callback_url}/{$request.body.id}`, 3GPP's `{request.body#/url}`",
        "Key Expression",
        "",
        "yes",
        "Not in the standard; read as it is intended, and lint shows the right form.",
        lambda: due("{request.body.url}"),
        ("http://a.example/b",),
    ),
)
PARAMETERS = (
    *(
        Feature(
            f"`style: {style}`{', exploded' if explode else ''}",
            "Parameter Object, Style Examples",
            versions,
            "yes",
            f"`{sent}`" if location != "cookie" else f"`Cookie: {sent}`",
            lambda fields=fields, sent=sent: parameter(sent, **fields),  # type: ignore[misc]
            value,
        )
        for style, explode, location, versions, sent, schema, value in (
            ("matrix", False, "path", "3.0, 3.1, 3.2", ";p=a,b", STRINGS, ["a", "b"]),
            ("label", True, "path", "3.0, 3.1, 3.2", ".a.b", STRINGS, ["a", "b"]),
            ("simple", False, "path", "3.0, 3.1, 3.2", "a,b", STRINGS, ["a", "b"]),
            ("form", False, "query", "3.0, 3.1, 3.2", "p=a,b", STRINGS, ["a", "b"]),
            (
                "form",
                True,
                "query",
                "3.0, 3.1, 3.2",
                "R=1&G=2",
                COLOUR,
                {"R": 1, "G": 2},
            ),
            (
                "spaceDelimited",
                False,
                "query",
                "3.0, 3.1, 3.2",
                "p=a%20b",
                STRINGS,
                ["a", "b"],
            ),
            (
                "pipeDelimited",
                False,
                "query",
                "3.0, 3.1, 3.2",
                "p=a%7Cb",
                STRINGS,
                ["a", "b"],
            ),
            (
                "deepObject",
                True,
                "query",
                "3.0, 3.1, 3.2",
                "p[R]=1&p[G]=2",
                COLOUR,
                {"R": 1, "G": 2},
            ),
            ("cookie", True, "cookie", "3.2", "p=a; p=b", STRINGS, ["a", "b"]),
        )
        for fields in (
            {"in": location, "style": style, "explode": explode, "schema": schema},
        )
    ),
    Feature(
        "`in: querystring`",
        "Parameter Locations",
        "3.2",
        "yes",
        "The whole query, as its `content` says.",
        lambda: codes(
            webhook(
                {
                    "parameters": [
                        {
                            "name": "q",
                            "in": "querystring",
                            "content": {
                                "application/json": {"schema": {"type": "object"}}
                            },
                        }
                    ]
                },
                "3.2.0",
            ),
            query="?%5B%5D",
        ),
        ["type"],
    ),
    Feature(
        "`content`",
        "Fixed Fields for use with content",
        "3.0, 3.1, 3.2",
        "yes",
        "Decoded, then read by its media type.",
        lambda: parameter(
            "p=%5B1%5D",
            **{"in": "query", "content": {"application/json": {"schema": {}}}},
        ),
        [1],
    ),
    Feature(
        "`allowEmptyValue`",
        "Parameter Object",
        "3.0, 3.1, 3.2",
        "yes",
        "An empty value is then not checked.",
        lambda: read_parameter(
            {"in": "query", "allowEmptyValue": True, "schema": INTEGER}, "p="
        )[1],
        (),
    ),
    Feature(
        "`allowReserved`",
        "Parameter Object",
        "3.0, 3.1, 3.2",
        "no",
        "It says how a sender may write; reading is the same.",
        lambda: parameter("p=a/b", **{"in": "query", "schema": STRING}),
        "a/b",
    ),
    Feature(
        "headers named `Accept`, `Content-Type`, `Authorization`",
        "Parameter Object",
        "3.0, 3.1, 3.2",
        "no",
        "Their definition is ignored, as the standard says (`ignored-header-param`).",
        lambda: codes(
            webhook(
                {
                    "parameters": [
                        {
                            "name": "Authorization",
                            "in": "header",
                            "required": True,
                            "schema": STRING,
                        }
                    ]
                }
            )
        ),
        [],
    ),
)
BODIES = (
    Feature(
        "JSON and `+json`",
        "Request Body Object",
        "3.0, 3.1, 3.2",
        "yes",
        "UTF-8; big numbers are exact, NaN is a `syntax`, a repeated name a warning.",
        lambda: codes(
            webhook(taking({})), b"[NaN]", {"content-type": "application/json"}
        ),
        ["syntax"],
    ),
    Feature(
        "ranges of media types",
        "Request Body Object",
        "3.0, 3.1, 3.2",
        "yes",
        "The most specific key holds.",
        lambda: codes(
            webhook(
                {
                    "requestBody": {
                        "content": {
                            "text/*": {"schema": {"maxLength": 1}},
                            "text/plain": {"schema": {}},
                        }
                    }
                }
            ),
            b"ab",
            {"content-type": "text/plain"},
        ),
        [],
    ),
    Feature(
        "`application/x-www-form-urlencoded`",
        "Encoding Object",
        "3.0, 3.1, 3.2",
        "yes",
        "With `contentType`, `style`, `explode`, and nested names.",
        lambda: body(
            {"schema": {"type": "object", "properties": {"a": INTEGER}}},
            b"a=1",
            "application/x-www-form-urlencoded",
        ),
        {"a": 1},
    ),
    Feature(
        "`multipart/form-data` and other multipart",
        "Encoding Object, Encoding By Position",
        "3.0, 3.1, 3.2",
        "yes",
        "By name; in 3.2 by position too (`prefixEncoding`, `itemEncoding`), and the parts "
        "of a part (to a depth of four).",
        lambda: body(
            {"schema": {"type": "object", "properties": {"a": INTEGER}}},
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        {"a": 1},
    ),
    Feature(
        "XML",
        "XML Object",
        "3.0, 3.1, 3.2",
        "yes",
        "`name`, `attribute`, `wrapped`, `nodeType`. Namespaces are not compared, and what is "
        "wrong is a warning.",
        lambda: body(
            {
                "schema": {
                    "type": "object",
                    "xml": {"name": "e"},
                    "properties": {"a": {**INTEGER, "xml": {"attribute": True}}},
                }
            },
            b'<e a="1"/>',
            "application/xml",
        ),
        {"a": 1},
    ),
    Feature(
        "JSON Lines, JSON text sequences, server-sent events",
        "Sequential Media Types",
        "3.2",
        "yes",
        "`itemSchema` holds for each item, `schema` for all of them.",
        lambda: [
            each.code
            for each in read_body(
                {"itemSchema": INTEGER},
                b'1\n"2"\n',
                "application/jsonl",
                version="3.2.0",
            ).violations
        ],
        ["type"],
    ),
    Feature(
        "text and binary bodies",
        "Considerations for Binary Data",
        "3.0, 3.1, 3.2",
        "yes",
        "`maxLength` counts bytes of binary bodies.",
        lambda: [
            each.code
            for each in read_body(
                {"schema": {"maxLength": 1}}, b"ab", "application/octet-stream"
            ).violations
        ],
        ["maxLength"],
    ),
    Feature(
        "bodies of GET, HEAD and DELETE",
        "Operation Object",
        "3.0, 3.1, 3.2",
        "yes",
        "From 3.1 on checked like any other; before, what is wrong is a warning.",
        lambda: codes(webhook({"requestBody": {"required": True, "content": {}}})),
        ["missing-body"],
    ),
    Feature(
        "`Content-Encoding`",
        "",
        "",
        "yes",
        "gzip, deflate, br and zstd, though no document lists them.",
        lambda: codes(
            webhook(taking(INTEGER)),
            b"x",
            {"content-type": "application/json", "content-encoding": "lzw"},
        ),
        ["content-coding"],
    ),
)
SCHEMAS = (
    Feature(
        "the dialect of 3.0",
        "Schema Object",
        "3.0",
        "yes",
        "`nullable` beside `type`, boolean `exclusiveMinimum`. Keywords of later drafts are "
        "honoured, with a finding (`keyword-not-3.0`).",
        lambda: codes(
            webhook(taking({"type": "integer", "nullable": True}), "3.0.4"),
            b"null",
            {"content-type": "application/json"},
        ),
        [],
    ),
    Feature(
        "JSON Schema 2020-12",
        "Schema Object",
        "3.1, 3.2",
        "yes",
        "All of it: `$dynamicRef`, `unevaluatedProperties`, `prefixItems`, `if`, boolean schemas.",
        lambda: judged({"unevaluatedProperties": False}, {"a": 1}),
        ["unevaluatedProperties"],
    ),
    Feature(
        "`format`",
        "Data Type Format",
        "3.0, 3.1, 3.2",
        "yes",
        "Asserted, though 3.1 lets tools only note it. `[tool.cbmock.formats]` changes it for "
        "a format.",
        lambda: judged({"type": "string", "format": "date"}, "yesterday"),
        ["format"],
    ),
    Feature(
        "`discriminator`",
        "Discriminator Object",
        "3.0, 3.1, 3.2",
        "yes",
        "It chooses the branch that is reported. It never changes the outcome, as the standard "
        "demands: what is wrong with it alone is a warning.",
        lambda: codes(
            webhook(
                taking(
                    {
                        "oneOf": [{"$ref": "#/components/schemas/A"}],
                        "discriminator": {"propertyName": "t"},
                    }
                ),
                components={"schemas": {"A": {"type": "object"}}},
            ),
            {"t": "B"},
        ),
        ["discriminator-unmapped"],
    ),
    Feature(
        "`readOnly`, `writeOnly`",
        "Validating Schemas with readOnly and writeOnly",
        "3.0, 3.1, 3.2",
        "yes",
        "The sender owns the data: `readOnly` is normal and stays required, a `writeOnly` member "
        "that is sent is a warning.",
        lambda: judged(
            {
                "required": ["id", "password"],
                "properties": {
                    "id": {"readOnly": True},
                    "password": {"writeOnly": True},
                },
            },
            {"id": 1},
        ),
        [],
    ),
    Feature(
        "`contentEncoding`, `contentMediaType`",
        "Considerations for Binary Data",
        "3.1, 3.2",
        "yes",
        "Checked, as warnings.",
        lambda: judged({"contentEncoding": "base64"}, "%"),
        ["contentEncoding"],
    ),
    Feature(
        "`contentSchema`",
        "Considerations for Binary Data",
        "3.1, 3.2",
        "no",
        "Lint says so (`content-schema`).",
        lambda: judged(
            {"contentMediaType": "application/json", "contentSchema": INTEGER}, '"a"'
        ),
        [],
    ),
    Feature(
        "`examples`, `example` of schemas",
        "Schema Object",
        "3.0, 3.1, 3.2",
        "yes",
        "They are what the mock answers and fires, and decide nothing; lint checks them (`example-invalid`).",
        lambda: answer({"200": content(schema={"examples": [7]})}),
        (200, b"7"),
    ),
)
RESPONSES = (
    Feature(
        "statuses, `2XX` and `default`",
        "Responses Object",
        "3.0, 3.1, 3.2",
        "yes",
        "The lowest documented success is answered; without one, `default` as 200.",
        lambda: [
            answer({name: {"description": "d"}})[0]
            for name in ("204", "2XX", "default")
        ],
        [204, 200, 200],
    ),
    Feature(
        "`example`, `examples`, `externalValue`",
        "Example Object",
        "3.0, 3.1, 3.2",
        "yes",
        "The first is answered; without one, a value of the schema is generated.",
        lambda: answer({"200": content(examples={"a": {"value": {"ok": True}}})}),
        (200, b'{"ok": true}'),
    ),
    Feature(
        "`dataValue`, `serializedValue`",
        "Example Object",
        "3.2",
        "yes",
        "The latter is sent to the letter.",
        lambda: answer(
            {"200": content(examples={"a": {"serializedValue": "{ }"}})}, "3.2.0"
        ),
        (200, b"{ }"),
    ),
    Feature(
        "`headers`",
        "Header Object",
        "3.0, 3.1, 3.2",
        "yes",
        "Required ones, and all that have an example, a default or one value, are sent.",
        lambda: (
            webhook(
                {
                    "responses": {
                        "200": {
                            "description": "d",
                            "headers": {"X-A": {"schema": {"const": "a"}}},
                        }
                    }
                }
            )
            .receive(request("POST", "/webhooks/w"), id=1, now=0.0)
            .response.headers.get("x-a")
        ),
        "a",
    ),
    Feature(
        "`links`",
        "Link Object",
        "3.0, 3.1, 3.2",
        "no",
        "Documentation, without effect.",
        lambda: answer(
            {"204": {"description": "d", "links": {"l": {"operationId": "x"}}}}
        ),
        (204, b""),
    ),
)
SECURITY = (
    Feature(
        "`security` of a callback or webhook",
        "Security Requirement Object",
        "3.0, 3.1, 3.2",
        "yes",
        "Alternatives, several schemes together, `{}` for none.",
        lambda: secured({"type": "apiKey", "in": "header", "name": "X-Key"}, {}),
        ["missing-credential"],
    ),
    Feature(
        "`security` of the document",
        "OpenAPI Object",
        "3.0, 3.1, 3.2",
        "no",
        "It is what the API asks of its clients. `--security inherit` demands it of the sender too.",
        lambda: [
            codes(
                Mock(
                    described(
                        webhooks={"w": POST},
                        security=[{"s": []}],
                        components={
                            "securitySchemes": {
                                "s": {"type": "http", "scheme": "bearer"}
                            }
                        },
                    ),
                    policy=Policy(security=mode),
                )
            )
            for mode in ("explicit", "inherit")
        ],
        [[], ["missing-credential"]],
    ),
    Feature(
        "`apiKey`",
        "Security Scheme Object",
        "3.0, 3.1, 3.2",
        "yes",
        "In header, query and cookie; compared with the secret where one is configured.",
        lambda: secured(
            {"type": "apiKey", "in": "query", "name": "k"}, {}, query="?k="
        ),
        ["missing-credential"],
    ),
    Feature(
        "`http`: basic and bearer",
        "Security Scheme Object",
        "3.0, 3.1, 3.2",
        "yes",
        "The form is checked; of a JWT its parts, its expiry and its scopes.",
        lambda: secured(
            {"type": "http", "scheme": "basic"}, {"authorization": "Basic !"}
        ),
        ["syntax"],
    ),
    Feature(
        "`http`: digest and others",
        "Security Scheme Object",
        "3.0, 3.1, 3.2",
        "no",
        "Only the scheme's name in `Authorization` is checked.",
        lambda: secured(
            {"type": "http", "scheme": "digest"}, {"authorization": "Digest x"}
        ),
        ["unverifiable"],
    ),
    Feature(
        "`oauth2`, `openIdConnect`",
        "Security Scheme Object",
        "3.0, 3.1, 3.2",
        "yes",
        "A Bearer token; its scopes where it is a JWT. No authorization server is asked.",
        lambda: secured({"type": "oauth2", "flows": {}}, {}),
        ["missing-credential"],
    ),
    Feature(
        "`mutualTLS`",
        "Security Scheme Object",
        "3.1, 3.2",
        "yes",
        "With `client_ca=` or `--ssl-ca-certs`; without TLS it is `unverifiable`.",
        lambda: secured({"type": "mutualTLS"}, {}),
        ["unverifiable"],
    ),
    Feature(
        "signatures",
        "",
        "",
        "yes",
        "OpenAPI has no words for them: [schemes](../signatures.md) by name or table.",
        lambda: secured({"type": "apiKey", "in": "header", "name": "X-Sig"}, {}),
        ["missing-credential"],
    ),
)
SECTIONS: tuple[tuple[str, tuple[Feature, ...]], ...] = (
    ("Documents", DOCUMENT),
    ("Callbacks, webhooks, path items", CALLBACKS),
    ("Key expressions", EXPRESSIONS),
    ("Parameters", PARAMETERS),
    ("Bodies", BODIES),
    ("Schemas", SCHEMAS),
    ("Responses", RESPONSES),
    ("Security", SECURITY),
)
