"""Remote: a mock that runs in another process, asked over its control API.

It decides how calls are fetched and waited for over HTTP. It must not know what is
asserted on them.
"""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Container, Iterable, Mapping
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from cbmock.clocks import Deadline
from cbmock.description.operation_names import OperationNames
from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.errors import ReceiverError
from cbmock.journal.records import Records
from cbmock.journal.waiting import CallPredicate
from cbmock.lint.findings import Finding
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.mock.responses.scripted_reply import Reply
from cbmock.reports.coverage import Coverage
from cbmock.signatures.signature import Signature
from cbmock.testing.threads import in_thread
from cbmock.triggers.log import TriggerLog

if TYPE_CHECKING:
    from cbmock.signatures.signature import Signature

_GRACE = 10.0
"""Seconds that an answer may take beyond what was asked for."""
_LONGEST_POLL = 5.0
"""Seconds after which a wait asks anew: a wait that was given up ends by then."""
_TIMED_OUT = 408
# Not through a proxy of the environment: the mock is near.
_OPENER = build_opener(ProxyHandler({}))


class NoMockAnswers(ReceiverError):
    """Nothing that is a mock answers at a URL."""


class Remote:
    """The control API of a running mock, at `url` as `cbmock serve` prints it.

    Raises `NoMockAnswers` where it does not answer, and `ReceiverError` where it says that
    a question is wrong. `access` is the token of a control API that asks for one.
    """

    def __init__(self, url: str, access: str | None = None) -> None:
        """Remember the address; nothing is asked yet."""
        if urlsplit(url).scheme not in ("http", "https"):
            message = f"{url!r} is no URL of a mock: it starts with http://"
            raise ReceiverError(message)
        self.url = url.rstrip("/")
        self._headers = {
            "accept": "application/json",
            "content-type": "application/json",
        }
        if access is not None:
            self._headers["authorization"] = f"Bearer {access}"

    def get(self, path: str, **query: Any) -> Any:
        """Ask `GET path`; None where the answer is that the time was up."""
        return self.ask("GET", path, **query)

    def ask(self, method: str, path: str, said: Any = None, **query: Any) -> Any:
        """Send a request with `said` as its JSON, None for no body."""
        asked = urlencode({k: v for k, v in query.items() if v is not None})
        patience = _GRACE + float(query.get("timeout", 0.0))
        url = f"{self.url}/_cbmock/api/{path}" + (f"?{asked}" if asked else "")
        request = Request(  # noqa: S310 - http
            url,
            None if said is None else json.dumps(said).encode(),
            headers=self._headers,
            method=method,
        )
        try:
            with _OPENER.open(request, timeout=patience) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                if error.code == _TIMED_OUT:
                    return None
                raise ReceiverError(self._refused(error)) from None
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            message = (
                f"no mock answers at {self.url}: {reason}. "
                "Start one with `cbmock serve SPEC`, or pass its URL."
            )
            raise NoMockAnswers(message) from None

    def listed(self, path: str, name: str, **query: Any) -> list[Any]:
        """Ask `GET path` for the list that it answers under `name`."""
        answer = self.get(path, **query)
        found = answer.get(name) if isinstance(answer, dict) else None
        if not isinstance(found, list):
            message = f"{self.url}: its answer has no {name}: is this a mock's URL?"
            raise ReceiverError(message)
        return found

    def _refused(self, error: HTTPError) -> str:
        try:
            told = json.load(error)["detail"]
        except (ValueError, KeyError, TypeError):
            told = f"it answers {error.code}: is this a mock's URL?"
        return f"{self.url}: {told}"


class RemoteScript:
    """The replies that a remote mock was told to give."""

    def __init__(
        self, remote: Remote, name: str, operation: Operation, token: str | None
    ) -> None:
        """Stand for the script of an operation, by the name that it has there."""
        self.operation = operation
        self.left: tuple[Reply, ...] = ()
        self._remote = remote
        self._path = f"responses/{quote(name, safe='')}"
        self._token = token

    @property
    def unused(self) -> tuple[Reply, ...]:
        """Nothing: which replies were given is known where the mock runs."""
        message = (
            f"the mock at {self._remote.url} runs in another process: `GET responses` of "
            "its control API has the replies that are left."
        )
        raise ReceiverError(message)

    def append(self, reply: Reply) -> None:
        """Tell the mock of one more reply; those before begin anew."""
        self.left = (*self.left, reply)
        said = {"replies": [each.record() for each in self.left]}
        self._remote.ask("PUT", self._path, said, token=self._token)

    def remove(self) -> None:
        """Let the mock answer as documented."""
        self._remote.ask("DELETE", self._path, token=self._token)


