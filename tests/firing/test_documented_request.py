import json

import pytest
from cbmock.contract.policy import Policy
from cbmock.errors import ReceiverError
from cbmock.firing.documented_request import documented_request
from cbmock.mock.mock import Mock

from tests.support.mocks import ACCEPTED, calling, described, posted, sent, taking
from tests.support.rows import each_row

URL = "{$request.body#/url}"
EVENT = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}},
}


def webhook(name="w", *, method="post", version="3.1.0", fields=(), **operation):
    """Return the mock of one webhook."""
    described_as = {name: {method: {**ACCEPTED, **operation}}}
    return Mock(described(version=version, webhooks=described_as, **dict(fields)))


def callback(key, *, parent=(), **operation):
    paths = calling({"cb": posted(key, **operation)}, operationId="s", **dict(parent))
    return Mock(described(paths=paths))


def made(mock):
    """Return the request to the only operation, which must be taken as it is."""
    (operation,) = mock.operations
    request = documented_request(mock, operation).request
    call = mock.receive(request, id=1, now=0.0)
    found = [each for each in call.violations if each.code != "unverifiable"]
    assert (call.outcome, call.operation, found) == ("matched", operation, [])
    return request


def with_parameters(*parameters, **options):
    return made(webhook(parameters=list(parameters), **options))


def parameter(name, where="query", **fields):
    return {"name": name, "in": where, "required": True, **fields}


def body_of(mock):
    return json.loads(made(mock).body)


# --- the URL ----------------------------------------------------------------------------


@each_row(
    ("key", "target"),
    [
        (URL, "/callbacks/s/url"),
        (f"{URL}/data", "/callbacks/s/url/data"),
        (f"{URL}/größe", "/callbacks/s/url/gr%C3%B6%C3%9Fe"),
        (f"{URL}/invoices/{{$request.body#/id}}", "/callbacks/s/url/invoices/1"),
        (f"{URL}/{{$method}}", "/callbacks/s/url/POST"),
        (f"{URL}?a=b&id={{$request.body#/id}}", "/callbacks/s/url?a=b&id=1"),
        (f"{URL}?event={{$request.body#/name}}", "/callbacks/s/url?event=cb"),
        (f"{URL}?flag", "/callbacks/s/url?flag"),
        (f"{URL}?{{$request.body#/query}}", "/callbacks/s/url?1"),
        (f"{URL}&type=a", "/callbacks/s/url?_=1&type=a"),
        ("https://host.example/x", "/callbacks/s/cb/x"),
        ("https://host.example/x/{$request.body#/id}", "/callbacks/s/cb/x/1"),
        ("https://host.example?a=b", "/callbacks/s/cb?a=b"),
        ("/done", "/callbacks/s/cb/done"),
        ("onEvent", "/callbacks/s/cb/onEvent"),
        ("", "/callbacks/s/cb"),
    ],
)
def test_a_callback_is_sent_to_its_base_and_the_rest_of_its_key(key, target):
    assert made(callback(key)).target == target


@each_row(
    ("name", "target"),
    [
        ("newPet", "/webhooks/newPet"),
        ("/AUTHORISATION", "/webhooks/AUTHORISATION"),
        ("new pet", "/webhooks/new%20pet"),
        ("a/{x}/b", "/webhooks/a/1/b"),
    ],
)
def test_a_webhook_is_sent_to_its_name(name, target):
    assert made(webhook(name)).target == target


def test_declared_variables_of_a_path_have_values_of_their_own():
    declared = parameter("id", "path", schema={"type": "integer", "minimum": 40})
    assert made(callback(f"{URL}/{{id}}", parameters=[declared])).target.endswith("/40")
    name = "pets/{id}"
    assert made(webhook(name, parameters=[declared])).target == "/webhooks/pets/40"


@each_row("method", ["get", "put", "delete", "head", "options", "patch"])
def test_the_method_is_the_documented_one(method):
    assert made(webhook(method=method)).method == method.upper()


def test_what_is_not_served_has_no_request():
    mock = Mock(described(components={"callbacks": {"C": posted(URL)}}))
    (operation,) = mock.operations
    with pytest.raises(ReceiverError, match="no request to C.post can be made"):
        documented_request(mock, operation)


