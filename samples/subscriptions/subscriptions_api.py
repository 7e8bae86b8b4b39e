"""An API that tells a registered URL of every subscription that begins or ends."""

import json
import os
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import httpx2
from fastapi import BackgroundTasks, FastAPI, Security
from fastapi.encoders import jsonable_encoder
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, HttpUrl

SentViolation = Literal[
    "wrong-type",
    "missing-field",
    "malformed",
    "wrong-media-type",
    "wrong-method",
    "wrong-url",
    "undocumented",
    "unsigned",
    "twice",
    "late",
    "never",
]
"""The ways in which this API can break the contract."""

Event = Literal["new-subscription", "subscription-ended"]

WEBHOOK_KEY = os.environ.get("WEBHOOK_KEY", "s3cret")
"""By which a receiver knows that this API sent the end of a subscription."""

ATTEMPTS = 3
PAUSE = 0.05
"""Seconds before the second attempt; each further pause is twice as long."""


class Subscription(BaseModel):
    username: str
    monthly_fee: float
    start_date: datetime


class SubscriptionEnd(BaseModel):
    username: str
    end_date: datetime


class Subscriber(BaseModel):
    username: str


class Registration(BaseModel):
    url: HttpUrl
    event: Event = "new-subscription"


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def written(event: dict[str, Any], violation: SentViolation | None) -> str:
    if violation == "wrong-type":
        event["start_date"] = "today"
    if violation == "missing-field":
        event.pop("monthly_fee", None)
    content = json.dumps(event)
    return content.removesuffix("}") if violation == "malformed" else content


def announce(
    url: str, event: dict[str, Any], key: str | None, violation: SentViolation | None
) -> None:
    """Send a webhook, or break the promise in the way that was chosen."""
    content = written(event, violation)
    headers = {"Content-Type": "application/json"}
    if violation == "wrong-media-type":
        headers["Content-Type"] = "text/plain"
    if key is not None and violation != "unsigned":
        headers["X-Webhook-Key"] = key
    method = "PUT" if violation == "wrong-method" else "POST"
    if violation == "wrong-url":
        url += "s"
    request = httpx2.Request(method, url, content=content, headers=headers)
    if violation == "late":
        threading.Timer(0.4, deliver, [request]).start()
    elif violation != "never":
        deliver(request)
    if violation == "twice":
        deliver(request)
    if violation == "undocumented":
        deliver(httpx2.Request("POST", f"{url}/trial", json=event))


def deliver(request: httpx2.Request) -> None:
    """Send a request until it is answered, for which the other side has three attempts."""
    with httpx2.Client(timeout=5) as client:
        for attempt in range(ATTEMPTS):
            with suppress(httpx2.TransportError):
                if client.send(request).status_code < 500:
                    return
            if attempt + 1 < ATTEMPTS:
                time.sleep(PAUSE * 2**attempt)


def create_app(violation: SentViolation | None = None) -> FastAPI:
    app = FastAPI(title="Subscriptions", version="1.1.0")
    registered: dict[Event, str] = {}
    key = Security(APIKeyHeader(name="X-Webhook-Key", scheme_name="WebhookKey"))

    @app.webhooks.post("new-subscription")
    def new_subscription(body: Subscription) -> None:
        """When a user subscribes, this is sent to the URL that you registered."""

    @app.webhooks.post("subscription-ended", dependencies=[key])
    def subscription_ended(body: SubscriptionEnd) -> None:
        """When a subscription ends, this is sent with the key that you were given."""

    @app.put("/webhook", status_code=204)
    def register(registration: Registration) -> None:
        """Register the URL that hears of an event."""
        registered[registration.event] = str(registration.url)

    @app.post("/users/", status_code=201)
    def subscribe(subscriber: Subscriber, tasks: BackgroundTasks) -> Subscription:
        """Subscribe a user."""
        subscription = Subscription(
            username=subscriber.username,
            monthly_fee=9.5,
            start_date=now(),
        )
        tell(tasks, "new-subscription", subscription)
        return subscription

    @app.delete("/users/{username}")
    def unsubscribe(username: str, tasks: BackgroundTasks) -> SubscriptionEnd:
        """End a user's subscription."""
        end = SubscriptionEnd(username=username, end_date=now())
        tell(tasks, "subscription-ended", end, WEBHOOK_KEY)
        return end

    def tell(
        tasks: BackgroundTasks, event: Event, content: BaseModel, key: str | None = None
    ) -> None:
        if event in registered:
            url, body = registered[event], jsonable_encoder(content)
            tasks.add_task(announce, url, body, key, violation)

    return app


def _from_environment() -> SentViolation | None:
    chosen = os.environ.get("SUBSCRIPTIONS_VIOLATION")
    return chosen if chosen in get_args(SentViolation) else None


app = create_app(_from_environment())
