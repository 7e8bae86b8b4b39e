"""Expected handshakes: the user's settings of which to answer where, and the answers.

It decides which settings are errors, which of several settings applies, and how one request
is answered. It must not know calls or where secrets come from.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cbmock.errors import ReceiverError
from cbmock.handshakes import table
from cbmock.handshakes.handshake import (
    Condition,
    Handshake,
    HandshakeOptions,
    Question,
    echo,
)
from cbmock.handshakes.handshake_request import NOTHING, PLACE, HandshakeRequest
from cbmock.http.messages import Headers, Request, Response
from cbmock.violations import Violation, shown

HandshakesGiven = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]
"""A name (or several, with commas), a table, or several of these."""

_BODILESS = frozenset({204})
_OPTIONS = ("accept", "verify_token", "secret", "rate", "later")
_OWN = ("methods", "sent", "text", "json", "status")


class Answered(NamedTuple):
    """The answer to a handshake; `confirm` is a URL to fetch afterwards."""

    response: Response
    violations: tuple[Violation, ...] = ()
    confirm: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedHandshake:
    """A handshake to answer, with its options; `given` is the user's setting."""

    handshake: Handshake
    terms: HandshakeOptions = field(default_factory=HandshakeOptions)
    given: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The handshake's name."""
        return self.handshake.name

    def record(self) -> dict[str, Any]:
        """Return it as JSON, without secrets."""
        return {**self.given, "accept": self.terms.accept}

    def question(self, request: HandshakeRequest) -> Question | None:
        """Return which of the handshake's questions a request is; None if it is none."""
        return self.handshake.question(request)

    def answer(self, question: Question, asked: HandshakeRequest) -> Answered:
        """Answer a question of this handshake."""
        terms, row = self.terms, self.handshake
        if not terms.accept:
            return Answered(Response(row.refusal, _length(b"")))
        wrong = self._wrong_token(asked)
        if wrong is not None:
            return Answered(Response(row.refusal, _length(b"")), (wrong,))
        if terms.later and question.later is not None:
            confirm, found = _confirmation(asked, question.later)
            return Answered(Response(202, _length(b"")), found, confirm)
        confirm, found = None, ()
        if question.confirm is not None:
            confirm, found = _confirmation(asked, question.confirm)
        return Answered(_response(question, asked, terms), found, confirm)

    def _wrong_token(self, asked: HandshakeRequest) -> Violation | None:
        place, wanted = self.handshake.proof, self.terms.verify_token
        if place is None or wanted is None or asked.at(place) == wanted:
            return None
        is_absent = asked.at(place) is NOTHING
        return Violation(
            location="handshake",
            name=place.partition(" ")[2],
            code="verify-token",
            detail=f"the verify token {'is missing' if is_absent else 'is another one'}: "
            f"{self.handshake.title} sends back at {place} what it was given",
        )


def _response(
    question: Question, asked: HandshakeRequest, terms: HandshakeOptions
) -> Response:
    body, fields = b"", []
    if question.json is not None:
        members = {name: made(asked, terms) for name, made in question.json.items()}
        body = json.dumps(members).encode()
        fields.append(("content-type", "application/json"))
    elif question.text is not None:
        body = str(question.text(asked, terms)).encode("utf-8", "replace")
        fields.append(("content-type", "text/plain; charset=utf-8"))
        # Browsers must not take what is sent back for a page of this mock.
        fields.append(("x-content-type-options", "nosniff"))
    fields += [
        (name, value)
        for name, made in question.headers.items()
        if (value := made(asked, terms))
    ]
    if question.status not in _BODILESS:
        fields.append(("content-length", str(len(body))))
    body = b"" if asked.method == "HEAD" else body
    return Response(question.status, Headers.of(fields), body)


def _length(body: bytes) -> Headers:
    return Headers.of([("content-length", str(len(body)))])


def _confirmation(
    asked: HandshakeRequest, place: str
) -> tuple[str | None, tuple[Violation, ...]]:
    """Return the URL that confirms, or the violation that says why it is not fetched."""
    url = asked.text(place)
    if is_loopback(url):
        return url, ()
    where = (
        f"fetch {shown(url)} to confirm it" if url else f"there is no URL at {place}"
    )
    detail = f"not confirmed, since the URL is not on this machine: {where}"
    return None, (
        Violation(
            location="handshake",
            code="handshake-unconfirmed",
            severity="info" if url else "warning",
            detail=detail if url else f"not confirmed: {where}",
        ),
    )


