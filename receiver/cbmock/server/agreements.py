"""Agreements: which handshakes, answers and signatures a test has asked for, by its token.

It decides what a test may set, the same in this process and over the control API. It
must not know how requests are answered.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Container, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.handshakes import expected
from cbmock.handshakes.agreed import Agreed, UndocumentedAnswer
from cbmock.http.messages import Headers, Response
from cbmock.mock.examples import ABSENT
from cbmock.mock.mock import Mock
from cbmock.mock.responses import scripted_reply
from cbmock.mock.routing.router import Router

if TYPE_CHECKING:
    from cbmock.signatures.signature import Signature

_Kept = TypeVar("_Kept")
AgreedAtServer = MutableMapping[str | None, Agreed]


class Agreeing(Protocol):
    """What agreements are kept in, by the tokens of tests."""

    mock: Mock
    agreed: dict[str | None, Agreed]
    signatures: dict[str | None, Signature]


@dataclass(slots=True)
class _Trial:
    """Agreements that are only tried."""

    mock: Mock
    agreed: dict[str | None, Agreed] = field(default_factory=dict)
    signatures: dict[str | None, Signature] = field(default_factory=dict)


_ANSWERED = frozenset({"status", "json", "body", "body_base64", "headers"})


def expect(
    agreed: AgreedAtServer, mock: Mock, token: str | None, given: Mapping[str, Any]
) -> None:
    """Answer a handshake from now on: `{"name": "slack", "operation": "event"}`."""
    table = dict(given)
    operations = _operations(mock, table.pop("operation", None))
    before = agreed.get(token, Agreed())
    for one in expected.expected(table, mock.policy.signing_secrets):
        for each in operations:
            before = before.with_handshake(one, each)
    agreed[token] = before


def answer(
    agreed: AgreedAtServer, mock: Mock, token: str | None, given: Mapping[str, Any]
) -> None:
    """Answer an undocumented request: `{"method": "GET", "path": "/x", "status": 200}`.

    Give either `path`, or `operation` for the URL of an operation.
    """
    parts = dict(given)
    method, path = parts.pop("method", None), parts.pop("path", None)
    operation = parts.pop("operation", None)
    if not isinstance(method, str) or (path is None) == (operation is None):
        raise ReceiverError("an answer needs `method`, and `path` or `operation`")
    if path is not None and not (isinstance(path, str) and path.startswith("/")):
        raise ReceiverError(f"path={path!r} must start with `/`")
    unknown = next((each for each in parts if each not in _ANSWERED), None)
    if unknown is not None:
        known = ", ".join(sorted(_ANSWERED))
        raise ReceiverError(f"an answer has no {unknown!r}; it has: {known}")
    before = agreed.get(token, Agreed())
    for identity in _operations(mock, operation):
        added = UndocumentedAnswer(
            method=method,
            response=_response(parts, method),
            operation=identity,
            path=None if path is None else Router.path_of(path),
        )
        before = before.with_answer(added)
    agreed[token] = before


def sign(target: Agreeing, token: str | None, given: Mapping[str, Any]) -> None:
    """Require signatures from now on: `{"scheme": "github", "secret": ["s"]}`."""
    for each in ("secret", "former-secret"):
        secrets = given.get(each, ())
        listed = [secrets] if isinstance(secrets, str) else secrets
        if not (
            isinstance(listed, list | tuple) and all(isinstance(s, str) for s in listed)
        ):
            raise ReceiverError(f"`{each}` must be a text, or an array of texts")
    from cbmock.signatures.signature import Signature  # noqa: PLC0415 - 50 ms, few tests need it

    require(target, token, Signature(given))


def require(target: Agreeing, token: str | None, signature: Signature) -> None:
    """Require signatures of one test's calls; secrets from before are former ones."""
    before = [each for _, each in target.mock.policy.signatures]
    if token in target.signatures:
        before.append(target.signatures[token])
    for each in before:
        if each.scheme.header == signature.scheme.header:
            signature = signature.replacing(each)
    target.signatures[token] = signature


