"""Documented deliveries at real receivers: over HTTP, and in this process."""

import asyncio
import itertools
import json
import re
import socket
import time
from contextlib import contextmanager, nullcontext, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from cbmock import Receiver, ReceiverError, Signature, sources
from cbmock.firing import answer_bounds, receivers
from cbmock.firing.answer import curl
from cbmock.firing.broken import KINDS
from cbmock.firing.broken_shots import BrokenShots
from cbmock.firing.documented_request import Choices
from cbmock.firing.pacing import AtRate
from cbmock.firing.receivers import Connection, Target, target
from cbmock.firing.sender import ShotSender, run
from cbmock.firing.shots import changes
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock

from tests.support.invoices import DOCUMENT
from tests.support.rows import each_row

NAME = "invoice_notification"
MOCK = Mock(sources.describe(DOCUMENT))
SECRET = "made_up_secret"


def asgi(status=200, body=b'{"ok": true}', content_type=b"application/json"):
    """Return a receiver that answers always the same, and keeps what it got."""

    async def app(scope, receive, send):
        body_ = (await receive())["body"]
        app.got.append((scope["path"], dict(scope["headers"]), body_))
        headers = [(b"content-type", content_type)]
        answer = status(len(app.got)) if callable(status) else status
        await send(
            {"type": "http.response.start", "status": answer, "headers": headers}
        )
        await send({"type": "http.response.body", "body": body})

    app.got = []
    return app


def codes(answer):
    return [each.code for each in answer.violations]


@each_row(
    "document",
    [
        {"webhooks": {"\ud800": {"post": {}}}},
        {
            "webhooks": {"e": {"post": {"security": [{"key": []}]}}},
            "components": {
                "securitySchemes": {
                    "key": {"type": "apiKey", "in": "query", "name": "\ud800"}
                }
            },
        },
    ],
)
def test_a_name_that_is_no_unicode_text_is_written_as_another(document):
    mock = Mock(sources.describe({"openapi": "3.1.0", **document}))
    shot = ShotSender(mock).shot(mock.operations[0], "http://x/{name}")
    assert "%3F" in shot.request.target


def test_a_documented_delivery_arrives_below_the_registered_url():
    app = asgi()
    answer = ShotSender(MOCK).fire(NAME, app)
    ((path, headers, body),) = app.got
    assert (path, headers[b"content-type"]) == ("/invoices/1", b"application/json")
    assert MOCK.check_body(body, None, MOCK.names.find(NAME)) == ()
    assert (answer.status, answer.json, codes(answer)) == (200, {"ok": True}, [])


def test_members_and_values_of_the_key_can_be_chosen():
    app = asgi()
    chosen = Choices(
        values={"request.body.id": "7"}, changes=changes({"#/description": "Hi"})
    )
    ShotSender(MOCK).fire(NAME, app, choices=chosen, headers=[("X-Own", "1")])
    ((path, headers, body),) = app.got
    assert (path, headers[b"x-own"]) == ("/invoices/7", b"1")
    assert json.loads(body)["description"] == "Hi"


@each_row(
    ("app", "found"),
    [
        (asgi(status=404), ["undocumented-response"]),
        (asgi(body=b'{"ok": "yes"}'), ["type"]),
        (asgi(body=b"{}"), ["required"]),
        (asgi(body=b"{"), ["syntax"]),
        (asgi(body=b""), ["missing-body"]),
        (asgi(content_type=b"text/plain"), ["media-type"]),
        (asgi(content_type=b"/"), ["missing-content-type"]),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, list) else "",
)
def test_an_answer_that_is_not_documented_is_told(app, found):
    assert codes(ShotSender(MOCK).fire(NAME, app)) == found


def test_a_wsgi_application_is_a_receiver_too():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        assert environ["PATH_INFO"] == "/invoices/1"
        return [b'{"ok": true}']

    assert codes(ShotSender(MOCK).fire(NAME, app)) == []


def test_an_application_that_fails_is_a_500():
    async def app(scope, receive, send):
        raise ValueError

    assert ShotSender(MOCK).fire(NAME, app).status == 500


