"""Mounts: the URL of each operation below a running mock.

It decides the readable, stable path that is given out as callback or webhook URL. It must
not know requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

from cbmock.description.callback_keys import KeyExpression, KeyParts
from cbmock.description.operations import Operation, Parent
from cbmock.description.runtime_expressions import Expression

CALLBACKS = "/callbacks/"
WEBHOOKS = "/webhooks"

_UNSAFE = re.compile(r"[^A-Za-z0-9._~-]+")


class Mount(NamedTuple):
    """Where one operation is served.

    `base` is the path that replaces the base of the key (for a webhook, all of its URL),
    `path` the path to give out, with the literal rest of a key that has no dynamic base.
    `order` is the operation's position in the document.
    """

    operation: Operation
    order: int
    base: str
    path: str


def mounts(operations: Iterable[Operation]) -> tuple[Mount, ...]:
    """Give each served operation its mount, in document order."""
    served = [each for each in operations if each.served]
    parents: dict[object, str] = {}
    fields: dict[tuple[object, str], str] = {}
    found = []
    for order, operation in enumerate(served):
        if operation.key is None:
            path = f"{WEBHOOKS}/{quote(webhook_path(operation.name), errors='replace')}"
            found.append(Mount(operation, order, path, path))
            continue
        slug = _parent_slug(operation.parent, parents)
        group = slug, _group(operation, operation.key)
        field = fields.get(group)
        if field is None:
            used = {name for (other, _), name in fields.items() if other == slug}
            field = fields[group] = _free(_field(operation, operation.key), used)
        base = f"{CALLBACKS}{slug}/{field}"
        found.append(Mount(operation, order, base, base + _handed_out(operation.key)))
    return tuple(found)


def webhook_path(name: str) -> str:
    """Return the path below `/webhooks/` that stands for a webhook's name.

    A name is not a path (OAS 3.1.1 §4.8.1.1), but publishers write `/AUTHORISATION` and
    `messaging/{id}`; the sender fills in variables at the end. Clients do not send dot
    segments unchanged, so these are spelt out.
    """
    path = re.sub(r"(?:/\{[^/]*\})+$", "", name.strip("/")) or name
    return "/".join(_DOTS.get(segment, segment) for segment in path.split("/"))


# Clients remove these segments before they send a URL, also where they are
# percent-encoded (RFC 3986 §5.2.4, WHATWG URL §4.1).
_DOTS = {".": "dot", "..": "dot-dot"}


def _parent_slug(parent: Parent | None, known: dict[object, str]) -> str:
    # Parents in callbacks of callbacks may share their path: it is the key.
    place = parent and (parent.path, parent.method, parent.node.place)
    slug = known.get(place)
    if slug is None:
        label = "components" if parent is None else parent.label
        slug = known[place] = _free(_slug(label), set(known.values()))
    return slug


def _group(operation: Operation, key: KeyExpression) -> str:
    """Return a key that is the same for callbacks registered with one URL."""
    if key.base is None:
        return f"name {operation.name}"
    return f"base {key.base.canonical}"


def _field(operation: Operation, key: KeyExpression) -> str:
    return _slug(operation.name if key.base is None else key.base.field)


def _handed_out(key: KeyExpression) -> str:
    """Return what a user must add to the base; empty if the sender adds it."""
    if key.base is not None:
        # A key that continues with `&` needs a base that already has a query.
        return "?_=1" if after_base(key).startswith("&") else ""
    path = below(key.path)
    if any(isinstance(part, Expression) for part in path):
        return ""
    return "".join(part for part in path if isinstance(part, str)).rstrip("/")


def after_base(key: KeyExpression) -> str:
    """Return what is written after the expression that a key starts with."""
    written = "" if key.base is None else key.base.text
    return key.text.partition(written)[2].lstrip("}>") if written else ""


def below(path: KeyParts) -> KeyParts:
    """Put a literal path below whatever base it is resolved against."""
    first = path[0] if path else "/"
    if isinstance(first, str) and first.startswith("/"):
        return path
    return ("/", *path)


def _slug(text: str) -> str:
    return _UNSAFE.sub("-", text).strip("-.") or "url"


def _free(name: str, used: set[str]) -> str:
    if name not in used:
        return name
    number = 2
    while f"{name}-{number}" in used:
        number += 1
    return f"{name}-{number}"
