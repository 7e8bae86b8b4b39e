import json

import pytest
from cbmock import sources
from cbmock.description.discovery import discover
from cbmock.http.messages import Headers, Response
from cbmock.triggers import key_evaluation
from cbmock.triggers.key_evaluation import DueUrls
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rows import each_row

BODY = {
    "url": "http://m/b",
    "n": 1.0,
    "ok": True,
    "z": None,
    "o": {"a b": "v"},
    "l": ["http://m/1", "http://m/2"],
    "id": "a/b",
}
URL = "https://api.ex/v1/subs/7?cb=http%3A%2F%2Fm%2Fh&cb2=x&cb2=y"
RESPONSE = Response(201, Headers.of([("Location", "/jobs/9")]), b'{"id":5}')


def trigger(body=BODY, url=URL, response=RESPONSE, media_type="application/json"):
    headers = Headers.of([("X-U", "http://m/u"), ("Content-Type", media_type)])
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return key_evaluation.exchange("POST", url, headers, data, response)


def due(key, exchange=None, parameters=()):
    operation = {"parameters": parameters, "callbacks": {"e": {key: {"post": {}}}}}
    document = {"openapi": "3.1.0", "paths": {"/subs/{id}": {"post": operation}}}
    description = sources.describe(document)
    (found,) = discover(description)
    return key_evaluation.due(found, exchange or trigger(), description)


def query(name, schema):
    return {"name": name, "in": "query", "schema": schema}


ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
ARRAY = {"type": "array", "items": {"type": "string"}}


@each_row(
    ("key", "urls"),
    [
        pytest.param("{$url}", (URL,), id="2a"),
        pytest.param("http://h/{$method}", ("http://h/POST",), id="2b"),
        pytest.param("http://h/{$statusCode}", ("http://h/201",), id="2c"),
        pytest.param("{$request.query.cb}", ("http://m/h",), id="2d"),
        pytest.param("http://h/{$request.path.id}", ("http://h/7",), id="2e"),
        pytest.param("{$request.header.x-u}/k", ("http://m/u/k",), id="2f"),
        pytest.param("{$request.body#/l/1}", ("http://m/2",), id="2g"),
        pytest.param("{$request.body#/l/01}", (), id="2g leading zero"),
        pytest.param("{$request.body#/l/-}", (), id="2g dash"),
        pytest.param("{$request.body#/l/9}", (), id="2g beyond"),
        pytest.param("{$request.body#/l}", ("http://m/1", "http://m/2"), id="2h"),
        pytest.param("http://h/{$request.body#/o/a b}", ("http://h/v",), id="2j"),
        pytest.param("http://h/{$request.body#/o/a%20b}", ("http://h/v",), id="2j %20"),
        pytest.param(
            "{$response.header.Location}", ("https://api.ex/jobs/9",), id="2l"
        ),
        pytest.param("http://h/{$response.body#/id}", ("http://h/5",), id="2m"),
        pytest.param("{$request.body#/missing}/x", (), id="2n"),
        pytest.param("{$request.body#/z}", (), id="2n null"),
        pytest.param("{$REQUEST.BODY#/url}", ("http://m/b",), id="2p"),
        pytest.param("{$request.body#/URL}", (), id="2p pointers keep their case"),
        pytest.param("{$cb}/done", ("http://m/h/done",), id="a bare parameter"),
        pytest.param("{url}/done", ("http://m/b/done",), id="a bare property"),
        pytest.param("{$request.body.url}", ("http://m/b",), id="dots"),
        pytest.param("{$request.query.none}", (), id="an absent parameter"),
    ],
)
def test_a_key_gives_the_url_that_the_trigger_asks_for(key, urls):
    assert due(key) == DueUrls(urls)


@each_row(
    ("base", "urls"),
    [
        ("http://m", ("http://m/done", "http://m//done")),
        ("HTTP://m:4020/", ("HTTP://m:4020//done", "HTTP://m:4020/done")),
        ("http://m/a", ("http://m/a/done",)),
        ("http://m/a/", ("http://m/a//done",)),
        ("http://m?a=1", ("http://m?a=1/done",)),
        ("m", ("https://api.ex/v1/subs/m/done",)),
    ],
)
def test_a_bare_host_may_be_given_its_slash_by_the_sender(base, urls):
    body = json.dumps({"url": base}).encode()
    found = due("{$request.body#/url}/done", trigger(body=body))
    assert found.urls == urls


def test_values_that_are_no_strings_are_written_out():
    """Bank 2i."""
    key = "{$request.body#/url}?n={$request.body#/n}&ok={$request.body#/ok}"
    found = due(key + "&z={$request.body#/z}")
    assert found.urls == ("http://m/b?n=1.0&ok=true&z=",)
    assert [(each.code, each.severity) for each in found.violations] == [
        ("expr-undefined", "warning")
    ]