def test_over_http_a_receiver_is_asked_at_its_url():
    with Receiver(DOCUMENT) as receiver:
        url = receiver.url_for(NAME)
        assert codes(ShotSender(MOCK).fire(NAME, url)) == []
        assert receiver.calls[0].request.path.endswith("/invoices/1")


def test_nobody_at_the_url_is_told():
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port = server.server_port
    server.server_close()
    answer = ShotSender(MOCK).fire(NAME, f"http://127.0.0.1:{port}/hooks")
    assert (answer.status, codes(answer)) == (None, ["no-response"])


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def endless(head, more):
    """Serve one connection: what is asked for gets `more` until it goes away."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(head)
                while True:
                    connection.sendall(more)

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hooks"
        thread.join()


def endless_asgi(more):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": more, "more_body": True})

    return nullcontext(app)


def endless_wsgi(more):
    def app(environ, start_response):
        start_response("200 OK", [])
        return itertools.repeat(more)

    return nullcontext(app)


@pytest.mark.parametrize(
    ("receiver", "limit", "reason"),
    [
        (
            lambda: endless(HEAD + b"\r\n", b"x" * 500),
            "LARGEST",
            "longer than 2000 octets",
        ),
        (lambda: endless(HEAD + b"\r\n", b"x"), "LONGEST", "more than 0.05 s"),
        (lambda: endless(HEAD, b"X: y\r\n"), "LARGEST", "no response from http://"),
        (
            lambda: endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
            "LONGEST",
            "more than 0.05 s",
        ),
        (lambda: endless_asgi(b"x" * 500), "LARGEST", "longer than 2000 octets"),
        (lambda: endless_asgi(b""), "LONGEST", "more than 0.05 s"),
        (lambda: endless_wsgi(b"x" * 500), "LARGEST", "longer than 2000 octets"),
        (lambda: endless_wsgi(b""), "LONGEST", "more than 0.05 s"),
    ],
    ids=[
        "http-size",
        "http-time",
        "head",
        "interim",
        "asgi-size",
        "asgi-time",
        "wsgi-size",
        "wsgi-time",
    ],
)
def test_an_answer_without_an_end_is_no_response(monkeypatch, receiver, limit, reason):
    monkeypatch.setattr(answer_bounds, limit, {"LARGEST": 2000, "LONGEST": 0.05}[limit])
    with receiver() as to:
        answer = ShotSender(MOCK).fire(NAME, to)
    (violation,) = answer.violations
    assert (answer.response, violation.code) == (None, "no-response")
    assert reason in violation.detail


def test_an_effect_without_an_end_is_an_error(monkeypatch):
    monkeypatch.setattr(answer_bounds, "LARGEST", 2000)
    with (
        endless(HEAD + b"\r\n", b"x" * 500) as url,
        pytest.raises(ReceiverError, match="longer than 2000 octets"),
    ):
        receivers.effect(url)()


def test_an_answer_that_is_late_is_told():
    async def app(scope, receive, send):
        await asyncio.sleep(0.05)
        await asgi()(scope, receive, send)

    assert codes(ShotSender(MOCK).fire(NAME, app, within=0.01)) == ["late-response"]


@each_row(
    ("schema", "form"),
    [
        ({"type": "string"}, "msg_[0-9a-f]{32}"),
        ({"type": "string", "format": "uuid"}, "[0-9a-f]{8}-[0-9a-f-]{27}"),
        ({"type": "string", "pattern": "^msg_"}, "msg_[0-9a-f]{32}"),
        ({"type": "string", "maxLength": 3}, "msg_[0-9a-f]{32}"),
    ],
)
@each_row("name", ["X-Delivery", "ce-id"])
def test_a_new_identity_is_as_the_document_says_if_that_can_be(schema, form, name):
    parameters = [{"name": name, "in": "header", "required": True, "schema": schema}]
    parameters += [
        {"name": f"ce-{each}", "in": "header", "schema": {"const": "1.0"}}
        for each in ("specversion", "type", "source")
    ]
    operation = {"parameters": parameters, "responses": {"200": {"description": "OK"}}}
    described = sources.describe(
        {"openapi": "3.1.0", "webhooks": {"e": {"post": operation}}}
    )
    scheme = {"header": "X-Sig", "signed": "{id}.{body}", "id": "header X-Delivery"}
    plays = ShotSender(Mock(described), signature=scheme, secret=SECRET)
    shots = [plays.shot("e", "http://x/"), plays.deliveries("e", "http://x/")()]
    for shot in shots:
        assert re.fullmatch(form, shot.request.headers.get(name))
    assert len({shot.id for shot in shots}) == 2


@each_row(
    ("more", "sent"),
    [
        ({"choices": Choices(parameters={"ce-id": "7"})}, "7"),
        ({"choices": Choices(event={"id": "7"})}, "7"),
        ({"headers": [("CE-ID", "7")]}, "7"),
        ({"id": "7"}, "7"),
    ],
)
def test_an_identity_that_is_chosen_is_kept(more, sent):
    parameters = [
        {
            "name": f"ce-{name}",
            "in": "header",
            "required": True,
            "example": "a",
            "schema": {},
        }
        for name in ("id", "source", "specversion", "type")
    ]
    operation = {"parameters": parameters, "responses": {"200": {"description": "OK"}}}
    tree = {"openapi": "3.1.0", "webhooks": {"e": {"post": operation}}}
    shot = ShotSender(Mock(sources.describe(tree))).shot("e", "http://x/", **more)
    assert shot.request.headers.get("ce-id") == sent


def test_deliveries_are_signed():
    app = asgi()
    ShotSender(MOCK, signature="github", secret=SECRET).fire(NAME, app)
    ((_, headers, body),) = app.got
    sent = {name.decode(): value.decode() for name, value in headers.items()}
    assert Signature("github", secret=SECRET).check(sent, body) == ()


def test_what_is_broken_must_be_refused():
    with Receiver(DOCUMENT, signature="stripe", secret=SECRET) as receiver:
        sender = ShotSender(MOCK, signature="stripe", secret=SECRET)
        shots = BrokenShots.prepared(sender, NAME).shots(receiver.url_for(NAME))
        answers = run(sender.send(shots, receiver.url_for(NAME)))
        assert {each.kind for each in shots} == {
            "dropped",
            "wrong-type",
            "wrong-media-type",
            "malformed",
            "wrong-signature",
            "stale",
            "tampered",
        }
        assert [each.status for each in answers if not 400 <= each.status < 500] == []
        assert [codes(each) for each in answers if each.violations] == []
        receiver.allow_violations()


@pytest.mark.parametrize(
    ("status", "code"), [(200, "broken-accepted"), (500, "broken-failed")]
)
def test_what_is_broken_and_not_refused_is_told(status, code):
    app = asgi(status=status)
    sender = ShotSender(MOCK)
    shots = BrokenShots.prepared(sender, NAME).shots(app, ["malformed"])
    assert all(code in codes(each) for each in run(sender.send(shots, app)))


def test_a_delivery_is_tried_until_it_is_taken():
    app = asgi(status=lambda count: 200 if count == 3 else 503)
    sender = ShotSender(MOCK, signature="standard-webhooks", secret="AAECAwQFBgcICQoL")
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    shot = sender.shot(NAME, app, id="msg_1", now=0)
    answers = run(sender.deliver(shot, app, sleep=sleep))
    assert ([each.status for each in answers], slept) == ([503, 503, 200], [5, 300])
    ids = {headers[b"webhook-id"] for _, headers, _ in app.got}
    stamps = [headers[b"webhook-timestamp"] for _, headers, _ in app.got]
    assert (ids, stamps[0], stamps[1] != b"0") == ({b"msg_1"}, b"0", True)


@pytest.mark.parametrize(
    ("stated", "least", "most"),
    [("600", 600, 600), (None, 500, 600), ("odd", 5, 5)],
    ids=["seconds", "date", "odd"],
)
def test_a_receiver_says_when_it_is_to_be_tried_again(stated, least, most):
    async def app(scope, receive, send):
        after = stated or formatdate(time.time() + 600)
        fields = [(b"retry-after", after.encode())]
        await send({"type": "http.response.start", "status": 503, "headers": fields})
        await send({"type": "http.response.body"})

    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    sender = ShotSender(MOCK)
    shot = sender.shot(NAME, app)
    run(sender.deliver(shot, app, schedule=[5], scale=0.5, sleep=sleep))
    assert least / 2 <= slept[0] <= most / 2


LIVING = """
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

