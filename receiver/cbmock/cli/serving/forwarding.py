"""Forwarding: calls that are sent on to a receiver, as they came.

It decides which calls are sent on, and when. It must not know how they were answered.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cbmock.errors import ReceiverError
from cbmock.reports.text import numbered, printable

if TYPE_CHECKING:
    from cbmock.cli.serving.session import Session
    from cbmock.firing.receivers import Target
    from cbmock.firing.replaying import ReplayedCall
    from cbmock.mock.call import Call
    from cbmock.server.app import App

_MOST = 1000
"""How many calls may wait."""
_PATIENCE = 3.0
"""Seconds that the end of the mock waits for them."""
_NAME = "cbmock"
_VIA = ("via", f"1.1 {_NAME}")
"""Marks what was sent on (RFC 9110 §7.6.3): it is not sent on again, in a circle."""


@contextmanager
def forwarding(app: App, to: str, session: Session) -> Iterator[None]:
    """Send each call to a documented operation on to `to`, one after the other.

    Raises `ReceiverError` if that is no URL, or the mock's own.
    """
    receiver = _receiver(app, to)
    waiting: queue.SimpleQueue[Call | None] = queue.SimpleQueue()

    def hear(call: Call) -> None:
        if call.operation is None or call.handshake is not None or _was_sent_on(call):
            return
        if waiting.qsize() < _MOST:
            waiting.put(call)
        else:
            session.say(f"call {call.id} was not forwarded: {_MOST} others wait")

    def send() -> None:
        from cbmock.firing.sender import run  # noqa: PLC0415 - 500 ms, few need it

        while (call := waiting.get()) is not None:
            session.say(_line(run(_forwarded(call, receiver))))

    thread = threading.Thread(target=send, name="cbmock-forward", daemon=True)
    session.listen(hear)
    thread.start()
    try:
        yield
    finally:
        waiting.put(None)
        thread.join(_PATIENCE)
        if thread.is_alive():
            session.say(f"not forwarded at the end: {numbered(waiting.qsize())}")


def _receiver(app: App, to: str) -> Target:
    from cbmock.firing.receivers import target  # noqa: PLC0415 - 200 ms, few need it

    found = target(to)
    if found.app is not None:
        raise ReceiverError(f"--forward-to {to}: give a URL")
    if any(f"{found.url}/".startswith(f"{base}/") for base in app.bases):
        raise ReceiverError(f"--forward-to {to} is this mock itself")
    return found


def _was_sent_on(call: Call) -> bool:
    via = ",".join(call.request.headers.all("via"))
    return any(each.split()[1:2] == [_NAME] for each in via.split(","))


async def _forwarded(call: Call, to: Target) -> ReplayedCall:
    from cbmock.firing.receivers import Connection  # noqa: PLC0415 - 200 ms, few need it
    from cbmock.firing.replaying import send_again  # noqa: PLC0415 - 300 ms, few need it

    async with Connection(to) as connection:
        return await send_again(call, to.url, connection, added=[_VIA])


def _line(sent: ReplayedCall) -> str:
    if sent.response is not None:
        return printable(
            f"forwarded  call {sent.call.id} to {sent.shown_url}  {sent.response.status}"
        )
    reasons = "; ".join(each.detail for each in sent.violations)
    return printable(f"call {sent.call.id} was not forwarded: {reasons}")
