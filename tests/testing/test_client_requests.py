import csv
import json
import os
from pathlib import Path

import httpx
import httpx2
import pytest
import requests
from cbmock import Receiver, sources
from cbmock.description.runtime_expressions import Source
from cbmock.errors import ReceiverError
from cbmock.http.messages import Request
from cbmock.mock.mock import Mock
from cbmock.testing import client_requests, client_responses
from cbmock.triggers.log import due_callback
from starlette.testclient import TestClient

from tests.support.invoices import DOCUMENT
from tests.support.mocks import callbacks, calling, described, posted, webhooks
from tests.support.rows import each_row
from tests.support.senders import sender

URL = "http://m/t/x"
FORM = "application/x-www-form-urlencoded"


def mock_of(key, **parent):
    paths = calling({"cb": posted(key)}, **parent)
    return Mock(described(paths=paths))


def put(request, key, **parent):
    mock = mock_of(key, **parent)
    return client_requests.put(request, URL, mock.operations[0], mock)


def taking(media_type):
    return {"requestBody": {"content": {media_type: {}}}}


@each_row(
    ("key", "before", "after"),
    [
        ("{$request.query.cb}/x", {}, {"params": {"cb": URL}}),
        (
            "{$request.query.cb}",
            {"params": {"a": 1, "cb": 2}},
            {"params": {"a": 1, "cb": URL}},
        ),
        (
            "{$request.query.cb}",
            {"params": [("a", 1), ("cb", 2)]},
            {"params": [("a", 1), ("cb", URL)]},
        ),
        (
            "{$request.query.cb}",
            {"params": "a=1&cb=2"},
            {"params": "a=1&cb=http%3A%2F%2Fm%2Ft%2Fx"},
        ),
        (
            "{$request.query.cb}",
            {"params": b"a=1"},
            {"params": "a=1&cb=http%3A%2F%2Fm%2Ft%2Fx"},
        ),
        ("{$request.header.X-Hook}", {}, {"headers": {"X-Hook": URL}}),
        (
            "{$request.header.X-Hook}",
            {"headers": {"x-hook": "old", "b": "c"}},
            {"headers": {"b": "c", "X-Hook": URL}},
        ),
        (
            "{$request.header.x}",
            {"headers": [(b"X", b"old")]},
            {"headers": [("x", URL)]},
        ),
        ("{$request.cookie.hook}", {}, {"cookies": {"hook": URL}}),
        ("{$request.body#/url}", {}, {"json": {"url": URL}}),
        ("$request.body#/url", {"json": {"a": 1}}, {"json": {"a": 1, "url": URL}}),
        (
            "{$request.body#/a/b/c}",
            {"json": {"a": {"d": 1}}},
            {"json": {"a": {"d": 1, "b": {"c": URL}}}},
        ),
        ("{$request.body#/a~1b/0/u}", {}, {"json": {"a/b": [{"u": URL}]}}),
        (
            "{$request.body#/urls/1}",
            {"json": {"urls": ["x"]}},
            {"json": {"urls": ["x", URL]}},
        ),
        ("{$request.body#/urls/1}", {}, {"json": {"urls": [URL, URL]}}),
        ("{$request.body#/0}", {"json": {"a": 1}}, {"json": {"a": 1, "0": URL}}),
        ("{$request.body}", {}, {"json": URL}),
        (
            "{$request.body#/url}",
            {"data": {"a": "1"}},
            {"data": {"a": "1", "url": URL}},
        ),
        (
            "{$request.body#/url}",
            {"content": b'{"a": 1}'},
            {"content": b'{"a": 1, "url": "http://m/t/x"}'},
        ),
        (
            "{$request.body#/url}",
            {"data": "a=1", "headers": {"Content-Type": FORM}},
            {
                "data": b"a=1&url=http%3A%2F%2Fm%2Ft%2Fx",
                "headers": {"Content-Type": FORM},
            },
        ),
        ("{$cb}/x", {}, {"params": {"cb": URL}}),
        ("http://{$request.query.host}/x", {}, {"params": {"host": "m/t/x"}}),
    ],
)
def test_a_clients_arguments_get_the_url_where_the_key_reads_it(key, before, after):
    kept = json.dumps(before, default=repr)
    assert put(before, key) == after
    assert json.dumps(before, default=repr) == kept  # what was given stays as it was


