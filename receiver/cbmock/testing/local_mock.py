"""LocalMock: the mock, its calls and its server, which tests of one process share.

It decides the URLs of the mock. It must not know which test sees which calls.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cbmock import clocks
from cbmock.deliveries import judging
from cbmock.deliveries.settings import NONE, DeliverySettings
from cbmock.description.operation_names import OperationNames
from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.journal import waiting
from cbmock.journal.memory import MemoryJournal
from cbmock.journal.waiting import CallFilter, CallPredicate
from cbmock.lint.findings import Finding
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.reports import coverage_counter
from cbmock.reports.coverage import Coverage
from cbmock.server import access, agreements
from cbmock.server.app import App
from cbmock.server.limits import DEFAULT, Limits
from cbmock.testing.threads import in_thread
from cbmock.testing.transport import PLAIN, AuthorityFile, Transport
from cbmock.violations import Violation

if TYPE_CHECKING:
    from cbmock.server.run import Running
    from cbmock.signatures.signature import Signature

_IN_PROCESS = "http://cbmock"
_FEW = 100
_LARGE = 64 * 2**10
"""How many calls are kept as objects, and the largest body of such a call."""

_by_id = operator.attrgetter("id")
_violations = operator.attrgetter("violations")


class LocalMock:
    """The mock, its calls and its server, which several views share."""

    def __init__(
        self,
        mock: Mock,
        public_url: str | None,
        deliveries: DeliverySettings = NONE,
        transport: Transport = PLAIN,
        limits: Limits = DEFAULT,
    ) -> None:
        """Combine the parts; no socket is open yet."""
        self.delivery_settings = deliveries
        self._transport = transport
        self.authority = AuthorityFile()
        self.mock = mock
        self.journal = MemoryJournal()
        self.public_url = None if public_url is None else public_url.rstrip("/")
        self.app = App(
            mock,
            self.journal,
            base_url=self.public_url or "",
            deliveries=deliveries,
            limits=limits,
        )
        self.triggers = self.app.triggers
        self.scripts = self.app.scripts
        self.running: Running | None = None
        self.tokens: set[str] = set()
        self._heard: list[Call] = []
        self._since = self._changes = 0
        self.journal.listen(self._hear)
        self.app.bases = self._bases

    @property
    def current(self) -> str | None:
        """The test that calls without a token belong to."""
        return self.app.token

    @property
    def _bases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.url, self._listens_at)))

    @property
    def _listens_at(self) -> str:
        return _IN_PROCESS if self.running is None else self.running.url

    @property
    def url(self) -> str:
        """The URL by which the mock is reached."""
        if self.running is not None:
            return self.running.listening.public(self.public_url)
        return self._listens_at if self.public_url is None else self.public_url

    @property
    def addresses(self) -> tuple[str, ...]:
        """The IP addresses at which this process listens; empty if it does not."""
        return () if self.running is None else self.running.listening.addresses

    @property
    def failure(self) -> str | None:
        """What ended the server; None if it has not failed."""
        return None if self.running is None else self.running.failure

    def begin(self, token: str) -> None:
        """Assign calls without a token to one test from now on."""
        self.app.token = token
        self.tokens.add(token)
        self._since, self._changes = self.journal.last_id, self.journal.changes
        self._heard = []

    def end(self, token: str) -> None:
        """End what was agreed for one test: its answers, signatures and handshakes.

        Calls without a token are assigned to no test if they were assigned to this one.
        """
        app = self.app
        if app.scripts:
            app.scripts.remove(token=token)
        app.signatures.pop(token, None)
        app.agreed.pop(token, None)
        if app.token == token:
            app.token = None

    def sign(self, token: str | None, signature: Signature) -> None:
        """Require signatures of the calls of one test; replaces earlier ones."""
        agreements.require(self.app, token, signature)

    def expect_handshake(self, token: str | None, given: Mapping[str, Any]) -> None:
        """Answer a handshake in the calls of one test."""
        agreements.expect(self.app.agreed, self.mock, token, given)

    def answer(self, token: str | None, given: Mapping[str, Any]) -> None:
        """Answer undocumented calls of one test."""
        agreements.answer(self.app.agreed, self.mock, token, given)

    def conducted(
        self, calls: Iterable[Call], _token: str | None
    ) -> Mapping[int, tuple[Violation, ...]]:
        """Return a test's violations of the configured conduct, by call id."""
        return judging.judge_calls(calls, self.delivery_settings, now=clocks.wall())

    def start(self, host: str, port: int) -> None:
        """Start the server, if it is not running yet."""
        if self.running is not None:
            return
        from cbmock.server.run import Running  # noqa: PLC0415 - 50 ms, loads uvicorn

        tls = self._transport.secured(host)
        self.running = Running(
            self.app,
            host=host,
            port=port,
            uds=self._transport.uds,
            tls=tls,
            http2=self._transport.http2,
        )
        self.authority.write(None if tls is None else tls.authority)
        self.app.bases = self._bases
        self.app.base_url = "" if self.public_url is None else self.url
        self.app.access = access.listening(host, self._bases)
        self.running.start()

    def stop(self) -> None:
        """Stop the server, if it is running."""
        if self.running is not None:
            self.running.stop()
            self.running = None
            self.authority.delete()

    @property
    def ca_file(self) -> str:
        """The file of the certificate that clients must trust."""
        return self.authority.path

    # --- what it serves ---

    @property
    def description(self) -> Description:
        """The document."""
        return self.mock.description

    @property
    def names(self) -> OperationNames:
        """The operations by name."""
        return self.mock.names

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every callback and webhook operation of the document."""
        return self.mock.operations

    def path_of(self, operation: Operation) -> str | None:
        """Return the path at which an operation is served; None if it is not."""
        mount = self.mock.mount_of(operation)
        return None if mount is None else mount.path

    def findings_of(self, operation: Operation) -> tuple[Finding, ...]:
        """Return the findings on the examples that are an operation's answers."""
        return self.mock.findings_of(operation)

    # --- what arrived ---

    def last_id(self, _token: str | None) -> int:
        """Return the last id; 0 before the first call."""
        return self.journal.last_id

    def calls(self, *, after: int = 0, token: str | None = None) -> tuple[Call, ...]:
        """Return the calls with an id greater than `after`, of one test or all.

        A test reads the same few calls several times. They are read from memory if
        nothing else has changed since it began.
        """
        heard = tuple(self._heard)
        known = self.journal.changes == self._changes + len(heard)
        if not known or after < self._since:
            return self.journal.calls(after=after, token=token)
        found = [c for c in heard if c.id > after and token in (None, c.token)]
        found.sort(key=_by_id)
        return tuple(found)

    def surely_valid(self, token: str | None, after: int, triggers_after: int) -> bool:
        """Return whether all that a test received is known to be valid, and nothing is due."""
        heard = self._heard
        return (
            self.journal.changes == self._changes + len(heard)
            and after >= self._since
            and self.triggers.last_id <= triggers_after
            and self.triggers.watched_since(token) is None
            and not self.delivery_settings.conducts
            and not any(map(_violations, heard))
        )

    def _hear(self, call: Call) -> None:
        if len(self._heard) < _FEW and len(call.body) < _LARGE:
            self._heard.append(call)

    def coverage(self, *, after: int = 0, token: str | None = None) -> Coverage:
        """Return the coverage of the document by these calls."""
        return coverage_counter.measure(self.calls(after=after, token=token), self.mock)

    def wait(
        self,
        wanted: CallPredicate,
        count: int,
        timeout: float,
        *,
        after: int = 0,
        token: str | None = None,
    ) -> tuple[Call, ...]:
        """Return the wanted calls once there are `count`, or those found at the timeout."""
        among = _among(wanted, after, token)
        return waiting.wait(
            self.journal, wanted, count=count, timeout=timeout, among=among
        )

    async def wait_async(
        self,
        wanted: CallPredicate,
        count: int,
        timeout: float,
        *,
        after: int = 0,
        token: str | None = None,
    ) -> tuple[Call, ...]:
        """Do what `wait` does without blocking the event loop."""
        found = self.wait(wanted, count, 0, after=after, token=token)
        if len(found) >= count:
            return found
        # The loop's timers are not used: a frozen clock stops them, and trio has
        # others.
        waits = functools.partial(
            waiting.wait,
            self.journal,
            wanted,
            count=count,
            timeout=timeout,
            among=_among(wanted, after, token),
        )
        return await in_thread(lambda over: waits(over=over))


def _among(wanted: CallPredicate, after: int, token: str | None) -> CallFilter:
    # A wait for one operation reads only that operation's calls.
    operation: Operation | None = getattr(wanted, "operation", None)
    identity = None if operation is None else operation.identity
    return CallFilter(after=after, operation=identity, token=token)
