"""An API that tells a registered URL of every new subscription."""

import os
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import httpx2
from fastapi import BackgroundTasks, FastAPI
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, HttpUrl

Breach = Literal["wrong-type", "missing-field", "wrong-url", "twice", "never"]
"""The ways in which this API can be told to break its promise."""


class Subscription(BaseModel):
    username: str
    monthly_fee: float
    start_date: datetime


class Subscriber(BaseModel):
    username: str


class Registration(BaseModel):
    url: HttpUrl


def announce(url: str, subscription: Subscription, breach: Breach | None) -> None:
    """Send the webhook, or break the promise in the way that was asked for."""
    event: dict[str, Any] = jsonable_encoder(subscription)
    if breach == "wrong-type":
        event["start_date"] = "today"
    if breach == "missing-field":
        del event["monthly_fee"]
    if breach == "wrong-url":
        url += "s"
    times = {"twice": 2, "never": 0}.get(breach or "", 1)
    with httpx2.Client(timeout=5) as client:
        for _ in range(times):
            client.post(url, json=event)


def create_app(breach: Breach | None = None) -> FastAPI:
    app = FastAPI(title="Subscriptions", version="1.0.0")
    registered: list[str] = []

    @app.webhooks.post("new-subscription")
    def new_subscription(body: Subscription) -> None:
        """When a user subscribes, this is sent to the URL that you registered."""

    @app.put("/webhook", status_code=204)
    def register(registration: Registration) -> None:
        """Register the URL that hears of new subscriptions."""
        registered[:] = [str(registration.url)]

    @app.post("/users/", status_code=201)
    def subscribe(subscriber: Subscriber, tasks: BackgroundTasks) -> Subscription:
        """Subscribe a user."""
        subscription = Subscription(
            username=subscriber.username,
            monthly_fee=9.5,
            start_date=datetime.now(UTC),
        )
        for url in registered:
            tasks.add_task(announce, url, subscription, breach)
        return subscription

    return app


def _asked_for() -> Breach | None:
    asked = os.environ.get("SUBSCRIPTIONS_BREACH")
    return asked if asked in get_args(Breach) else None


app = create_app(_asked_for())
