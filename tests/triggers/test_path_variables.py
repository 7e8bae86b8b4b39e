"""A name that a callback operation declares `in: path` is its own path variable.

The router, `trigger=`, `watch`, `triggered_by` and lint agree on it (fault 2.1).
"""

import httpx2
import pytest
from cbmock import Receiver
from cbmock.description.discovery import discover
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples
from cbmock.sources import describe
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.support.rows import each_row

BASE = "{$request.query.callback_url}"


def parameter(name, **more):
    return {"name": name, "in": "path", "required": True, "schema": {}, **more}


def document(key, *names, parent="/orders", **of_item):
    operation = {
        "operationId": "paid",
        "parameters": [parameter(name) for name in names],
        "responses": {"200": {"description": "ok"}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            parent: {
                "post": {
                    "parameters": [
                        {"name": "callback_url", "in": "query", "schema": {}},
                        *(parameter(n) for n in names if f"{{{n}}}" in parent),
                    ],
                    "responses": {"200": {"description": "ok"}},
                    "callbacks": {"paid": {key: {"post": operation, **of_item}}},
                }
            }
        },
    }


KEYS = [
    pytest.param(document(f"{BASE}/orders/{{id}}", "id"), id="in braces"),
    pytest.param(document(f"{BASE}/orders/:id", "id"), id="with a colon"),
    pytest.param(
        document(f"{BASE}/orders/{{id}}", parameters=[parameter("id")]),
        id="declared on the path item",
    ),
    pytest.param(document(f"{BASE}/{{kind}}/{{id}}", "kind", "id"), id="two of them"),
    pytest.param(document(f"{BASE}/{{kind}}s/{{id}}", "kind", "id"), id="in a segment"),
]


def exchange(cbmock, path="/orders"):
    url = f"http://api{path}?callback_url={cbmock.url}"
    return ("POST", url, {}, "", 200, {}, "")


@pytest.mark.parametrize("spec", KEYS)
def test_any_value_fits_for_a_trigger(spec):
    with Receiver(spec) as cbmock:
        httpx2.post(f"{cbmock.url}/orders/7")
        call = cbmock.wait_for("paid", trigger=exchange(cbmock), timeout=2)
        (caused,) = cbmock.triggered_by(exchange(cbmock))
        assert (call.target, caused) == ("/orders/7", call)


@each_row("spec", KEYS)
def test_lint_reports_a_path_variable_as_info(spec):
    description = describe(spec)
    found = {
        (each.code, each.severity)
        for each in lint(description, discover(description), schema_samples)
    }
    assert found - {("expr-syntax", "warning")} == {("expr-path-var", "info")}


def test_any_value_fits_for_a_watched_application():
    async def create(request):
        return JSONResponse({})

    app = Starlette(routes=[Route("/orders", create, methods=["POST"])])
    with Receiver(document(f"{BASE}/orders/{{id}}", "id")) as cbmock:
        client = TestClient(cbmock.watch(app, settle=0.05))
        client.post("/orders", params={"callback_url": cbmock.url})
        httpx2.post(f"{cbmock.url}/orders/7")
        cbmock.verify()
        client.post("/orders", params={"callback_url": cbmock.url})
        with pytest.raises(AssertionError, match=r"orders/\{id\}   as "):
            cbmock.verify()
        cbmock.allow_violations("missing-callback")


def test_the_callbacks_own_variable_wins_over_the_parents():
    spec = document(f"{BASE}/orders/{{id}}", "id", parent="/orders/{id}")
    with Receiver(spec) as cbmock:
        httpx2.post(f"{cbmock.url}/orders/8")
        call = cbmock.wait_for("paid", trigger=exchange(cbmock, "/orders/7"), timeout=2)
        assert call.target == "/orders/8"


UNDECLARED = [
    pytest.param(document(f"{BASE}/orders/{{id}}"), id="declared nowhere"),
    pytest.param(document(f"{BASE}/orders/:id"), id="with a colon"),
    pytest.param(document(f"{BASE}/{{kind}}/{{id}}", "kind"), id="one of two"),
    pytest.param(
        document(f"{BASE}/orders?id={{id}}"), id="the value of a pair in the query"
    ),
    pytest.param(
        document(
            f"{BASE}/orders/{{id}}",
            parameters=[{"name": "id", "in": "query", "schema": {}}],
        ),
        id="declared in the query",
    ),
]


@pytest.mark.parametrize("spec", UNDECLARED)
def test_what_the_router_takes_for_an_undeclared_name_a_trigger_takes_too(spec):
    (key,) = spec["paths"]["/orders"]["post"]["callbacks"]["paid"]
    called = "/orders?id=7" if "?" in key else "/orders/7"
    with Receiver(spec) as cbmock:
        httpx2.post(f"{cbmock.url}{called}")
        call = cbmock.wait_for("paid", trigger=exchange(cbmock), timeout=2)
        (caused,) = cbmock.triggered_by(exchange(cbmock))
        assert (call.target, call.valid, caused) == (called, True, call)


def test_a_base_is_no_path_variable():
    spec = document("{callback_url}/orders", "callback_url")
    with Receiver(spec) as cbmock:
        httpx2.post(f"{cbmock.url}/orders")
        assert cbmock.wait_for("paid", trigger=exchange(cbmock), timeout=2).valid


def test_a_wrong_path_beside_a_variable_is_shown():
    with Receiver(document(f"{BASE}/orders/{{id}}/paid", "id")) as cbmock:
        httpx2.post(f"{cbmock.url}/orders/7/payed")
        with pytest.raises(AssertionError) as raised:
            cbmock.wait_for("paid", trigger=exchange(cbmock), timeout=0.1)
        cbmock.allow_violations("unmatched")
    assert (
        "       due: /orders/{id}/paid\n"
        "    called: /orders/7/payed\n"
        "                        ^\n"
    ) in str(raised.value)


@pytest.mark.parametrize(
    ("style", "codes"),
    [("label", []), ("matrix", []), ("simple", ["undefined"])],
)
def test_an_empty_variable_is_right_where_its_style_writes_it_so(style, codes):
    item = [parameter("id", style=style)]
    with Receiver(document(f"{BASE}/orders/x{{id}}", parameters=item)) as cbmock:
        httpx2.post(f"{cbmock.url}/orders/x")
        (call,) = cbmock.calls
        assert [each.code for each in call.violations] == codes
        cbmock.allow_violations("url", "path")
