"""Which mock answers at a URL: what tells it from another one at the same URL.

It decides how a mock is named, and whether a document is its own. It must not know what
is asked of it then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from cbmock.cli._calls_source import remote
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.reports.text import printable


@dataclass(frozen=True, slots=True)
class RunningMock:
    """A mock as its `GET health` describes it; older versions say less."""

    url: str
    document: str
    pid: int | None
    started_at: str | None

    @classmethod
    def at(cls, url: str) -> Self:
        """Ask the mock at a URL; raises `ReceiverError` if none answers."""
        return cls.of_health(url, remote(url).get("health"))

    @classmethod
    def of_health(cls, url: str, health: Mapping[str, Any]) -> Self:
        """Read the answer of `GET health`."""
        return cls(url, health["document"], health.get("pid"), health.get("started_at"))

    def __str__(self) -> str:
        """Name it: its document, its process, and since when it runs."""
        since = f" (process {self.pid}, since {self.started_at})"
        return printable(self.document + ("" if self.pid is None else since))

    def check(self, document: str, known: Iterable[Operation]) -> None:
        """Raise `ReceiverError` if a document has none of the operations that it serves."""
        served = remote(self.url).listed("operations", "operations")
        theirs = {each["name"] for each in served}
        ours = {each.name for each in known}
        if theirs and ours and theirs.isdisjoint(ours):
            names = ", ".join(sorted(theirs)[:3])
            raise ReceiverError(
                f"the mock at {self.url} is that of {self}: none of its operations "
                f"({printable(names)}) is in {printable(document)}. Was yours started? "
                "`cbmock serve` ends with exit code 2 where another one has its port."
            )
