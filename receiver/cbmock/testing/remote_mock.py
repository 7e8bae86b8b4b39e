"""RemoteMock: a mock that runs in another process, used over its control API.

It decides how calls are fetched and awaited over HTTP. It must not know what is
asserted about them.
"""

from __future__ import annotations

import functools
import threading
from base64 import b64encode
from collections.abc import Container, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from cbmock.clocks import Deadline
from cbmock.deliveries.repeats import CODES as REPEATED
from cbmock.deliveries.settings import NONE
from cbmock.description.operation_names import OperationNames
from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.errors import ReceiverError
from cbmock.journal.records import Records, violation
from cbmock.journal.waiting import CallPredicate
from cbmock.lint.findings import Finding
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.reports.coverage import Coverage
from cbmock.signatures.signature import Signature
from cbmock.testing.control_client import Remote
from cbmock.testing.remote_scripts import RemoteScripts
from cbmock.testing.threads import in_thread
from cbmock.triggers.log import TriggerLog
from cbmock.violations import Violation

_LONGEST_POLL = 5.0
"""Seconds of one request of a wait: an abandoned wait ends within this time."""


class _EveryToken:
    """A collection that contains every token."""

    def __contains__(self, value: object) -> bool:
        """Return True for every text."""
        return isinstance(value, str)


