"""Handshake requests: the parts of a request that a handshake may look at.

It decides how a place is read (`query hub.challenge`, `header x-hook-secret`, `body
/challenge`). It must not know any handshake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from cbmock.description import json_pointer
from cbmock.description.json_pointer import Tokens
from cbmock.http import content_codings, json_text
from cbmock.http.content_codings import NotDecoded
from cbmock.http.json_text import NotJSON
from cbmock.http.messages import Request

PLACE = re.compile(r"(?:query|header) \S+|body (?:/\S*)?")
_LARGEST = 8 * 1024
"""A body of more bytes than this is not a handshake's question."""

NOTHING = object()
"""The value of a place that the request does not have; JSON's null is a value."""


@lru_cache(maxsize=256)
def _read_place(place: str) -> tuple[str, str, Tokens]:
    """Return the kind of a place, the name there, and for a body the pointer's tokens."""
    kind, _, name = place.partition(" ")
    return kind, name, json_pointer.parse(name) if kind == "body" else ()


class PlacesByKind(NamedTuple):
    """Places in the query, those of header fields by their names, and those in the body."""

    query: tuple[str, ...]
    header: Mapping[bytes, str]
    body: tuple[str, ...]


def by_kind(places: Iterable[str]) -> PlacesByKind:
    """Sort places by their kinds."""
    kinds: dict[str, list[str]] = {"query": [], "header": [], "body": []}
    for each in places:
        kinds[each.partition(" ")[0]].append(each)
    header = {_name(each): each for each in kinds["header"]}
    return PlacesByKind(tuple(kinds["query"]), header, tuple(kinds["body"]))


def _name(place: str) -> bytes:
    return place.partition(" ")[2].lower().encode("latin-1", "replace")


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
        kind, name, tokens = _read_place(place)
        if kind == "query":
            return self.query.get(name, NOTHING)
        if kind == "header":
            found = self.request.headers.get(name)
            return NOTHING if found is None else found
        found = self.json
        if found is NOTHING or (
            tokens and isinstance(found, dict) and tokens[0] not in found
        ):
            return NOTHING  # as of most bodies
        try:
            return json_pointer.lookup(found, tokens)
        except LookupError:
            return NOTHING

    def having(self, places: PlacesByKind) -> Iterator[str]:
        """Yield those of many places at which it has a value, without a look at each."""
        if "?" in self.request.target:
            yield from (each for each in places.query if self.at(each) is not NOTHING)
        named = places.header
        yield from [named[each] for each in self.request.headers.names & named.keys()]
        if self.json is not NOTHING:
            yield from (each for each in places.body if self.at(each) is not NOTHING)

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
        if "?" not in self.request.target:
            return {}
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
