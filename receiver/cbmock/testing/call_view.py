"""CallView: the calls of one test, on a mock and a server that several tests share.

It decides which calls a test sees, and the URL of the mock for this test. It must not
know what is asserted about the calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from cbmock import clocks
from cbmock.journal import waiting
from cbmock.mock.call import Call
from cbmock.reports.coverage import Coverage
from cbmock.testing.backend import Backend
from cbmock.triggers.base_urls import BaseUrls, DueTargets
from cbmock.triggers.log import Trigger


def is_plain(name: str) -> bool:
    """Return whether a name has only ASCII letters, digits, `-` and `_`; quick."""
    return name.isascii() and name.replace("-", "_").isidentifier()


class CallView:
    """The calls with one token from now on; without a token, all calls."""

    def __init__(self, backend: Backend, token: str | None) -> None:
        """Start to view a mock's calls."""
        self.backend = backend
        self.token = token
        self.started = clocks.wall()
        self.after = backend.last_id(token)
        self.triggers_after = backend.triggers.last_id

    @property
    def url(self) -> str:
        """The URL below which calls belong to this view."""
        if self.token is None:
            return self.backend.url
        token = self.token
        if not is_plain(token):
            token = quote(token, safe="", errors="replace")
        return f"{self.backend.url}/t/{token}"

    def target_of(self, url: str) -> str:
        """Return the request target by which a URL below this mock arrives."""
        return BaseUrls(self.bases).target_of(url)

    @property
    def bases(self) -> tuple[str, ...]:
        """The URLs by which the mock is reached."""
        return self.backend.triggers.bases

    def sees_trigger(self, trigger: Trigger) -> bool:
        """Return whether an exchange with the sender belongs to this view."""
        own = self.token is None or trigger.token == self.token
        return own and trigger.id > self.triggers_after

    def sees(self, call: Call) -> bool:
        """Return whether a call belongs to this view."""
        return self.token is None or call.token == self.token

    def targets_of(self, urls: Iterable[str]) -> DueTargets:
        """Return the request targets at which due URLs arrive."""
        return BaseUrls(self.bases).targets_of(urls)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that have arrived so far, in order."""
        return self.backend.calls(after=self.after, token=self.token)

    @property
    def is_surely_valid(self) -> bool:
        """Whether all that arrived is known to be valid; False if it takes a closer look."""
        return self.backend.surely_valid(self.token, self.after, self.triggers_after)

    @property
    def coverage(self) -> Coverage:
        """The coverage of the document by these calls."""
        return self.backend.coverage(after=self.after, token=self.token)

    def clear(self) -> None:
        """Forget the calls that have arrived so far."""
        self.after = self.backend.last_id(self.token)
        self.triggers_after = self.backend.triggers.last_id

    def wait(
        self, wanted: waiting.CallPredicate, count: int, timeout: float
    ) -> tuple[Call, ...]:
        """Return the wanted calls once there are `count`, or those found at the timeout."""
        return self.backend.wait(
            wanted, count, timeout, after=self.after, token=self.token
        )

    async def wait_async(
        self, wanted: waiting.CallPredicate, count: int, timeout: float
    ) -> tuple[Call, ...]:
        """Do what `wait` does without blocking the event loop."""
        return await self.backend.wait_async(
            wanted, count, timeout, after=self.after, token=self.token
        )
