"""HAR (HTTP Archive 1.2): requests recorded by browsers and proxies, as call records.

It decides how an entry becomes a call. An entry that cbmock wrote has all of its record:
what HAR has no field for is in fields with the record's names after `_`. Of another
program's entry, the call has no operation. It must not know where the text comes from.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from cbmock.http.messages import target_of

BASE64 = "base64"
"""The comment of a binary request body: HAR has no field for its encoding."""

NOT_WHOLE = {
    "part": "only a part of the answer left the mock",
    "nothing": "nothing of the answer left the mock",
}
"""The comment at an answer that did not leave whole, for which HAR has no field either."""

HELD = frozenset({"received_at", "request", "response", "duration_ms"})
"""The fields of a record that HAR has fields for."""

TARGET = "_target"
"""The field of a request whose target cannot be read from its URL."""

_OWN = frozenset(
    {"_id", "_token", "_outcome", "_operation", "_violations", "_candidates"}
)
"""What an entry of ours has at least; other programs have fields after `_` as well."""


def is_har(value: Any) -> bool:
    """Return whether a JSON value is an HTTP Archive."""
    if not isinstance(value, Mapping) or not isinstance(value.get("log"), Mapping):
        return False
    return isinstance(value["log"].get("entries"), list)


def records(archive: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the records of an archive's entries.

    Raises `KeyError`, `TypeError` or `AttributeError` for an invalid entry.
    """
    entries = archive["log"]["entries"]
    return [_record(each, number) for number, each in enumerate(entries, 1)]


def _record(entry: Mapping[str, Any], number: int) -> dict[str, Any]:
    request, response, own = entry["request"], entry["response"], _own(entry)
    url = request["url"]
    content = response.get("content") or {}
    text = content.get("text") or ""
    if content.get("encoding") == "base64":
        text = base64.b64decode(text).decode("utf-8", "replace")
    return {
        "id": number,
        "token": None,
        "outcome": "unmatched",
        "operation": None,
        "valid": False,
        "violations": [],
        "candidates": [],
        **own,
        "received_at": entry["startedDateTime"].replace("Z", "+00:00"),
        "request": {
            "method": request["method"],
            "scheme": "https" if url.startswith("https:") else "http",
            "target": request[TARGET] if own and TARGET in request else target_of(url),
            "headers": _headers(request, whole=bool(own)),
            **_body(request.get("postData") or {}),
        },
        "response": {
            "status": response["status"],
            "headers": _headers(response, whole=bool(own)),
            "body": text,
            "sent": _sent(response.get("comment")),
        },
        "duration_ms": entry.get("time", 0),
    }


def _own(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record of ours has besides; nothing of another program's entry."""
    if not entry.keys() >= _OWN:
        return {}
    return {name[1:]: value for name, value in entry.items() if name.startswith("_")}


def target_in(url: str) -> str | None:
    """Return the path and query of a URL; None if it is none."""
    try:
        return target_of(url)
    except ValueError:
        return None


def _headers(message: Mapping[str, Any], *, whole: bool) -> list[list[str]]:
    """Return the header fields; without HTTP/2's pseudo-headers unless all are wanted."""
    return [
        [each["name"], each["value"]]
        for each in message.get("headers", ())
        if whole or not each["name"].startswith(":")
    ]


def _sent(comment: Any) -> str:
    return next((sent for sent, text in NOT_WHOLE.items() if text == comment), "whole")


def _body(posted: Mapping[str, Any]) -> dict[str, Any]:
    text = posted.get("text")
    if posted.get("comment") == BASE64:
        return {"body": None, "body_base64": text}
    return {"body": text, "body_base64": None}
