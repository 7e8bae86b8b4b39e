"""The formats of a verification besides text: one row for each.

It decides the name of each format and the function that writes it. It must not know
where a report goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cbmock.deliveries.settings import DeliverySettings
from cbmock.mock.call import dumps
from cbmock.mock.mock import Mock
from cbmock.reports.verification import Verification


@dataclass(frozen=True, slots=True)
class Verified:
    """A verification, with the facts that its formats need.

    `now`, in seconds since the epoch, is the time at which retries are judged. Files
    are named relative to `folder`.
    """

    verification: Verification
    mock: Mock
    settings: DeliverySettings
    now: float
    folder: Path


def _json(of: Verified) -> str:
    return dumps(of.verification.record())


def _junit(of: Verified) -> str:
    from cbmock.reports.junit import xml  # noqa: PLC0415 - 10 ms, seldom

    return xml(of.verification).decode()


def _github(of: Verified) -> str:
    from cbmock.reports.github import commands  # noqa: PLC0415 - 5 ms, seldom

    return "\n".join(commands(of.verification, of.mock.description, of.folder))


def _html(of: Verified) -> str:
    from cbmock.reports.verification_page import page  # noqa: PLC0415 - 100 ms, seldom

    return page(of.verification, of.mock, of.settings, of.now)


FORMATS: dict[str, Callable[[Verified], str]] = {
    "json": _json,
    "junit": _junit,
    "github": _github,
    "html": _html,
}
"""The functions that write a verification, by the name of the format."""
