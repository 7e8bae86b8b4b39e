"""Deliveries: the attempts of one event, as a test waits for them and checks them.

It decides when a delivery has come, and how a test fails by a sender's conduct. It must
not know which calls make a delivery, nor what conduct requires.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

        Without one it is that of the set-up, else `standard-webhooks`. `conduct` is a
        profile's name, or a table of options such as `{"backoff": "exponential"}`. `scale`
        is the factor by which the application's retries were shortened: each gap counts
        that many times longer; without it the conduct's own. A last attempt that failed wants another, unless the gaps
        so far, `Retry-After` or `retry-within` leave it time.
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
    """Fold a test's calls into deliveries, in the order of their first attempts."""
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
        """Return the deliveries that begin with a call that is asked for."""
        return tuple(each for each in found if self.query(each.attempts[0]))

    def is_enough(self, each: ReceivedDelivery) -> bool:
        """Return whether a delivery is the one that is waited for."""
        if self.attempts is None:
            return each.delivered
        return len(each.attempts) >= self.attempts

    @staticmethod
    def nearest(found: Iterable[ReceivedDelivery]) -> tuple[Call, ...]:
        """Return the most attempts that one delivery has."""
        return max((each.attempts for each in found), key=len, default=())

    @property
    def wanted(self) -> str:
        """What is waited for, in a few words: `a delivery of 3 attempts`."""
        if self.attempts is None:
            return "attempts until a success answer"
        return f"a delivery of {self.attempts} attempt{'s' * (self.attempts > 1)}"
