"""Backend: what a test needs of a mock, in this process or in another.

It decides nothing. The type checker verifies `LocalMock` and `RemoteMock` against it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any, Protocol

from starlette.types import ASGIApp

from cbmock.deliveries.settings import DeliverySettings
from cbmock.description.operation_names import OperationNames
from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.journal.waiting import CallPredicate
from cbmock.lint.findings import Finding
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.mock.responses.scripted_reply import Reply
from cbmock.reports.coverage import Coverage
from cbmock.signatures.signature import Signature
from cbmock.triggers.log import TriggerLog
from cbmock.violations import Violation


class ScriptBackend(Protocol):
    """The replies of one operation's script."""

    @property
    def operation(self) -> Operation:
        """The operation that is answered."""

    @property
    def left(self) -> tuple[Reply, ...]:
        """The replies that are still to come."""

    @property
    def unused(self) -> tuple[Reply, ...]:
        """The replies that were not given as often as required."""

    def append(self, reply: Reply) -> None:
        """Append a reply."""


class ScriptsBackend(Protocol):
    """The scripts that replace documented answers."""

    def check(self, operation: Operation, reply: Reply, /) -> Reply:
        """Return a reply; raises `ReceiverError` if it does not fit."""

    def put(
        self, operation: Operation, token: str | None, first: Iterable[Reply]
    ) -> ScriptBackend:
        """Replace the operation's script for this test."""

    def remove(
        self, operation: Operation | None = None, token: str | None = None
    ) -> int:
        """Remove the scripts of an operation and a test, None for any; return how many."""


class Backend(Protocol):
    """A mock that several tests share: what it serves, and what arrived."""

    @property
    def url(self) -> str:
        """The URL by which the mock is reached."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The IP addresses at which this process listens; empty if it does not."""

    @property
    def failure(self) -> str | None:
        """What ended the server; None if it has not failed."""

    @property
    def current(self) -> str | None:
        """The test that calls without a token belong to."""

    @property
    def app(self) -> ASGIApp:
        """The ASGI application; raises `ReceiverError` if it is in another process."""

    @property
    def triggers(self) -> TriggerLog:
        """The exchanges with the sender that this process has seen."""

    @property
    def scripts(self) -> ScriptsBackend:
        """The scripts that replace documented answers."""

    @property
    def ca_file(self) -> str:
        """The file of the certificate that clients must trust."""

    @property
    def delivery_settings(self) -> DeliverySettings:
        """Where identities are, and which conduct is required."""

    def conducted(
        self, calls: Iterable[Call], token: str | None
    ) -> Mapping[int, tuple[Violation, ...]]:
        """Return a test's violations of the configured conduct, by call id."""

    def start(self, host: str, port: int) -> None:
        """Start the server if it is not running yet."""

    def stop(self) -> None:
        """Stop the server, if it is this process's."""

    def begin(self, token: str) -> None:
        """Assign calls without a token to one test from now on."""

    def end(self, token: str) -> None:
        """Assign calls without a token to no test, if they were assigned to this one."""

    @property
    def tokens(self) -> Container[str]:
        """The tokens of all tests so far."""

    def sign(self, token: str | None, signature: Signature) -> None:
        """Require signatures of the calls of one test."""

    def expect_handshake(self, token: str | None, given: Mapping[str, Any]) -> None:
        """Answer a handshake in the calls of one test."""

    def answer(self, token: str | None, given: Mapping[str, Any]) -> None:
        """Answer undocumented calls of one test."""

    @property
    def mock(self) -> Mock:
        """The mock; raises `ReceiverError` if its document is not available."""

    @property
    def description(self) -> Description:
        """The document; raises `ReceiverError` if it is not available."""

    @property
    def names(self) -> OperationNames:
        """The operations by name."""

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every callback and webhook operation of the document."""

    def path_of(self, operation: Operation) -> str | None:
        """Return the path at which an operation is served; None if it is not."""

    def findings_of(self, operation: Operation) -> tuple[Finding, ...]:
        """Return the findings on the examples that are an operation's answers."""

    def surely_valid(self, token: str | None, after: int, triggers_after: int) -> bool:
        """Return whether all that a test received is known to be valid, and nothing is due.

        False if that takes a closer look.
        """

    def last_id(self, token: str | None) -> int:
        """Return the last id; 0 before the first call."""

    def calls(self, *, after: int = 0, token: str | None = None) -> tuple[Call, ...]:
        """Return the calls with an id greater than `after`, of one test or all."""

    def coverage(self, *, after: int = 0, token: str | None = None) -> Coverage:
        """Return the coverage of the document by these calls."""

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
