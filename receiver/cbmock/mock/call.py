"""A call: one request that arrived, with its outcome, violations and answer.

It must not know where calls are kept or how they are shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal

from cbmock.contract.bodies import request_body
from cbmock.contract.security import signing
from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.http.content_codings import NotDecoded
from cbmock.http.json_text import as_json_body
from cbmock.http.mapped import (
    Fields,
    HeaderMapping,
    form_fields,
    json_value,
    query_fields,
)
from cbmock.http.messages import Request, Response
from cbmock.mock.attempt import Attempt, content_identity
from cbmock.mock.faults import Fault, Sent, sent_with
from cbmock.mock.timestamps import timestamp
from cbmock.violations import Violation, errors

Outcome = Literal[
    "matched", "ambiguous", "wrong_method", "unmatched", "handshake", "malformed"
]

_OWN = frozenset({"id", "token", "received_at", "request", "duration"})
_FOUND = ("matched", "ambiguous", "handshake")


@dataclass(frozen=True, slots=True)
class Scripted:
    """How the answer of a script is sent: `delay` is in seconds."""

    delay: float = 0.0
    fault: Fault | None = None


_UNSCRIPTED = Scripted()


@dataclass(frozen=True, kw_only=True, repr=False)
class Call:
    """One recorded request.

    `id` grows with every call and may have gaps; `token` keeps one test's calls apart;
    `received_at` is in seconds since the epoch, `duration` in seconds. `operation` is
    None if none matched. `candidates` are other operations: the nearest ones if none
    matched, else those that match equally well. `decided_by` says what distinguished the
    operation from others, `decided_between` (at most 20) from which. For a handshake
    `decided_by` is its name, and `confirm` a URL that the server fetches to confirm it.
    `response` is the answer, `sent` how much of it was sent; `scripted` says how it was
    sent if a script decided that. `request` is as received; records, printed lines and
    violations hide the credentials in it, by `redaction`. `event` is the identity that the
    sender gave its delivery, if any, and `attempt` the number of the attempt; 0 if the call
    is not an attempt. `signature_checked`: a scheme was configured for its signature.
    """

    id: int
    token: str | None
    received_at: float
    outcome: Outcome
    operation: Operation | None
    violations: tuple[Violation, ...]
    candidates: tuple[Operation, ...] = ()
    decided_by: str = "url"
    decided_between: tuple[Operation, ...] = ()
    request: Request
    response: Response
    duration: float = field(default=0.0, compare=False)
    scripted: Scripted | None = None
    sent: Sent = "whole"
    confirm: str | None = field(default=None, compare=False)
    redaction: Redaction = field(default_factory=Redaction)
    event: str | None = None
    attempt: int = 0
    signature_checked: bool = False

    @classmethod
    def like(
        cls,
        common: Mapping[str, Any],
        id: int,
        token: str | None,
        received_at: float,
        request: Request,
        duration: float,
    ) -> Call:
        """Build a call of the fields in `common`, which others may share, and its own.

        The constructor of a frozen class sets each field separately, which would take a
        tenth of the time of a valid request. Other fields have their defaults.
        """
        call = object.__new__(cls)
        own = call.__dict__
        own.update(common)
        own["id"] = id
        own["token"] = token
        own["received_at"] = received_at
        own["request"] = request
        own["duration"] = duration
        return call

    def become_attempt(
        self, event: str | None, attempt: int, violations: tuple[Violation, ...]
    ) -> None:
        """Set the attempt and its violations, before the call is given to anyone else.

        A copy would cost each valid request a tenth of its time.
        """
        own = self.__dict__
        own["attempt"] = attempt
        if event is not None:
            own["event"] = event
        if violations:
            own["violations"] = self.violations + violations

    @property
    def delivery(self) -> Attempt | None:
        """The event that it delivers, and the attempt; None if it delivers no event."""
        if not self.attempt:
            return None
        return Attempt(self.event or content_identity(self.request), self.attempt)

    @property
    def common(self) -> Mapping[str, Any]:
        """The fields that another call may share with this one, for `like`."""
        names = [each.name for each in fields(self) if each.name not in _OWN]
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        """Show the call on one line, as failed assertions do."""
        name = "-" if self.operation is None else self.operation.name
        return (
            f"<Call {self.id} {self.method} {self.shown_target} {name}: "
            f"{self.outcome}, {'valid' if self.valid else 'invalid'}, {self.answered}>"
        )

    @property
    def answered(self) -> str:
        """What was sent as the answer: `503`, `200 after 2 s`, `nothing (silence)`."""
        scripted = self.scripted or _UNSCRIPTED
        if scripted.fault is not None and sent_with(scripted.fault) == "nothing":
            return f"nothing ({scripted.fault})"
        if scripted.fault is None and self.sent == "nothing":
            return "nothing (the sender had disconnected)"
        answer = str(self.status)
        if scripted.fault is not None:
            answer = f"{answer} ({scripted.fault})"
        elif self.sent == "part":
            answer = f"{answer} in part (the sender had disconnected)"
        return f"{answer} after {scripted.delay:g} s" if scripted.delay else answer

    @property
    def valid(self) -> bool:
        """Whether it matched and no violation has the severity `error`."""
        if self.outcome not in _FOUND:
            return False
        return not self.violations or not errors(self.violations)

    @property
    def method(self) -> str:
        """The request's method."""
        return self.request.method

    @property
    def target(self) -> str:
        """The request's raw target: path and query."""
        return self.request.target

    @cached_property
    def headers(self) -> HeaderMapping:
        """The request's headers: a mapping in which the case of a name is ignored."""
        return HeaderMapping(self.request.headers)

    @property
    def url(self) -> str:
        """The URL that was called, as the sender knows it: by its `Host` header.

        Behind a proxy or a tunnel by `X-Forwarded-Host` and `X-Forwarded-Proto`.
        """
        return self.request.url

    @property
    def path(self) -> str:
        """The path of the request's target, as received."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> Fields:
        """The query by name, percent-decoded; a tuple for a name that is repeated."""
        return query_fields(self.target.partition("?")[2])

    @cached_property
    def form(self) -> Fields:
        """The fields of a form, like `query`; raises `ValueError` if it is not a form."""
        __tracebackhide__ = True
        return form_fields(self._content, self.request.headers.get("content-type"))

    @property
    def body(self) -> bytes:
        """The request's raw body."""
        return self.request.body

    @property
    def text(self) -> str:
        """The request's content as text; bytes that are not UTF-8 are replaced."""
        return self._content.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The request's content as JSON; raises `ValueError` if it is not JSON."""
        __tracebackhide__ = True
        data = request_body.decoded_body(self.request)
        return json_value(data, self.request.headers.get("content-type"))

    @cached_property
    def _content(self) -> bytes:
        """The decoded body, or the raw one if its content coding is broken."""
        try:
            return request_body.decoded_body(self.request)
        except NotDecoded:
            return self.request.body

    @cached_property
    def shown(self) -> Request:
        """The request with its credentials hidden."""
        request = self.redaction.request(self.request)
        if self.outcome == "malformed":
            return replace(request, body=self.redaction.head(request.body))
        return request

    @property
    def shown_target(self) -> str:
        """The request's target with its credentials hidden."""
        return self.redaction.target(self.request.target)

    @property
    def status(self) -> int:
        """The status that was answered."""
        return self.response.status

    @property
    def handshake(self) -> str | None:
        """The name of the handshake that this call is; None for any other call."""
        return self.decided_by if self.outcome == "handshake" else None

    @property
    def signature(self) -> signing.SignatureVerdict | None:
        """Whether its signature is `good`, `wrong` or `unchecked`; None: it is not signed."""
        checked = self.signature_checked
        return signing.verdict(self.request, self.violations, checked=checked)

    def is_for(self, operation: Operation) -> bool:
        """Return whether this call is, or may be, for `operation`."""
        return operation.identity in self.identities

    @property
    def identities(self) -> tuple[str, ...]:
        """The identities of the operations that this call is, or may be, for."""
        if self.operation is None or self.outcome == "handshake":
            return ()
        first = self.operation.identity
        if self.outcome != "ambiguous":
            return (first,)
        return tuple({first: None, **{each.identity: None for each in self.candidates}})

    def record(self) -> dict[str, Any]:
        """Return the JSON record that the control API, journal and reports share."""
        request, delivery = self.shown, self.delivery
        body, encoded = as_json_body(request.body)
        return {
            "id": self.id,
            "token": self.token,
            "received_at": timestamp(self.received_at),
            "outcome": self.outcome,
            "operation": None if self.operation is None else reference(self.operation),
            "valid": self.valid,
            "violations": [each.record() for each in self.violations],
            "candidates": [reference(each) for each in self.candidates],
            "delivery": None if delivery is None else delivery.record(),
            "signature": self.signature,
            "decided_by": self.decided_by,
            "decided_between": [reference(each) for each in self.decided_between],
            "request": {
                "method": request.method,
                "target": request.target,
                "headers": [list(pair) for pair in request.headers],
                "body": body,
                "body_base64": encoded,
                **({} if request.scheme == "http" else {"scheme": request.scheme}),
            },
            "response": {
                "status": self.response.status,
                "headers": [
                    list(pair) for pair in self.redaction.fields(self.response.headers)
                ],
                "body": self.response.body.decode("utf-8", "replace"),
                "sent": self.sent,
            },
            "duration_ms": round(self.duration * 1000, 3),
            "scripted": None
            if self.scripted is None
            else {
                "delay_ms": round(self.scripted.delay * 1000, 3),
                "fault": self.scripted.fault,
            },
        }


def note_duration(call: Call, seconds: float) -> None:
    """Set how long the check of a call took, before it is given to anyone else."""
    call.__dict__["duration"] = seconds


def reference(operation: Operation) -> dict[str, Any]:
    """Return how records name an operation."""
    parent = operation.parent
    return {
        "kind": operation.kind,
        "name": operation.name,
        "method": operation.method,
        "operation_id": operation.operation_id,
        "expression": operation.expression,
        "pointer": str(operation.pointer),
        "parent": None
        if parent is None
        else {
            "method": parent.method,
            "path": parent.path,
            "operation_id": parent.operation_id,
        },
    }


def dumps(record: Any) -> str:
    """Write a record as JSON; what UTF-8 cannot hold is escaped."""
    return json.dumps(record, ensure_ascii=True, default=str)
