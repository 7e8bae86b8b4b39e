"""The smallest program that does the work: match, parse, validate, record, answer.

Its ratio to a constant answer is the limit of any receiver on uvicorn in Python.
`python smallest.py PORT` with the schemas `invoice.json` and `push.json` in the folder.
`python smallest.py PORT DOCUMENT` reads a document in JSON first, and only that: no receiver
that reads its document at the start can be ready sooner.
"""

import gc
import json
import re
import sys
import time
from collections import deque
from pathlib import Path

import orjson
import uvicorn
from jsonschema_rs import Draft202012Validator

OK = [(b"content-type", b"application/json"), (b"content-length", b"11")]
NO = [(b"content-length", b"0")]


def valid(name):
    schema = json.loads(Path(f"{name}.json").read_text("utf-8"))
    return Draft202012Validator(schema).is_valid


is_invoice, is_push = valid("invoice"), valid("push")
is_invoice_path = re.compile(r"/events/invoices/[^/]+\Z").match
journal = deque(maxlen=1_000_000)


async def app(scope, receive, send):
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    path = scope["path"]
    if path == "/webhooks/push":
        fits = is_push(orjson.loads(body))
    else:
        fits = is_invoice_path(path) is not None and is_invoice(orjson.loads(body))
    head = b"\n".join([b"%b:%b" % pair for pair in scope["headers"]])
    journal.append((time.time(), scope["method"], path, head, body, fits))
    status, headers, answer = (200, OK, b'{"ok":true}') if fits else (422, NO, b"")
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


if __name__ == "__main__":
    gc.disable()
    documents = [orjson.loads(Path(each).read_bytes()) for each in sys.argv[2:]]
    gc.enable()
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app, port=int(sys.argv[1]), access_log=False, log_level="error", lifespan="off"
    )
