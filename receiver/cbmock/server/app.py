"""The ASGI application: it reads a request, records the call, then sends the answer.

It decides how a request is read from ASGI and how large a body may be. It must not know
what makes a request valid. Starlette carries the control API; the mock itself is a
plain ASGI callable, because Starlette's routes cannot express callback keys and would
cost a third of the throughput.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from cbmock.clocks import monotonic, wall
from cbmock.deliveries.attempt_index import AttemptIndex
from cbmock.deliveries.attempt_memory import SharedMemory
from cbmock.deliveries.settings import NONE, DeliverySettings
from cbmock.http.messages import HeaderCache, Request, Response
from cbmock.journal.protocol import Journal, JournalFailure
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.mock.responses import problems
from cbmock.server import targets
from cbmock.server.access import OPEN
from cbmock.server.application import live
from cbmock.server.body_buffer import read_body
from cbmock.server.earlier_calls import EarlierCalls
from cbmock.server.limits import DEFAULT, Limits
from cbmock.server.sending import PendingWaits, ScriptedSender, client_of, send_whole
from cbmock.violations import Violation

if TYPE_CHECKING:
    from cbmock.handshakes.agreed import Agreed
    from cbmock.server.scripts import Scripts
    from cbmock.server.shared import Shared
    from cbmock.signatures.signature import Signature
    from cbmock.triggers.log import Trigger, TriggerLog

_LOOKED_BACK = 5000
"""How many calls of an existing journal are read to continue counting attempts."""
_NO_MEMORY = JournalFailure("no memory is left for it")


class App:
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
        self.mock = mock
        self.journal = journal
        self.delivery_settings = deliveries
        self._one_at_a_time = threading.Lock()
        self._earlier = EarlierCalls(journal)
        memory = None
        if of_workers and journal.shared is not None:
            memory = SharedMemory(journal.shared)
        self._attempts = AttemptIndex(self._earlier.get, deliveries, memory)
        for call in journal.each(after=max(journal.last_id - _LOOKED_BACK, 0)):
            self._attempts.take(call)
        self.rates = self._attempts.rates
        self.base_url = base_url
        self.token: str | None = None
        self.signatures: dict[str | None, Signature] = {}
        self.agreed: dict[str | None, Agreed] = {}
        self.limits = limits
        self.started_at, self.process = wall(), os.getpid()
        self.pending_waits = PendingWaits(limits.waits)
        self.headers = HeaderCache()
        self.bases: tuple[str, ...] = ()
        self.on_trigger: Callable[[Trigger], None] | None = None
        self.on_journal_failure: Callable[[JournalFailure], None] | None = None
        self.access = OPEN
        self._control: ASGIApp | None = None
        self.gathers = journal.shared is not None  # one commit takes as long for many
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
        return None if self._is_scripted else targets.immediate(url)

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

    def refuse(self, request: Request, violation: Violation) -> Response:
        """Record bytes that are not a complete, valid request; return the refusal.

        For the control API it is refused too, but not recorded as a call.
        """
        if targets.is_below_control(unquote(request.path)):
            return problems.response((violation,), call_id=None)
        try:
            call = self.mock.refuse(
                request,
                violation,
                id=self.journal.next_id(),
                now=wall(),
                token=self.token,
            )
            self.journal.append(call)
        except JournalFailure as failure:
            return self._not_kept(failure)
        return call.response

    def take(self, arrived: Iterable[Request]) -> Sequence[Response | None]:
        """Record requests and return their answers.

        The server has read them completely, and knew from `target` that none has to
        wait. Each answer is None if they have to after all, as another process says.
        """
        requests = tuple(arrived)
        calls: list[Call] = []
        answers: list[Response] = []
        try:
            with self.journal.batch(len(requests)) as version:
                if version is not None and self._learns(version) and self._is_scripted:
                    return [None] * len(requests)
                try:
                    calls.extend(self._call(each, monotonic()) for each in requests)
                except MemoryError:
                    pass  # requests that are not calls are answered below
                finally:
                    # Recorded before the answers leave: a client that has one finds the call.
                    answers = [self._record(call) for call in calls]
        except JournalFailure as failure:
            return [self._not_kept(failure) for _ in requests]
        answers += [self._not_kept(_NO_MEMORY) for _ in requests[len(answers) :]]
        return answers

    def _learns(self, version: int) -> bool:
        """Read what other processes have changed up to a version; return whether anything."""
        return self.shared is not None and self.shared.reach(version)

    def _not_kept(self, failure: JournalFailure) -> Response:
        """Answer 503 to a call that could not be recorded: it can be retried (§15.6.4)."""
        if self.on_journal_failure is not None:
            self.on_journal_failure(failure)
        return problems.unavailable(failure.message)

    def _record(self, call: Call) -> Response:
        """Record a call and return its answer; requests of browsers are not calls."""
        if call.outcome in ("unmatched", "wrong_method"):
            from cbmock.server import site  # noqa: PLC0415 - 100 ms, few need it

            page = site.probed(call.request, self.mock.description.entry.name)
            if page is not None:
                return page
        with self._one_at_a_time:
            call = self._attempts.take(call)
        try:
            self.journal.append(call)
        except MemoryError:
            return self._not_kept(_NO_MEMORY)
        if call.confirm is not None:
            from cbmock.server import confirming  # noqa: PLC0415 - 50 ms, few need it

            confirming.confirm(call.confirm)
        return call.response

    def clear(self, token: str | None) -> int:
        """Delete all calls, or those of one test; return how many."""
        with self._one_at_a_time:
            self._earlier.clear()
            self._attempts.forget(token)
        return self.journal.clear(token=token)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._serve_call(scope, receive, send)
        except JournalFailure as failure:
            await send_whole(self._not_kept(failure), send)
        except MemoryError:
            await send_whole(self._not_kept(_NO_MEMORY), send)

    async def _serve_call(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = monotonic()
        self.refresh()
        body, violation = await read_body(receive, self.limits.body)
        headers = self.headers.get(scope["headers"])
        request = Request(
            scope["method"],
            targets.scope_target(scope),
            headers,
            body,
            scope.get("scheme", "http"),
        )
        if violation is not None:
            if not ((client := client_of(scope)) and client.is_refused):
                await send_whole(self.refuse(request, violation), send)
            return
        answer = (call := self._call(request, started)).response
        try:
            if self._is_scripted:
                call = await self.scripts.play(call)
                call = replace(call, duration=monotonic() - started)
        finally:
            answer = self._record(call)
        if call.scripted is None:
            await send_whole(answer, send)
        else:
            sender = ScriptedSender(scope, receive, send, self.pending_waits)
            sent = await sender.send(call.response, call.scripted)
            if call.scripted.delay or call.scripted.fault:
                took = sender.over_at - started
                self.journal.amend(call.id, sent=sent, duration=took)

    def _call(self, request: Request, started: float) -> Call:
        return self.mock.receive(
            request,
            id=self.journal.next_id(),
            now=wall(),
            token=self.token,
            sender_now=time.time(),
            signatures=self.signatures,
            handshakes=self.agreed,
            elapsed=lambda: monotonic() - started,
        )
