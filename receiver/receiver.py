"""The Receiver: the external API in a test, with or without pytest.

It decides which calls belong to a test and when an assertion on them holds. It must not
know pytest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Self, overload
from urllib.parse import quote

from receiver import sources
from receiver.contract.violations import Violation, errors
from receiver.description.operations import Operation
from receiver.errors import ReceiverError
from receiver.journal import waiting
from receiver.journal.memory import Journal
from receiver.mock.call import Call
from receiver.mock.mock import Mock, OnViolation
from receiver.reports import failures
from receiver.server.app import ASGI, App

if TYPE_CHECKING:
    from receiver.server.run import Running
    from receiver.sources import Spec

Matching = Mapping[str, Any] | Callable[[Call], bool] | None
"""Members that the JSON body must have (nested ones too), or a predicate on the call."""

_DEFAULT_TIMEOUT = 5.0
_IN_PROCESS = "http://cbmock"


class _Host:
    """What several Receivers share: the mock, its calls and its server."""

    def __init__(self, spec: Spec, on_violation: OnViolation, url: str | None) -> None:
        self.mock = Mock(sources.describe(spec), on_violation=on_violation)
        self.journal = Journal()
        self.public_url = None if url is None else url.rstrip("/")
        self.app = App(self.mock, self.journal, base_url=self.public_url or "")
        self.running: Running | None = None

    @property
    def url(self) -> str:
        if self.public_url is not None:
            return self.public_url
        return _IN_PROCESS if self.running is None else self.running.url

    def start(self, host: str, port: int) -> None:
        if self.running is not None:
            return
        from receiver.server.run import Running  # noqa: PLC0415 - loads uvicorn

        self.running = Running(self.app, host=host, port=port)
        self.running.start()

    def stop(self) -> None:
        if self.running is not None:
            self.running.stop()
            self.running = None


class Receiver:
    """The external API of one OpenAPI document, on a server of its own.

    `spec` is a path, a URL, `module:attribute`, a dict, or an app with `.openapi()`.
    Entering it, with `with` or `async with`, starts the server on `host` and `port` (0
    takes a free one); `app` serves in-process without one. `public_url` is handed out
    instead of the server's address. Raises `ReceiverError` where the set-up is wrong.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        on_violation: OnViolation = "reject",
        public_url: str | None = None,
    ) -> None:
        """Read the document; nothing listens yet."""
        self._host = _Host(spec, on_violation, public_url)
        self._address = host, port
        self._begin(None)

    def _begin(self, token: str | None) -> None:
        self._token = token
        self._after = self._host.journal.last_id
        self._started = time.time()
        self._allowed: list[tuple[Operation | None, frozenset[str]]] = []

    def for_test(self, token: str) -> Receiver:
        """Return a Receiver on the same server that only sees the calls of one test.

        Those are the calls below its `url`, and from now on those without a token.
        """
        scoped = object.__new__(type(self))
        scoped._host = self._host
        scoped._address = self._address
        scoped._begin(token)
        self._host.app.token = token
        return scoped

    # --- life ---

    def start(self) -> Self:
        """Start the server, if it is not running yet."""
        self._host.start(*self._address)
        return self

    def stop(self) -> None:
        """Stop the server."""
        self._host.stop()

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.stop()

    async def __aenter__(self) -> Self:
        """Start the server; it has a thread and an event loop of its own."""
        return self.start()

    async def __aexit__(self, *_: object) -> None:
        """Stop the server."""
        await asyncio.to_thread(self.stop)

    # --- what is handed out ---

    @property
    def app(self) -> ASGI:
        """The ASGI application, to be mounted behind an in-process transport."""
        return self._host.app

    @property
    def url(self) -> str:
        """The URL to register; the sender's callbacks are recognised below it."""
        if self._token is None:
            return self._host.url
        return f"{self._host.url}/t/{quote(self._token, safe='')}"

    def url_for(self, operation: str | Operation) -> str:
        """Return the URL to register for one operation: its group, or its webhook."""
        found = self.operation(operation)
        mount = self._host.mock.mount_of(found)
        if mount is None:
            reason = found.error or "the mock does not serve it"
            message = f"{found.name} has no URL: {reason}"
            raise ReceiverError(message)
        return self.url + mount.path

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every callback and webhook operation of the document."""
        return self._host.mock.operations

    def operation(self, name: str | Operation) -> Operation:
        """Return the operation that a name means."""
        return name if isinstance(name, Operation) else self._host.mock.names.find(name)

    # --- what arrived ---

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that have arrived so far, in order."""
        found = self._host.journal.calls(after=self._after)
        return tuple(call for call in found if self._mine(call))

    def calls_to(self, operation: str | Operation) -> tuple[Call, ...]:
        """Return the calls to one operation that have arrived so far."""
        found = self.operation(operation)
        return tuple(call for call in self.calls if call.is_for(found))

    def _mine(self, call: Call) -> bool:
        return self._token is None or call.token == self._token

    def clear(self) -> None:
        """Forget the calls that have arrived so far."""
        self._after = self._host.journal.last_id

    # --- waiting ---

    @overload
    def wait_for(  # type: ignore[overload-overlap] # any other int means several
        self,
        operation: str | Operation,
        count: Literal[1] = 1,
        timeout: float = _DEFAULT_TIMEOUT,
        matching: Matching = None,
    ) -> Call: ...

    @overload
    def wait_for(
        self,
        operation: str | Operation,
        count: int,
        timeout: float = _DEFAULT_TIMEOUT,
        matching: Matching = None,
    ) -> tuple[Call, ...]: ...

    def wait_for(
        self,
        operation: str | Operation,
        count: int = 1,
        timeout: float = _DEFAULT_TIMEOUT,
        matching: Matching = None,
    ) -> Call | tuple[Call, ...]:
        """Wait until `count` calls to an operation have arrived; return the call(s).

        `timeout` is in seconds. Calls that arrived earlier in the test count. One call
        is returned as it is, several as a tuple. `AssertionError` says what came instead.
        """
        __tracebackhide__ = True
        found = self.operation(operation)
        arrived = waiting.wait(
            self._host.journal,
            self._wanted(found, matching),
            count=count,
            timeout=timeout,
            after=self._after,
        )
        return self._enough(found, arrived, count, timeout, hint=_blocked_loop())

    @property
    def aio(self) -> Awaitable:
        """The awaitable twins of what waits."""
        return Awaitable(self)

    def _wanted(self, operation: Operation, matching: Matching) -> waiting.Wanted:
        def wanted(call: Call) -> bool:
            return (
                self._mine(call) and call.is_for(operation) and _matches(call, matching)
            )

        return wanted

    def _enough(
        self,
        operation: Operation,
        arrived: tuple[Call, ...],
        count: int,
        timeout: float,
        hint: str | None = None,
    ) -> Call | tuple[Call, ...]:
        __tracebackhide__ = True
        if len(arrived) >= count:
            return arrived[0] if count == 1 else arrived
        mount = self._host.mock.mount_of(operation)
        raise AssertionError(
            failures.missing(
                operation,
                wanted=count,
                found=arrived,
                calls=self.calls,
                timeout=timeout,
                started=self._started,
                url=self.url + mount.path if mount and not operation.key else self.url,
                hint=hint,
            )
        )

    # --- what is allowed ---

    def allow_violations(
        self, *codes: str, operation: str | Operation | None = None
    ) -> None:
        """Let calls break the contract in this test.

        `codes` are violations' codes or locations, none for all; `operation` limits it to
        the calls of one. A call that matches nothing has the code `unmatched` (location
        `url`), one with a wrong method `method`.
        """
        limit = None if operation is None else self.operation(operation)
        self._allowed.append((limit, frozenset(codes)))

    def verify(self) -> None:
        """Raise `AssertionError` if a call broke the contract in a way not allowed."""
        __tracebackhide__ = True
        if any(self._unallowed(call) for call in self.calls):
            shown = [c for c in self.calls if c.valid or self._unallowed(c)]
            raise AssertionError(failures.broken(shown, self._started))

    def _unallowed(self, call: Call) -> bool:
        return any(not self._allows(call, each) for each in errors(call.violations))

    def _allows(self, call: Call, violation: Violation) -> bool:
        return any(
            (operation is None or call.is_for(operation))
            and (not codes or codes & {violation.code, violation.location})
            for operation, codes in self._allowed
        )