class RemoteMock:
    """The mock of another process, which several views share.

    Its operations are `mock`'s if the document is available, else those that it lists.
    """

    def __init__(self, remote: Remote, mock: Mock | None = None) -> None:
        """Use a remote mock; the first request is sent when needed."""
        self.remote = remote
        self.url = remote.url
        self._mock = mock
        self._agreed: set[str | None] = set()
        self._signed: set[str | None] = set()

    delivery_settings = NONE
    """Empty: the other process judges by its own settings, see `GET deliveries`."""

    def conducted(
        self, calls: Iterable[Call], token: str | None
    ) -> Mapping[int, tuple[Violation, ...]]:
        """Return the other process's violations of its conduct, by the last attempts' ids.

        Violations of repeats are already in the calls.
        """
        if sum(call.delivery is not None for call in calls) <= 1:
            return {}  # one attempt cannot be judged yet
        listed = self.remote.listed("deliveries", "deliveries", token=token)
        found = {
            each["attempts"][-1]: tuple(map(violation, each["violations"]))
            for each in listed
        }
        return {
            id: own
            for id, each in found.items()
            if (own := tuple(one for one in each if one.code not in REPEATED))
        }

    def start(self, _host: str = "", _port: int = 0) -> None:
        """Make sure that the mock answers."""
        self.url = self.remote.get("health").get("public_url") or self.remote.url

    def stop(self) -> None:
        """Do nothing: others use the mock."""

    def begin(self, token: str) -> None:
        """Do nothing: on a shared mock, calls without a token belong to no test."""

    def surely_valid(self, *_view: object) -> bool:
        """Return False: the mock has to be asked."""
        return False

    def end(self, token: str) -> None:
        """Remove the scripts, handshakes, answers and signatures of a test."""
        self.scripts.remove(token=token)
        if token in self._agreed:
            self._agreed.discard(token)
            self.remote.ask("DELETE", "handshakes", token=token)
        if token in self._signed:
            self._signed.discard(token)
            self.remote.ask("DELETE", "signatures", token=token)

    @property
    def tokens(self) -> Container[str]:
        """Every token, because a test of another process may have it."""
        return _EveryToken()

    def sign(self, token: str | None, signature: Signature) -> None:
        """Let the mock require signatures of the calls of one test; it gets the secrets."""
        given = {
            **signature.options,
            "secret": signature.secrets,
            "former-secret": signature.former_secrets,
        }
        self.remote.ask("POST", "signatures", given, token=token)
        self._signed.add(token)

    def expect_handshake(self, token: str | None, given: Mapping[str, Any]) -> None:
        """Let the mock answer a handshake in the calls of one test."""
        self.remote.ask("POST", "handshakes", dict(given), token=token)
        self._agreed.add(token)

    def answer(self, token: str | None, given: Mapping[str, Any]) -> None:
        """Let the mock answer undocumented calls of one test."""
        parts = dict(given)
        if isinstance(parts.get("body"), bytes):
            parts["body_base64"] = b64encode(parts.pop("body")).decode("ascii")
        self.remote.ask("POST", "answers", parts, token=token)
        self._agreed.add(token)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The IP addresses at which this process listens: none."""
        return ()

    @property
    def failure(self) -> None:
        """What ended the server: requests to it say so."""
        return

    @property
    def current(self) -> None:
        """The test that calls without a token belong to: none."""

    @functools.cached_property
    def triggers(self) -> TriggerLog:
        """The exchanges with the sender that were seen by this process."""
        return TriggerLog(
            self._mock, bases=lambda: tuple(dict.fromkeys((self.url, self.remote.url)))
        )

    @functools.cached_property
    def scripts(self) -> RemoteScripts:
        """The scripts that replace documented answers."""
        return RemoteScripts(self.remote, self.names)

    @property
    def ca_file(self) -> str:
        """Raise `ReceiverError`: `cbmock serve --tls` prints where its certificate is."""
        message = f"the mock at {self.url} runs in another process: it prints the file"
        raise ReceiverError(message)

    # --- what it serves ---

    @property
    def mock(self) -> Mock:
        """The same document, read here; raises `ReceiverError` if none was named."""
        if self._mock is None:
            message = (
                f"this needs the document that {self.url} serves: name it too, with "
                "`cbmock_spec` or --cbmock-spec."
            )
            raise ReceiverError(message)
        return self._mock

    @property
    def description(self) -> Description:
        """The document, if it is available."""
        return self.mock.description

    @property
    def app(self) -> Any:
        """Raise `ReceiverError`: the application is in the other process."""
        message = (
            f"the mock at {self.url} runs in another process: `app` is not available"
        )
        raise ReceiverError(message)

    @functools.cached_property
    def _paths(self) -> Mapping[Operation, str | None]:
        listed = self.remote.listed("operations", "operations")
        return {
            self._records.operation(each): None
            if each["url"] is None
            else urlsplit(each["url"]).path
            for each in listed
        }

    @functools.cached_property
    def _records(self) -> Records:
        return Records(() if self._mock is None else self._mock.operations)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every callback and webhook operation that it lists."""
        return tuple(self._paths)

    @functools.cached_property
    def names(self) -> OperationNames:
        """The operations by name."""
        return OperationNames(self.operations)

    def path_of(self, operation: Operation) -> str | None:
        """Return the path at which an operation is served; None if it is not."""
        return self._paths.get(operation)

    def findings_of(self, _operation: Operation) -> tuple[Finding, ...]:
        """Return nothing: the mock that serves the examples reports the findings on them."""
        return ()

    # --- what arrived ---

    def last_id(self, _token: str | None) -> int:
        """Return the last id; 0 before the first call."""
        return int(self.remote.get("health")["last_id"])

    def calls(self, *, after: int = 0, token: str | None = None) -> tuple[Call, ...]:
        """Return the calls with an id greater than `after`, of one test or all."""
        found = self.remote.listed("calls", "calls", after=after, token=token)
        return tuple(map(self._records.call, found))

    def coverage(self, *, after: int = 0, token: str | None = None) -> Coverage:
        """Return the coverage of the document by these calls."""
        return Coverage.read(self.remote.get("coverage", after=after, token=token))

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
        return self._wait(
            wanted, count, timeout, threading.Event(), after=after, token=token
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
        return await in_thread(
            functools.partial(
                self._wait, wanted, count, timeout, after=after, token=token
            )
        )

    def _wait(
        self,
        wanted: CallPredicate,
        count: int,
        timeout: float,
        over: threading.Event,
        *,
        after: int,
        token: str | None,
    ) -> tuple[Call, ...]:
        deadline = Deadline(timeout)
        calls = self.calls(after=after, token=token)
        found = tuple(filter(wanted, calls))
        while len(found) < count and (left := deadline.left) > 0:
            if over.is_set():
                break
            # Ids may come out of order: wait for a larger number, not for later ids.
            seconds = min(left, _LONGEST_POLL)
            came = self.remote.get(
                "calls/wait",
                count=len(calls) + 1,
                timeout=seconds,
                after=after,
                token=token,
            )
            if came is None:
                deadline.use(seconds)
            calls = self.calls(after=after, token=token)
            found = tuple(filter(wanted, calls))
        return found
