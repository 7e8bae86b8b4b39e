"""APIs in other frameworks, on servers of their own, asserted on without touching them."""

import asyncio
import contextlib
import threading
import time
from wsgiref.simple_server import WSGIRequestHandler
from wsgiref.simple_server import make_server as wsgiref_server

import pytest
import requests
from aiohttp import web
from cbmock import Receiver
from werkzeug.serving import make_server as werkzeug_server

from tests.support.foreign import aiohttp_invoices, django_invoices, flask_invoices
from tests.support.invoices import DOCUMENT, EVENT

NOTIFICATION = "invoice_notification"

pytestmark = pytest.mark.cbmock(spec=DOCUMENT)


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        """Say nothing on stderr."""


@contextlib.contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def flask():
    return serving(werkzeug_server("127.0.0.1", 0, flask_invoices.app))


def django():
    return serving(
        wsgiref_server("127.0.0.1", 0, django_invoices.app, handler_class=Quiet)
    )


@contextlib.contextmanager
def aiohttp():
    """Run the application on aiohttp's own server, in an event loop of its own."""
    ready, loop, urls = threading.Event(), asyncio.new_event_loop(), []
    stopped = asyncio.Event()

    async def serve():
        runner = web.AppRunner(aiohttp_invoices.create_app())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        ready.set()
        await stopped.wait()
        await runner.cleanup()

    def run():
        with contextlib.closing(loop):
            loop.run_until_complete(serve())

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    try:
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()


@pytest.fixture(scope="module", params=[flask, django, aiohttp])
def url(request):
    with request.param() as found:
        yield f"{found}/invoices/"


@pytest.fixture
def create(cbmock, url):
    """Create an invoice, as a client of the API does."""

    def create(**invoice):
        arguments = cbmock.register({"json": {"id": "7", **invoice}}, NOTIFICATION)
        response = requests.post(url, **arguments, timeout=5)
        assert response.status_code == 200
        return response

    return create


def refusal(cbmock):
    with pytest.raises(AssertionError) as red:
        cbmock.verify()
    return " ".join(str(red.value).split())


def test_the_callback_comes_to_the_url_that_the_key_gives(cbmock, create):
    call = cbmock.wait_for(NOTIFICATION, trigger=create())
    assert (call.json, call.status) == (EVENT, 200)
    assert call.target.endswith("/invoices/7")
    cbmock.expect(NOTIFICATION).times(1)
    cbmock.no_other_calls()


def test_a_wrong_url_is_told_beside_the_right_one(cbmock, create):
    response = create(path="invoice")
    while not cbmock.calls:
        time.sleep(0.01)
    with pytest.raises(AssertionError) as red:
        cbmock.wait_for(NOTIFICATION, trigger=response, timeout=0.3)
    path = cbmock.target_of(cbmock.url)
    assert f"expected: POST {cbmock.url}/invoices/7   as" in str(red.value)
    assert f"POST {path}/invoice/7" in str(red.value)
    assert (
        f"no callback or webhook is at {path}/invoice/7; "
        "nearest: invoice_notification (POST …/invoices/{$request.body.id})"
    ) in refusal(cbmock)
    cbmock.allow_violations("unmatched")


def test_a_body_that_is_not_as_documented_is_told_with_its_place(cbmock, create):
    create(event={"paid": "in full"})
    call = cbmock.wait_for(NOTIFICATION)
    assert [(each.where, each.detail) for each in call.violations] == [
        ("body #", "'description' is missing"),
        ("body #/paid", "'in full' is not a boolean"),
    ]
    assert "body #/paid: 'in full' is not a boolean" in refusal(cbmock)
    cbmock.allow_violations("type", "required")


def test_a_second_delivery_after_success_is_told(cbmock, create):
    cbmock.wait_for(NOTIFICATION, trigger=create(times=2))
    cbmock.wait_for(NOTIFICATION, count=2)
    assert "one trigger makes one callback due" in refusal(cbmock)
    cbmock.allow_violations("duplicate-delivery")


def test_its_retries_are_answered_as_the_script_says(cbmock, create):
    cbmock.respond(NOTIFICATION, status=503).then(status=200)
    create()
    calls = cbmock.wait_for(NOTIFICATION, count=2)
    assert [call.status for call in calls] == [503, 200]
    cbmock.never("new-subscription", within=0.1)
    cbmock.expect(NOTIFICATION).times(2)


def test_without_pytest_the_same_is_said(url):
    with Receiver(DOCUMENT) as receiver:
        response = requests.post(
            url, params={"callback_url": receiver.url}, json={"id": "8"}, timeout=5
        )
        assert receiver.wait_for(NOTIFICATION, trigger=response).json == EVENT
        receiver.verify()