def test_what_cannot_be_read_says_why_it_has_no_request():
    broken = {"requestBody": {"$ref": "#/nowhere"}}
    mock = webhook(**broken)
    with pytest.raises(ReceiverError, match="nowhere"):
        documented_request(mock, mock.operations[0])


# --- parameters -------------------------------------------------------------------------

RGB = {
    "type": "object",
    "required": ["R", "G"],
    "properties": {"R": {"const": 1}, "G": {"const": "a b"}},
}
LIST = {"type": "array", "items": {"enum": ["a b"]}, "minItems": 2}


@each_row(
    ("fields", "query"),
    [
        ({"schema": {"const": "a b&c"}}, "q=a%20b%26c"),
        ({"schema": {"type": "integer"}}, "q=0"),
        ({"schema": {"type": "boolean"}}, "q=true"),
        ({"schema": {"type": "string"}, "example": "shown"}, "q=shown"),
        ({"schema": {"type": "integer"}, "example": "7"}, "q=7"),
        ({"schema": {"type": "integer"}, "example": "seven"}, "q=0"),
        ({"examples": {"one": {"value": "first"}}}, "q=first"),
        ({}, "q=1"),
        ({"schema": LIST}, "q=a%20b&q=a%20b"),
        ({"schema": LIST, "explode": False}, "q=a%20b,a%20b"),
        ({"schema": LIST, "style": "pipeDelimited", "explode": False}, "q=a%20b%7Ca%20b"),
        ({"schema": RGB}, "R=1&G=a%20b"),
        ({"schema": RGB, "explode": False}, "q=R,1,G,a%20b"),
        ({"schema": RGB, "style": "deepObject"}, "q%5BR%5D=1&q%5BG%5D=a%20b"),
        ({"content": {"application/json": {"schema": RGB}}}, "q=%7B%22R%22%3A%201%2C%20%22G%22%3A%20%22a%20b%22%7D"),
    ],
)  # fmt: skip
def test_a_required_query_parameter_is_written_in_its_style(fields, query):
    request = with_parameters(parameter("q", **fields))
    assert request.query == query


@each_row(
    ("where", "fields", "header"),
    [
        ("header", {"schema": {"const": "é"}}, ("P", "é")),
        ("header", {"schema": {"const": "a\n b"}, "required": False}, ("P", "a  b")),
        ("header", {"schema": LIST}, ("P", "a b,a b")),
        ("header", {"schema": RGB}, ("P", "R,1,G,a b")),
        ("header", {"schema": RGB, "explode": True}, ("P", "R=1,G=a b")),
        ("cookie", {"schema": {"const": "x"}}, ("cookie", "P=x")),
        ("cookie", {"schema": LIST}, ("cookie", "P=a b; P=a b")),
    ],
)
def test_headers_and_cookies_are_written_as_they_are(where, fields, header):
    mock = webhook(parameters=[parameter("P", where, **fields)])
    request = documented_request(mock, mock.operations[0]).request
    assert list(request.headers) == [header]


@each_row(
    ("style", "explode", "schema", "text"),
    [
        ("simple", False, {"const": "a/b"}, "a%2Fb"),
        ("simple", False, LIST, "a%20b,a%20b"),
        ("simple", True, RGB, "R=1,G=a%20b"),
        ("simple", False, RGB, "R,1,G,a%20b"),
        ("label", False, {"const": 5}, ".5"),
        ("label", False, LIST, ".a%20b,a%20b"),
        ("label", True, LIST, ".a%20b.a%20b"),
        ("label", True, RGB, ".R=1.G=a%20b"),
        ("matrix", False, {"const": 5}, ";p=5"),
        ("matrix", False, LIST, ";p=a%20b,a%20b"),
        ("matrix", True, LIST, ";p=a%20b;p=a%20b"),
        ("matrix", False, RGB, ";p=R,1,G,a%20b"),
        ("matrix", True, RGB, ";R=1;G=a%20b"),
    ],
)
def test_a_variable_of_the_path_is_written_in_its_style(style, explode, schema, text):
    declared = parameter("p", "path", style=style, explode=explode, schema=schema)
    assert made(webhook("x/{p}", parameters=[declared])).target == f"/webhooks/x/{text}"


