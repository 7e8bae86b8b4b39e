"""The handshakes phase: what senders ask is asked, and what says yes is known."""

import json

from cbmock import Receiver, Sender
from cbmock.handshakes import table

from tests.support.invoices import DOCUMENT
from tests.support.rows import each_row

NAME = "invoice_notification"
SECRET = "c2VjcmV0IG9mIGEgaGFuZHNoYWtl"


def failures(receiver, handshake, **more):
    sender = Sender(DOCUMENT, handshake=handshake, secret=SECRET)
    results = sender.test(receiver, NAME, phases=["handshakes"], **more)
    return results.cases, [each.reason for each in results.failures]


@each_row("name", sorted(table.known()))
def test_a_mock_that_answers_a_handshake_says_yes_to_its_questions(name):
    own = {"name": name, "verify_token": "made-up"}
    with Receiver(DOCUMENT, handshake=own, secret=SECRET) as mock:
        cases, found = failures(mock.url_for(NAME), own)
        mock.allow_violations()
    asked = len(table.named(name).questions)
    proved = 2 if table.named(name).proof else 1
    assert (cases, found) == (asked * proved, [])


def answering(status, body, content_type=b"text/plain"):
    async def app(scope, receive, send):
        question = (await receive())["body"]
        headers = [(b"content-type", content_type)]
        await send(
            {"type": "http.response.start", "status": status, "headers": headers}
        )
        text = body(json.loads(question)) if callable(body) else body
        await send({"type": "http.response.body", "body": text})

    return app


def echoed(question):
    return question["challenge"].encode()


@each_row(
    ("app", "reasons"),
    [
        (answering(200, echoed), ["with another token) was answered 200; a 4xx"]),
        (answering(200, b"ok"), ["was answered 'ok'", "with another token)"]),
        (answering(404, b""), ["was answered 404; 200 confirms it"]),
        (answering(500, b""), ["was answered 500", "with another token)"]),
    ],
    ids=["any-token", "another-text", "not-known", "fails"],
)
def test_what_says_no_and_what_takes_any_token_is_found(app, reasons):
    own = {"name": "slack", "verify_token": "made-up"}
    _, found = failures(app, own)
    assert len(found) == len(reasons)
    assert all(part in reason for part, reason in zip(reasons, found, strict=True))


def test_a_receiver_without_a_handshake_is_asked_nothing():
    assert failures(answering(500, b""), None) == (0, [])
