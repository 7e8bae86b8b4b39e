"""An invoices API in Flask, which calls back with requests.

It knows nothing of cbmock. An invoice may say how the API errs: `path`, `event`, `times`.
"""

import time

import requests
from flask import Flask, request

PAID = {"description": "Payment celebration", "paid": True}

app = Flask(__name__)


@app.post("/invoices/")
def create_invoice():
    invoice = request.get_json()
    url = f"{request.args['callback_url']}/{invoice.get('path', 'invoices')}/{invoice['id']}"
    for _ in range(invoice.get("times", 1)):
        deliver(url, invoice.get("event", PAID))
    return {"msg": "Invoice received"}


def deliver(url, event):
    for pause in (0.01, 0.02, 0):
        answer = requests.post(url, json=event, timeout=5)
        if answer.status_code != 503:
            return
        time.sleep(pause)
