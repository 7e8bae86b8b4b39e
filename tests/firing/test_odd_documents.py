"""Documents that are valid and odd: what is fired is as they say, whole and broken."""

import json

from cbmock.firing.broken import broken
from cbmock.firing.broken_shots import BrokenShots
from cbmock.firing.cases import cases
from cbmock.firing.contract_test import ContractTest, Plan
from cbmock.firing.documented_request import Choices, documented_request
from cbmock.firing.generated import requests
from cbmock.firing.sender import ShotSender
from cbmock.firing.variants import fullest, variants
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock

from tests.support.mocks import ACCEPTED, described
from tests.support.rows import each_row

LINE = {
    "type": "object",
    "required": ["n"],
    "properties": {"n": {"type": "integer", "minimum": 1}, "s": {"type": "string"}},
    "additionalProperties": False,
}
ENCODED = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "string", "contentEncoding": "base64"}},
}
DEEP = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "array", "items": {"type": "integer"}}},
}


def webhook(content, **operation):
    body = {"required": True, "content": content}
    post = {"requestBody": body, **ACCEPTED, **operation}
    mock = Mock(described(version="3.2.0", webhooks={"w": {"post": post}}))
    return mock, mock.operations[0]


def violations(mock, request):
    call = mock.receive(request, id=1, now=0.0)
    return [(each.code, each.pointer) for each in call.violations]


@each_row(
    ("content", "expected"),
    [
        ({"application/jsonl": {"itemSchema": LINE}}, [{"n": 1}]),
        ({"application/json-seq": {"itemSchema": LINE}}, [{"n": 1}]),
        (
            {"application/jsonl": {"itemSchema": LINE, "schema": {"minItems": 3}}},
            [{"n": 1}] * 3,
        ),
        ({"application/json": {"schema": ENCODED}}, {"data": "c2FtcGxl"}),
    ],
)
def test_a_body_is_as_each_of_its_schemas_says(content, expected):
    mock, operation = webhook(content)
    whole = documented_request(mock, operation)
    assert (whole.content, violations(mock, whole.request)) == (expected, [])
    for each in variants(mock, operation, fullest(mock, operation, whole), 100):
        assert violations(mock, each.request) == [], each.whole.content


def test_members_of_a_nested_parameter_have_names_of_their_own():
    filters = {"name": "f", "in": "query", "required": True, "style": "deepObject"}
    mock, operation = webhook(
        {"application/json": {}}, parameters=[{**filters, "schema": DEEP}]
    )
    request = documented_request(mock, operation).request
    assert request.query == "f%5Ba%5D%5B0%5D=0"
    assert violations(mock, request) == []


PARAMETERS = [
    {
        "name": "X-Count",
        "in": "header",
        "schema": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    {"name": "mode", "in": "query", "required": True, "schema": {"enum": ["a", "b"]}},
    {"name": "sid", "in": "cookie", "schema": {"type": "string", "maxLength": 5}},
]
CARD = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"},
        "tags": {"type": "array", "items": {"enum": ["x", "y"]}, "maxItems": 3},
    },
}


def ways(mock, operation):
    whole = documented_request(mock, operation)
    return {(each.kind, each.place) for each in broken(mock, operation, whole)}


def test_parameters_and_optional_members_are_broken_too():
    mock, operation = webhook(
        {"application/json": {"schema": CARD}}, parameters=PARAMETERS
    )
    assert ways(mock, operation) >= {
        ("wrong-type", "header X-Count"),
        ("out-of-range", "header X-Count"),
        ("dropped", "query mode"),
        ("unknown-enum", "query mode"),
        ("out-of-range", "cookie sid"),
        ("wrong-format", "body #/at"),
        ("unknown-enum", "body #/tags/0"),
        ("out-of-range", "body #/tags"),
    }


def test_what_signing_or_sending_writes_again_is_not_broken():
    fields = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("webhook-id", "ce-id", "Host", "X-Own")
    ]
    mock, operation = webhook({"application/json": {"schema": CARD}}, parameters=fields)
    sender = ShotSender(mock, signature="standard-webhooks", secret="x" * 24)
    shots = BrokenShots.prepared(sender, operation).shots("http://x", ["dropped"])
    named = {each.place for each in shots if each.place.startswith("header")}
    assert named == {"header X-Own"}


def test_parameters_are_varied_within_what_they_allow():
    mock, operation = webhook(
        {"application/json": {"schema": CARD}}, parameters=PARAMETERS
    )
    sent = [
        each.make("http://x/webhooks/w").request
        for each in cases(ShotSender(mock), operation, "coverage")
    ]
    counts = {each.headers.get("X-Count") for each in sent}
    assert {None, "1", "2", "8", "9"} <= counts <= {None, *"123456789"}
    assert {each.query for each in sent} == {"mode=a", "mode=b"}
    assert all(violations(mock, each) == [] for each in sent)


