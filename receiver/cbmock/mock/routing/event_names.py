"""Event names: the event that a request names, and the operations of that name.

It decides where senders name an event and when two names are the same. It must not know
contracts or which candidate is chosen.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from cbmock.description import json_pointer
from cbmock.description.operations import Operation
from cbmock.http.messages import Request
from cbmock.http.query import query_pairs

T = TypeVar("T")

PROPERTIES = ("type", "event", "event_type", "eventType", "topic", "name")
"""The members of a body, and the pairs of a query, that name an event."""

HEADERS = (
    "ce-type",
    "x-github-event",
    "x-shopify-topic",
    "x-event-type",
    "x-event-key",
)
_LONGEST = 200
_WHOLE = 2
"""An operation has the whole name of an event, not only its end."""
UNMISTAKABLE = ("eventCode", "eventType", "event_type")
_MOST_INSIDE = 100
_OF_TWO_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[.:/_-][A-Za-z0-9]+)+")
"""Names of events such as `order.paid`: a nested `event` may also be, say, a concert."""


def hints(request: Request, body: Any) -> tuple[str, ...]:
    """Collect the names that a request states for its event, most specific first."""
    members: Mapping[str, Any] = body if isinstance(body, dict) else {}
    found = []
    for header in HEADERS:
        value = request.headers.get(header)
        if value:
            if header == "x-github-event" and isinstance(members.get("action"), str):
                found.append(f"{value} {members['action']}")
            found.append(value)
    query = {
        unquote_plus(name): unquote_plus(value)
        for name, value in query_pairs(request.query)
    }
    for pairs in (query, members):
        found += [
            pairs[name] for name in PROPERTIES if isinstance(pairs.get(name), str)
        ]
    found += [value for path, value in _inside(body) if path[-1] != "event"]
    return tuple(dict.fromkeys(found))


def action(body: Any) -> str | None:
    """Return the member of a body that says, beside a header, which event it is."""
    found = body.get("action") if isinstance(body, dict) else None
    return found if isinstance(found, str) else None


def is_named_by_head(request: Request, body: Any, operation: Operation) -> bool:
    """Return whether headers, query and `action` name an operation; no more is needed."""
    stated = hints(request, {"action": action(body)})
    return any(names(each, operation) == _WHOLE for each in stated)


def hints_inside(body: Any) -> tuple[str, ...]:
    """Collect the nested members `event` of a body, which may name another event.

    A workflow's run, for one, names the event that started it.
    """
    found = (value for path, value in _inside(body) if path[-1] == "event")
    return tuple(dict.fromkeys(found))


def stated_events(request: Request, body: Any) -> Iterator[tuple[str, str]]:
    """Yield texts that can only be the name of an event, each with its place."""
    for header in HEADERS:
        value = request.headers.get(header)
        if value:
            yield f"header {header}", value
    if isinstance(body, dict) and isinstance(body.get("type"), str):
        stated = (request.headers.get("content-type") or "").strip().lower()
        if stated.startswith("application/cloudevents+"):
            yield "body #/type", body["type"]
    for path, value in _inside(body):
        if len(path) == 1 or path[-1] != "event" or _OF_TWO_WORDS.fullmatch(value):
            yield f"body {json_pointer.fragment(path)}", value


def _inside(body: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield members that name events, with their paths, the outermost first.

    Envelopes have them further inside (Adyen's do).
    """
    waiting: list[tuple[tuple[str, ...], Any]] = [((), body)]
    for path, each in islice(waiting, _MOST_INSIDE):  # grows as it is gone through
        if isinstance(each, dict):
            for name in ("event", *UNMISTAKABLE):
                if isinstance(each.get(name), str):
                    yield (*path, name), each[name]
            waiting += [((*path, name), below) for name, below in each.items()]
        elif isinstance(each, list):
            waiting += [((*path, "0"), below) for below in each[:1]]


def called(
    texts: Iterable[str], named: Sequence[tuple[T, Operation]]
) -> tuple[T, ...] | None:
    """Return those whose operation has the name of an event: the whole name, else a suffix.

    None if no hint names any.
    """
    forms = [each for each in map(_form, texts) if each[0]]
    for alike in (_equal, _ending_alike):
        for form in forms:
            scores = [
                max(alike(form, name) for name in _names(op.name, op.operation_id))
                for _, op in named
            ]
            best = max(scores, default=0)
            if best:
                together = zip(named, scores, strict=True)
                return tuple(each for (each, _), score in together if score == best)
    return None


def names(text: str, operation: Operation) -> int:
    """Return how well an event's name fits an operation's: 2 equal, 1 by suffix, 0 not."""
    form = _form(text)
    own = _names(operation.name, operation.operation_id)
    if any(_equal(form, name) for name in own):
        return _WHOLE
    return 1 if any(_ending_alike(form, name) for name in own) else 0


_NameForm = tuple[str, frozenset[str]]
"""A name in lower case without punctuation, and its suffixes that begin at a word."""


@functools.lru_cache(maxsize=65_536)
def _names(name: str, operation_id: str | None) -> tuple[_NameForm, ...]:
    return (
        (_form(name),) if operation_id is None else (_form(name), _form(operation_id))
    )


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")


def _form(text: str) -> _NameForm:
    """Read `balancePlatform.transfer_created` as its four words."""
    words = [word.lower() for word in _HUMP.split(text[:_LONGEST]) if word]
    endings = frozenset("".join(words[start:]) for start in range(len(words)))
    return "".join(words), endings


def _equal(one: _NameForm, other: _NameForm) -> int:
    return one[0] == other[0] != ""


def _ending_alike(one: _NameForm, other: _NameForm) -> int:
    """Return the length of the common end if one name ends with the whole other name."""
    if one[0] in other[1]:
        return len(one[0])
    return len(other[0]) if other[0] in one[1] else 0
