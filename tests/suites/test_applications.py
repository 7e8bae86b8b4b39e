"""Faults 7.17, 7.18, 7.19 and 5.6: applications, clients, loops and tracebacks."""

FLASK = """
import flask, pytest
from werkzeug.test import Client
import api

def app():
    app = flask.Flask("orders")

    @app.post("/orders")
    def orders():
        body = flask.request.get_json()
        if api.SEND["delay"] is not None:
            api.later(api.SEND["delay"], body["cb"], api.SEND["body"])
        return {}, 202

    return app

def test_watched(cbmock):
    api.SEND["delay"] = 0.05
    flask_app = app()
    flask_app.wsgi_app = cbmock.watch(flask_app.wsgi_app, settle=30)
    flask_app.test_client().post("/orders", json={"cb": cbmock.url})

def test_watched_in_vain(cbmock):
    api.SEND["delay"] = None
    Client(cbmock.watch(app(), settle=0.2)).post("/orders", json={"cb": cbmock.url})
    with pytest.raises(AssertionError, match="paid did not come within .* after POST /orders"):
        cbmock.verify()
    cbmock.allow_violations("missing-callback")

def test_trigger(cbmock):
    api.SEND["delay"] = 0.05
    response = app().test_client().post("/orders", json={"cb": cbmock.url})
    assert cbmock.wait_for("paid", timeout=60, trigger=response).valid
"""

DJANGO = """
import json, threading
import django
from django.conf import settings
settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, DATABASES={})
django.setup()
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.test import Client
from django.urls import path
import api, pytest

def orders(request):
    body = json.loads(request.body)
    if api.SEND["delay"] is not None:
        api.later(api.SEND["delay"], body["cb"], api.SEND["body"])
    return JsonResponse({}, status=202)

urlpatterns = [path("orders", orders)]

def post(client, cbmock):
    body = json.dumps({"cb": cbmock.url})
    return client.post("/orders", body, content_type="application/json")

def test_trigger(cbmock):
    api.SEND["delay"] = 0.05
    trigger = post(Client(), cbmock)
    assert cbmock.wait_for("paid", timeout=60, trigger=trigger).valid
"""

LITESTAR = """
from litestar import Litestar, post
from litestar.testing import TestClient
import api

@post("/orders", status_code=202, sync_to_thread=False)
def orders(data: dict[str, str]) -> dict[str, str]:
    if api.SEND["delay"] is not None:
        api.later(api.SEND["delay"], data["cb"], api.SEND["body"])
    return {}

def ordered(app, cbmock):
    with TestClient(app) as client:
        return client.post("/orders", json={"cb": cbmock.url})

def test_trigger(cbmock):
    api.SEND["delay"] = 0.05
    response = ordered(Litestar([orders]), cbmock)
    assert cbmock.wait_for("paid", timeout=60, trigger=response).valid

def test_trigger_in_vain(cbmock):
    api.SEND["delay"] = None
    response = ordered(Litestar([orders]), cbmock)
    cbmock.wait_for("paid", timeout=0.1, trigger=response)

def test_watched(cbmock):
    api.SEND["delay"] = 0.05
    ordered(cbmock.watch(Litestar([orders]), settle=30), cbmock)

def test_watched_in_vain(cbmock):
    api.SEND["delay"] = None
    ordered(cbmock.watch(Litestar([orders]), settle=0.1), cbmock)
"""


def test_flask_is_watched_and_its_client_triggers(suite):
    suite(FLASK).assert_outcomes(passed=3)


def test_djangos_client_triggers(suite):
    suite(DJANGO).assert_outcomes(passed=1)


def test_litestar_is_watched_and_its_client_triggers(suite, red):
    outcome = suite(LITESTAR)
    said = red(outcome)
    assert list(said) == ["test_trigger_in_vain", "test_watched_in_vain"]
    waited = "paid was due a call within 0.1 s, 0 came; nothing arrived."
    assert waited in said["test_trigger_in_vain"]
    watched = "paid did not come within 0.1 s after POST /orders, answered 202."
    assert watched in said["test_watched_in_vain"]
    outcome.assert_outcomes(failed=2, passed=2)


def test_what_cannot_be_watched_is_refused_at_once(suite):
    outcome = suite(
        """
        import pytest
        from cbmock import ReceiverError

        @pytest.mark.parametrize("app", [42, object(), len, print, lambda a: a])
        def test_it(cbmock, app):
            with pytest.raises(ReceiverError, match="cannot be watched: pass an ASGI"):
                cbmock.watch(app)

        def test_no_url(cbmock):
            with pytest.raises(ReceiverError, match="'app' is not a URL to forward requests"):
                cbmock.watch("app")
        """
    )
    outcome.assert_outcomes(passed=6)


def test_anyio_runs_asyncio_and_trio(suite):
    outcome = suite(
        """
        import api, pytest
        from cbmock import Receiver

        pytestmark = pytest.mark.anyio

        async def test_waits(cbmock):
            api.later(0.1, cbmock.url, {"id": "1", "amount": 1})
            call = await cbmock.aio.wait_for("paid")
            assert call.json["amount"] == 1
            await cbmock.aio.never("shipped", within=0.05)
            with pytest.raises(AssertionError, match="within 0.1 s"):
                await cbmock.aio.wait_for("shipped", timeout=0.1)
            await cbmock.aio.verify()

        async def test_a_receiver_of_its_own():
            async with Receiver("spec.json") as receiver:
                assert receiver.url.startswith("http://127.0.0.1:")
        """,
        plugins=["anyio"],
    )
    outcome.assert_outcomes(passed=4)


def test_tracebacks_end_in_the_users_line(suite):
    """Fault 5.6."""
    outcome = suite(
        """
        import httpx

        def test_name(cbmock):
            cbmock.wait_for("nothing_like_it")

        def test_option(cbmock):
            cbmock.respond("paid", statsu=503)

        def test_header(cbmock):
            cbmock.allow_violations()
            httpx.post(cbmock.url, data={"id": "1"})
            cbmock.calls[0].headers["x-none"]

        def test_json(cbmock):
            cbmock.allow_violations()
            httpx.post(cbmock.url, data={"id": "1"})
            cbmock.calls[0].json
        """
    )
    outcome.assert_outcomes(failed=4)
    text = outcome.stdout.str()
    assert "is named 'nothing_like_it'. These are: paid, shipped." in text
    assert "no header 'x-none' came; these did: host, " in text.lower()
    own = [line for line in text.splitlines() if "receiver/cbmock/" in line]
    assert own == []


def test_replies_that_no_call_got_are_reported(suite):
    outcome = suite(
        """
        import httpx, pytest

        def test_some_are_left(cbmock):
            script = cbmock.respond("paid", status=503, times=2).then(status=200)
            httpx.post(cbmock.url, json={"id": "1", "amount": 1})
            with pytest.raises(AssertionError, match="no call got: 503, 1 time, 200"):
                script.all_played()

        def test_all_are_played(cbmock):
            script = cbmock.respond("paid", status=503).then(status=200)
            for _ in range(2):
                httpx.post(cbmock.url, json={"id": "1", "amount": 1})
            script.all_played()
        """
    )
    outcome.assert_outcomes(passed=2)
    outcome.stdout.fnmatch_lines(
        [
            "*cbmock: scripted replies that no call got*",
            "test_it.py::test_some_are_left: paid: 503, 1 time",
            "test_it.py::test_some_are_left: paid: 200",
        ]
    )
    assert "test_all_are_played" not in outcome.stdout.str()
