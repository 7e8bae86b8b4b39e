"""The document that tests of the outer packages share, and requests that fit it."""

import json

from cbmock.http.messages import Headers, Request

JSON = Headers.of([("content-type", "application/json")])
EVENT = {"description": "Payment celebration", "paid": True}
TARGET = "/events/invoices/2expen51ve"

_EVENT_SCHEMA = {
    "type": "object",
    "required": ["description", "paid"],
    "properties": {"description": {"type": "string"}, "paid": {"type": "boolean"}},
}
_RECEIVED = {
    "type": "object",
    "required": ["ok"],
    "properties": {"ok": {"type": "boolean"}},
}


def _content(schema):
    return {"content": {"application/json": {"schema": schema}}}


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Invoices", "version": "1"},
    "paths": {
        "/invoices/": {
            "post": {
                "operationId": "createInvoice",
                "callbacks": {
                    "invoice_notification": {
                        "{$callback_url}/invoices/{$request.body.id}": {
                            "post": {
                                "requestBody": {
                                    "required": True,
                                    **_content({"$ref": "#/components/schemas/Event"}),
                                },
                                "responses": {
                                    "200": {"description": "ok", **_content(_RECEIVED)}
                                },
                            }
                        }
                    }
                },
                "responses": {"200": {"description": "ok"}},
            }
        }
    },
    "webhooks": {
        "new-subscription": {
            "post": {
                "requestBody": _content({"type": "object", "required": ["username"]}),
                "responses": {"204": {"description": "heard"}},
            }
        }
    },
    "components": {"schemas": {"Event": _EVENT_SCHEMA}},
}


def event(target=TARGET, body=EVENT, method="POST"):
    return Request(method, target, JSON, json.dumps(body).encode())


SENDER = """
import httpx2

EVENT = {"description": "Payment celebration", "paid": True}

def send(cbmock, body=EVENT, path="/invoices/1"):
    return httpx2.post(cbmock.url + path, json=body)
"""
"""A module of a user's project that sends the event."""
