"""The sender: fires what a document says its API sends.

It decides how often a delivery is tried, and what of an answer is wrong. It must not know
what a delivery carries, nor how its answers are shown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from cbmock.description.operations import Operation
from cbmock.firing import response_check
from cbmock.firing.answer import Answer
from cbmock.firing.receivers import Connection, NoResponse, target
from cbmock.firing.shots import Shot, ShotMaker, signed
from cbmock.http.messages import Response
from cbmock.violations import Violation

T = TypeVar("T")

SCHEDULE: tuple[float, ...] = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
"""Seconds before each retry, as Standard Webhooks proposes."""

_GONE = 410


class ShotSender(ShotMaker):
    """Plays the API of one document towards a receiver.

    `signature` and `secret` say how deliveries are signed, as `Receiver` takes them.
    """

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
        async with Connection(target(to)) as connection:
            return await self.send_through(
                connection,
                shots,
                within=within,
                rate=rate,
                concurrency=concurrency,
                hear=hear,
            )

    async def send_through(
        self,
        connection: Connection,
        shots: Sequence[Shot],
        *,
        within: float | None = None,
        rate: float | None = None,
        concurrency: int = 1,
        hear: Callable[[Answer], None] | None = None,
    ) -> list[Answer]:
        """Send requests by a connection that is open."""
        answers: list[Answer] = []
        room = asyncio.Semaphore(concurrency)

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
            violations=tuple(map(self.mock.redaction.violation, violations)),
            redaction=self.mock.redaction,
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
    return outside_of_loops(lambda: asyncio.run(coroutine))


def outside_of_loops(work: Callable[[], T]) -> T:
    """Do what runs a loop of its own: in a thread where one runs here already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


async def _paced(shots: Sequence[Shot], rate: float | None) -> AsyncIterator[Shot]:
    """Give shots at their times: each counted from the first, so that no delay adds up."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for number, shot in enumerate(shots):
        if rate is not None:
            await asyncio.sleep(max(0.0, begin + number / rate - loop.time()))
        yield shot


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
