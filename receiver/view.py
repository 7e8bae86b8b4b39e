"""View: the calls of one test, on a mock and a server that several tests share.

It decides which calls a test sees and by which URL it is reached. It must not know what
is asserted on them.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from receiver.description.operations import Operation
from receiver.journal import waiting
from receiver.journal.memory import Journal
from receiver.journal.triggers import Trigger
from receiver.mock.addresses import Addresses
from receiver.mock.call import Call
from receiver.mock.mock import Mock
from receiver.server.app import App

if TYPE_CHECKING:
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
        self.app.triggers.bases = self._bases

    @property
    def _bases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.url, self._listens_at)))

    @property
    def _listens_at(self) -> str:
        return _IN_PROCESS if self.running is None else self.running.url

    @property
    def url(self) -> str:
        """The URL by which the mock is reached."""
        if self.public_url is not None:
            return self.public_url
        return self._listens_at

    def start(self, host: str, port: int) -> None:
        """Start the server, if it is not running yet."""
        if self.running is not None:
            return
        from receiver.server.run import Running  # noqa: PLC0415 - loads uvicorn

        self.running = Running(self.app, host=host, port=port)
        self.running.start()
        self.app.triggers.bases = self._bases

    def stop(self) -> None:
        """Stop the server, if it is running."""
        if self.running is not None:
            self.running.stop()
            self.running = None


class View:
    """The calls with one token from now on; without a token, all calls."""

    def __init__(self, host: Host, token: str | None) -> None:
        """Begin to look at a host's calls."""
        self.host = host
        self.token = token
        self.started = time.time()
        self.after = host.journal.last_id
        self.triggers_after = host.app.triggers.last_id

    @property
    def url(self) -> str:
        """The URL below which calls are this view's own."""
        if self.token is None:
            return self.host.url
        return f"{self.host.url}/t/{quote(self.token, safe='')}"

    def target_of(self, url: str) -> str:
        """Return the request target by which a URL below this mock arrives."""
        return Addresses(self.bases).target_of(url)

    @property
    def bases(self) -> tuple[str, ...]:
        """The URLs by which the mock is reached."""
        return self.host.app.triggers.bases

    def sees_trigger(self, trigger: Trigger) -> bool:
        """Tell whether an exchange with the sender belongs to this view."""
        own = self.token is None or trigger.token == self.token
        return own and trigger.id > self.triggers_after

    def sees(self, call: Call) -> bool:
        """Tell whether a call belongs to this view."""
        return self.token is None or call.token == self.token

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that have arrived so far, in order."""
        return self.host.journal.calls(after=self.after, token=self.token)

    def clear(self) -> None:
        """Forget the calls that have arrived so far."""
        self.after = self.host.journal.last_id
        self.triggers_after = self.host.app.triggers.last_id

    def wait(
        self, wanted: waiting.Wanted, count: int, timeout: float
    ) -> tuple[Call, ...]:
        """Return the wanted calls once there are `count`, or what there is then."""
        return waiting.wait(
            self.host.journal,
            wanted,
            count=count,
            timeout=timeout,
            among=self._among(wanted),
        )

    async def wait_async(
        self, wanted: waiting.Wanted, count: int, timeout: float
    ) -> tuple[Call, ...]:
        """Do what `wait` does without blocking the event loop."""
        return await waiting.wait_async(
            self.host.journal,
            wanted,
            count=count,
            timeout=timeout,
            among=self._among(wanted),
        )

    def _among(self, wanted: waiting.Wanted) -> waiting.Among:
        # What is wanted of one operation need not be looked for among all calls.
        operation: Operation | None = getattr(wanted, "operation", None)
        pointer = None if operation is None else operation.pointer
        return waiting.Among(after=self.after, pointer=pointer, token=self.token)


def blocked_loop() -> str | None:
    """Warn of a wait that no sender in the same event loop could have ended."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return None
    return (
        "This wait blocked a running event loop: what sends from that loop could not. "
        "Use `await cbmock.aio.wait_for(...)`."
    )