@pytest.mark.parametrize(
    ("schema", "urls", "codes"),
    [
        pytest.param(
            ARRAY, ("https://api.ex/v1/subs/x", "https://api.ex/v1/subs/y"), []
        ),
        pytest.param({"type": "string"}, ("https://api.ex/v1/subs/x",), ["duplicate"]),
    ],
)
def test_a_declared_parameter_is_read_as_its_schema_says(schema, urls, codes):
    """Bank 2k."""
    found = due("{$request.query.cb2}", parameters=[query("cb2", schema)])
    assert found.urls == urls
    told = [each.code for each in found.violations]
    assert [code for code in told if code != "callback-url-relative"] == codes


def test_a_declared_integer_is_written_as_one():
    """Bank 2e."""
    assert due("http://h/{$request.path.id}", parameters=[ID]).urls == ("http://h/7",)


def test_a_value_that_is_no_url_is_an_error():
    """Bank 2o."""
    found = due("{$request.body#/n}")
    assert found.urls == ()
    assert [(each.code, each.severity) for each in found.violations] == [
        ("callback-url-type", "error")
    ]


def test_a_form_body_is_seen_into_and_any_other_is_one_text():
    """Bank 2q."""
    form = trigger(
        b"url=http%3A%2F%2Fm%2Fb", media_type="application/x-www-form-urlencoded"
    )
    assert due("{$request.body#/url}", form).urls == ("http://m/b",)
    text = trigger(b"http://m/t", media_type="text/plain")
    assert due("{$request.body}", text).urls == ("http://m/t",)
    assert due("{$request.body#/url}", text).urls == ()
    assert due("{$request.body}", trigger(b"{")).urls == ("https://api.ex/v1/subs/%7B",)


def test_later_values_may_be_percent_encoded():
    assert due("{$request.body#/url}/x/{$request.body#/id}").urls == (
        "http://m/b/x/a/b",
        "http://m/b/x/a%2Fb",
    )


def test_concatenation_is_textual():
    at = trigger(url="https://api.ex/v1/subs/7?cb=http%3A%2F%2Fm%2Fcb%3Ft%3D1")
    assert due("{$request.query.cb}/data", at).urls == ("http://m/cb?t=1/data",)


def test_an_object_in_a_url_is_written_as_json():
    found = due("http://h/{$request.body#/o}")
    assert found.urls[0] == 'http://h/%7B"a b":"v"%7D'
    assert [each.code for each in found.violations] == ["expr-structured"]


def test_a_relative_url_is_told_and_resolved_against_the_trigger():
    found = due("/hook")
    assert found.urls == ("https://api.ex/hook",)
    assert [each.code for each in found.violations] == ["callback-url-relative"]


@pytest.mark.parametrize(
    "key", ["{$response.body#/id}", "{$response.header.Location}", "{$statusCode}"]
)
def test_without_a_response_nothing_of_it_can_be_read(key):
    assert due(key, trigger(response=None)).urls == ()


def test_an_empty_body_gives_nothing():
    assert due("{$request.body#/url}", trigger(b"")).urls == ()


def test_cookies_are_read_too():
    headers = Headers.of([("Cookie", "a=1; hook=http://m/c")])
    exchange = key_evaluation.exchange("POST", URL, headers, b"")
    assert due("{$request.cookie.hook}", exchange).urls == ("http://m/c",)


def test_a_webhook_is_due_at_no_url_of_a_key():
    description = sources.describe(
        {"openapi": "3.1.0", "webhooks": {"a": {"post": {}}}}
    )
    (found,) = discover(description)
    assert key_evaluation.due(found, trigger(), description) == DueUrls()


@each_row(
    ("method", "url", "expected"),
    [
        ("POST", URL, True),
        ("post", "http://x/subs/a%2Fb", True),
        ("GET", URL, False),
        ("POST", "http://x/subs/7/more", False),
        ("POST", "http://x/", False),
    ],
)
def test_an_exchange_belongs_to_the_parent_whose_path_it_has(method, url, expected):
    description = sources.describe(
        {
            "openapi": "3.1.0",
            "paths": {
                "/subs/{id}": {"post": {"callbacks": {"e": {"{$url}": {"post": {}}}}}}
            },
        }
    )
    (found,) = discover(description)
    exchange = key_evaluation.exchange(method, url, Headers(), b"")
    assert key_evaluation.is_of(found.parent, exchange) is expected


@given(st.text(), st.binary(), st.text(max_size=20))
def test_evaluation_never_raises(key, body, media_type):
    at = trigger(body, media_type=media_type)
    if not key.startswith("x-"):
        due(key, at)