@each_row("style", ["label", "matrix"])
@each_row("explode", [False, True])
@each_row(
    "schema",
    [
        {"const": ""},
        {"type": "array", "maxItems": 0},
        {"type": "object", "maxProperties": 0},
    ],
)
def test_an_empty_variable_of_the_path_is_written_and_read_as_nothing(
    style, explode, schema
):
    declared = parameter("p", "path", style=style, explode=explode, schema=schema)
    mock = webhook("x/{p}/y", parameters=[declared])
    request = documented_request(mock, mock.operations[0]).request
    assert request.target == "/webhooks/x//y"
    call = mock.receive(request, id=1, now=0.0)
    assert [each for each in call.violations if each.location == "path"] == []


@pytest.mark.parametrize(
    ("media_type", "query"),
    [
        ("application/json", "%7B%22R%22%3A%201%2C%20%22G%22%3A%20%22a%20b%22%7D"),
        ("application/x-www-form-urlencoded", "R=1&G=a+b"),
    ],
)
def test_a_query_may_be_one_content(media_type, query):
    declared = parameter("q", "querystring", content={media_type: {"schema": RGB}})
    assert with_parameters(declared, version="3.2.0").query == query


def test_of_optional_parameters_only_constants_are_sent():
    optional = [
        parameter("a", required=False, schema={"type": "string"}, example="x"),
        parameter("b", required=False, schema={"const": "y"}),
        parameter("c", required=False, schema={"$ref": "#/components/schemas/C"}),
    ]
    fields = {"components": {"schemas": {"C": {"enum": ["z"]}}}}
    assert with_parameters(*optional, fields=fields).query == "b=y&c=z"


def test_a_required_parameter_without_any_valid_value_is_left_out():
    mock = webhook(parameters=[parameter("q", schema=False)])
    assert documented_request(mock, mock.operations[0]).request.target == "/webhooks/w"


def test_an_example_that_changes_on_the_wire_is_sent_if_no_value_can_be_made():
    pattern = r"^(?=\S+ $)(?!a)(?!b)[a-z]{2}z7(?<=z7) $"  # ends in a space: is trimmed
    schema = {"type": "string", "pattern": pattern, "examples": ["cdz7 "]}
    mock = webhook(parameters=[parameter("X-A", "header", schema=schema)])
    request = documented_request(mock, mock.operations[0]).request
    assert request.headers.get("x-a") == "cdz7"


# --- credentials ------------------------------------------------------------------------


def secured(*requirements, secrets=(), parameters=(), **schemes):
    found = webhook(
        security=list(requirements),
        parameters=list(parameters),
        fields={"components": {"securitySchemes": schemes}},
    )
    policy = Policy(secrets=dict(secrets))
    for operation in found.operations:
        found.contract_of(operation).policy = policy
    return found


BASIC = {"type": "http", "scheme": "basic"}
BEARER = {"type": "http", "scheme": "bearer"}
KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}


@each_row(
    ("scheme", "headers"),
    [
        (BASIC, [("authorization", "basic c2FtcGxlOnNhbXBsZQ==")]),
        (BEARER, [("authorization", "bearer sample")]),
        (
            BEARER | {"bearerFormat": "JWT"},
            [("authorization", "bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.")],
        ),
        ({"type": "http", "scheme": "HMAC"}, [("authorization", "HMAC sample")]),
        ({"type": "oauth2", "flows": {}}, [("authorization", "Bearer sample")]),
        (KEY, [("X-Key", "sample")]),
        ({"type": "apiKey", "in": "cookie", "name": "k"}, [("cookie", "k=sample")]),
    ],
)
def test_credentials_are_sent_where_they_are_asked_for(scheme, headers):
    assert list(made(secured({"s": []}, s=scheme)).headers) == headers


def test_a_key_may_stand_in_the_query():
    scheme = {"type": "apiKey", "in": "query", "name": "a key"}
    assert made(secured({"s": []}, s=scheme)).query == "a%20key=sample"


