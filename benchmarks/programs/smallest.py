"""The smallest program that does the work: match, parse, validate, explain, record, answer.

Its ratio to a constant answer is the limit of any receiver on uvicorn in Python. It speaks
no ASGI: uvicorn lets a program have a protocol of its own, which takes a third of the time.
`python smallest.py PORT` with the schemas `invoice.json`, `push.json` and `commits.json` in
the folder. A client must await each answer before its next request.
`python smallest.py PORT DOCUMENT` reads a document in JSON first, and only that: no receiver
that reads its document at the start can be ready sooner.
"""

import asyncio
import copy
import functools
import gc
import json
import re
import sys
import time
from collections import Counter, deque
from pathlib import Path

import httptools
import orjson
import uvicorn
from jsonschema_rs import Draft202012Validator

OK = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n"
    b'{"ok":true}'
)
NO = (
    b"HTTP/1.1 %b\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\n\r\n%b"
)
MOST_CALLS, MOST_BYTES = 1_000_000, 512 * 2**20

is_json = re.compile(rb"(?i)\r\ncontent-type: *application/json *[;\r]").search
event = re.compile(rb"(?i)\r\nx-github-event: *([^\r]*)").search


# --- schemas ----------------------------------------------------------------------------


class Schema:
    """What `fits` is valid; of all else, `explain` finds out whether it is."""

    def __init__(self, name):
        self.schema = json.loads(Path(f"{name}.json").read_text("utf-8"))
        strict = Draft202012Validator(closed(self.schema), validate_formats=True)
        self.fits = strict.is_valid

    @functools.cached_property
    def rules(self):
        """The required members, and all else that can be wrong.

        An error has a copy of its value: what the whole lacks is found without the engine.
        """
        schema = copy.deepcopy(self.schema)
        whole = schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        required = whole.pop("required", [])
        validator = Draft202012Validator(
            schema, validate_formats=True, mask="the value"
        )
        return required, validator.iter_errors

    def explain(self, value):
        """Name each error with its place."""
        required, errors = self.rules
        found = []
        if isinstance(value, dict):
            lacking = [name for name in required if name not in value]
            found = [
                {"pointer": "#", "detail": f"{each!r} is required"} for each in lacking
            ]
        for error in errors(value):
            place = "/".join(["#", *map(str, error.instance_path)])
            found.append({"pointer": place, "detail": error.message})
        return found


def closed(schema):
    """Allow no other members: this is checked in half the time."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(each) for name, each in schema.items()}
    if isinstance(found.get("properties"), dict) and "required" in found:
        found.setdefault("additionalProperties", False)
    return found


invoice, push, commits = map(Schema, ("invoice", "push", "commits"))
by_url = {b"/webhooks/push": push, b"/webhooks/commits": commits}
by_folder = {b"/events/invoices": invoice}
by_event = {b"event%d" % number: push for number in range(200)}


def find(url, head, end):
    """Return the schema of a URL, of its folder, or of the event in a header."""
    found = by_url.get(url) or by_folder.get(url.rpartition(b"/")[0])
    if found is None and url == b"/webhooks":
        name = event(head, 0, end)
        found = name and by_event.get(name[1])
    return found


def repeated(body):
    """Return the names that are repeated in one object."""
    names = []

    def members(pairs):
        counts = Counter(name for name, _ in pairs)
        names.extend(name for name, count in counts.items() if count > 1)
        return dict(pairs)

    json.loads(body, object_pairs_hook=members)
    return names


class Journal:
    """The latest calls: when each came, its bytes as they were read, what is wrong."""

    def __init__(self):
        self.calls, self.bytes = deque(), 0

    def keep(self, read, errors, warnings):
        self.calls.append((time.time(), read, errors, warnings))
        self.bytes += len(read[0]) if len(read) == 1 else sum(map(len, read))
        while self.bytes > MOST_BYTES or len(self.calls) > MOST_CALLS:
            self.bytes -= sum(map(len, self.calls.popleft()[1]))


journal = Journal()


# --- connections ------------------------------------------------------------------------


class Connection(asyncio.Protocol):
    def __init__(self, server_state, **_):
        self.connections = server_state.connections
        self.parser = httptools.HttpRequestParser(self)
        self.read, self.parts = [], []

    def connection_made(self, transport):
        self.connections.add(self)
        self.transport = transport

    def connection_lost(self, _):
        self.connections.discard(self)

    def shutdown(self):
        self.transport.close()

    def data_received(self, data):
        self.read.append(data)
        self.parser.feed_data(data)

    def on_url(self, url):
        self.url = url

    def on_body(self, part):
        self.parts.append(part)

    def on_message_complete(self):
        read, parts = self.read, self.parts
        self.read, self.parts = [], []
        head, body = read[0], parts[0] if len(parts) == 1 else b"".join(parts)
        end = head.find(b"\r\n\r\n")
        if end < 0:
            head = b"".join(read)
            end = head.find(b"\r\n\r\n")
        self.transport.write(receive(self.url, head, end + 2, body, read))


def receive(url, head, end, body, read):
    """Check a request, keep it as it arrived, and return its answer."""
    schema, errors, warnings = find(url, head, end), (), ()
    if schema is None or not head.startswith(b"POST "):
        status, errors = b"404 Not Found", [{"detail": "no operation is there"}]
    elif not is_json(head, 0, end):
        status, errors = b"415 Unsupported Media Type", [{"detail": "it is not JSON"}]
    else:
        status = b"422 Unprocessable Content"
        try:
            value = orjson.loads(body)
            if orjson.dumps(value) != body:
                warnings = repeated(body)
            if not schema.fits(value):
                errors = schema.explain(value)
        except ValueError as error:
            status, errors = b"400 Bad Request", [{"detail": str(error)}]
    journal.keep(read, errors, warnings)
    if not errors:
        return OK
    text = orjson.dumps({"errors": errors})
    return NO % (status, len(text), text)


if __name__ == "__main__":
    gc.disable()  # for good: nothing here refers to itself but connections
    documents = [orjson.loads(Path(each).read_bytes()) for each in sys.argv[2:]]
    uvicorn.run(
        None,
        port=int(sys.argv[1]),
        http=Connection,
        ws="none",
        access_log=False,
        log_level="error",
        lifespan="off",
    )
