"""The sender: fires what a document says its API sends.

It decides what a delivery carries and how often it is tried. It must not know how its
answers are shown.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from cbmock.contract.security import signing
from cbmock.description import json_pointer
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.firing import broken, response_check
from cbmock.firing.answer import Answer
from cbmock.firing.broken import KINDS, Broken
from cbmock.firing.documented_request import (
    Choices,
    DocumentedRequest,
    documented_request,
)
from cbmock.firing.receivers import Connection, NoResponse, Target, target
from cbmock.http.messages import Headers, Request, Response
from cbmock.mock.mock import Mock
from cbmock.signatures.configured import Given, configured
from cbmock.signatures.signature import Signature
from cbmock.violations import Violation

T = TypeVar("T")

SCHEDULE: tuple[float, ...] = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Seconds before each retry, as Standard Webhooks proposes."""

_GONE = 410
_STALE = 3600.0
_ACCEPTS = "*/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One request to be sent: its operation, URL and what it carries.

    `id` is the delivery's identity, the same for each attempt; `kind` and `place` say in
    what way it is broken, and are None where it is not.
    """

    operation: Operation
    url: str
    request: Request
    id: str = ""
    signature: Signature | None = None
    kind: str | None = None
    place: str | None = None


def signed(shot: Shot, now: float) -> Shot:
    """Sign a request, anew where it was signed already: the next attempt's timestamp."""
    if shot.signature is None:
        return shot
    request = shot.request
    added = shot.signature.sign(
        request.body,
        id=shot.id,
        timestamp=now,
        method=request.method,
        url=shot.url,
        headers=[*request.headers],
    )
    own = _lower(added)
    fields = [pair for pair in request.headers if pair[0].lower() not in own]
    headers = Headers.of([*fields, *added])
    return replace(shot, request=replace(request, headers=headers))