def test_the_users_own_secrets_are_sent():
    mock = secured(
        {"b": [], "k": []}, b=BASIC, k=KEY, secrets={"b": "me:you", "k": "open"}
    )
    assert list(made(mock).headers) == [
        ("authorization", "basic bWU6eW91"),
        ("X-Key", "open"),
    ]


def test_the_first_requirement_that_asks_for_anything_is_met():
    assert list(made(secured({}, {"s": []}, {"t": []}, s=KEY, t=BASIC)).headers) == [
        ("X-Key", "sample")
    ]


def test_a_parameter_that_is_the_key_is_not_sent_twice():
    declared = parameter("x-key", "header", schema={"const": "mine"})
    mock = secured({"s": []}, s=KEY, parameters=[declared])
    assert list(made(mock).headers) == [("x-key", "mine")]


@pytest.mark.parametrize(
    "scheme", [{"type": "mutualTLS"}, {"type": "apiKey", "in": "x"}]
)
def test_what_no_request_can_carry_is_not_sent(scheme):
    mock = secured({"s": []}, s=scheme)
    assert list(documented_request(mock, mock.operations[0]).request.headers) == []


# --- bodies -----------------------------------------------------------------------------


def test_a_body_is_the_least_that_is_valid():
    request = made(webhook(**taking(EVENT)))
    assert (request.body, list(request.headers)) == (
        b'{"id": 0}',
        [("content-type", "application/json")],
    )


@each_row(
    ("media_type", "expected"),
    [
        ({"example": {"id": 7}}, {"id": 7}),
        ({"examples": {"bad": {"value": {}}, "good": {"value": {"id": 8}}}}, {"id": 8}),
        ({"example": '{"id": 9}'}, {"id": 9}),
        ({"example": {"id": "x"}}, {"id": 0}),
    ],
)
def test_a_valid_example_is_better_than_a_generated_body(media_type, expected):
    content = {"application/json": {"schema": EVENT, **media_type}}
    assert body_of(webhook(requestBody={"content": content})) == expected


def test_an_example_that_is_serialized_is_sent_to_the_letter():
    example = {"serializedValue": '{ "id":1 }'}
    media_type = {"schema": EVENT, "examples": {"one": example}}
    body = {"content": {"application/json": media_type}}
    assert made(webhook(version="3.2.0", requestBody=body)).body == b'{ "id":1 }'


@pytest.mark.parametrize(
    ("media_type", "expected"), [({"example": {"a": 1}}, {"a": 1}), ({}, {})]
)
def test_a_body_without_a_schema_is_its_example_or_empty(media_type, expected):
    content = {"application/json": media_type}
    assert body_of(webhook(requestBody={"content": content})) == expected


@pytest.mark.parametrize(
    ("media_type", "expected"), [({"example": {"a": 1}}, b'{"a": 1}'), ({}, b"")]
)
def test_an_invalid_example_stands_in_where_nothing_is_valid(media_type, expected):
    content = {"application/json": {"schema": False, **media_type}}
    mock = webhook(requestBody={"content": content})
    assert documented_request(mock, mock.operations[0]).request.body == expected


@each_row(
    ("keys", "content_type"),
    [
        (["text/plain", "application/vnd.x+json"], "application/vnd.x+json"),
        (["application/json; charset=utf-8"], "application/json; charset=utf-8"),
        (["text/plain", "text/html"], "text/plain"),
        (["*/*"], "application/json"),
        (["no media type", "application/json"], "application/json"),
    ],
)
def test_the_first_media_type_of_json_is_sent(keys, content_type):
    content = {key: {"schema": {"type": ["object", "string"]}} for key in keys}
    mock = webhook(requestBody={"content": content})
    request = documented_request(mock, mock.operations[0]).request
    assert request.headers["content-type"] == content_type


@each_row(
    ("version", "method", "expected"),
    [
        ("3.0.0", "get", b""),
        ("3.0.0", "delete", b""),
        ("3.0.0", "post", b'{"id": 0}'),
        ("3.1.0", "get", b'{"id": 0}'),
    ],
)
def test_a_body_that_has_no_meaning_is_not_sent(version, method, expected):
    mock = webhook(version=version, method=method, **taking(EVENT))
    assert made(mock).body == expected