life = []

@asynccontextmanager
async def lifespan(app):
    life.append("begins")
    yield {"ok": True}
    life.append("ends")

async def take(request):
    life.append("takes")
    return JSONResponse({"ok": request.state.ok})

app = Starlette(routes=[Route("/invoices/{id}", take, methods=["POST"])], lifespan=lifespan)
failing = Starlette(lifespan=lambda app: 1 / 0)
"""


def test_an_application_that_is_loaded_by_name_is_started_and_ended(
    tmp_path, monkeypatch
):
    (tmp_path / "living_app.py").write_text(LIVING, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert codes(ShotSender(MOCK).fire(NAME, "living_app:app")) == []
    import living_app  # noqa: PLC0415 - it was written just now

    assert living_app.life == ["begins", "takes", "ends"]
    with pytest.raises(ReceiverError, match="failed to start"):
        ShotSender(MOCK).fire(NAME, "living_app:failing")


def test_a_receiver_that_is_gone_is_left_alone():
    app = asgi(status=410)
    sender = ShotSender(MOCK)
    answers = run(sender.deliver(sender.shot(NAME, app), app))
    assert [each.status for each in answers] == [410]


def test_a_rate_is_held():
    app, heard = asgi(), []
    sender, pace = ShotSender(MOCK), AtRate(50)

    async def fire():
        async with Connection(target(app)) as connection:
            await sender.send_many(
                connection,
                [sender.deliveries(NAME, app)] * 5,
                lambda shot, answer: heard.append((shot.id, answer.status)),
                pace=pace,
                concurrency=5,
            )

    began = time.monotonic()
    run(fire())
    assert (len(dict(heard)), time.monotonic() - began >= 4 / 50) == (5, True)
    assert (len(pace.lateness), min(pace.lateness) >= 0) == (5, True)


def test_it_can_be_fired_from_within_a_loop():
    async def test():
        return ShotSender(MOCK).fire(NAME, asgi()).status

    assert asyncio.run(test()) == 200


def test_what_fails_in_the_other_thread_is_raised_here():
    async def failing():
        raise ReceiverError("no")

    async def test():
        run(failing())

    with pytest.raises(ReceiverError, match="no"):
        asyncio.run(test())


@each_row(
    ("to", "message"),
    [
        (5, "5 is not a receiver: give a URL, an ASGI or WSGI application"),
        ((print, "hooks"), r"is not a receiver: .* or \(application, '/path'\)"),
        (
            "nothing",
            "'nothing' is not a receiver: give a URL such as http://127.0.0.1:8000",
        ),
        ("no_such_module:app", "No module named 'no_such_module'"),
        ("json:app", "has no attribute 'app'"),
    ],
)
def test_what_is_no_receiver_is_an_error(to, message):
    with pytest.raises(ReceiverError, match=message):
        target(to)


def test_module_and_application_can_have_a_path():
    found = target("json:dumps/hooks")
    assert (found.url, found.app, found.is_local) == (
        "http://receiver.test/hooks",
        json.dumps,
        True,
    )
    assert target((print, "/a")) == Target("http://receiver.test/a", print)
    assert target("http://127.0.0.1:1/").is_local
    assert not target("http://192.0.2.1/").is_local
    assert not target("http://receiver.example/").is_local


def test_an_unknown_kind_and_an_unknown_example_are_errors():
    with pytest.raises(ReceiverError, match=f"is not one of all, {KINDS[0]}"):
        BrokenShots.prepared(ShotSender(MOCK), NAME).shots(asgi(), ["odd"])
    with pytest.raises(ReceiverError, match="no example is named 'odd'"):
        ShotSender(MOCK).fire(NAME, asgi(), choices=Choices(example="odd"))


def test_a_request_is_a_line_for_a_shell():
    request = Request("POST", "/", Headers.of([("a", "it's")]), b"\x00'\xff")
    assert curl(request, "http://x/?a=1&b=2") == (
        "curl -X POST -H 'a: it'\\''s' --data-raw $'\\x00\\x27\\xff' 'http://x/?a=1&b=2'"
    )
