"""The sender: fires the requests that a document says its API sends.

It decides how often a delivery is tried, and what is wrong in an answer. It must not
know what a delivery contains, or how answers are shown.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from cbmock.clocks import monotonic
from cbmock.description.operations import Operation
from cbmock.event_loop import new_loop
from cbmock.firing.answer import Answer
from cbmock.firing.answer_bounds import NoResponse
from cbmock.firing.pacing import AtOnce, Pace
from cbmock.firing.receivers import Connection, target
from cbmock.firing.response_check import ResponseCheck
from cbmock.firing.shots import Shot, ShotMaker, made, signed
from cbmock.http.messages import Response
from cbmock.violations import Violation

T = TypeVar("T")

SCHEDULE: tuple[float, ...] = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Seconds before each retry, as Standard Webhooks proposes."""

_GONE = 410


class ShotSender(ShotMaker):
    """Plays the API of one document towards a receiver.

    `signature` and `secret` say how deliveries are signed, as in `Receiver`.
    """

    @functools.cached_property
    def _responses(self) -> ResponseCheck:
        return ResponseCheck(self.mock.description)

    def fire(
        self,
        operation: str | Operation,
        to: object,
        *,
        within: float | None = None,
        **options: Any,
    ) -> Answer:
        """Send one documented request, and judge the answer.

        `options` are those of `shot`; `within` is the most seconds that an answer may
        take.
        """
        shot = self.shot(operation, to, **options)
        return run(self.send([shot], to, within=within))[0]

    async def send(
        self, shots: Iterable[Shot], to: object, *, within: float | None = None
    ) -> list[Answer]:
        """Send requests one after the other."""
        async with Connection(target(to)) as connection:
            return await self.send_through(connection, shots, within=within)

    async def send_through(
        self,
        connection: Connection,
        shots: Iterable[Shot],
        *,
        within: float | None = None,
        concurrency: int = 1,
    ) -> list[Answer]:
        """Send requests over an open connection, at most `concurrency` at once."""
        answers: list[Answer] = []
        await self.send_many(
            connection,
            map(made, shots),
            lambda _, answer: answers.append(answer),
            within=within,
            concurrency=concurrency,
        )
        return answers

    async def send_many(
        self,
        connection: Connection,
        makers: Iterable[Callable[[], Shot]],
        hear: Callable[[Shot, Answer], None],
        *,
        within: float | None = None,
        pace: Pace | None = None,
        concurrency: int = 1,
    ) -> None:
        """Send requests at a pace, at most `concurrency` at once.

        Each request is made when it is due; `hear` gets its answer.
        """
        if pace is None and concurrency == 1:
            for make in makers:
                shot = make()
                hear(shot, await self._sent(connection, shot, within))
            return
        pace, room = pace or AtOnce(), asyncio.Semaphore(concurrency)

        async def one(shot: Shot) -> None:
            try:
                hear(shot, await self._sent(connection, shot, within))
            finally:
                room.release()

        async with asyncio.TaskGroup() as tasks:
            for make in makers:
                await room.acquire()
                await pace.turn()
                tasks.create_task(one(make()))

    async def _sent(
        self, connection: Connection, shot: Shot, within: float | None
    ) -> Answer:
        started = monotonic()
        response: Response | None = None
        violations: tuple[Violation, ...] = ()
        try:
            response = await connection.send(
                shot.request.method, shot.url, shot.request.headers, shot.request.body
            )
        except NoResponse as error:
            violations = (_no_response(str(error)),)
        duration = monotonic() - started
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
            violations=tuple(map(self.mock.redaction.violation, violations)),
            tail=shot.tail,
            redaction=self.mock.redaction,
        )

    def judge(self, shot: Shot, response: Response) -> tuple[Violation, ...]:
        """Return the violations of an answer, also of accepting a broken request."""
        found: tuple[Violation, ...] = ()
        if shot.is_documented:
            found = self._responses.check(shot.operation, response)
        if shot.kind is None:
            return found
        refused = 400 <= response.status < 500  # noqa: PLR2004 - a client error
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
        scale: float = 1.0,
        hear: Callable[[Shot, Answer], None] = lambda shot, answer: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> list[Answer]:
        """Try a delivery until a 2xx, a 410 or the end of the schedule; return all answers.

        Each attempt is signed again; `hear` gets each answer at once. `Retry-After`
        lengthens a gap; `scale` shortens all gaps.
        """
        answers: list[Answer] = []
        async with Connection(target(to)) as connection:
            for gap in (*schedule, None):
                answer = await self._sent(connection, shot, within)
                answers.append(answer)
                hear(shot, answer)
                status = answer.status or 0
                if gap is None or 200 <= status < 300 or status == _GONE:  # noqa: PLR2004
                    break
                await sleep(max(gap, _retry_after(answer, time.time())) * scale)
                shot = signed(shot, time.time())
        return answers


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also in the thread of a running event loop."""

    def work() -> T:
        with runner() as loop:
            return loop.run(coroutine)

    return outside_of_loops(work)


def runner() -> asyncio.Runner:
    """Return an event loop for firing."""
    return asyncio.Runner(loop_factory=new_loop())


def outside_of_loops(work: Callable[[], T]) -> T:
    """Call a function that runs an event loop: in another thread if one runs in this one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


def _retry_after(answer: Answer, now: float) -> float:
    """Return the seconds that an answer asks to wait (RFC 9110 §10.2.3)."""
    stated = (answer.headers.get("retry-after") or "").strip()
    if stated.isdecimal():
        return float(stated)
    try:
        return parsedate_to_datetime(stated).timestamp() - now
    except (ValueError, OverflowError):
        return 0.0


def _no_response(detail: str) -> Violation:
    return Violation(location="url", code="no-response", detail=detail)


def _late(duration: float, within: float) -> Violation:
    detail = f"the response took {duration:.3f} s; the limit is {within:g} s"
    return Violation(location="delivery", code="late-response", detail=detail)


def _accepted(shot: Shot, status: int) -> Violation:
    detail = f"{shot.kind} ({shot.place}) was answered {status}; a 4xx is expected"
    code = "broken-accepted" if status < 500 else "broken-failed"  # noqa: PLR2004
    return Violation(location="url", code=code, detail=detail)