def test_no_body_is_sent_where_none_is_documented():
    assert made(webhook(requestBody={"content": {}})) == made(webhook())


def test_the_same_document_gives_the_same_request():
    assert made(webhook(**taking(EVENT))) == made(webhook(**taking(EVENT)))


# --- the event --------------------------------------------------------------------------


def events(*names, **member):
    """Return the mock of webhooks that share a schema with this member."""
    schema = {"type": "object", "properties": member}
    return Mock(described(webhooks={name: {"post": taking(schema)} for name in names}))


@each_row(
    "member",
    [
        {"type": {"enum": ["pet.added", "pet.removed"]}},
        {"type": {"$ref": "#/components/schemas/T"}},
        {"event": {"type": "string"}},
        {"event_type": {"type": "string", "example": "pet.added"}},
        {"topic": {"anyOf": [{"const": "PET_ADDED"}, {"const": "PET_REMOVED"}]}},
        {"type": {"type": "string"}},
    ],
)
def test_a_body_says_its_event_where_the_schema_has_room_for_it(member):
    schema = {"type": "object", "properties": member}
    names = ("petAdded", "petRemoved")
    mock = Mock(
        described(
            webhooks={name: {"post": taking(schema)} for name in names},
            components={"schemas": {"T": {"enum": ["petAdded", "petRemoved"]}}},
        )
    )
    calls = [
        sent(
            mock, "POST", "/webhooks", documented_request(mock, each).request.body, JSON
        )
        for each in mock.operations
    ]
    assert [(call.operation.name, call.valid) for call in calls] == [
        ("petAdded", True),
        ("petRemoved", True),
    ]


JSON = {"content-type": "application/json"}


@each_row(
    ("member", "body"),
    [
        ({"type": {"enum": ["added", "pet.added"]}}, {"type": "pet.added"}),
        ({"type": {"enum": ["x", "y"]}}, {}),
        ({"type": {"enum": ["pet.added"], "default": 1}}, {"type": "pet.added"}),
        ({"type": {"type": "string", "example": "x"}}, {}),
        ({"type": {"type": "string", "example": "petAdded"}}, {"type": "petAdded"}),
        ({"name": {"type": "string"}}, {}),
        ({"event": {"type": "string", "maxLength": 3}}, {}),
        ({"event": {"type": "object"}}, {}),
        ({"other": {"type": "string"}}, {}),
    ],
)
def test_a_body_says_nothing_that_the_schema_does_not_mean(member, body):
    assert body_of(events("petAdded", **member)) == body


def test_a_shown_body_keeps_its_text_but_not_another_ones_name():
    schema = {"properties": {"type": {"enum": ["a", "b"]}, "event": {"type": "string"}}}
    content = {"schema": schema, "example": {"type": "a", "event": "shown"}}
    body = {"requestBody": {"content": {"application/json": content}}}
    mock = Mock(described(webhooks={"b": {"post": {**body, **ACCEPTED}}}))
    assert body_of(mock) == {"type": "b", "event": "shown"}


def test_a_shown_body_that_names_its_event_is_left_alone():
    content = {"schema": {"type": "object"}, "example": {"topic": "v1/pet-added"}}
    body = {"requestBody": {"content": {"application/json": content}}}
    assert body_of(webhook("petAdded", **body)) == {"topic": "v1/pet-added"}


def test_a_body_that_is_no_object_says_no_event():
    assert body_of(webhook(**taking({"type": "array"}))) == []


ATTRIBUTES = {
    "ce-specversion": {"const": "1.0"},
    "ce-id": {"type": "string", "minLength": 1},
    "CE-Source": {"type": "string", "format": "uri-reference"},
    "ce-type": {"const": "paid"},
}


def test_an_event_whose_attributes_are_optional_is_sent_whole():
    request = with_parameters(
        *(
            parameter(name, "header", required=False, schema=schema)
            for name, schema in ATTRIBUTES.items()
        ),
        parameter("ce-subject", "header", required=False, schema={"type": "string"}),
    )
    sent = [name for name, _ in request.headers if name.lower().startswith("ce-")]
    assert sent == [*ATTRIBUTES]
