"""Handshakes as data: what a sender asks, and the answer.

It decides what a row of the table may contain. It must not know any vendor or operation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cbmock.handshakes.handshake_request import NOTHING, HandshakeRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeOptions:
    """How a user wants a handshake answered.

    `accept` says whether events are wanted. `verify_token` is the text that the sender has
    to send back; `secrets` are those that an answer may be keyed by, the newest first.
    `rate` is the granted number of requests a minute, None for any. With `later`, the
    permission is given by fetching the URL that the sender names, not in the answer.
    """

    accept: bool = True
    verify_token: str | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    rate: int | None = None
    later: bool = False


Value = Callable[[HandshakeRequest, HandshakeOptions], Any]
"""Makes a value of an answer."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: a value is present at a place.

    It is one of `values` if any are given, else a text that starts with `start`.
    """

    place: str
    values: tuple[Any, ...] = ()
    start: str = ""

    def holds(self, asked: HandshakeRequest) -> bool:
        """Return whether a request satisfies it."""
        found = asked.at(self.place)
        if found is NOTHING or isinstance(found, bool):
            return False
        if self.values:
            return found in self.values
        return not self.start or str(found).startswith(self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request of a handshake, and the answer that accepts it.

    With `alone`, the JSON body has no members besides those in the conditions. The answer
    has `text` as text/plain, or `json`, and `headers`, of which those without a value are
    left out. `confirm` is the place of a URL that the receiver has to fetch afterwards,
    `later` of one that it may fetch afterwards to accept.
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

    def fits(self, asked: HandshakeRequest) -> bool:
        """Return whether a request is this question."""
        if asked.method not in self.methods or (self.empty and not asked.is_empty):
            return False
        for condition in self.sent:
            if not condition.holds(asked):
                return False
        if not self.alone:
            return True
        members = [each for each in self.sent if each.place.startswith("body /")]
        return isinstance(asked.json, dict) and len(asked.json) == len(members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A handshake of one kind of sender, by name.

    `refusal` is the status that refuses. `proof` is the place of the verify token, which
    the receiver gave to the sender. `keyed`: the answer proves that the receiver knows the
    secret. `signed`: the question has the same signature as events. `usual`: ordinary
    requests look like it too, so no hint names it. `seen` is the source of the row.
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

    def question(self, asked: HandshakeRequest) -> Question | None:
        """Return the question that a request is, None if it is none of them."""
        for each in self.questions:
            if each.fits(asked):
                return each
        return None


# --- values of answers ---


def echo(place: str) -> Value:
    """Send back the value at a place of the request."""
    return lambda asked, _: asked.text(place)


def constant(value: Any) -> Value:
    """Send a constant value."""
    return lambda _asked, _terms: value


def digest(
    place: str, encoding: Literal["hex", "base64"] = "hex", prefix: str = ""
) -> Value:
    """Send the HMAC SHA-256 of the value at a place, keyed by the newest secret."""

    def value(asked: HandshakeRequest, terms: HandshakeOptions) -> str:
        key = next(iter(terms.secrets), "").encode()
        made = hmac.new(key, asked.text(place).encode(), hashlib.sha256)
        if encoding == "hex":
            return prefix + made.hexdigest()
        return prefix + base64.b64encode(made.digest()).decode("ascii")

    return value


def rate(place: str) -> Value:
    """Send the granted rate, a number or `*`, if the sender asks for one at a place."""

    def value(asked: HandshakeRequest, terms: HandshakeOptions) -> str:
        if asked.at(place) is NOTHING:
            return ""
        return "*" if terms.rate is None else str(terms.rate)

    return value
