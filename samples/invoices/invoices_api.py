"""An API that takes invoices and tells the customer's own system when one is paid."""

import json
import os
import threading
import time
from contextlib import suppress
from typing import Literal, get_args

import httpx2
from fastapi import APIRouter, BackgroundTasks, FastAPI
from pydantic import BaseModel, HttpUrl

Breach = Literal[
    "wrong-type",
    "missing-field",
    "malformed",
    "wrong-media-type",
    "wrong-method",
    "wrong-url",
    "wrong-id",
    "undocumented",
    "twice",
    "late",
    "never",
]
"""The ways in which this API can be told to break its promise."""

ATTEMPTS = 3
PAUSE = 0.05
"""Seconds before the second attempt; each further pause is twice as long."""


class Invoice(BaseModel):
    id: str
    title: str | None = None
    customer: str
    total: float


class InvoiceEvent(BaseModel):
    description: str
    paid: bool


class InvoiceEventReceived(BaseModel):
    ok: bool


class InvoiceTaken(BaseModel):
    msg: str


callbacks = APIRouter()


@callbacks.post(
    "{$callback_url}/invoices/{$request.body.id}", response_model=InvoiceEventReceived
)
def invoice_notification(body: InvoiceEvent) -> None:
    """Documents what this API sends; FastAPI never calls it."""


def notify(callback_url: str, invoice: Invoice, breach: Breach | None) -> None:
    """Send the callback, or break the promise in the way that was asked for."""
    base = callback_url.rstrip("/")
    event: dict[str, object] = {"description": "Payment celebration", "paid": True}
    if breach == "wrong-type":
        event["paid"] = "in full"
    if breach == "missing-field":
        del event["description"]
    url = f"{base}/invoices/{invoice.id}"
    if breach == "wrong-url":
        url = f"{base}/invoice/{invoice.id}"
    if breach == "wrong-id":
        url = f"{base}/invoices/{invoice.id.upper()}"
    content = json.dumps(event)
    if breach == "malformed":
        content = content.removesuffix("}")
    media_type = "text/plain" if breach == "wrong-media-type" else "application/json"
    method = "PUT" if breach == "wrong-method" else "POST"
    request = httpx2.Request(
        method, url, content=content, headers={"Content-Type": media_type}
    )
    if breach == "late":
        threading.Timer(0.4, deliver, [request]).start()
    elif breach != "never":
        deliver(request)
    if breach == "twice":
        deliver(request)
    if breach == "undocumented":
        deliver(httpx2.Request("POST", f"{base}/receipts/{invoice.id}", json=event))


def deliver(request: httpx2.Request) -> None:
    """Send a request until it is answered, for which the other side has three attempts."""
    with httpx2.Client(timeout=5) as client:
        for attempt in range(ATTEMPTS):
            with suppress(httpx2.TransportError):
                if client.send(request).status_code < 500:
                    return
            if attempt + 1 < ATTEMPTS:
                time.sleep(PAUSE * 2**attempt)


def create_app(breach: Breach | None = None) -> FastAPI:
    app = FastAPI(title="Invoices", version="1.0.0")

    @app.post("/invoices/", callbacks=callbacks.routes)
    def create_invoice(
        invoice: Invoice, tasks: BackgroundTasks, callback_url: HttpUrl | None = None
    ) -> InvoiceTaken:
        """Take an invoice; its customer hears at `callback_url` when it is paid."""
        if callback_url is not None:
            tasks.add_task(notify, str(callback_url), invoice, breach)
        return InvoiceTaken(msg="Invoice received")

    return app


def _asked_for() -> Breach | None:
    asked = os.environ.get("INVOICES_BREACH")
    return asked if asked in get_args(Breach) else None


app = create_app(_asked_for())