class Sender:
    """Plays the API of one document towards a receiver.

    `signature` and `secret` say how deliveries are signed, as `Receiver` takes them.
    """

    def __init__(
        self,
        mock: Mock,
        *,
        signature: Given | Mapping[str, Given] | None = None,
        secret: str | Sequence[str] = (),
    ) -> None:
        """Take what a mock knows of a document; nothing is sent yet."""
        self.mock = mock
        self._signatures = dict(configured(signature, secret))

    # --- what is sent ---

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
    ) -> Shot:
        """Return a documented request to a receiver, signed."""
        found = self._operation(operation)
        whole = documented_request(self.mock, found, choices or Choices())
        return self._shot(
            found, target(to), whole, whole.request, headers, id, now, signature
        )

    def shot_of(
        self, operation: Operation, to: object, whole: DocumentedRequest
    ) -> Shot:
        """Return a request that was made already, to a receiver, signed."""
        return self._shot(operation, target(to), whole, whole.request, (), None, None)

    def broken_shots(
        self,
        operation: str | Operation,
        to: object,
        *,
        kinds: Sequence[str] = KINDS,
        choices: Choices | None = None,
        headers: Sequence[tuple[str, str]] = (),
        now: float | None = None,
    ) -> list[Shot]:
        """Return the documented request broken in every way of these kinds."""
        for kind in kinds:
            if kind not in KINDS:
                raise ReceiverError(
                    f"--invalid {kind!r} is none of all, {', '.join(KINDS)}"
                )
        found, receiver = self._operation(operation), target(to)
        whole = documented_request(self.mock, found, choices or Choices())
        shots = []
        for each in broken.broken(self.mock, found, whole):
            if each.kind in kinds:
                shot = self._shot(
                    found, receiver, whole, each.request, headers, None, now
                )
                shots.append(_named(shot, each))
        signature = self._signature_of(found)
        if signature is not None:
            shots += self._badly_signed(
                found, receiver, whole, headers, kinds, signature
            )
        return shots

    def _badly_signed(
        self,
        operation: Operation,
        receiver: Target,
        whole: DocumentedRequest,
        headers: Sequence[tuple[str, str]],
        kinds: Sequence[str],
        signature: Signature,
    ) -> list[Shot]:
        def shot(kind: str, place: str, now: float, signed_by: Signature) -> Shot:
            made = self._shot(
                operation, receiver, whole, whole.request, headers, None, now, signed_by
            )
            return replace(made, kind=kind, place=place)

        now = time.time()
        other = signature.with_other_secret()
        shots = [shot("wrong-signature", "another secret", now, other)]
        if signature.scheme.past is not None:
            long_ago = now - signature.scheme.past - _STALE
            shots.append(shot("stale", "an old timestamp", long_ago, signature))
        if whole.request.body:
            good = shot("tampered", "a body that was changed", now, signature)
            changed = replace(good.request, body=good.request.body + b" ")
            shots.append(replace(good, request=changed))
        return [each for each in shots if each.kind in kinds]

    def _shot(
        self,
        operation: Operation,
        receiver: Target,
        whole: DocumentedRequest,
        request: Request,
        headers: Sequence[tuple[str, str]],
        id: str | None,
        now: float | None,
        signature: Signature | None = None,
    ) -> Shot:
        name = quote(operation.name.strip("/"), safe="/")
        url = _url(receiver.url.replace("{name}", name), whole.tail)
        own = _lower(headers)
        fields = [pair for pair in request.headers if pair[0].lower() not in own]
        names = _lower(fields) | own
        fields += [] if "accept" in names else [("accept", _ACCEPTS)]
        fields += [] if "user-agent" in names else [("user-agent", "cbmock")]
        fields += headers
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = replace(request, headers=Headers.of(fields), target=target)
        shot = Shot(
            operation=operation,
            url=url,
            request=sent,
            id=id or f"msg_{uuid.uuid4().hex}",
            signature=signature or self._signature_of(operation),
        )
        return signed(shot, time.time() if now is None else now)

    def _operation(self, named: str | Operation) -> Operation:
        return named if isinstance(named, Operation) else self.mock.names.find(named)

    def _signature_of(self, operation: Operation) -> Signature | None:
        policy = replace(self.mock.policy, signatures=tuple(self._signatures.items()))
        return signing.of_operation(operation, policy)

    # --- sending ---

    def fire(
        self,
        operation: str | Operation,
        to: object,
        *,
        within: float | None = None,
        **options: Any,
    ) -> Answer:
        """Send one documented request, and judge the answer.

        `options` are those of `shot`; `within` is the most seconds an answer may take.
        """
        return run(self.send([self.shot(operation, to, **options)], to, within=within))[
            0
        ]

    async def send(
        self,
        shots: Sequence[Shot],
        to: object,
        *,
        within: float | None = None,
        rate: float | None = None,
        concurrency: int = 1,
        hear: Callable[[Answer], None] | None = None,
    ) -> list[Answer]:
        """Send requests, at most `concurrency` at once and `rate` a second begun."""
        answers: list[Answer] = []
        room = asyncio.Semaphore(concurrency)
        async with Connection(target(to)) as connection:

            async def one(shot: Shot) -> None:
                async with room:
                    answer = await self._sent(connection, shot, within)
                answers.append(answer)
                if hear is not None:
                    hear(answer)

            if rate is None and concurrency == 1:
                for shot in shots:
                    await one(shot)
            else:
                async with asyncio.TaskGroup() as tasks:
                    async for shot in _paced(shots, rate):
                        tasks.create_task(one(shot))
        return answers

    async def _sent(
        self, connection: Connection, shot: Shot, within: float | None
    ) -> Answer:
        started = time.perf_counter()
        response: Response | None = None
        violations: tuple[Violation, ...] = ()
        try:
            response = await connection.send(
                shot.request.method, shot.url, shot.request.headers, shot.request.body
            )
        except NoResponse as error:
            violations = (_no_response(str(error)),)
        duration = time.perf_counter() - started
        if response is not None:
            violations = self.judge(shot, response)
            if within is not None and duration > within:
                violations = (*violations, _late(duration, within))
        return Answer(
            operation=shot.operation,
            url=shot.url,
            request=shot.request,
            response=response,
            duration=duration,
            violations=violations,
        )

    def judge(self, shot: Shot, response: Response) -> tuple[Violation, ...]:
        """Return what is not as documented, or that a broken request was accepted."""
        found = response_check.check(shot.operation, self.mock.description, response)
        if shot.kind is None:
            return found
        refused = 400 <= response.status < 500  # noqa: PLR2004 - a client's error
        if refused:
            return tuple(each for each in found if each.code != "undocumented-response")
        return (*found, _accepted(shot, response.status))

    async def deliver(
        self,
        shot: Shot,
        to: object,
        *,
        schedule: Sequence[float] = SCHEDULE,
        within: float | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> list[Answer]:
        """Try a delivery until a 2xx, a 410 or the schedule's end; return every answer.

        Each attempt is signed anew. `Retry-After` in seconds lengthens a gap.
        """
        answers: list[Answer] = []
        async with Connection(target(to)) as connection:
            for gap in (*schedule, None):
                answer = await self._sent(connection, shot, within)
                answers.append(answer)
                status = answer.status or 0
                if gap is None or 200 <= status < 300 or status == _GONE:  # noqa: PLR2004
                    break
                await sleep(max(gap, _retry_after(answer)))
                shot = signed(shot, time.time())
        return answers


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also from within a running loop's thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    found: list[T] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            found.append(asyncio.run(coroutine))
        except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def changes(written: Mapping[str, Any]) -> tuple[tuple[tuple[str, ...], Any], ...]:
    """Read members to set by pointer (`#/id`, `/id` or `id`)."""
    return tuple(
        (json_pointer.parse("/" + text if text else ""), value)
        for text, value in (
            (pointer.removeprefix("#").removeprefix("/"), value)
            for pointer, value in written.items()
        )
    )


async def _paced(shots: Sequence[Shot], rate: float | None) -> AsyncIterator[Shot]:
    """Give shots at their times: each counted from the first, so that no delay adds up."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for number, shot in enumerate(shots):
        if rate is not None:
            await asyncio.sleep(max(0.0, begin + number / rate - loop.time()))
        yield shot


def _named(shot: Shot, way: Broken) -> Shot:
    return replace(shot, kind=way.kind, place=way.place)


def _lower(pairs: Sequence[tuple[str, str]]) -> frozenset[str]:
    return frozenset(name.lower() for name, _ in pairs)


def _url(base: str, tail: str) -> str:
    """Put the rest of a key behind the URL that was registered."""
    path, _, query = tail.partition("?")
    before, _, registered = base.partition("?")
    if path:
        before = before.rstrip("/") + ("" if path.startswith("/") else "/") + path
    both = "&".join(filter(None, (registered, query)))
    return f"{before}?{both}" if both else before


def _retry_after(answer: Answer) -> float:
    written = answer.headers.get("retry-after") or ""
    return float(written) if written.isdecimal() else 0.0


def _no_response(detail: str) -> Violation:
    return Violation(location="url", code="no-response", detail=detail)


def _late(duration: float, within: float) -> Violation:
    detail = f"the response took {duration:.3f} s; {within:g} s are allowed"
    return Violation(location="delivery", code="late-response", detail=detail)


def _accepted(shot: Shot, status: int) -> Violation:
    detail = f"{shot.kind} ({shot.place}) was answered {status}; a 4xx is expected"
    code = "broken-accepted" if status < 500 else "broken-failed"  # noqa: PLR2004
    return Violation(location="url", code=code, detail=detail)
