"""HAR (HTTP Archive 1.2): requests recorded by browsers and proxies, as call records.

It decides how an entry becomes a call. The call has no operation, since an entry names
none. It must not know where the text comes from.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

BASE64 = "base64"
"""The comment of a binary request body: HAR has no field for its encoding."""

NOT_WHOLE = {
    "part": "only a part of the answer left the mock",
    "nothing": "nothing of the answer left the mock",
}
"""The comment at an answer that did not leave whole, for which HAR has no field either."""


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
    request, response = entry["request"], entry["response"]
    url = urlsplit(request["url"])
    content = response.get("content") or {}
    text = content.get("text") or ""
    if content.get("encoding") == "base64":
        text = base64.b64decode(text).decode("utf-8", "replace")
    return {
        "id": number,
        "token": None,
        "received_at": entry["startedDateTime"].replace("Z", "+00:00"),
        "outcome": "unmatched",
        "operation": None,
        "valid": False,
        "violations": [],
        "candidates": [],
        "request": {
            "method": request["method"],
            "scheme": "https" if url.scheme == "https" else "http",
            "target": (url.path or "/") + (f"?{url.query}" if url.query else ""),
            "headers": _headers(request),
            **_body(request.get("postData") or {}),
        },
        "response": {
            "status": response["status"],
            "headers": _headers(response),
            "body": text,
            "sent": _sent(response.get("comment")),
        },
        "duration_ms": entry.get("time", 0),
    }


def _headers(message: Mapping[str, Any]) -> list[list[str]]:
    """Return the header fields without HTTP/2's pseudo-headers (`:method`)."""
    return [
        [each["name"], each["value"]]
        for each in message.get("headers", ())
        if not each["name"].startswith(":")
    ]


def _sent(comment: Any) -> str:
    return next((sent for sent, text in NOT_WHOLE.items() if text == comment), "whole")


def _body(posted: Mapping[str, Any]) -> dict[str, Any]:
    text = posted.get("text")
    if posted.get("comment") == BASE64:
        return {"body": None, "body_base64": text}
    return {"body": text, "body_base64": None}
