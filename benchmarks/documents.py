"""The documents and deliveries that are measured: the same bytes on every machine.

It decides what a small callback, a 10 KB delivery and a 12 MB document look like. It must
not know who reads them or how long that takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INVOICES = ROOT / "samples" / "invoices" / "openapi.json"

INVOICE_PATH = "/events/invoices/2expen51ve"
PUSH_PATH = "/webhooks/push"
COMMITS_PATH = "/webhooks/commits"

Document = dict[str, Any]

_API = "https://api.github.example/repos/octo/hello-world"
_SITE = "https://github.example/octo/hello-world"
_TIME = "2026-11-22T14:00:00Z"
_LINKS = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
]
_FLAGS = [
    "allow_forking",
    "archived",
    "disabled",
    "fork",
    "has_discussions",
    "has_downloads",
    "has_issues",
    "has_pages",
    "has_projects",
    "has_wiki",
    "is_template",
    "private",
    "web_commit_signoff_required",
]
_COUNTS = [
    "forks",
    "forks_count",
    "open_issues",
    "open_issues_count",
    "size",
    "stargazers",
    "stargazers_count",
    "watchers",
    "watchers_count",
]
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
    "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
}


# --- deliveries -------------------------------------------------------------------------


def invoice() -> dict[str, Any]:
    """Return the body of the invoice callback, 49 bytes of JSON."""
    return {"description": "Payment celebration", "paid": True}


def push(size: int = 10_000) -> dict[str, Any]:
    """Return a GitHub-like push with as many commits as fill `size` bytes."""
    body = {
        "ref": "refs/heads/main",
        "before": f"{1:040x}",
        "after": f"{2:040x}",
        "base_ref": None,
        "compare": f"{_SITE}/compare/{1:012x}...{2:012x}",
        "created": False,
        "deleted": False,
        "forced": False,
        "head_commit": _commit(0),
        "pusher": {"name": "octo", "email": "octo@github.example"},
        "repository": _repository(),
        "sender": _user(),
    }
    return {**body, "commits": _commits(size - len(dumped(body)))}


def broken_push() -> dict[str, Any]:
    """Return a 10 KB push with two faults: a wrong type, and a member left out."""
    body = push()
    del body["pusher"]
    return {**body, "repository": {**body["repository"], "id": "186853002"}}


def commits(size: int) -> dict[str, Any]:
    """Return nothing but commits, about `size` bytes of them."""
    return {"commits": _commits(size)}


def _commits(size: int) -> list[dict[str, Any]]:
    each = len(dumped(_commit(0))) + 1
    return [_commit(number) for number in range(max(1, -(-size // each)))]


def _commit(number: int) -> dict[str, Any]:
    person = {"name": "Octo", "email": "octo@github.example", "username": "octo"}
    return {
        "id": f"{number:040x}",
        "tree_id": f"{number + 1:040x}",
        "distinct": True,
        "message": f"Say in line {number % 10} what it is for",
        "timestamp": _TIME,
        "url": f"{_SITE}/commit/{number:040x}",
        "author": person,
        "committer": person,
        "added": ["docs/guide.md"],
        "removed": [],
        "modified": ["README.md"],
    }


def _user() -> dict[str, Any]:
    home = "https://api.github.example/users/octo"
    links = ("followers", "following", "gists", "orgs", "repos", "starred")
    return {
        "login": "octo",
        "id": 21031067,
        "node_id": "MDQ6VXNlcjIxMDMxMDY3",
        "type": "User",
        "site_admin": False,
        "avatar_url": "https://avatars.github.example/u/21031067?v=4",
        "url": home,
        **{f"{name}_url": f"{home}/{name}" for name in links},
    }


def _repository() -> dict[str, Any]:
    return {
        "id": 186853002,
        "node_id": "MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=",
        "name": "hello-world",
        "full_name": "octo/hello-world",
        "owner": _user(),
        "html_url": _SITE,
        "url": _API,
        **{f"{name}_url": f"{_API}/{name}" for name in _LINKS},
        **dict.fromkeys(_FLAGS, False),
        **dict.fromkeys(_COUNTS, 12),
        "created_at": _TIME,
        "updated_at": _TIME,
        "pushed_at": _TIME,
        "default_branch": "main",
        "description": None,
        "homepage": None,
        "language": None,
        "visibility": "public",
        "topics": ["callbacks", "webhooks"],
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
    if text == _TIME:
        return {"format": "date-time"}
    return {"format": "uri"} if text.startswith("https://") else {}


def _schemas() -> Document:
    body = push()
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
        "simple-user": schema_of(_user()),
        "commit": schema_of(_commit(0)),
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
    """Return the sample's invoice callback beside the webhooks `push` and `commits`."""
    document: Document = json.loads(INVOICES.read_text("utf-8"))
    document["webhooks"] = {name: webhook(name) for name in ("push", "commits")}
    document["components"]["schemas"].update(_schemas())
    return document


def as_paths() -> Document:
    """Return the same operations as ordinary paths, for tools that read no others."""
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
    """Return one schema of a document's as a JSON Schema that stands alone."""
    text = json.dumps({**_ref(name), "$defs": document["components"]["schemas"]})
    found: Document = json.loads(text.replace("#/components/schemas/", "#/$defs/"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def webhook(name: str, schema: str | None = None) -> Document:
    """Return the path item of a GitHub-like webhook: headers, a body, an answer."""
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
    """Return `count` webhooks that take the body of an invoice's callback."""
    schemas = {"event": schema_of(invoice()), "received": _schemas()["received"]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Operations", "version": "1"},
        "webhooks": {f"event{n}": webhook(f"event{n}", "event") for n in range(count)},
        "components": {"schemas": schemas},
    }


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
    subject = schema_of({f"{name}_{number}": name for name in _LINKS})
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
    body = {**_user(), "number": number, "commit": _commit(number)}
    answer = {"application/json": {"schema": schema_of(body), "example": body}}
    owner = {"name": "owner", "in": "path", "required": True}
    query = {"name": "per_page", "in": "query", "description": "How many on a page."}
    return {
        f"/repos/{{owner}}/things-{number}": {
            "get": {
                "operationId": f"things/get-{number}",
                "description": f"Returns thing {number} of a repository: see {_SITE}.",
                "parameters": [
                    {**owner, "schema": {"type": "string"}},
                    {**query, "schema": {"type": "integer", "default": 30}},
                ],
                "responses": {"200": {"description": "Found.", "content": answer}},
            }
        }
    }


# --- text -------------------------------------------------------------------------------


def dumped(value: Any) -> bytes:
    """Return a body as senders write it: JSON without blanks."""
    return json.dumps(value, separators=(",", ":")).encode()


def written(document: Document) -> str:
    """Return a document as GitHub publishes its own: indented JSON."""
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
