"""Shots: documented requests, ready to be sent.

It decides the URL, headers and signature of each, and how it is broken. It must not
know how requests are sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from cbmock.contract.security import signing
from cbmock.description import json_pointer
from cbmock.description.operations import Operation
from cbmock.firing import cloud_event
from cbmock.firing.documented_request import (
    Choices,
    DocumentedRequest,
    documented_request,
)
from cbmock.firing.handshake_questions import AskedQuestion
from cbmock.firing.identities import identity_maker, message_id
from cbmock.firing.receivers import target
from cbmock.http.messages import Headers, Request, target_of
from cbmock.mock.mock import Mock
from cbmock.signatures.configured import Given, configured
from cbmock.signatures.signature import Signature

_ACCEPTS = "*/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One request to be sent, with its operation and URL.

    `tail` is the rest of the URL after the one that the receiver registered. `id` is the
    delivery's identity, the same for each attempt; `kind` and `place` say how it is
    broken, and are None if it is not.
    """

    operation: Operation
    url: str
    request: Request
    tail: str = ""
    id: str = ""
    signature: Signature | None = None
    kind: str | None = None
    place: str | None = None
    is_documented: bool = True


def made(shot: Shot) -> Callable[[], Shot]:
    """Return a function that returns a request that is made already."""
    return lambda: shot


def signed(shot: Shot, now: float) -> Shot:
    """Sign a request; sign it again for the next attempt, with a new timestamp."""
    if shot.signature is None:
        return shot
    request = shot.request
    added = _signature_fields(shot.signature, shot, now)
    own = {name.lower() for name, _ in added}
    fields = [pair for pair in request.headers.raw if pair[0].lower() not in own]
    headers = Headers((*fields, *added))
    sent = Request(request.method, request.target, headers, request.body)
    return replace(shot, request=sent)


def _signature_fields(
    signature: Signature, shot: Shot, now: float
) -> Sequence[tuple[bytes, bytes]]:
    request = shot.request
    if signature.sign_fast is not None:
        return tuple(signature.sign_fast(shot.id, now, request.body))
    pairs = signature.sign(
        request.body,
        id=shot.id,
        timestamp=now,
        method=request.method,
        url=shot.url,
        headers=[*request.headers],
    )
    return Headers.of(pairs).raw


