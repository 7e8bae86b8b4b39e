"""Handshake requests: the parts of a request that a handshake may look at.

It decides how a place is read (`query hub.challenge`, `header x-hook-secret`, `body
/challenge`). It must not know any handshake.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from cbmock.description import json_pointer
from cbmock.http import content_codings, json_text
from cbmock.http.content_codings import NotDecoded
from cbmock.http.json_text import NotJSON
from cbmock.http.messages import Request

PLACE = re.compile(r"(?:query|header) \S+|body (?:/\S*)?")
_LARGEST = 8 * 1024
"""A body of more bytes than this is not a handshake's question."""

NOTHING = object()
"""The value of a place that the request does not have; JSON's null is a value."""


class HandshakeRequest:
    """A request, each part read when it is first needed; nothing in it raises."""

    def __init__(self, request: Request) -> None:
        """Keep the request; nothing is read yet."""
        self.request = request
        self.method = request.method
        self._found: dict[str, Any] = {}  # many handshakes look at the same places

    def at(self, place: str) -> Any:
        """Return the value at a place; `NOTHING` if there is none."""
        if place not in self._found:
            self._found[place] = self._at(place)
        return self._found[place]

    def _at(self, place: str) -> Any:
        kind, _, name = place.partition(" ")
        if kind == "query":
            return self.query.get(name, NOTHING)
        if kind == "header":
            found = self.request.headers.get(name)
            return NOTHING if found is None else found
        try:
            return json_pointer.lookup(self.json, json_pointer.parse(name))
        except LookupError:
            return NOTHING

    def text(self, place: str) -> str:
        """Return a value as text; empty if there is none or it is an array or object."""
        found = self.at(place)
        if isinstance(found, bool) or not isinstance(found, str | int):
            return ""
        return str(found)

    @property
    def is_empty(self) -> bool:
        """Whether the request has no body."""
        return not self.request.body

    @cached_property
    def query(self) -> dict[str, str]:
        """The query, percent-decoded; if a name is repeated, its first value."""
        pairs = parse_qsl(self.request.query, keep_blank_values=True)
        return dict(reversed(pairs))

    @cached_property
    def json(self) -> Any:
        """The body as JSON, whatever its Content-Type; `NOTHING` if it is not JSON."""
        body = self.request.body
        if not body or len(body) > _LARGEST:
            return NOTHING
        stated = self.request.headers.get("content-encoding")
        try:
            if stated is not None:
                body = content_codings.decode(body, stated)
            return json_text.read(body)[0]
        except (NotDecoded, NotJSON):
            return NOTHING
