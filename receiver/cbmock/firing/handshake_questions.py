"""Handshake questions: what senders ask a receiver's URL, and which answer confirms it.

It decides how a row of the handshake table becomes a request. It must not know how
requests are sent.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cbmock.firing.answer import Answer
from cbmock.handshakes.expected import ExpectedHandshake
from cbmock.handshakes.handshake import Condition, Question
from cbmock.handshakes.handshake_request import HandshakeRequest
from cbmock.http.messages import Headers, Request, Response

_CONFIRMATION = "http://127.0.0.1:9/confirm"
"""Nothing listens at this URL: whether a receiver fetches it is not observed."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as a request, and the confirming answer; None if a refusal is expected."""

    name: str
    request: Request
    wanted: Response | None
    is_signed: bool

    def failure(self, answer: Answer) -> str | None:
        """Say how an answer differs from the expected one; None if it does not."""
        wanted = self.wanted
        if wanted is None or answer.status is None:
            return None
        if answer.status // 100 != wanted.status // 100:
            return (
                f"{self.name} was answered {answer.status}; {wanted.status} confirms it"
            )
        for name, value in wanted.headers:
            if name.startswith(("content-", "x-content-")) or name == "Allow":
                continue
            if answer.headers.get(name) != value:
                got = answer.headers.get(name)
                return (
                    f"{self.name}: the header {name} is {got!r}; {value!r} confirms it"
                )
        text = wanted.body.decode()
        if text and not _says(answer, text):
            return (
                f"{self.name} was answered {answer.text[:100]!r}; {text!r} confirms it"
            )
        return None


def _says(answer: Answer, wanted: str) -> bool:
    """Return whether a body is the text, or JSON that contains it or its members."""
    if answer.text.strip() == wanted:
        return True
    try:
        got = answer.json
    except ValueError:
        return False
    if not isinstance(got, dict):
        return bool(got == wanted)
    try:
        members = json.loads(wanted)
    except ValueError:
        members = None
    if isinstance(members, dict):
        return members.items() <= got.items()
    return wanted in got.values()


def questions(expected: ExpectedHandshake) -> Iterator[AskedQuestion]:
    """Yield the questions of a handshake, and each with a wrong token if a token is known."""
    row, terms = expected.handshake, expected.terms
    for question in row.questions:
        for token in (terms.verify_token, "not the token"):
            request = _request(expected, question, token or "token")
            if row.question(HandshakeRequest(request)) is not question:
                continue
            name = f"the handshake of {row.title}"
            if token == "not the token":  # noqa: S105 - not a real token
                if row.proof is None or terms.verify_token is None:
                    continue
                yield AskedQuestion(
                    f"{name} with another token", request, None, row.signed
                )
            else:
                wanted = expected.answer(question, HandshakeRequest(request)).response
                yield AskedQuestion(name, request, wanted, row.signed)


def _request(expected: ExpectedHandshake, question: Question, token: str) -> Request:
    values = {each.place: _value(each) for each in question.sent}
    for place in (question.confirm, question.later):
        if place is not None and place in values:
            values[place] = _CONFIRMATION
    if expected.handshake.proof is not None:
        values[expected.handshake.proof] = token
    query: dict[str, Any] = {}
    body: dict[str, Any] = {}
    headers: list[tuple[str, str]] = []
    for place, value in values.items():
        kind, _, name = place.partition(" ")
        if kind == "query":
            query[name] = value
        elif kind == "header":
            headers.append((name, str(value)))
        else:
            _put(body, name, value)
    octets = json.dumps(body).encode() if body else b""
    if body:
        headers.append(("content-type", "application/json"))
    target = f"/?{urlencode(query, errors='replace')}" if query else "/"
    return Request(question.methods[0], target, Headers.of(headers), octets)


def _value(condition: Condition) -> Any:
    if condition.values:
        return condition.values[0]
    return condition.start + uuid.uuid4().hex


def _put(body: dict[str, Any], pointer: str, value: Any) -> None:
    """Set a member at a JSON Pointer; missing objects are created."""
    *way, last = pointer.removeprefix("/").split("/")
    for name in way:
        body = body.setdefault(name, {})
    body[last] = value
