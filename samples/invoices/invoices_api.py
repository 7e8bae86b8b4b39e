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

SentViolation = Literal[
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
"""The ways in which this API can break the contract."""

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


def notify(
    callback_url: str, invoice: Invoice, violation: SentViolation | None
) -> None:
    """Send the callback, or break the promise in the way that was chosen."""
    base = callback_url.rstrip("/")
    event: dict[str, object] = {"description": "Payment celebration", "paid": True}
    if violation == "wrong-type":
        event["paid"] = "in full"
    if violation == "missing-field":
        del event["description"]
    url = f"{base}/invoices/{invoice.id}"
    if violation == "wrong-url":
        url = f"{base}/invoice/{invoice.id}"
    if violation == "wrong-id":
        url = f"{base}/invoices/{invoice.id.upper()}"
    content = json.dumps(event)
    if violation == "malformed":
        content = content.removesuffix("}")
    media_type = "text/plain" if violation == "wrong-media-type" else "application/json"
    method = "PUT" if violation == "wrong-method" else "POST"
    request = httpx2.Request(
        method, url, content=content, headers={"Content-Type": media_type}
    )
    if violation == "late":
        threading.Timer(0.4, deliver, [request]).start()
    elif violation != "never":
        deliver(request)
    if violation == "twice":
        deliver(request)
    if violation == "undocumented":
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


def create_app(violation: SentViolation | None = None) -> FastAPI:
    app = FastAPI(title="Invoices", version="1.0.0")

    @app.post("/invoices/", callbacks=callbacks.routes)
    def create_invoice(
        invoice: Invoice, tasks: BackgroundTasks, callback_url: HttpUrl | None = None
    ) -> InvoiceTaken:
        """Take an invoice; its customer hears at `callback_url` when it is paid."""
        if callback_url is not None:
            tasks.add_task(notify, str(callback_url), invoice, violation)
        return InvoiceTaken(msg="Invoice received")

    return app


def _from_environment() -> SentViolation | None:
    chosen = os.environ.get("INVOICES_VIOLATION")
    return chosen if chosen in get_args(SentViolation) else None


app = create_app(_from_environment())