class RemoteScripts:
    """The scripts of a remote mock; it says itself what does not fit an operation."""

    def __init__(self, remote: Remote, names: OperationNames) -> None:
        """Say what is answered by operations of these names."""
        self._remote = remote
        self._names = names

    def check(self, _operation: Operation, reply: Reply) -> Reply:
        """Return a reply; `ReceiverError` where it cannot be sent to the mock."""
        if reply.by is not None:
            message = (
                f"the mock at {self._remote.url} is another process: it cannot ask a "
                "function. Say the replies themselves."
            )
            raise ReceiverError(message)
        return reply

    def put(
        self, operation: Operation, token: str | None, first: Iterable[Reply]
    ) -> RemoteScript:
        """Put a script in the place of the one that the operation had for this test."""
        script = self._of(operation, token)
        for reply in first:
            script.append(reply)
        return script

    def remove(
        self, operation: Operation | None = None, token: str | None = None
    ) -> int:
        """Remove the scripts of an operation and a test, None for any; return how many."""
        if operation is None:
            gone = self._remote.ask("DELETE", "responses", token=token)
            return int(gone["deleted"])
        self._of(operation, token).remove()
        return 1

    def _of(self, operation: Operation, token: str | None) -> RemoteScript:
        name = self._names.shortest(operation)
        return RemoteScript(self._remote, name, operation, token)


class _Everything:
    """Contains whatever is asked for."""

    def __contains__(self, _value: object) -> bool:
        """Say yes."""
        return True


class RemoteMock:
    """What several views share where the mock is another process's.

    Its operations are `mock`'s if the document is at hand, else those it lists.
    """

    def __init__(self, remote: Remote, mock: Mock | None = None) -> None:
        """Look at a remote mock; it is asked when first needed."""
        self.remote = remote
        self.url = remote.url
        self._mock = mock

    def start(self, _host: str = "", _port: int = 0) -> None:
        """Make sure that the mock answers."""
        self.url = self.remote.get("health").get("public_url") or self.remote.url

    def stop(self) -> None:
        """Leave the mock alone: others use it."""

    def begin(self, token: str) -> None:
        """Do nothing: calls without a token are nobody's on a shared mock."""

    def end(self, token: str) -> None:
        """Do nothing, as at the beginning of a test."""

    @property
    def tokens(self) -> Container[str]:
        """Every token: any may be that of another process's test."""
        return _Everything()

    def sign(self, token: str | None, signature: Signature) -> None:
        """Refuse: the other process does not know this one's secrets."""
        del token
        raise ReceiverError(
            f"the mock runs in another process: give it `--signature {signature.scheme.name}`"
        )

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
        """What is answered instead of what is documented."""
        return RemoteScripts(self.remote, self.names)

    # --- what it serves ---

    @property
    def mock(self) -> Mock:
        """The same document, read here; `ReceiverError` where none was named."""
        if self._mock is None:
            message = (
                f"this needs the document that {self.url} serves: name it too, with "
                "`cbmock_spec` or --cbmock-spec."
            )
            raise ReceiverError(message)
        return self._mock

    @property
    def description(self) -> Description:
        """The document, where it is at hand."""
        return self.mock.description

    @property
    def app(self) -> Any:
        """Nothing: the application is in the other process."""
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
        """Return the path that an operation is served at; None where it is not."""
        return self._paths.get(operation)

    def findings_of(self, _operation: Operation) -> tuple[Finding, ...]:
        """Return nothing: the mock that serves the examples tells of their faults."""
        return ()

    # --- what arrived ---

    def last_id(self, _token: str | None) -> int:
        """Return the number that was taken last; 0 before the first call."""
        return int(self.remote.get("health")["last_id"])

    def calls(self, *, after: int = 0, token: str | None = None) -> tuple[Call, ...]:
        """Return the calls with an id greater than `after`, of one test or all."""
        found = self.remote.listed("calls", "calls", after=after, token=token)
        return tuple(map(self._records.call, found))

    def coverage(self, *, after: int = 0, token: str | None = None) -> Coverage:
        """Return what those calls show of the document."""
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
        """Return the wanted calls once there are `count`, or what there is then."""
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
            # Ids may overtake each other: ask for more than are known, not for later.
            lasting = min(left, _LONGEST_POLL)
            came = self.remote.get(
                "calls/wait",
                count=len(calls) + 1,
                timeout=lasting,
                after=after,
                token=token,
            )
            if came is None:
                deadline.use(lasting)
            calls = self.calls(after=after, token=token)
            found = tuple(filter(wanted, calls))
        return found
