"""The documents to measure with: the same bytes on every machine.

It decides what a document of many operations or of 12 MB looks like. It must not know which
program reads it or how long that takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import bodies

ROOT = Path(__file__).resolve().parent.parent
INVOICES = ROOT / "samples" / "invoices" / "openapi.json"

INVOICE_PATH = "/events/invoices/2expen51ve"
WEBHOOKS_PATH = "/webhooks"
PUSH_PATH = f"{WEBHOOKS_PATH}/push"
COMMITS_PATH = f"{WEBHOOKS_PATH}/commits"

Document = dict[str, Any]

_HEADERS = [
    "User-Agent",
    "X-GitHub-Hook-Id",
    "X-GitHub-Event",
    "X-GitHub-Hook-Installation-Target-Id",
    "X-GitHub-Hook-Installation-Target-Type",
    "X-GitHub-Delivery",
]

HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "GitHub-Hookshot/044aadd",
    "X-GitHub-Event": "push",
    "X-GitHub-Hook-Id": "292430182",
    "X-GitHub-Hook-Installation-Target-Id": "79929171",
    "X-GitHub-Hook-Installation-Target-Type": "repository",
    "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367d{}",
}


# --- schemas ----------------------------------------------------------------------------


def schema_of(value: Any) -> Document:
    """Describe a value as GitHub would: every member required and described."""
    if isinstance(value, dict):
        members = {name: schema_of(each) for name, each in value.items()}
        return {"type": "object", "required": list(value), "properties": members}
    if isinstance(value, list):
        items = schema_of(value[0]) if value else {"type": "string"}
        return {"type": "array", "items": items}
    if value is None:
        return {"type": ["string", "null"]}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    return {"type": "string", **_format(value)}


def _format(text: str) -> dict[str, str]:
    if text == bodies.TIME:
        return {"format": "date-time"}
    return {"format": "uri"} if text.startswith("https://") else {}


def _schemas() -> Document:
    body = bodies.push()
    user = _ref("simple-user")
    repository = schema_of(body["repository"])
    repository["properties"]["owner"] = user
    delivery = schema_of(body)
    delivery["properties"].update(
        {
            "repository": _ref("repository"),
            "sender": user,
            "head_commit": {"anyOf": [_ref("commit"), {"type": "null"}]},
            "commits": {"type": "array", "items": _ref("commit")},
        }
    )
    return {
        "simple-user": schema_of(bodies.user()),
        "commit": schema_of(bodies.commit(0)),
        "repository": repository,
        "push": delivery,
        "commits": {
            "type": "object",
            "required": ["commits"],
            "properties": {"commits": delivery["properties"]["commits"]},
        },
        "received": {
            "type": "object",
            "required": ["ok"],
            "properties": {"ok": {"type": "boolean"}},
        },
    }


def _ref(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


# --- documents --------------------------------------------------------------------------


def deliveries() -> Document:
    """Return the sample's invoice callback and the webhooks `push` and `commits`."""
    document: Document = json.loads(INVOICES.read_text("utf-8"))
    document["webhooks"] = {name: webhook(name) for name in ("push", "commits")}
    document["components"]["schemas"].update(_schemas())
    return document


def as_paths() -> Document:
    """Return the same operations as ordinary paths, for tools that read only those."""
    document = deliveries()
    invoices = document["paths"]["/invoices/"]["post"]["callbacks"]
    (callback,) = invoices["invoice_notification"].values()
    name = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    hooks = document.pop("webhooks")
    document["paths"] = {
        "/events/invoices/{id}": {"parameters": [name], **callback},
        PUSH_PATH: hooks["push"],
    }
    return document


