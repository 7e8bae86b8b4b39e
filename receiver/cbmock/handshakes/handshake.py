"""Handshakes as data: what a sender asks, and what it is answered.

It decides what a row of the table may say. It must not know any vendor, nor operations.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cbmock.handshakes.asked import NOTHING, Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a user wants a handshake answered.

    `accept` says whether events are wanted. `verify_token` is the text that the sender has
    to send back; `secrets` are those that an answer may be keyed by, the newest first.
    `rate` is the number of requests a minute that is granted, None for any; `later` grants
    by fetching the URL that the sender names for that, instead of in the answer.
    """

    accept: bool = True
    verify_token: str | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    rate: int | None = None
    later: bool = False


Value = Callable[[Asked, Terms], Any]
"""What is written into an answer."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: there is something at a place.

    Where `values` are given it is one of them, else a text that starts with `start`.
    """

    place: str
    values: tuple[Any, ...] = ()
    start: str = ""

    def holds(self, asked: Asked) -> bool:
        """Return whether a request fulfils it."""
        found = asked.at(self.place)
        if found is NOTHING or isinstance(found, bool):
            return False
        if self.values:
            return found in self.values
        return not self.start or str(found).startswith(self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request of a handshake, and the answer that says yes.

    `alone` says that the JSON body has no other members than the conditions name. The
    answer has `text` as text/plain, or `json`, and `headers`, those without a value left
    out. `confirm` is the place of a URL that the receiver has to fetch afterwards, `later`
    of one that it may fetch afterwards instead of saying yes.
    """

    methods: tuple[str, ...] = ("POST",)
    sent: tuple[Condition, ...] = ()
    empty: bool = False
    alone: bool = False
    status: int = 200
    text: Value | None = None
    json: Mapping[str, Value] | None = None
    headers: Mapping[str, Value] = field(default_factory=dict)
    confirm: str | None = None
    later: str | None = None

    def fits(self, asked: Asked) -> bool:
        """Return whether a request is this question."""
        if asked.method not in self.methods or (self.empty and not asked.is_empty):
            return False
        if not all(each.holds(asked) for each in self.sent):
            return False
        if not self.alone:
            return True
        members = [each for each in self.sent if each.place.startswith("body /")]
        return isinstance(asked.json, dict) and len(asked.json) == len(members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A way of asking, by name.

    `refusal` is the status that says no. `proof` is the place of a text that the receiver
    has handed out and expects back. `keyed`: the answer proves that the receiver knows the
    secret. `signed`: the question carries the signature that events carry. Of a `usual`
    one no hint is made: other requests look like it. `seen` is where it was seen.
    """

    name: str
    title: str
    questions: tuple[Question, ...]
    refusal: int = 403
    proof: str | None = None
    keyed: bool = False
    signed: bool = False
    usual: bool = False
    seen: str = "documentation"

    def question(self, asked: Asked) -> Question | None:
        """Return the question that a request is, None where it is none of them."""
        return next((each for each in self.questions if each.fits(asked)), None)


# --- what is written into answers ---


def echo(place: str) -> Value:
    """Write what the sender sent at a place."""
    return lambda asked, _: asked.text(place)


def constant(value: Any) -> Value:
    """Write the same always."""
    return lambda _asked, _terms: value


def digest(
    place: str, encoding: Literal["hex", "base64"] = "hex", prefix: str = ""
) -> Value:
    """Write the HMAC SHA-256 of what was sent at a place, by the newest secret."""

    def written(asked: Asked, terms: Terms) -> str:
        key = next(iter(terms.secrets), "").encode()
        made = hmac.new(key, asked.text(place).encode(), hashlib.sha256)
        if encoding == "hex":
            return prefix + made.hexdigest()
        return prefix + base64.b64encode(made.digest()).decode("ascii")

    return written


def rate(place: str) -> Value:
    """Write the granted rate where one is asked for at a place: a number, or `*`."""

    def written(asked: Asked, terms: Terms) -> str:
        if asked.at(place) is NOTHING:
            return ""
        return "*" if terms.rate is None else str(terms.rate)

    return written
