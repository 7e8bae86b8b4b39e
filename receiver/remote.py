"""Remote: a mock that runs in another process, asked over its control API.

It decides how calls are fetched and waited for over HTTP. It must not know what is
asserted on them.
"""

from __future__ import annotations

import asyncio
import functools
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from receiver.description.naming import Names
from receiver.description.operations import Operation
from receiver.description.references import Description
from receiver.errors import ReceiverError
from receiver.journal.records import Records
from receiver.journal.waiting import Wanted
from receiver.mock.call import Call
from receiver.mock.mock import Mock
from receiver.reports.coverage import Coverage

_GRACE = 10.0
"""Seconds that an answer may take beyond what was asked for."""
_LONGEST_POLL = 5.0
"""Seconds after which a wait asks anew: a wait that was given up ends by then."""
_TIMED_OUT = 408
# Not through a proxy of the environment: the mock is near.
_OPENER = build_opener(ProxyHandler({}))


class Remote:
    """The control API of a running mock, at `url` as `cbmock serve` prints it.

    Raises `ReceiverError` where it does not answer, or says that a question is wrong.
    """

    def __init__(self, url: str) -> None:
        """Remember the address; nothing is asked yet."""
        if urlsplit(url).scheme not in ("http", "https"):
            message = f"{url!r} is no URL of a mock: it starts with http://"
            raise ReceiverError(message)
        self.url = url.rstrip("/")

    def get(self, path: str, **query: Any) -> Any:
        """Ask `GET path`; None where the answer is that the time was up."""
        asked = urlencode({k: v for k, v in query.items() if v is not None})
        patience = _GRACE + float(query.get("timeout", 0.0))
        url = f"{self.url}/_cbmock/api/{path}" + (f"?{asked}" if asked else "")
        request = Request(url, headers={"accept": "application/json"})  # noqa: S310 - http
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
            raise ReceiverError(message) from None

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


class Elsewhere:
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
        self.remote.get("health")

    def stop(self) -> None:
        """Leave the mock alone: others use it."""

    def begin(self, token: str) -> None:
        """Do nothing: calls without a token are nobody's on a shared mock."""

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
        message = f"the mock at {self.url} is another process: it has no app here"
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
    def names(self) -> Names:
        """The operations by name."""
        return Names(self.operations)

    def path_of(self, operation: Operation) -> str | None:
        """Return the path that an operation is served at; None where it is not."""
        return self._paths.get(operation)

    # --- what arrived ---

    def last_id(self, token: str | None) -> int:
        """Return the greatest id so far, of one test or all; 0 before the first call."""
        return max((call.id for call in self.calls(token=token)), default=0)

    def calls(self, *, after: int = 0, token: str | None = None) -> tuple[Call, ...]:
        """Return the calls with an id greater than `after`, of one test or all."""
        found = self.remote.listed("calls", "calls", after=after, token=token)
        return tuple(map(self._records.call, found))

    def coverage(self, *, after: int = 0, token: str | None = None) -> Coverage:
        """Return what those calls show of the document."""
        return Coverage.read(self.remote.get("coverage", after=after, token=token))

    def wait(
        self,
        wanted: Wanted,
        count: int,
        timeout: float,
        *,
        after: int = 0,
        token: str | None = None,
    ) -> tuple[Call, ...]:
        """Return the wanted calls once there are `count`, or what there is then."""
        return self._wait(
            wanted, count, timeout, after=after, token=token, over=threading.Event()
        )

    async def wait_async(
        self,
        wanted: Wanted,
        count: int,
        timeout: float,
        *,
        after: int = 0,
        token: str | None = None,
    ) -> tuple[Call, ...]:
        """Do what `wait` does without blocking the event loop.

        It has a thread of its own: the loop's few may be what the sender needs.
        """
        over = threading.Event()
        asking = functools.partial(
            self._wait, wanted, count, timeout, after=after, token=token, over=over
        )
        thread = ThreadPoolExecutor(1, thread_name_prefix="cbmock-wait")
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, asking)
        finally:
            over.set()
            thread.shutdown(wait=False)

    def _wait(
        self,
        wanted: Wanted,
        count: int,
        timeout: float,
        *,
        after: int,
        token: str | None,
        over: threading.Event,
    ) -> tuple[Call, ...]:
        end = time.monotonic() + timeout
        calls = self.calls(after=after, token=token)
        found = tuple(filter(wanted, calls))
        while len(found) < count and (left := end - time.monotonic()) > 0:
            if over.is_set():
                break
            # Ids may overtake each other: ask for more than are known, not for later.
            self.remote.get(
                "calls/wait",
                count=len(calls) + 1,
                timeout=min(left, _LONGEST_POLL),
                after=after,
                token=token,
            )
            calls = self.calls(after=after, token=token)
            found = tuple(filter(wanted, calls))
        return found