class ShotMaker:
    """Makes the requests that the API of one document sends.

    `signature` and `secret` say how deliveries are signed, as `Receiver` takes them.
    """

    def __init__(
        self,
        mock: Mock,
        *,
        signature: Given | Mapping[str, Given] | None = None,
        secret: str | Sequence[str] = (),
    ) -> None:
        """Use the document of a mock; nothing is sent yet."""
        self.mock = mock
        self._signatures = dict(configured(signature, secret))
        self._last: tuple[Operation, Choices, DocumentedRequest] | None = None

    def shot(
        self,
        operation: str | Operation,
        to: object,
        *,
        choices: Choices | None = None,
        headers: Sequence[tuple[str, str]] = (),
        id: str | None = None,
        now: float | None = None,
        signature: Signature | None = None,
        tail: str | None = None,
    ) -> Shot:
        """Return a documented request to a receiver, signed.

        `tail` replaces the rest of the URL after the registered one.
        """
        found = self.operation(operation)
        whole = self._documented(found, choices or Choices())
        if tail is not None:
            whole = replace(whole, tail=tail)
        return self.written(
            found,
            to,
            whole,
            whole.request,
            headers=headers,
            id=id,
            now=now,
            signature=signature,
        )

    def deliveries(
        self,
        operation: str | Operation,
        to: object,
        *,
        choices: Choices | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> Callable[[], Shot]:
        """Return functions that make deliveries of one body, each with its own identity.

        Each is signed when it is made.
        """
        plain = self.shot(operation, to, choices=choices, headers=headers)
        signature, request = plain.signature, plain.request
        fast = None if signature is None else signature.sign_fast
        given = () if fast is None else fast("", 0, b"")
        own = {name.lower() for name, _ in given}
        kept = [pair for pair in request.headers.raw if pair[0].lower() not in own]
        new = identity_maker(self.mock.contract_of(plain.operation), signature)

        def make() -> Shot:
            id = new()
            raw = kept
            if fast is not None:
                raw = [*kept, *fast(id, time.time(), request.body)]
            headers = cloud_event.with_id(Headers(raw), plain.id, id)
            shot = Shot(
                operation=plain.operation,
                url=plain.url,
                request=Request(request.method, request.target, headers, request.body),
                tail=plain.tail,
                id=id,
                signature=signature,
            )
            return shot if fast is not None else signed(shot, time.time())

        return make

    def question_shot(
        self, operation: Operation, to: object, question: AskedQuestion
    ) -> Shot:
        """Return a handshake's question to the registered URL."""
        receiver, asked = target(to), question.request
        base = receiver.url.replace("{name}", _webhook_name(operation))
        url = _url(base, f"?{asked.query}" if asked.query else "")
        fields = [*asked.headers, ("accept", _ACCEPTS), ("user-agent", "cbmock")]
        sent = replace(asked, headers=Headers.of(fields), target=target_of(url))
        refused = question.wanted is None
        shot = Shot(
            operation=operation,
            url=url,
            request=sent,
            id=message_id(),
            signature=self.signature_of(operation) if question.is_signed else None,
            kind="handshake" if refused else None,
            place=question.name if refused else None,
            is_documented=False,
        )
        return signed(shot, time.time())

    def _documented(self, operation: Operation, choices: Choices) -> DocumentedRequest:
        """Return the documented request; it is made once for many deliveries."""
        if self._last is not None:
            last, chosen, whole = self._last
            if last is operation and chosen == choices:
                return whole
        whole = documented_request(self.mock, operation, choices)
        self._last = operation, choices, whole
        return whole

    def shot_of(
        self, operation: Operation, to: object, whole: DocumentedRequest
    ) -> Shot:
        """Return a finished request to a receiver, signed."""
        return self.written(operation, to, whole, whole.request)

    def written(
        self,
        operation: Operation,
        to: object,
        whole: DocumentedRequest,
        request: Request,
        *,
        headers: Sequence[tuple[str, str]] = (),
        id: str | None = None,
        now: float | None = None,
        signature: Signature | None = None,
    ) -> Shot:
        """Return a request in place of that of `whole`, to a receiver, signed."""
        base = target(to).url.replace("{name}", _webhook_name(operation))
        url = _url(base, whole.tail)
        own = _lower(headers)
        fields = [pair for pair in request.headers if pair[0].lower() not in own]
        names = _lower(fields) | own
        fields += [] if "accept" in names else [("accept", _ACCEPTS)]
        fields += [] if "user-agent" in names else [("user-agent", "cbmock")]
        fields += headers
        signature = signature or self.signature_of(operation)
        new = identity_maker(self.mock.contract_of(operation), signature)
        identity = id or new()
        # What the user chose, or what is broken on purpose, stays.
        renews = request is whole.request and cloud_event.ID not in own | whole.chosen
        fields = cloud_event.identified(fields, identity, renews=renews)
        sent = replace(request, headers=Headers.of(fields), target=target_of(url))
        shot = Shot(
            operation=operation,
            url=url,
            request=sent,
            tail=whole.tail,
            id=identity,
            signature=signature,
        )
        return signed(shot, time.time() if now is None else now)

    def operation(self, named: str | Operation) -> Operation:
        """Return an operation by its name; raises `ReceiverError`."""
        return named if isinstance(named, Operation) else self.mock.names.find(named)

    def signature_of(self, operation: Operation) -> Signature | None:
        """Return the signature of an operation's deliveries; None if they are not signed."""
        own = *self._signatures.items(), *self.mock.policy.signatures
        policy = replace(self.mock.policy, signatures=own)
        return signing.operation_signature(operation, policy)


def changes(written: Mapping[str, Any]) -> tuple[tuple[tuple[str, ...], Any], ...]:
    """Read members to set by pointer (`#/id`, `/id` or `id`)."""
    return tuple(
        (json_pointer.parse("/" + text if text else ""), value)
        for text, value in (
            (pointer.removeprefix("#").removeprefix("/"), value)
            for pointer, value in written.items()
        )
    )


def _webhook_name(operation: Operation) -> str:
    return quote(operation.name.strip("/"), safe="/", errors="replace")


def _lower(pairs: Sequence[tuple[str, str]]) -> frozenset[str]:
    return frozenset(name.lower() for name, _ in pairs)


def _url(base: str, tail: str) -> str:
    """Append the rest of a key to the registered URL."""
    path, _, query = tail.partition("?")
    before, _, registered = base.partition("?")
    if path:
        before = before.rstrip("/") + ("" if path.startswith("/") else "/") + path
    both = "&".join(filter(None, (registered, query)))
    return f"{before}?{both}" if both else before
