"""An API that takes invoices and tells the customer's own system when one is paid."""

import os
from typing import Literal, get_args

import httpx2
from fastapi import APIRouter, BackgroundTasks, FastAPI
from pydantic import BaseModel, HttpUrl

Breach = Literal["wrong-type", "missing-field", "wrong-url", "twice", "never"]
"""The ways in which this API can be told to break its promise."""


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
    event: dict[str, object] = {"description": "Payment celebration", "paid": True}
    url = f"{callback_url.rstrip('/')}/invoices/{invoice.id}"
    if breach == "wrong-type":
        event["paid"] = "in full"
    if breach == "missing-field":
        del event["description"]
    if breach == "wrong-url":
        url = f"{callback_url.rstrip('/')}/invoice/{invoice.id}"
    times = {"twice": 2, "never": 0}.get(breach or "", 1)
    with httpx2.Client(timeout=5) as client:
        for _ in range(times):
            client.post(url, json=event)


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
