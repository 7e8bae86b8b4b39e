"""The identity of the event that a call delivers.

It decides where an identity is: at the configured place, or else where a known
convention puts it. It must not know what attempts with one identity must have in
common.

Only known names are used, because the form of a header's name proves nothing. A header
that ends in `-uuid` may name a subscription and be the same for every event; one that
ends in `-number` may count attempts.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from cbmock.contract.bodies.cloudevents_attributes import attribute
from cbmock.description import json_pointer
from cbmock.errors import ReceiverError
from cbmock.http import media_types
from cbmock.http.messages import Headers
from cbmock.mock.attempt import content_identity
from cbmock.mock.call import Call

_SOURCE = re.compile(r"(header|path)\s+(\S+)|(body)\s+(#(?:/\S*)?)")
_CLOUDEVENTS = "application/cloudevents+json"


@functools.lru_cache(maxsize=256)
def parse(text: str) -> tuple[tuple[str, str], ...]:
    """Read `header webhook-id`, `path txnId`, or `body #/id + body #/complete`.

    Returns the kind and name of each part. Raises `ReceiverError` for any other text.
    """
    found = []
    for part in text.split(" + "):
        match = _SOURCE.fullmatch(part.strip())
        if match is None:
            message = (
                f"identity={text!r} must be `header NAME`, `path NAME` or `body "
                "#/POINTER`, or several of these with ` + ` between them"
            )
            raise ReceiverError(message)
        found.append((match[1] or match[3], match[2] or match[4]))
    return tuple(found)


def identity_of(call: Call, configured: str | None = None) -> str:
    """Return a text that identifies the event, the same for each attempt.

    Without a configured or known identity it is a digest of method, target and body.
    """
    return named_identity(call, configured) or content_identity(call.request)


def named_identity(call: Call, configured: str | None = None) -> str | None:
    """Return the identity that the sender gives the event, None if it gives none."""
    if configured is not None:
        values = [_value(call, kind, name) for kind, name in parse(configured)]
        if all(value is not None for value in values):
            return " ".join(map(str, values))
    return next(_conventions(call), None)


_BRACES = re.compile(r"\{[^{}]*\}")


@functools.lru_cache(maxsize=1024)
def _own_segments(expression: str | None) -> int | None:
    """Return how many path segments a key adds to the URL that its client chose.

    None if the client chooses no URL: of webhooks, and of keys with a host of their own.
    """
    if expression is None or not expression.startswith("{$"):
        return None
    added = _BRACES.sub("", expression.partition("}")[2])
    return added.partition("?")[0].count("/")


def subscription(target: str, expression: str | None) -> str:
    """Return where the client wants its events: what is before a key's own segments.

    One event that goes to two such places is two deliveries.
    """
    segments = _own_segments(expression)
    if segments is None:
        return ""
    if not segments:
        return target
    return target.partition("?")[0].rsplit("/", segments)[0]


def identity_field(headers: Headers) -> int | None:
    """Return the only header field with the identity; `NONE_GIVES_IT` if there is none.

    None if more of the call has to be read. It depends on the names of the fields and on
    what `Content-Type` says.
    """
    only: int | None = NONE_GIVES_IT
    for at, (name, value) in enumerate(headers.raw):
        lower = name.lower()
        if lower in _TELLING:
            is_first = only == NONE_GIVES_IT and lower in _ALONE
            only = at if is_first else None
            if only is None:
                break
        elif lower == b"content-type" and b"cloudevents" in value:
            return None
    return only


NONE_GIVES_IT = -1


_FIRST = ("webhook-id", "svix-id")
_THEN = ("x-shopify-event-id", "idempotency-key")
_LAST = (
    "x-github-delivery",
    "x-mlflow-delivery-id",
    "twitch-eventsub-message-id",
    "linear-delivery",
    "i-twilio-idempotency-token",
)
_IN_BODY = {
    "stripe-signature": "#/id",
    "mux-signature": "#/id",
    "workos-signature": "#/id",
    "paddle-signature": "#/event_id",
    "x-slack-signature": "#/event_id",
}
"""The event's place in the body, for senders that sign with these headers."""
_TELLING = frozenset(
    name.encode() for name in (*_FIRST, "ce-id", *_THEN, *_IN_BODY, *_LAST)
)


_ALONE = frozenset(name.encode() for name in (*_FIRST, *_THEN, *_LAST))
"""Header fields whose value is the identity if no other convention applies."""


def _conventions(call: Call) -> Iterator[str]:
    """Yield the identities by known conventions, in the order of their precedence."""
    yield from _headers(call, _FIRST)
    yield from _cloudevent(call)
    yield from _headers(call, _THEN)
    for header, pointer in _IN_BODY.items():
        found = _value(call, "body", pointer) if header in call.headers else None
        if found is not None:
            yield str(found)
    yield from _headers(call, _LAST)


def _headers(call: Call, names: Iterable[str]) -> Iterator[str]:
    yield from filter(None, map(call.headers.get, names))


def _cloudevent(call: Call) -> Iterator[str]:
    source, id = (_attribute(call.headers.get(each)) for each in ("ce-source", "ce-id"))
    stated = media_types.parse(call.headers.get("content-type") or "")
    if stated is not None and stated.essence == _CLOUDEVENTS:
        source, id = _value(call, "body", "#/source"), _value(call, "body", "#/id")
    if source and id:
        yield f"{source} {id}"


def _attribute(field: str | None) -> str | None:
    """Read a header field, percent-decoded so that all spellings are equal."""
    if field is None:
        return None
    try:
        return attribute(field.encode("latin-1"))
    except UnicodeError:
        return field


def _value(call: Call, kind: str, name: str) -> Any:
    if kind == "header":
        return call.headers.get(name)
    if kind == "path":
        return _path_variable(call, name)
    try:
        return json_pointer.lookup(call.json, json_pointer.parse_fragment(name[1:]))
    except (LookupError, ValueError):
        return None


def _path_variable(call: Call, name: str) -> str | None:
    """Return a path segment by its place in the template, counted from the end."""
    operation = call.operation
    if operation is None:
        return None
    template = operation.expression or operation.name
    segments = template.partition("?")[0].split("/")
    if f"{{{name}}}" not in segments:
        return None
    at = segments.index(f"{{{name}}}") - len(segments)
    sent = call.target.partition("?")[0].split("/")
    return unquote(sent[at]) if len(sent) >= -at else None
