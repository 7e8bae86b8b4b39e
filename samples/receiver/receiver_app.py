"""The receiving side: takes the invoices callback and the subscription webhooks.

RECEIVER_BUG=<one of BUGS> makes it wrong in one way, for `cbmock test` to find.
"""

import datetime as dt
import json
import os

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ValidationError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
KEY = "sample"
BUGS = (
    "accepts-anything",
    "accepts-missing-members",
    "converts-types",
    "accepts-any-media-type",
    "refuses-unknown-members",
    "refuses-false",
    "refuses-empty-text",
    "refuses-long-text",
    "refuses-negative-numbers",
    "refuses-whole-numbers",
    "fails-on-unicode",
    "fails-on-malformed-json",
    "fails-on-an-array",
    "answers-201",
    "answers-text",
    "answers-another-type",
    "answers-nothing",
    "refuses-the-second-time",
    "ignores-the-signature",
    "ignores-the-timestamp",
    "checks-the-signature-of-other-bytes",
    "knows-no-rotation",
)
LONG = 1000


class InvoiceEvent(BaseModel):
    description: str
    paid: bool


class Subscription(BaseModel):
    username: str
    monthly_fee: float
    start_date: dt.datetime


class SubscriptionEnd(BaseModel):
    username: str
    end_date: dt.datetime


class Refused(Exception):
    def __init__(self, status):
        self.status = status


def create_app(bug=None, secret=None):
    """Return the receiver; with a `secret` deliveries must be signed."""
    app = FastAPI()
    seen = set()

    @app.exception_handler(Refused)
    async def refuse(_: Request, error: Refused):
        return Response('{"detail": []}', error.status, media_type="application/json")

    @app.post("/invoices/{_}")
    async def invoice(_: str, request: Request):
        await take(request, InvoiceEvent, bug, secret, seen)
        return answer(bug)

    @app.post("/new-subscription")
    async def subscribed(request: Request):
        await take(request, Subscription, bug, secret, seen)
        return answer(bug)

    @app.post("/subscription-ended")
    async def ended(request: Request):
        if request.headers.get("x-webhook-key") != KEY:
            raise Refused(401)
        await take(request, SubscriptionEnd, bug, secret, seen)
        return answer(bug)

    return app


async def take(request, model, bug, secret, seen):
    body = await request.body()
    if secret is not None:
        verify(bug, secret, request.headers, body)
    content_type = request.headers.get("content-type", "")
    if bug != "accepts-any-media-type" and content_type != "application/json":
        raise Refused(415)
    if bug != "accepts-anything":
        check(bug, model, body)
    if bug == "refuses-the-second-time":
        if body in seen:
            raise Refused(409)
        seen.add(body)


def check(bug, model, body):
    try:
        value = json.loads(body)
    except ValueError:
        raise Refused(500 if bug == "fails-on-malformed-json" else 400) from None
    if bug == "fails-on-an-array" and not isinstance(value, dict):
        raise Refused(500)
    if bug == "fails-on-unicode" and not body.isascii():
        raise Refused(500)
    if isinstance(value, dict):
        look(bug, model, value)
    if bug == "accepts-missing-members" and isinstance(value, dict):
        body = json.dumps({**PLAIN[model], **value}).encode()
    try:
        model.model_validate_json(body, strict=bug != "converts-types")
    except ValidationError:
        raise Refused(422) from None


PLAIN = {
    InvoiceEvent: {"description": "", "paid": False},
    Subscription: {
        "username": "",
        "monthly_fee": 0,
        "start_date": "2026-01-01T00:00:00Z",
    },
    SubscriptionEnd: {"username": "", "end_date": "2026-01-01T00:00:00Z"},
}


def look(bug, model, value):
    """What a careless receiver does with members that the document allows."""
    texts = [each for each in value.values() if isinstance(each, str)]
    numbers = [each for each in value.values() if type(each) in {int, float}]
    wrong = {
        "refuses-unknown-members": bool(value.keys() - model.model_fields.keys()),
        "refuses-false": value.get("paid") is False,
        "refuses-empty-text": "" in texts,
        "refuses-long-text": any(len(each) > LONG for each in texts),
        "refuses-negative-numbers": any(each < 0 for each in numbers),
        "refuses-whole-numbers": any(type(each) is int for each in numbers),
    }
    if wrong.get(bug):
        raise Refused(422)


def verify(bug, secret, headers, body):
    if bug == "ignores-the-signature":
        return
    sent = dict(headers)
    if bug == "knows-no-rotation":
        sent["webhook-signature"] = sent.get("webhook-signature", "").split(" ")[0]
    if bug == "checks-the-signature-of-other-bytes":
        body = body.strip()
    if bug == "ignores-the-timestamp" and "webhook-timestamp" in sent:
        moment = dt.datetime.fromtimestamp(int(sent["webhook-timestamp"]), dt.UTC)
        signed = Webhook(secret).sign(sent.get("webhook-id", ""), moment, body.decode())
        if signed in sent.get("webhook-signature", "").split(" "):
            return
    try:
        Webhook(secret).verify(body, sent)
    except WebhookVerificationError:
        raise Refused(401) from None
    except ValueError:  # what is signed well may still be no JSON
        raise Refused(500 if bug == "fails-on-malformed-json" else 400) from None


def answer(bug):
    if bug == "answers-text":
        return Response("ok", media_type="text/plain")
    if bug == "answers-nothing":
        return Response(status_code=200)
    if bug == "answers-another-type":
        return Response('{"ok": "yes"}', media_type="application/json")
    status = 201 if bug == "answers-201" else 200
    return Response('{"ok": true}', status, media_type="application/json")


app = create_app(os.environ.get("RECEIVER_BUG"), os.environ.get("RECEIVER_SECRET"))
