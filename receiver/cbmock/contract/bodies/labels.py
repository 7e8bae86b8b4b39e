"""Labels: hints about a body whose `Content-Type` is wrong or missing.

It decides what the body really is, and how its sender sends the right `Content-Type`.
It must not know schemas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from cbmock.http import json_text, media_types, xml_text
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Headers
from cbmock.http.xml_text import NotXML

_LONGEST = 1024 * 1024
"""A body of more bytes than this is not read just to give a hint."""

_FORM = re.compile(rb"[^\s=&{<\[\"]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*\s*")
_MULTIPART = re.compile(rb"(?:\r\n)?--[^\r\n]{1,72}\r?\n(?i:content-)")


def hint(
    documented: Iterable[str], sent: MediaType | None, headers: Headers, data: bytes
) -> str:
    """Return what a body reads as and how to label it so; empty if there is no hint.

    `sent` is None if `Content-Type` is missing or cannot be read.
    """
    for key in documented:
        wanted = media_types.parse(key)
        noun = None if wanted is None or "*" in key else reads_as(wanted, data)
        if sent is not None and wanted is not None and wanted.essence == sent.essence:
            return "; the parameters of the media type differ"
        if noun is not None:
            text = f"; the body reads as {noun}"
            if sent is not None:
                text += f"; the sender labels it {sent.essence}"
            return text + _cure(headers, sent, key)
    return ""


def reads_as(media_type: MediaType, data: bytes) -> str | None:
    """Return the noun for the media type if the body can be read as it, else None."""
    noun = _noun(media_type)
    if noun is None or len(data) > _LONGEST:
        return None
    return noun if _READS_AS[noun](data) else None


def _noun(media_type: MediaType) -> str | None:
    if media_type.is_json:
        return "JSON"
    if media_type.essence == "application/x-www-form-urlencoded":
        return "a form"
    if media_type.type == "multipart":
        return "multipart"
    is_xml = media_type.subtype.rpartition("+")[2] == "xml"
    return "XML" if is_xml else None


def _is_json(data: bytes) -> bool:
    try:
        json_text.read(data)
    except NotJSON:
        return False
    return True


def _is_xml(data: bytes) -> bool:
    if not data.lstrip().startswith(b"<"):
        return False
    try:
        xml_text.read(data, None)
    except NotXML:
        return False
    return True


_READS_AS: Mapping[str, Callable[[bytes], bool]] = {
    "JSON": _is_json,
    "a form": lambda data: _FORM.fullmatch(data) is not None,
    "multipart": lambda data: _MULTIPART.match(data) is not None,
    "XML": _is_xml,
}

# What a client does by default, by a part of its `User-Agent`.
_CLIENTS = (
    ("curl/", "curl -d sends a form by default: add -H 'Content-Type: {key}'"),
    ("wget", "wget sends a form by default: add --header 'Content-Type: {key}'"),
    ("python-requests", "requests labels data=… itself: use json=…, or headers=…"),
    ("python-httpx", "httpx does not label content=…: use json=…, or headers=…"),
    ("aiohttp", "aiohttp labels data=… itself: use json=…, or headers=…"),
    ("python-urllib", "urllib sends a form by default: add the header to the Request"),
    ("amazon simple notification", "Amazon SNS always does: document text/plain too"),
    ("axios", "axios labels a string as a form: send an object, or set the header"),
    ("go-http-client", "http.Post takes the media type as its second argument"),
    ("guzzle", "Guzzle does not label 'body': use 'json', or set the header"),
    ("java", "set the header: the client labels no body by itself"),
    ("okhttp", "give the RequestBody its media type"),
    ("node", "fetch labels a string as text/plain: set the header"),
    ("undici", "fetch labels a string as text/plain: set the header"),
)
_DEFAULTS = {
    "text/plain": "fetch and others label a string so",
    "application/x-www-form-urlencoded": "curl -d and others do so by default",
    "application/octet-stream": "clients label bytes so",
}


def _cure(headers: Headers, sent: MediaType | None, key: str) -> str:
    """Say how to make the client send this media type."""
    if sent is None and "ce-specversion" in headers:
        return (
            " (give the event its datacontenttype: without it the CloudEvents SDK for "
            "Python sends no Content-Type)"
        )
    if sent is not None and sent.essence == "application/cloudevents+json":
        return " (a structured CloudEvent: document that media type too)"
    if "x-amz-sns-message-type" in headers:
        agent = "amazon simple notification"
    else:
        agent = (headers.get("user-agent") or "")[:200].lower()
    for name, cure in _CLIENTS:
        if name in agent:
            return f" ({cure.format(key=key)})"
    default = None if sent is None else _DEFAULTS.get(sent.essence)
    cure = f"send Content-Type: {key}"
    return f" ({cure})" if default is None else f" ({default}: {cure})"
