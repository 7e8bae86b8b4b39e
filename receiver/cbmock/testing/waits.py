"""Waits: an assertion is written once, for blocking and for awaitable use.

It decides how an assertion requests a wait, and drives it to its result. It must not
know what is asserted or where calls come from.

An assertion is a generator. It yields each `Wait` that it needs, is sent the calls that
have come by then, and returns its result or raises `AssertionError`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from cbmock.journal.waiting import CallPredicate
from cbmock.mock.call import Call
from cbmock.testing.threads import Result


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until `count` calls are `wanted`, for at most `timeout` seconds."""

    wanted: CallPredicate
    count: int
    timeout: float


Assertion = Generator[Wait, tuple[Call, ...], Result]


class CallSource(Protocol):
    """Where an assertion's calls come from."""

    def wait(
        self, wanted: CallPredicate, count: int, timeout: float
    ) -> tuple[Call, ...]:
        """Return the wanted calls once there are `count`, or those found at the timeout."""

    async def wait_async(
        self, wanted: CallPredicate, count: int, timeout: float
    ) -> tuple[Call, ...]:
        """Do what `wait` does without blocking the event loop."""


def block(assertion: Assertion[Result], source: CallSource) -> Result:
    """Drive an assertion to its result; blocks the thread while it waits."""
    __tracebackhide__ = True
    calls: tuple[Call, ...] | None = None
    while True:
        try:
            wait = next(assertion) if calls is None else assertion.send(calls)
        except StopIteration as end:
            result: Result = end.value
            return result
        calls = source.wait(wait.wanted, wait.count, wait.timeout)


async def unblocked(assertion: Assertion[Result], source: CallSource) -> Result:
    """Drive an assertion to its result without blocking the event loop."""
    __tracebackhide__ = True
    calls: tuple[Call, ...] | None = None
    while True:
        try:
            wait = next(assertion) if calls is None else assertion.send(calls)
        except StopIteration as end:
            result: Result = end.value
            return result
        calls = await source.wait_async(wait.wanted, wait.count, wait.timeout)


def no_hint() -> None:
    """Do not warn about how a wait is made."""


def blocked_loop() -> str | None:
    """Warn about a wait that blocked every sender in the same event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return None
    return (
        "This wait blocked a running event loop: what sends from that loop could not.\n"
        "Use `await cbmock.aio.wait_for(...)`."
    )