class Awaitable:
    """The awaitable twins of a Receiver's waiting methods, under the same names."""

    def __init__(self, receiver: Receiver) -> None:
        """Wait on the calls of `receiver`."""
        self._receiver = receiver

    @overload
    async def wait_for(  # type: ignore[overload-overlap] # (the same)
        self,
        operation: str | Operation,
        count: Literal[1] = 1,
        timeout: float = _DEFAULT_TIMEOUT,
        matching: Matching = None,
    ) -> Call: ...

    @overload
    async def wait_for(
        self,
        operation: str | Operation,
        count: int,
        timeout: float = _DEFAULT_TIMEOUT,
        matching: Matching = None,
    ) -> tuple[Call, ...]: ...

    async def wait_for(
        self,
        operation: str | Operation,
        count: int = 1,
        timeout: float = _DEFAULT_TIMEOUT,
        matching: Matching = None,
    ) -> Call | tuple[Call, ...]:
        """Do what `Receiver.wait_for` does without blocking the event loop."""
        __tracebackhide__ = True
        receiver = self._receiver
        found = receiver.operation(operation)
        arrived = await waiting.wait_async(
            receiver._host.journal,  # noqa: SLF001 - one class in two parts
            receiver._wanted(found, matching),  # noqa: SLF001
            count=count,
            timeout=timeout,
            after=receiver._after,  # noqa: SLF001
        )
        return receiver._enough(found, arrived, count, timeout)  # noqa: SLF001


def _matches(call: Call, matching: Matching) -> bool:
    if matching is None:
        return True
    if callable(matching):
        return bool(matching(call))
    try:
        return _within(matching, call.json)
    except ValueError:
        return False


def _within(expected: Any, actual: Any) -> bool:
    """Tell whether mappings have the members asked for; everything else is equal."""
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and all(
            name in actual and _within(each, actual[name])
            for name, each in expected.items()
        )
    return bool(expected == actual)


def _blocked_loop() -> str | None:
    """Warn of a wait that no sender in the same event loop could have ended."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return None
    return (
        "This wait blocked a running event loop: what sends from that loop could not. "
        "Use `await cbmock.aio.wait_for(...)`."
    )