def agree(
    target: Agreeing, kind: str, token: str | None, given: Mapping[str, Any]
) -> None:
    """Agree on a `handshake`, an `answer` or a `signature`."""
    if kind == "signature":
        sign(target, token, given)
    else:
        _AGREE[kind](target.agreed, target.mock, token, given)


def agree_again(target: Agreeing, given: Iterable[Mapping[str, Any]]) -> None:
    """Agree on all of this and nothing else, as far as the target's document has it."""
    trial = _Trial(target.mock)
    for each in given:
        agree_if_known(trial, each)
    target.agreed, target.signatures = trial.agreed, trial.signatures


def agree_if_known(target: Agreeing, given: Mapping[str, Any]) -> None:
    """Agree on what a process has agreed on, unless this document lacks its operation."""
    with contextlib.suppress(ReceiverError):
        agree(target, given["kind"], given["token"], given["given"])


def check(mock: Mock, kind: str, token: str | None, given: Mapping[str, Any]) -> None:
    """Raise `ReceiverError` if something cannot be agreed."""
    agree(_Trial(mock), kind, token, given)


_AGREE = {"handshake": expect, "answer": answer}
OF_HANDSHAKES = frozenset(_AGREE)
OF_SIGNATURES = frozenset({"signature"})
"""The kinds of agreements that are listed and forgotten together."""


def _operations(mock: Mock, name: Any) -> tuple[str | None, ...]:
    """Return the identities of the operations with a name, one for each method."""
    if name is None:
        return (None,)
    if not isinstance(name, str):
        raise ReceiverError(f"operation={name!r} is not an operation's name")
    found: tuple[Operation, ...] = mock.names.all(name)
    return tuple(each.identity for each in found)


def _response(parts: Mapping[str, Any], method: str) -> Response:
    reply = scripted_reply.from_object(parts)
    status = 200 if reply.status is None else reply.status
    body, fields = b"", list(reply.pairs)
    named = {name.lower() for name, _ in fields}
    if reply.json is not ABSENT:
        body = json.dumps(reply.json).encode()
        if "content-type" not in named:
            fields.append(("content-type", "application/json"))
    elif isinstance(reply.body, str):
        body = reply.body.encode("utf-8", "replace")
        if "content-type" not in named:
            fields.append(("content-type", "text/plain; charset=utf-8"))
    elif reply.body is not None:
        body = reply.body
    bodiless = status in (204, 304)
    if bodiless and body:
        raise ReceiverError(f"an answer with status {status} has no body")
    if not bodiless:
        fields.append(("content-length", str(len(body))))
    found = Response(status, Headers.of(fields), body)
    return replace(found, body=b"") if method == "HEAD" else found


def record(
    agreed: AgreedAtServer, token: str | None
) -> dict[str, list[dict[str, Any]]]:
    """List the agreements of one test or of all, for the control API."""
    found = [(whose, each) for whose, each in agreed.items() if token in (None, whose)]
    return {
        "handshakes": [
            {"token": whose, "operation": where, **one.record()}
            for whose, each in found
            for one, where in each.handshakes
        ],
        "answers": [
            {"token": whose, **answer.record()}
            for whose, each in found
            for answer in each.answers
        ],
    }


def signed(
    signatures: Mapping[str | None, Signature], token: str | None
) -> dict[str, list[dict[str, Any]]]:
    """List the schemes of one test or of all, without their secrets."""
    return {
        "signatures": [
            {"token": whose, "scheme": each.scheme.name}
            for whose, each in signatures.items()
            if token in (None, whose)
        ]
    }


def forget(target: Agreeing, token: str | None, kinds: Container[str]) -> int:
    """Forget what one test has agreed of some kinds, None for all; return how much."""
    forgotten = 0
    if "handshake" in kinds:
        found = _popped(target.agreed, token)
        forgotten += sum(len(each.handshakes) + len(each.answers) for each in found)
    if "signature" in kinds:
        forgotten += len(_popped(target.signatures, token))
    return forgotten


def _popped(of_tests: dict[str | None, _Kept], token: str | None) -> list[_Kept]:
    gone = [whose for whose in of_tests if token in (None, whose)]
    return [of_tests.pop(whose) for whose in gone]
