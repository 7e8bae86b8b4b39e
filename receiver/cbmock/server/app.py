"""The ASGI application: it reads a request, records the call, then sends the answer.

It decides how a request is read from ASGI and how large a body may be. It must not know
what makes a request valid. Starlette carries the control API; the mock itself is a
plain ASGI callable, because Starlette's routes cannot express callback keys and would
cost a third of the throughput.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Receive, Scope, Send

from cbmock.clocks import monotonic, wall
from cbmock.deliveries.settings import NONE, DeliverySettings
from cbmock.http.messages import HeaderCache, Request
from cbmock.journal.protocol import Journal, JournalFailure
from cbmock.mock.mock import Mock
from cbmock.server import targets
from cbmock.server.access import OPEN
from cbmock.server.application import live
from cbmock.server.body_buffer import read_body
from cbmock.server.limits import DEFAULT, Limits
from cbmock.server.recorder import NO_MEMORY, CallRecorder
from cbmock.server.sending import PendingWaits, ScriptedSender, client_of, send_whole

if TYPE_CHECKING:
    from cbmock.server.scripts import Scripts
    from cbmock.server.shared import Shared
    from cbmock.triggers.log import Trigger, TriggerLog


class App(CallRecorder):
    """Serves one mock and keeps its calls in a journal.

    `token` is the test that calls without a token belong to; the owner of the server
    sets it. `base_url` is what the control API puts before paths, `bases` are the URLs
    of the mock, `on_trigger` is called with each trigger. `started_at`, in seconds since
    the epoch, and `process` tell this mock from others at the same URL.
    """

    def __init__(
        self,
        mock: Mock,
        journal: Journal,
        *,
        base_url: str = "",
        limits: Limits = DEFAULT,
        deliveries: DeliverySettings = NONE,
        of_workers: bool = False,
    ) -> None:
        """Put the parts together; attempts are counted on from those in the journal.

        With `of_workers` they are counted over all processes.
        """
        super().__init__(mock, journal, deliveries=deliveries, of_workers=of_workers)
        self.base_url = base_url
        self.limits = limits
        self.started_at, self.process = wall(), os.getpid()
        self.pending_waits = PendingWaits(limits.waits)
        self.headers = HeaderCache()
        self.bases: tuple[str, ...] = ()
        self.on_trigger: Callable[[Trigger], None] | None = None
        self.access = OPEN
        self._control: ASGIApp | None = None
        self.shared: Shared | None = None
        if journal.shared is not None:
            from cbmock.server.shared import Shared  # noqa: PLC0415 - 200 ms, few need it

            self.shared = Shared(self, journal.shared)
            self.shared.load()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] == "http":
            if self.is_control(scope):
                await self.control(scope, receive, send)
            else:
                await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await live(receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    def target(self, url: bytes) -> str | None:
        """Return the target of a request that can be answered at once.

        None for a request that may have to wait for something.
        """
        if "scripts" in self.__dict__ and self.scripts:
            return None
        return targets.immediate(url)

    def refresh(self) -> None:
        """Read what other processes on the journal have changed."""
        if self.shared is not None:
            self.shared.refresh()

    @functools.cached_property
    def scripts(self) -> Scripts:
        """The scripted replies, which replace documented answers."""
        if self.journal.shared is not None:
            from cbmock.server.shared import SharedScripts  # noqa: PLC0415 - 200 ms, few need it

            return SharedScripts(self.mock, self.journal.shared)
        from cbmock.server.scripts import Scripts  # noqa: PLC0415 - 20 ms, few need it

        return Scripts(self.mock)

    @functools.cached_property
    def triggers(self) -> TriggerLog:
        """The observed exchanges with the sender."""
        found: TriggerLog
        if self.journal.shared is not None:
            from cbmock.server.shared_triggers import SharedTriggerLog  # noqa: PLC0415 - 50 ms, few need it

            found = SharedTriggerLog(
                self.journal.shared, self.mock, bases=lambda: self.bases
            )
        else:
            from cbmock.triggers.log import TriggerLog  # noqa: PLC0415 - 50 ms, few need it

            found = TriggerLog(self.mock, bases=lambda: self.bases)
        if self.on_trigger is not None:
            found.listen(self.on_trigger)
        return found

    def replace_mock(self, mock: Mock) -> None:
        """Replace the document by another version, and keep calls and scripts."""
        self.journal.know(mock.operations)
        self.mock = mock
        if "scripts" in self.__dict__:
            self.scripts.mock = mock
        if self.has_triggers:
            self.triggers.replace_mock(mock)
        if self.shared is not None:
            self.shared.load(again=True)

    def agree(self, kind: str, token: str | None, given: Mapping[str, Any]) -> None:
        """Agree on a `handshake`, an `answer` or a `signature` of a test's calls from now on.

        Raises `ReceiverError` if it is not possible.
        """
        from cbmock.server import agreements  # noqa: PLC0415 - 50 ms, few need it

        if self.shared is None:
            agreements.agree(self, kind, token, given)
        else:
            agreements.check(self.mock, kind, token, given)
            self.shared.agree(kind, token, given)

    def disagree(self, token: str | None, kinds: Container[str]) -> int:
        """Forget what one test has agreed of some kinds, None for all; return how much."""
        from cbmock.server import agreements  # noqa: PLC0415 - 50 ms, few need it

        forgotten = agreements.forget(self, token, kinds)
        if self.shared is not None:
            self.shared.disagree(token, kinds)
        return forgotten

    @property
    def has_triggers(self) -> bool:
        """Whether triggers have been used, so that there may be some."""
        return "triggers" in self.__dict__

    @property
    def _is_scripted(self) -> bool:
        return "scripts" in self.__dict__ and bool(self.scripts)

    @staticmethod
    def is_control(scope: Scope) -> bool:
        """Return whether a request is to the control API."""
        path: str = scope["path"]
        return targets.is_below_control(path.removeprefix(scope.get("root_path") or ""))

    @property
    def control(self) -> ASGIApp:
        """The control API, built when first needed."""
        if self._control is None:
            from cbmock.server.control import control_api  # noqa: PLC0415 - 50 ms

            self._control = control_api(self)
        return self._control

    def must_wait(self, version: int) -> bool:
        """Read what other processes have changed up to a version; they may have scripted."""
        return (
            self.shared is not None and self.shared.reach(version) and self._is_scripted
        )

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._serve_call(scope, receive, send)
        except JournalFailure as failure:
            await send_whole(self.not_kept(failure), send)
        except MemoryError:
            await send_whole(self.not_kept(NO_MEMORY), send)

    async def _serve_call(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = monotonic()
        self.refresh()
        body, violation = await read_body(receive, self.limits.body)
        headers = self.headers.get(scope["headers"])
        request = Request(
            scope["method"],
            targets.own_target(scope),
            headers,
            body,
            scope.get("scheme", "http"),
        )
        if violation is not None:
            if not ((client := client_of(scope)) and client.is_refused):
                await send_whole(self.refuse(request, violation), send)
            return
        call = self.call(request, started)
        try:
            if self._is_scripted:
                call = await self.scripts.play(call)
                call = replace(call, duration=monotonic() - started)
        finally:
            answer = self.record(call)
        if call.scripted is None:
            await send_whole(answer, send)
        else:
            sender = ScriptedSender(scope, receive, send, self.pending_waits)
            sent = await sender.send(call.response, call.scripted)
            if call.scripted.delay or call.scripted.fault:
                took = sender.over_at - started
                self.journal.amend(call.id, sent=sent, duration=took)
