"""Deliveries: the attempts of one event, for tests to wait for and check.

It decides when a delivery is complete, and how a test fails if a sender violates a
conduct. It must not know which calls make a delivery or what a conduct requires.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cbmock import clocks
from cbmock.deliveries import delivery, retries, settings
from cbmock.deliveries.conduct import Conduct
from cbmock.deliveries.settings import DeliverySettings
from cbmock.mock.call import Call
from cbmock.reports import failures
from cbmock.testing.call_query import CallQuery

DEFAULT_CONDUCT = "standard-webhooks"


@dataclass(frozen=True, slots=True)
class ReceivedDelivery(delivery.Delivery):
    """The attempts of one event to one operation, in the order in which they came.

    `started` is when the test began, in seconds since the epoch; `configured` is the
    conduct of the set-up.
    """

    started: float
    configured: Conduct | None = None

    def check(
        self,
        conduct: Conduct | str | Mapping[str, Any] | None = None,
        *,
        scale: float | None = None,
    ) -> None:
        """Raise `AssertionError` if the attempts do not keep to a conduct.

        `conduct` is a profile's name, or a table of options such as `{"backoff":
        "exponential"}`; without it, that of the set-up, or else `standard-webhooks`.
        `scale` is the factor by which the application's retries were shortened: each
        gap is multiplied by it. Without it, the conduct's own scale is used. After a
        failed last attempt another one must follow, unless the gaps so far,
        `Retry-After` or `retry-within` leave more time.
        """
        __tracebackhide__ = True
        if conduct is None:
            conduct = self.configured or DEFAULT_CONDUCT
        read = settings.read(conduct)
        found = retries.check(self, read, scale=scale, now=clocks.wall())
        if found:
            raise AssertionError(
                failures.misconducted(
                    self.operation, self.attempts, found, self.started
                )
            )


def fold(
    calls: Iterable[Call], started: float, configured: DeliverySettings = settings.NONE
) -> tuple[ReceivedDelivery, ...]:
    """Group a test's calls into deliveries, in the order of their first attempts."""
    return tuple(
        ReceivedDelivery(
            each.operation,
            each.identity,
            each.attempts,
            each.delivered,
            started,
            configured.conduct(each.operation),
        )
        for each in delivery.fold(calls, configured.identity)
    )


@dataclass(frozen=True, slots=True)
class Sought:
    """The delivery that a test waits for: one with enough attempts, or a delivered one."""

    query: CallQuery
    attempts: int | None

    def among(self, found: Iterable[ReceivedDelivery]) -> tuple[ReceivedDelivery, ...]:
        """Return the deliveries whose first call is selected by the query."""
        return tuple(each for each in found if self.query(each.attempts[0]))

    def is_enough(self, each: ReceivedDelivery) -> bool:
        """Return whether a delivery is the awaited one."""
        if self.attempts is None:
            return each.delivered
        return len(each.attempts) >= self.attempts

    @staticmethod
    def nearest(found: Iterable[ReceivedDelivery]) -> tuple[Call, ...]:
        """Return the largest number of attempts of one delivery."""
        return max((each.attempts for each in found), key=len, default=())

    @staticmethod
    def divided(found: Sequence[ReceivedDelivery]) -> str | None:
        """Say that the calls are several deliveries; None for fewer than two."""
        if len(found) <= 1:
            return None
        count = sum(len(each.attempts) for each in found)
        return (
            f"The {count} calls are {len(found)} deliveries: a retry keeps the identity "
            "of its event (call.delivery)."
        )

    @property
    def wanted(self) -> str:
        """The awaited delivery in a few words: `a delivery of 3 attempts`."""
        if self.attempts is None:
            return "attempts until a success answer"
        return f"a delivery of {self.attempts} attempt{'s' * (self.attempts > 1)}"
