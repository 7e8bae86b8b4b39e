"""The live page of a mock, in Chromium: the fixtures `browser`, `shop` and `open_page`."""

import http.client
import http.server
import json
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from cbmock import Receiver

from tests.support.waiting import until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NEEDS_CHROMIUM = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.process,
]
INVOICES = Path(__file__).parents[2] / "samples" / "invoices" / "openapi.json"


def _content(media_type, schema, encoding=None, **more):
    described = {"schema": schema} | ({"encoding": encoding} if encoding else {})
    body = {"content": {media_type: described}}
    answers = {"200": {"description": "ok"}, "410": {"description": "gone"}}
    return {"post": {"requestBody": body, "responses": answers, **more}}


_INTEGER = {"type": "integer"}
_ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "paid": {"type": "boolean"},
        "n": _INTEGER,
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["sku"],
                "properties": {
                    "price": {"type": "object", "properties": {"amount": _INTEGER}}
                },
            },
        },
    },
}
_FIELDS = {
    "type": "object",
    "required": ["n"],
    "properties": {
        "n": _INTEGER,
        "tags": {"type": "array", "items": _INTEGER},
        "meta": {"type": "object", "properties": {"n": _INTEGER}},
        "file": {"type": "string", "contentMediaType": "image/png"},
    },
}
_LINES = {
    "type": "object",
    "xml": {"name": "order"},
    "properties": {
        "n": _INTEGER,
        "no": {**_INTEGER, "xml": {"attribute": True}},
        "line": {
            "type": "array",
            "items": {"type": "object", "properties": {"q": _INTEGER}},
        },
    },
}
_HEADER = {"name": "X-Event-Id", "in": "header", "required": True}
SHOP = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders": {
            "post": {
                "operationId": "createOrder",
                "responses": {"201": {"description": "created"}},
                "callbacks": {
                    "shipped": {
                        "{$request.body#/url}/shipped": _content(
                            "application/json", {"type": "object"}
                        )
                    }
                },
            }
        }
    },
    "webhooks": {
        "order": _content("application/json", _ORDER, operationId="orderPaid"),
        "strict": _content(
            "application/json",
            {"type": "object"},
            parameters=[
                {**_HEADER, "schema": {"type": "string", "format": "uuid"}},
                {"name": "page", "in": "query", "schema": _INTEGER},
            ],
        ),
        "form": _content("application/x-www-form-urlencoded", _FIELDS),
        "parts": _content("multipart/form-data", _FIELDS),
        "nested": _content(
            "multipart/form-data",
            _FIELDS,
            {
                "meta": {
                    "contentType": "multipart/form-data, application/x-www-form-urlencoded"
                }
            },
        ),
        "pieces": _content("multipart/mixed", {"type": "array", "items": _INTEGER}),
        "xml": _content("application/xml", _LINES),
        "text": _content("text/plain", {"type": "string", "maxLength": 5}),
        "bytes": _content("application/octet-stream", {}),
        "odd": _content("application/json", {"type": "object", "onOf": []}),
        "lost": {"$ref": "#/components/pathItems/nowhere"},
    },
}


_NOTHING_COPIED = "nothing has been copied yet"


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@contextmanager
def opened(browser, **options):
    """Open a tab; nothing may go wrong in it, nor be said in its console."""
    context = browser.new_context(**options)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text))
    try:
        yield page
    finally:
        context.close()
    assert wrong == []


@pytest.fixture
def page(browser):
    with opened(browser) as page:
        yield page


def copied(page, button):
    """Press a button that copies; return what it has put into the clipboard."""
    page.evaluate(f"navigator.clipboard.writeText('{_NOTHING_COPIED}')")
    button.click()
    until(lambda: page.evaluate("navigator.clipboard.readText()") != _NOTHING_COPIED)
    return page.evaluate("navigator.clipboard.readText()")


@contextmanager
def running(document):
    with Receiver(document) as receiver:
        receiver.allow_violations()
        yield receiver


@pytest.fixture(scope="module")
def invoices():
    with running(INVOICES) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "shop.json"
    path.write_text(json.dumps(SHOP, indent=1))
    with running(path) as receiver:
        yield receiver


def home(receiver):
    return receiver.url.partition("/t/")[0]


def ordered(receiver, callback):
    """Tell the mock that a client has ordered, with this URL for its callbacks."""
    trigger = {
        "method": "POST",
        "url": "http://127.0.0.1:9/orders",
        "headers": [["content-type", "application/json"]],
        "body": {"url": callback},
        "response": {"status": 201},
        "settle": 0,
    }
    api = f"{home(receiver)}/_cbmock/api"
    httpx2.post(f"{api}/triggers", json=trigger).raise_for_status()


def forget(receiver):
    """Delete all calls and scripts: as if it had just been started."""
    for each in ("calls", "responses", "triggers"):
        httpx2.delete(f"{home(receiver)}/_cbmock/api/{each}")
    return receiver


@pytest.fixture
def shop(shops):
    return forget(shops)


@pytest.fixture
def receiver(invoices):
    return forget(invoices)


def go(page, receiver, place="", at=None):
    """Open a view of a mock's page, and wait until the operations are there."""
    page.goto("about:blank")
    page.goto(f"{at or home(receiver)}/_cbmock/#{place}")
    page.locator("#operations > li").first.wait_for(state="attached")
    page.locator("main h2").first.wait_for(state="attached")
    return page


@pytest.fixture
def open_page(page, receiver):
    return lambda place="": go(page, receiver, place)


@pytest.fixture
def open_shop(page, shop):
    return lambda place="": go(page, shop, place)


class _Behind(http.server.BaseHTTPRequestHandler):
    """A reverse proxy that adds a prefix to every path."""

    origin = ""

    def do_GET(self):
        length = int(self.headers.get("content-length") or 0)
        connection = http.client.HTTPConnection(self.origin)
        connection.request(
            self.command,
            self.path.removeprefix("/team/mock"),
            self.rfile.read(length),
            dict(self.headers),
        )
        answer = connection.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        self.end_headers()
        try:
            while part := answer.read1(65536):
                self.wfile.write(part)
        except OSError:  # the browser has closed the stream
            pass
        finally:
            connection.close()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - as http.server names them

    def log_message(self, *_):
        """Write nothing."""


@contextmanager
def behind_a_prefix(receiver):
    handler = type("Handler", (_Behind,), {"origin": home(receiver).partition("//")[2]})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/team/mock"
        server.shutdown()
