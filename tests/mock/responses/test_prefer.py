import json

from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock
from cbmock.mock.responses import prefer
from cbmock.mock.responses.documented import ANY, ResponseSelection
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mocks import outcome, request, sent, webhooks
from tests.support.rows import each_row

EXAMPLES = {"a": {"value": 1}, "b": {"value": 2}}
JSON = {"application/json": {"schema": {"type": "integer"}, "examples": EXAMPLES}}
RESPONSES = {
    "200": {"description": "", "content": JSON},
    "4XX": {"description": "", "content": {"text/plain": {"example": "no"}}},
}


def asking(**options):
    lenient = webhooks("w", responses=RESPONSES)
    return Mock(lenient.description, prefer=True, **options)


def answered(target="/webhooks/w", *, mock=None, **headers):
    call = sent(mock or asking(), "POST", target, headers=headers)
    return call.response.status, call.response.body.decode()


def wanted(field):
    return prefer.read(request("POST", "/", headers={"Prefer": field})).selection


@each_row(
    ("field", "expected"),
    [
        ("code=404", ResponseSelection(status=404)),
        ("code=404, example=b", ResponseSelection(status=404, example="b")),
        ("code=404; example=b", ResponseSelection(status=404, example="b")),
        ("Code = 404", ResponseSelection(status=404)),
        ('example="a, \\"b\\""', ResponseSelection(example='a, "b"')),
        ("example=first, example=second", ResponseSelection(example="first")),
        ("dynamic=true", ResponseSelection(dynamic=True)),
        ("dynamic", ResponseSelection(dynamic=True)),
        ("dynamic=false", ANY),
        ("respond-async, wait=10, return=minimal", ANY),
        ("", ANY),
    ],
)
def test_a_field_says_what_is_wanted(field, expected):
    assert wanted(field) == expected


def test_a_seed_asks_for_a_generated_body_and_is_the_same_every_time():
    assert wanted("seed=x") == wanted("seed=x, dynamic")
    assert wanted("seed=x").dynamic
    assert wanted("seed=x").seed != wanted("seed=y").seed


@given(st.text(st.sampled_from('code=4,;" \\dynamic')))
def test_any_field_can_be_read(field):
    found = prefer.read(Request("POST", "/", Headers.of([("prefer", field)])))
    assert all(each.code == "prefer" for each in found.violations)


def test_a_field_of_any_length_is_read_soon():
    assert wanted('"\\' * 100_000) == ANY


@each_row(
    ("headers", "expected"),
    [
        ({}, (200, "1")),
        ({"Prefer": "example=b"}, (200, "2")),
        ({"Prefer": "code=404"}, (404, "no")),
        ({"Prefer": "dynamic=true"}, (200, "0")),
        ({"Prefer": "code=404", "Accept": "text/plain"}, (404, "no")),
        ({"Prefer": "return=minimal"}, (200, "1")),
    ],
)
def test_a_request_may_ask_for_a_documented_answer(headers, expected):
    assert answered(**headers) == expected


def test_nobody_may_ask_unless_that_is_allowed():
    mock = webhooks("w", responses=RESPONSES)
    assert answered("/webhooks/w?__code=404", mock=mock, Prefer="code=404") == (
        200,
        "1",
    )


@each_row(
    ("query", "expected"),
    [
        ("__code=404", (404, "no")),
        ("__example=b&x=1", (200, "2")),
        ("x=1&__dynamic=true&__seed=2", (200, "13")),
        ("__other=1", (200, "1")),
    ],
)
def test_the_query_may_ask_too(query, expected):
    assert answered(f"/webhooks/w?{query}") == expected


def test_the_query_does_not_count_beside_the_field():
    assert answered("/webhooks/w?__code=404", Prefer="example=b") == (200, "2")


def test_what_only_asks_is_no_part_of_the_request_and_is_recorded_all_the_same():
    read = prefer.read(request("POST", "/a?__code=404&b=1"))
    assert (read.request.target, read.selection) == (
        "/a?b=1",
        ResponseSelection(status=404),
    )
    assert prefer.read(request("POST", "/a?__code=404")).request.target == "/a"
    mock = asking()
    for target in ("/webhooks/w?__code=404", "/webhooks/nobody?__code=404"):
        assert sent(mock, "POST", target).target == target


@each_row(
    ("target", "field", "location", "name", "detail"),
    [
        ("", "code=x", "header", "Prefer", "code='x': a status is a number from 200 to 599"),
        ("", "code=100", "header", "Prefer", "code='100': a status is a number from 200 to 599"),
        ("", "dynamic=maybe", "header", "Prefer", "dynamic='maybe': it is either true or false"),
        ("", "code=500", "header", "Prefer", "no response is documented for 500. Use one of: 200, 4xx."),
        ("", "example=c", "header", "Prefer", "no example is named 'c'. Use one of: 'a', 'b'."),
        ("?__code=x", None, "query", "__code", "code='x': a status is a number from 200 to 599"),
        ("?__example=c", None, "query", None, "no example is named 'c'. Use one of: 'a', 'b'."),
    ],
)  # fmt: skip
@each_row("mode", ["reject", "accept"])
def test_what_cannot_be_had_is_refused_with_what_can(
    mode, target, field, location, name, detail
):
    headers = {} if field is None else {"Prefer": field}
    mock = asking(on_violation=mode)
    call = sent(mock, "POST", f"/webhooks/w{target}", headers=headers)
    assert outcome(call) == ("matched", "w", ["prefer"])
    assert call.response.status == 422
    (told,) = json.loads(call.response.body)["errors"]
    assert (told["location"], told["name"], told["detail"]) == (location, name, detail)


def test_a_breach_is_refused_whatever_is_asked_for():
    body = {"content": {"application/json": {"schema": {"type": "integer"}}}}
    described = webhooks("w", responses=RESPONSES, requestBody=body).description
    call = sent(
        Mock(described, prefer=True),
        "POST",
        "/webhooks/w",
        "x",
        headers={"Prefer": "code=404"},
    )
    assert call.response.status == 422
