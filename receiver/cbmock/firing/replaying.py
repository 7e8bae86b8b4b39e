"""Replays: recorded calls, sent again in order.

It decides which parts of a recorded request are sent, and when. It must not know where
calls are stored, or how answers are shown.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from cbmock.description.references import Description
from cbmock.firing.answer import request_record
from cbmock.firing.answer_bounds import NoResponse
from cbmock.firing.receivers import Connection, Target
from cbmock.firing.response_check import ResponseCheck
from cbmock.http.messages import Headers, Request, Response
from cbmock.mock.call import Call
from cbmock.signatures.signature import Signature
from cbmock.violations import Violation, errors

# Fields of one connection (RFC 9110 §7.6.1), or that are written again.
_OWN = frozenset(
    {"host", "content-length", "connection", "transfer-encoding", "expect"}
)
_HIDDEN = "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedCall:
    """A replayed call and its response; `response` is None if none came."""

    call: Call
    url: str
    request: Request
    response: Response | None
    violations: tuple[Violation, ...]

    @property
    def shown_url(self) -> str:
        """The URL, with its credentials hidden."""
        return self.call.redaction.target(self.url)

    @property
    def is_taken(self) -> bool:
        """Whether the answer was a 2xx, and as documented."""
        answer = self.response
        return (
            answer is not None
            and 200 <= answer.status < 300  # noqa: PLR2004 - success
            and not errors(self.violations)
        )

    def record(self) -> dict[str, Any]:
        """Return the record that `cbmock replay --format json` prints."""
        hide, response = self.call.redaction, None
        if self.response is not None:
            response = {
                "status": self.response.status,
                "headers": [list(pair) for pair in hide.fields(self.response.headers)],
                "body": self.response.body.decode("utf-8", "replace"),
            }
        return {
            "call": self.call.id,
            "request": request_record(hide.request(self.request), self.shown_url),
            "response": response,
            "violations": [each.record() for each in self.violations],
        }


def gaps(calls: Sequence[Call], rate: float | None, *, pace: bool) -> list[float]:
    """Return the seconds from the first call to each: as recorded, or at a rate."""
    if pace:
        times = [each.received_at for each in calls]
        steps = (max(0.0, b - a) for a, b in itertools.pairwise(times))
        return list(itertools.accumulate(steps, initial=0.0))
    return [0.0 if rate is None else number / rate for number in range(len(calls))]


async def replay(
    calls: Sequence[Call],
    to: Target,
    *,
    signature: Signature | None = None,
    times: Sequence[float],
    description: Description | None = None,
) -> AsyncIterator[ReplayedCall]:
    """Send calls again at these times; with a description the answers are judged.

    Each time counts from the first, so that delays do not add up.
    """
    loop = asyncio.get_running_loop()
    begin = loop.time()
    responses = None if description is None else ResponseCheck(description)
    async with Connection(to) as connection:
        for call, at in zip(calls, times, strict=True):
            await asyncio.sleep(max(0.0, begin + at - loop.time()))
            yield await send_again(
                call, to.url, connection, signature=signature, responses=responses
            )


async def send_again(
    call: Call,
    base: str,
    connection: Connection,
    *,
    signature: Signature | None = None,
    responses: ResponseCheck | None = None,
    added: Sequence[tuple[str, str]] = (),
) -> ReplayedCall:
    """Send one call again, with `added` header fields; never raises for the receiver.

    `{name}` in `base` is replaced by the operation's name.
    """
    name = "" if call.operation is None else call.operation.name.strip("/")
    url = base.replace("{name}", quote(name, safe="/", errors="replace"))
    request = _request(call, url, signature, added)
    response: Response | None = None
    violations: tuple[Violation, ...] = ()
    try:
        response = await connection.send(
            request.method, url, request.headers, request.body
        )
    except NoResponse as error:
        detail = call.redaction.text(str(error))
        violations = (Violation(location="url", code="no-response", detail=detail),)
    if response is not None and responses is not None and call.operation is not None:
        violations = responses.check(call.operation, response)
    return ReplayedCall(
        call=call, url=url, request=request, response=response, violations=violations
    )


def _request(
    call: Call,
    url: str,
    signature: Signature | None,
    more: Sequence[tuple[str, str]],
) -> Request:
    """Return the recorded request without its hidden values, signed again."""
    fields = [
        (name, value)
        for name, value in call.request.headers
        if name.lower() not in _OWN and value != _HIDDEN
    ]
    if signature is not None:
        added = signature.sign(
            call.request.body,
            timestamp=time.time(),
            method=call.request.method,
            url=url,
            headers=fields,
        )
        own = {name.lower() for name, _ in added}
        fields = [pair for pair in fields if pair[0].lower() not in own] + [*added]
    return replace(call.request, headers=Headers.of([*fields, *more]))