@each_row(
    ("parent", "after"),
    [
        ({"parameters": [{"in": "header", "name": "cb"}]}, {"headers": {"cb": URL}}),
        ({"parameters": [{"in": "query", "name": "cb"}]}, {"params": {"cb": URL}}),
        ({"parameters": [{"$ref": "#/nowhere"}]}, {"params": {"cb": URL}}),
        (taking("application/json"), {"json": {"cb": URL}}),
        (taking(FORM), {"data": {"cb": URL}}),
    ],
)
def test_a_bare_name_is_a_parameter_or_else_a_member_of_the_body(parent, after):
    assert put({}, "{$cb}/x", **parent) == after


@each_row(
    ("key", "wrong"),
    [
        ("https://n.example/x", "the key names its host, n.example"),
        ("/x", "the key is a relative URL"),
        (
            "{$response.body#/url}",
            "is not a part of the request that a client fills in",
        ),
        ("{$url}/x", "is not a part of the request that a client fills in"),
        ("{}", "is not a part of the request"),
        ("{$request.path.id}", "is the variable {id} of /streams. Build that URL"),
        ("https://{$request.query.host}", "the key puts 'https://' in front of"),
        ("{$request.body#/a/100}", "item 100 is beyond what is filled in"),
    ],
)
def test_what_no_request_can_carry_is_a_wrong_set_up(key, wrong):
    with pytest.raises(ReceiverError) as raised:
        put({"json": {"a": []}}, key)
    assert wrong in raised.value.message
    assert "cbmock.url_for" in raised.value.message


def test_a_webhook_has_no_request():
    mock = webhooks("paid")
    with pytest.raises(ReceiverError, match="it is a webhook"):
        client_requests.put({}, URL, mock.operations[0], mock)


@each_row(
    ("request_", "key", "wrong"),
    [
        ({"json": {"a": "text"}}, "{$request.body#/a/b}", "the body has str where"),
        ({"data": {"a": "text"}}, "{$request.body#/a/b}", "a form has no #/a/b"),
        ({"content": b"<xml/>"}, "{$request.body#/a}", "the body is neither JSON nor"),
        (7, "{$request.body#/a}", "a int is not a request that a URL can be put into"),
    ],
)
def test_a_request_that_cannot_carry_it_is_a_wrong_set_up(request_, key, wrong):
    with pytest.raises(ReceiverError) as raised:
        put(request_, key)
    assert wrong in raised.value.message


# --- requests as objects --------------------------------------------------------------------

KEYS = (
    "{$request.query.cb}/x",
    "{$request.header.X-Hook}/x",
    "{$request.cookie.hook}/x",
    "{$request.body#/a/0/url}/x",
)


@each_row("key", KEYS)
@each_row(
    "build",
    [
        lambda: httpx.Request(
            "POST", "http://api/streams?b=1", json={"z": 1}, headers={"cookie": "a=b"}
        ),
        lambda: httpx2.Request(
            "POST", "http://api/streams?b=1", headers={"cookie": "hook=old"}
        ),
        lambda: requests.Request(
            "POST", "http://api/streams", params={"b": 1}, json={"z": 1}
        ),
        lambda: requests.Request("POST", "http://api/streams").prepare(),
        lambda: requests.Request("POST", "http://api/streams", json={"z": 1}).prepare(),
    ],
)
def test_a_request_gets_the_url_where_the_key_reads_it(key, build):
    mock = mock_of(key)
    before = build()
    filled = client_requests.put(before, URL, mock.operations[0], mock)
    assert type(filled) is type(before)
    assert filled is not before
    prepared = filled.prepare() if isinstance(filled, requests.Request) else filled
    body = getattr(prepared, "body", None) or getattr(prepared, "content", None)
    parts = (prepared.method, str(prepared.url), prepared.headers, body, 200, {}, b"")
    due = due_callback(mock.operations[0], client_responses.read(parts), mock)
    assert due.urls == (URL + "/x",)
    length = prepared.headers.get("content-length", "0")
    assert int(length) == len(body or b"")


