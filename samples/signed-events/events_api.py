"""An API that sends signed events, again where they fail, and asks before the first."""

import base64
import hashlib
import hmac
import json
import os
import time
from dataclasses import dataclass, field
from itertools import count

import httpx2
from fastapi import BackgroundTasks, FastAPI, HTTPException
from pydantic import BaseModel

SECRET = "whsec_" + base64.b64encode(b"the first secret of the events").decode()
NEXT_SECRET = "whsec_" + base64.b64encode(b"the next secret of the events!").decode()
MOST_ATTEMPTS = 5
MISTAKES = (
    "unsigned",
    "old-secret",
    "signs-other-bytes",
    "stale-timestamp",
    "reuses-timestamp",
    "new-identity",
    "changes-body",
    "gives-up",
    "ignores-retry-after",
    "shrinking-gaps",
    "retries-after-success",
    "retries-after-gone",
    "follows-redirects",
    "never-stops",
    "skips-handshake",
)


class Subscription(BaseModel):
    url: str


class Order(BaseModel):
    id: str
    total: int


class OrderPaid(BaseModel):
    type: str
    order: Order


@dataclass
class Sender:
    """Sends events: a failed one again after `unit`, twice `unit`, four times `unit`."""

    unit: float
    mistake: str | None = None
    url: str | None = None
    secrets: list[str] = field(default_factory=lambda: [SECRET])
    ids: count = field(default_factory=lambda: count(1))

    def subscribe(self, url):
        """Ask whether the URL wants events, as WebSub does."""
        if self.mistake != "skips-handshake":
            question = {
                "hub.mode": "subscribe",
                "hub.topic": "orders",
                "hub.challenge": "42",
            }
            with httpx2.Client() as client:
                answer = client.get(url, params=question)
            if not answer.is_success or answer.text != "42":
                return False
        self.url = url
        return True

    def rotate(self, secret):
        """Sign by the new secret and by the one before, until receivers know it."""
        self.secrets = [secret, self.secrets[0]]
        if self.mistake == "old-secret":
            self.secrets = self.secrets[1:]

    def send(self, event):
        if self.url is None:
            return
        id, began = f"msg_{next(self.ids)}", time.time()
        follows = self.mistake == "follows-redirects"
        with httpx2.Client(follow_redirects=follows) as client:
            for attempt in range(9):
                body = self.body(event, attempt)
                if self.mistake == "new-identity" and attempt:
                    id = f"msg_{next(self.ids)}"
                headers = self.headers(id, body, began)
                answer = client.post(self.url, content=body, headers=headers)
                if self.stops(answer, attempt):
                    return
                time.sleep(self.countdown(answer, attempt))

    def body(self, event, attempt):
        if self.mistake == "changes-body":
            event = event | {"order": event["order"] | {"total": attempt}}
        return json.dumps(event).encode()

    def headers(self, id, body, began):
        now = time.time()
        if self.mistake == "reuses-timestamp":
            now = began
        if self.mistake == "stale-timestamp":
            now -= 3600
        signed = json.dumps(json.loads(body), separators=(",", ":")).encode()
        signed = signed if self.mistake == "signs-other-bytes" else body
        signatures = (sign(each, id, int(now), signed) for each in self.secrets)
        headers = {
            "content-type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": str(int(now)),
        }
        if self.mistake != "unsigned":
            headers["webhook-signature"] = " ".join(signatures)
        return headers

    def stops(self, answer, attempt):
        if self.mistake == "gives-up":
            return True
        if answer.is_success:
            return self.mistake != "retries-after-success" or attempt > 0
        if answer.status_code == 410:
            return self.mistake != "retries-after-gone" or attempt > 0
        if answer.status_code in (401, 403):
            return True
        return self.mistake != "never-stops" and attempt + 1 == MOST_ATTEMPTS

    def countdown(self, answer, attempt):
        """Return the seconds until the next attempt, as Celery's `retry(countdown=…)`."""
        if self.mistake == "shrinking-gaps":
            return self.unit * 40 / 40**attempt
        asked = answer.headers.get("retry-after", "0")
        if self.mistake == "ignores-retry-after":
            asked = "0"
        return max(float(asked), self.unit * 2**attempt)


def sign(secret, id, timestamp, body):
    """Sign by Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{id}.{timestamp}.".encode() + body
    digest = hmac.digest(key, content, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def create_app(unit=0.02, mistake=None):
    app = FastAPI(title="Signed events", version="1")
    sender = Sender(unit, mistake)

    @app.put("/subscription", status_code=204)
    def subscribe(subscription: Subscription) -> None:
        if not sender.subscribe(subscription.url):
            raise HTTPException(422, "the URL does not want events")

    @app.put("/secret", status_code=204)
    def rotate(secret: str) -> None:
        sender.rotate(secret)

    @app.post("/orders/", status_code=201)
    def pay(order: Order, later: BackgroundTasks) -> Order:
        event = OrderPaid(type="order.paid", order=order)
        later.add_task(sender.send, event.model_dump())
        return order

    @app.webhooks.post("order-paid")
    def order_paid(event: OrderPaid) -> None:
        """An order has been paid."""

    return app


app = create_app(60.0, os.environ.get("EVENTS_MISTAKE"))