def test_each_media_type_is_sent_with_its_examples():
    form = {"schema": CARD, "examples": {"other": {"value": {"id": 8}}}}
    mock, operation = webhook(
        {
            "application/json": {
                "schema": CARD,
                "examples": {"one": {"value": {"id": 7}}},
            },
            "application/x-www-form-urlencoded": form,
        }
    )
    sender = ShotSender(mock)
    sent = [
        (each.name, each.make("http://x").request.body)
        for each in cases(sender, operation, "examples")
    ]
    assert sent == [
        ("as documented", b'{"id": 7}'),
        ("one", b'{"id": 7}'),
        ("as documented as application/x-www-form-urlencoded", b"id=8"),
        ("other as application/x-www-form-urlencoded", b"id=8"),
    ]
    found = sender.shot(operation, "http://x", choices=Choices(example="other"))
    assert found.request.body == b"id=8"


def test_no_place_is_left_out_of_many():
    """Boundaries of the last member are tried although there are many before it."""
    many = {f"m{at}": {"type": "string", "minLength": at} for at in range(40)}
    schema = {
        "type": "object",
        "properties": {**many, "last": {"type": "integer", "maximum": 77}},
    }
    mock, operation = webhook({"application/json": {"schema": schema}})
    sent = [
        json.loads(each.make("http://x").request.body)
        for each in cases(ShotSender(mock), operation, "coverage")
    ]
    assert {each.get("last") for each in sent} >= {None, 77}


def test_an_example_that_the_document_excludes_is_not_sent_but_told():
    examples = {"good": {"value": {"id": 7}}, "bad": {"value": {"id": "seven"}}}
    mock, _ = webhook({"application/json": {"schema": CARD, "examples": examples}})
    got = []

    async def app(_, receive, send):
        got.append(json.loads((await receive())["body"]))
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    plan = Plan(phases=("examples",))
    results = ContractTest(ShotSender(mock), app, plan).run()
    assert (got, results.failures) == ([{"id": 7}, {"id": 7}], [])
    assert [str(each) for each in results.skipped] == [
        "w.post: the example 'bad' is not valid"
    ]


def test_callbacks_that_one_url_takes_are_each_tested_by_their_own_schema():
    started = {
        "type": "object",
        "properties": {"step": {"type": "string", "maxLength": 3}},
    }
    done = {"type": "object", "properties": {"step": {"type": "string"}}}
    posts = {
        name: {
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": schema}},
            },
            **ACCEPTED,
        }
        for name, schema in {"started": started, "again": started, "done": done}.items()
    }
    subscribe = {
        "callbacks": {
            name: {"{$request.query.url}": {"post": post}}
            for name, post in posts.items()
        },
        **ACCEPTED,
    }
    mock = Mock(described(paths={"/subscribe": {"post": subscribe}}))

    async def app(scope, receive, send):
        request = Request(
            "POST",
            scope["path"],
            Headers.of((n.decode(), v.decode()) for n, v in scope["headers"]),
            (await receive())["body"],
        )
        status = 202 if mock.receive(request, id=1, now=0.0).valid else 422
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    plan = Plan(phases=("examples", "coverage", "broken"))
    url = mock.mount_of(mock.operations[0]).path
    results = ContractTest(ShotSender(mock), (app, url), plan).run()
    broken_of = {
        each.name: {case.name for case in cases(ShotSender(mock), each, "broken")}
        for each in mock.operations
    }
    assert (results.skipped, results.failures) == ([], [])
    assert broken_of["started"] == broken_of["again"] == broken_of["done"]
    assert "wrong-type (body #/step)" in broken_of["done"]


def test_a_schema_that_is_wide_and_deep_has_bodies_with_each_of_its_members():
    names = [f"member{number}" for number in range(14)]
    levels = {
        f"L{depth}": {
            "type": "object",
            "properties": {
                name: {"$ref": f"#/components/schemas/L{depth + 1}"} for name in names
            },
        }
        for depth in range(6)
    }
    content = {
        "application/json": {"schema": {"$ref": "#/components/schemas/L0"}},
    }
    body = {"required": True, "content": content}
    mock = Mock(
        described(
            webhooks={"w": {"post": {"requestBody": body, **ACCEPTED}}},
            components={"schemas": {**levels, "L6": {"type": "integer"}}},
        )
    )
    operation = mock.operations[0]
    whole = documented_request(mock, operation)
    found = requests(mock, operation, whole, most=50, seed=1)
    sent = [json.loads(each.request.body) for each in found]
    assert len(sent) == 50
    assert {name for each in sent for name in each} == {*names}
