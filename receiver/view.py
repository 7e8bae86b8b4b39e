"""View: the calls of one test, on a mock and a server that several tests share.

It decides which calls a test sees and by which URL it is reached. It must not know what
is asserted on them.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from receiver.description.naming import Names
from receiver.description.operations import Operation
from receiver.description.references import Description
from receiver.journal import waiting
from receiver.journal.memory import Journal
from receiver.mock.call import Call
from receiver.mock.mock import Mock
from receiver.reports import counting
from receiver.reports.coverage import Coverage
from receiver.server.app import App

if TYPE_CHECKING:
    from receiver.remote import Elsewhere
    from receiver.server.run import Running

_IN_PROCESS = "http://cbmock"


class Host:
    """What several views share: the mock, its calls and its server."""

    def __init__(self, mock: Mock, public_url: str | None) -> None:
        """Put the parts together; nothing listens yet."""
        self.mock = mock
        self.journal = Journal()
        self.public_url = None if public_url is None else public_url.rstrip("/")
        self.app = App(mock, self.journal, base_url=self.public_url or "")
        self.running: Running | None = None

    @property
    def url(self) -> str:
        """The URL by which the mock is reached."""
        if self.public_url is not None:
            return self.public_url
        return _IN_PROCESS if self.running is None else self.running.url

    def begin(self, token: str) -> None:
        """Let calls without a token be those of one test from now on."""
        self.app.token = token

    def start(self, host: str, port: int) -> None:
        """Start the server, if it is not running yet."""
        if self.running is not None:
            return
        from receiver.server.run import Running  # noqa: PLC0415 - loads uvicorn

        self.running = Running(self.app, host=host, port=port)
        self.running.start()

    def stop(self) -> None:
        """Stop the server, if it is running."""
        if self.running is not None:
            self.running.stop()
            self.running = None

    # --- what it serves ---

    @property
    def description(self) -> Description:
        """The document."""
        return self.mock.description

    @property
    def names(self) -> Names:
        """The operations by name."""
        return self.mock.names

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every callback and webhook operation of the document."""
        return self.mock.operations

    def path_of(self, operation: Operation) -> str | None:
        """Return the path that an operation is served at; None where it is not."""
        mount = self.mock.mount_of(operation)
        return None if mount is None else mount.path

    # --- what arrived ---

    def last_id(self, _token: str | None) -> int:
        """Return the number that was taken last; 0 before the first call."""
        return self.journal.last_id

    def calls(self, *, after: int = 0, token: str | None = None) -> tuple[Call, ...]:
        """Return the calls with an id greater than `after`, of one test or all."""
        found = self.journal.calls(after=after)
        return tuple(each for each in found if token in (None, each.token))

    def coverage(self, *, after: int = 0, token: str | None = None) -> Coverage:
        """Return what those calls show of the document."""
        return counting.of(self.calls(after=after, token=token), self.mock)

    def wait(
        self,
        wanted: waiting.Wanted,
        count: int,
        timeout: float,
        *,
        after: int = 0,
        token: str | None = None,  # noqa: ARG002 - `wanted` sees to it
    ) -> tuple[Call, ...]:
        """Return the wanted calls once there are `count`, or what there is then."""
        return waiting.wait(
            self.journal, wanted, count=count, timeout=timeout, after=after
        )

    async def wait_async(
        self,
        wanted: waiting.Wanted,
        count: int,
        timeout: float,
        *,
        after: int = 0,
        token: str | None = None,  # noqa: ARG002 - `wanted` sees to it
    ) -> tuple[Call, ...]:
        """Do what `wait` does without blocking the event loop."""
        return await waiting.wait_async(
            self.journal, wanted, count=count, timeout=timeout, after=after
        )


class View:
    """The calls with one token from now on; without a token, all calls."""

    def __init__(self, host: Host | Elsewhere, token: str | None) -> None:
        """Begin to look at a host's calls."""
        self.host = host
        self.token = token
        self.started = time.time()
        self.after = host.last_id(token)

    @property
    def url(self) -> str:
        """The URL below which calls are this view's own."""
        if self.token is None:
            return self.host.url
        return f"{self.host.url}/t/{quote(self.token, safe='')}"

    def target_of(self, url: str) -> str:
        """Return the request target by which a URL below this mock arrives."""
        base = self.host.url
        if url.startswith(base):
            return url[len(base) :] or "/"
        parts = urlsplit(url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def sees(self, call: Call) -> bool:
        """Tell whether a call belongs to this view."""
        return self.token is None or call.token == self.token

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that have arrived so far, in order."""
        return self.host.calls(after=self.after, token=self.token)

    @property
    def coverage(self) -> Coverage:
        """What those calls show of the document."""
        return self.host.coverage(after=self.after, token=self.token)

    def clear(self) -> None:
        """Forget the calls that have arrived so far."""
        self.after = self.host.last_id(self.token)

    def wait(
        self, wanted: waiting.Wanted, count: int, timeout: float
    ) -> tuple[Call, ...]:
        """Return the wanted calls once there are `count`, or what there is then."""
        return self.host.wait(
            wanted, count, timeout, after=self.after, token=self.token
        )

    async def wait_async(
        self, wanted: waiting.Wanted, count: int, timeout: float
    ) -> tuple[Call, ...]:
        """Do what `wait` does without blocking the event loop."""
        return await self.host.wait_async(
            wanted, count, timeout, after=self.after, token=self.token
        )


def blocked_loop() -> str | None:
    """Warn of a wait that no sender in the same event loop could have ended."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return None
    return (
        "This wait blocked a running event loop: what sends from that loop could not.\n"
        "Use `await cbmock.aio.wait_for(...)`."
    )