def is_loopback(url: str) -> bool:
    """Return whether an http URL leads to this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or parts.username is not None:
            return False
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --- reading the user's settings ---


ConfiguredHandshakes = tuple[tuple[str, tuple[ExpectedHandshake, ...]], ...]
"""Patterns of operation names, each with its handshakes."""


def configured(
    given: HandshakesGiven | Mapping[str, HandshakesGiven] | None,
    secrets: Sequence[str] = (),
) -> ConfiguredHandshakes:
    """Read handshakes for all operations, or a mapping from patterns of their names.

    A mapping with the key `name` is the table of one handshake.
    """
    if given is None:
        return ()
    if isinstance(given, Mapping) and "name" not in given:
        return tuple(
            (str(pattern), expected(each, secrets)) for pattern, each in given.items()
        )
    return (("*", expected(given, secrets)),)


def expected(
    given: HandshakesGiven, secrets: str | Sequence[str] = ()
) -> tuple[ExpectedHandshake, ...]:
    """Read one or several handshakes; raises `ReceiverError` for an invalid one.

    `secrets` are for handshakes whose answers are keyed and that have no secret themselves.
    """
    if isinstance(given, str):
        names = [each.strip() for each in given.split(",")]
        return tuple(_expected({"name": each}, secrets) for each in names)
    if isinstance(given, Mapping):
        return (_expected(given, secrets),)
    return tuple(one for each in given for one in expected(each, secrets))


def _expected(
    given: Mapping[str, Any], secrets: str | Sequence[str]
) -> ExpectedHandshake:
    options = {name.replace("-", "_"): value for name, value in given.items()}
    name = options.pop("name", None)
    if not isinstance(name, str):
        raise ReceiverError("a handshake is given by its `name`")
    own = {key: options.pop(key) for key in _OWN if key in options}
    row = _own(name, own) if own else table.named(name)
    unknown = next((each for each in options if each not in _OPTIONS), None)
    if unknown is not None:
        known = ", ".join((*_OPTIONS, *_OWN))
        raise ReceiverError(f"handshake {name}: no option {unknown!r}; known: {known}")
    secret = options.pop("secret", None) or secrets
    terms = HandshakeOptions(
        **_checked(name, options),
        secrets=(secret,) if isinstance(secret, str) else tuple(secret),
    )
    if row.keyed and terms.accept and not terms.secrets:
        message = (
            f"handshake {name}: {row.title} expects an answer that is keyed by its "
            "secret; give it (`secret=…`, `--secret`)"
        )
        raise ReceiverError(message)
    return ExpectedHandshake(row, terms, {"name": name, **own, **options})


_KINDS: Mapping[str, tuple[type, str]] = {
    "accept": (bool, "true or false"),
    "later": (bool, "true or false"),
    "verify_token": (str, "a text"),
    "rate": (int, "a number of requests a minute"),
}


def _checked(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    for option, value in options.items():
        kind, words = _KINDS[option]
        if value is None:
            continue
        is_wrong = not isinstance(value, kind)
        if is_wrong or (option == "rate" and (value is True or value < 1)):
            raise ReceiverError(f"handshake {name}: {option}={value!r} must be {words}")
    return {each: value for each, value in options.items() if value is not None}


def _own(name: str, own: Mapping[str, Any]) -> Handshake:
    """Read a handshake of the user's own: `methods`, `sent` places, `text` or `json`."""
    methods, sent = own.get("methods", ["POST"]), own.get("sent", [])
    text, members = own.get("text"), own.get("json", {})
    status = own.get("status", 200)
    if not isinstance(members, Mapping) or not isinstance(status, int):
        raise ReceiverError(
            f"handshake {name}: `json` maps members to places, `status` is a number"
        )
    places = (*sent, *([] if text is None else [text]), *members.values())
    for each in places:
        if not isinstance(each, str) or not PLACE.fullmatch(each):
            message = (
                f"handshake {name}: {each!r} is not a place: `query NAME`, `header NAME` or "
                "`body /POINTER`"
            )
            raise ReceiverError(message)
    question = Question(
        methods=(methods,) if isinstance(methods, str) else tuple(methods),
        sent=tuple(map(Condition, sent)),
        status=status,
        text=None if text is None else echo(text),
        json={key: echo(place) for key, place in members.items()} or None,
    )
    return Handshake(name=name, title=name, questions=(question,), seen="-")


# --- the settings that apply ---


def first(
    among: Iterable[ExpectedHandshake], request: Request
) -> tuple[ExpectedHandshake, Question, HandshakeRequest] | None:
    """Return the first handshake whose question a request is."""
    asked = HandshakeRequest(request)
    for each in among:
        question = each.question(asked)
        if question is not None:
            return each, question, asked
    return None