def alone(document: Document, name: str) -> Document:
    """Return one schema of a document as a self-contained JSON Schema."""
    text = json.dumps({**_ref(name), "$defs": document["components"]["schemas"]})
    found: Document = json.loads(text.replace("#/components/schemas/", "#/$defs/"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def webhook(name: str, schema: str | None = None) -> Document:
    """Return the path item of a GitHub-like webhook: headers, a body, a response."""
    content = {"application/json": {"schema": _ref(schema or name)}}
    answer = {"application/json": {"schema": _ref("received"), "example": {"ok": True}}}
    parameters = [
        {"name": header, "in": "header", "schema": {"type": "string"}}
        for header in _HEADERS
    ]
    return {
        "post": {
            "operationId": f"events/{name}",
            "summary": f"Tells of {name}.",
            "parameters": parameters,
            "requestBody": {"required": True, "content": content},
            "responses": {"200": {"description": "Taken.", "content": answer}},
        }
    }


def operations(count: int) -> Document:
    """Return `count` webhooks whose body is that of the invoice callback."""
    schemas = {"event": schema_of(bodies.invoice()), "received": _schemas()["received"]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Operations", "version": "1"},
        "webhooks": {f"event{n}": webhook(f"event{n}", "event") for n in range(count)},
        "components": {"schemas": schemas},
    }


def events(count: int) -> Document:
    """Return the document of the deliveries with `count` more webhooks like the push."""
    document = deliveries()
    more = {f"event{n}": webhook(f"event{n}", "push") for n in range(count)}
    document["webhooks"].update(more)
    return document


def large(size: int = 12_000_000, webhooks: int = 300) -> Document:
    """Return a document like GitHub's: webhooks, and paths to fill `size` bytes of JSON."""
    schemas = _schemas()
    hooks = {name: webhook(name) for name in ("push", "commits")}
    for n in range(webhooks - len(hooks)):
        name = f"event-{n}"
        hooks[name] = webhook(name)
        schemas[name] = _event(n)
    document: Document = {
        "openapi": "3.1.0",
        "info": {"title": "Like GitHub's", "version": "1"},
        "paths": {},
        "webhooks": hooks,
        "components": {"schemas": schemas},
    }
    each = len(written({"paths": _path(100)}))
    count = max(0, size - len(written(document))) // each
    for n in range(count):
        document["paths"].update(_path(n))
    return document


def _event(number: int) -> Document:
    subject = schema_of({f"{name}_{number}": name for name in bodies.LINKS})
    subject["properties"]["created_at"] = {"type": "string", "format": "date-time"}
    action = {"type": "string", "enum": ["created", "edited", "deleted"]}
    members = {
        "action": action,
        "subject": subject,
        "repository": _ref("repository"),
        "sender": _ref("simple-user"),
    }
    return {"type": "object", "required": ["action", "sender"], "properties": members}


def _path(number: int) -> Document:
    body = {**bodies.user(), "number": number, "commit": bodies.commit(number)}
    answer = {"application/json": {"schema": schema_of(body), "example": body}}
    owner = {"name": "owner", "in": "path", "required": True}
    query = {"name": "per_page", "in": "query", "description": "How many on a page."}
    return {
        f"/repos/{{owner}}/things-{number}": {
            "get": {
                "operationId": f"things/get-{number}",
                "description": f"Returns thing {number} of a repository: see {bodies.SITE}.",
                "parameters": [
                    {**owner, "schema": {"type": "string"}},
                    {**query, "schema": {"type": "integer", "default": 30}},
                ],
                "responses": {"200": {"description": "Found.", "content": answer}},
            }
        }
    }


# --- text -------------------------------------------------------------------------------


def written(document: Document) -> str:
    """Return a document as indented JSON, as GitHub publishes its own."""
    return json.dumps(document, indent=2)


def as_yaml(document: Document) -> str:
    """Return a document as YAML in block style, as GitHub publishes its own.

    PyYAML's own emitter would take ten seconds for 12 MB.
    """
    return "".join(_block(document, "\n"))[1:] + "\n"


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/.]*(?:[ -][A-Za-z0-9_/.]+)*\Z")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def _block(value: Any, margin: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield f"{margin}{_scalar(name)}:"
            yield from _block(each, margin + "  ")
    elif isinstance(value, list) and value:
        for each in value:
            yield f"{margin}-"
            yield from _block(each, margin + "  ")
    else:
        yield f" {_scalar(value)}"


def _scalar(value: Any) -> str:
    plain = isinstance(value, str) and _PLAIN.match(value)
    if plain and value.lower() not in _WORDS:
        return str(value)
    return json.dumps(value)