def test_a_form_that_was_built_gets_another_field():
    before = httpx2.Request("POST", "http://api/streams", data={"a": "1"})
    filled = put(before, "{$request.body#/url}")
    assert filled.content == b"a=1&url=http%3A%2F%2Fm%2Ft%2Fx"
    empty = httpx2.Request("POST", "http://api/streams")
    assert (
        put(empty, "{$request.body#/url}", **taking(FORM)).content
        == b"url=http%3A%2F%2Fm%2Ft%2Fx"
    )


# --- the URL --------------------------------------------------------------------------------


def test_the_bare_url_is_enough_where_keys_do_not_look_alike():
    with Receiver(
        {"openapi": "3.1.0", "paths": calling({"e": posted("{$request.query.cb}/e")})}
    ) as cbmock:
        assert cbmock.register({}, "e") == {"params": {"cb": cbmock.url}}


def test_a_request_that_was_filled_in_calls_back_where_it_should():
    with Receiver(DOCUMENT) as cbmock, TestClient(cbmock.watch(sender())) as client:
        arguments = cbmock.register({"json": {"id": "7"}}, "invoice_notification")
        response = client.post("/invoices/", **arguments)
        cbmock.wait_for("invoice_notification", trigger=response)
        cbmock.verify()


def test_the_url_of_the_group_is_used_where_keys_may_look_alike():
    mock = callbacks("{$request.query.one}/e", "{$request.query.two}/e")
    paths = [client_requests.path_of(each, mock) for each in mock.operations]
    assert paths == ["/callbacks/s/one", "/callbacks/s/two"]
    mock = callbacks("{$request.query.one}&type=e")
    assert client_requests.path_of(mock.operations[0], mock) == "/callbacks/s/one?_=1"


def test_an_operation_that_is_not_served_has_no_url():
    mock = Mock(described(webhooks={"gone": {"$ref": "#/nowhere"}}))
    with pytest.raises(ReceiverError, match="gone has no URL"):
        client_requests.path_of(mock.operations[0], mock)


# --- the corpus -----------------------------------------------------------------------------

CORPUS = Path(os.environ.get("CBMOCK_CORPUS", ""))
_READS_REQUEST = {
    Source.REQUEST_BODY,
    Source.REQUEST_QUERY,
    Source.REQUEST_HEADER,
    Source.REQUEST_COOKIE,
    Source.PARAMETER,
}


def _registrable(mock):
    for mount in mock.mounts:
        key = mount.operation.key
        if (
            key is not None
            and key.base is not None
            and key.base.source in _READS_REQUEST
        ):
            yield mount.operation


def _sent(arguments, operation):
    """Return the exchange of a client's arguments, through a real client's encoding."""
    path = operation.parent.path.replace("{", "").replace("}", "")
    arguments.setdefault("headers", {})
    cookies = arguments.pop("cookies", {})
    if cookies:
        arguments["headers"]["cookie"] = "; ".join(
            f"{k}={v}" for k, v in cookies.items()
        )
    request = httpx2.Request(operation.parent.method, "http://api" + path, **arguments)
    parts = (request.method, str(request.url), request.headers, request.content)
    return client_responses.read((*parts, 200, {}, b""))


@pytest.mark.slow  # more than two hundred documents
@pytest.mark.skipif("CBMOCK_CORPUS" not in os.environ, reason="no corpus")
def test_every_callback_of_the_corpus_can_be_registered():
    """Registering and evaluating gives a URL that is routed to the operation."""
    tried = 0
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        names = [row["path"] for row in csv.DictReader(lines)]
    for name in names:
        try:
            mock = Mock(sources.describe(CORPUS / name))
        except ReceiverError:
            continue
        for operation in _registrable(mock):
            base = "http://127.0.0.1:4020" + client_requests.path_of(operation, mock)
            arguments = client_requests.put({}, base, operation, mock)
            due = due_callback(operation, _sent(arguments, operation), mock)
            assert due.urls, (name, operation.qualified)
            target = due.urls[0].removeprefix("http://127.0.0.1:4020") or "/"
            candidates = mock.router.find(Request(operation.method, target)).candidates
            pointers = {each.operation.pointer for each in candidates}
            assert operation.pointer in pointers, (name, operation.qualified, due.urls)
            tried += 1
    assert tried > 140


def test_the_media_type_decides_only_where_nothing_is_given():
    assert put({"json": {}}, "{$request.body#/url}", **taking(FORM)) == {
        "json": {"url": URL}
    }
