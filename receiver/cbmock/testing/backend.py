"""Backend: what a test needs of a mock, be it in this process or in another.

It decides nothing. `LocalMock` and `RemoteMock` are held to it by the type checker.
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
        """The replies that were not given as often as they were to be."""

    def append(self, reply: Reply) -> None:
        """Let one more reply follow."""


class ScriptsBackend(Protocol):
    """What is answered instead of what is documented."""

    def check(self, operation: Operation, reply: Reply, /) -> Reply:
        """Return a reply; `ReceiverError` where it does not fit."""

    def put(
        self, operation: Operation, token: str | None, first: Iterable[Reply]
    ) -> ScriptBackend:
        """Put a script in the place of the one that the operation had for this test."""

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
        """The IP addresses that this process listens at; none where it does not."""

    @property
    def current(self) -> str | None:
        """The test that calls without a token belong to."""

    @property
    def app(self) -> ASGIApp:
        """The ASGI application; `ReceiverError` where it is in another process."""

    @property
    def triggers(self) -> TriggerLog:
        """The exchanges with the sender that this process has seen."""

    @property
    def scripts(self) -> ScriptsBackend:
        """What is answered instead of what is documented."""

    @property
    def ca_file(self) -> str:
        """The file of the certificate by which clients trust the server."""

    @property
    def delivery_settings(self) -> DeliverySettings:
        """Where identities stand, and which conduct is required."""

    def conducted(
        self, calls: Iterable[Call], token: str | None
    ) -> Mapping[int, tuple[Violation, ...]]:
        """Return what is wrong with calls of a test by the configured conduct, by their ids."""

    def start(self, host: str, port: int) -> None:
        """Start the server, if it is not running yet."""

    def stop(self) -> None:
        """Stop the server, if it is this process's."""

    def begin(self, token: str) -> None:
        """Let calls without a token be those of one test from now on."""

    def end(self, token: str) -> None:
        """Let calls without a token be nobody's, if they were those of this test."""

    @property
    def tokens(self) -> Container[str]:
        """The tokens of all tests so far."""

    def sign(self, token: str | None, signature: Signature) -> None:
        """Ask for signatures of the calls of one test."""

    def expect_handshake(self, token: str | None, given: Mapping[str, Any]) -> None:
        """Answer a handshake in the calls of one test."""

    def answer(self, token: str | None, given: Mapping[str, Any]) -> None:
        """Answer what is not documented in the calls of one test."""

    @property
    def mock(self) -> Mock:
        """The mock; `ReceiverError` where its document is not at hand."""

    @property
    def description(self) -> Description:
        """The document; `ReceiverError` where it is not at hand."""

    @property
    def names(self) -> OperationNames:
        """The operations by name."""

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every callback and webhook operation of the document."""

    def path_of(self, operation: Operation) -> str | None:
        """Return the path that an operation is served at; None where it is not."""

    def findings_of(self, operation: Operation) -> tuple[Finding, ...]:
        """Return the findings on the examples that an operation is answered with."""

    def last_id(self, token: str | None) -> int:
        """Return the last id; 0 before the first call."""

    def calls(self, *, after: int = 0, token: str | None = None) -> tuple[Call, ...]:
        """Return the calls with an id greater than `after`, of one test or all."""

    def coverage(self, *, after: int = 0, token: str | None = None) -> Coverage:
        """Return what those calls show of the document."""

    def wait(
        self,
        wanted: CallPredicate,
        count: int,
        timeout: float,
        *,
        after: int = 0,
        token: str | None = None,
    ) -> tuple[Call, ...]:
        """Return the wanted calls once there are `count`, or what there is then."""

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
