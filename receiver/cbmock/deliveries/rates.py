"""Rates: whether a sender keeps to the requests a minute that its handshake was granted.

It decides when a request exceeds the rate (CloudEvents HTTP webhook §2.3). It must not
know how handshakes are asked or answered.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from cbmock.mock.call import Call
from cbmock.violations import Violation

_GRANTED = "webhook-allowed-rate"
_MINUTE = 60.0
_TOLERANCE = 0.05
"""Seconds by which a clock or a timer may be early."""
_MOST = 1000


class _Grant(NamedTuple):
    """A granted rate per minute, the call that granted it, and the latest arrivals."""

    rate: int
    by: int
    came: deque[float]


class GrantedRates:
    """The rates granted at each URL, by test; only the latest grants are remembered."""

    def __init__(self) -> None:
        """Start without grants."""
        self._grants: dict[tuple[str | None, str], _Grant] = {}

    def __bool__(self) -> bool:
        """Return whether a rate was granted anywhere."""
        return bool(self._grants)

    def forget(self) -> None:
        """Forget all grants."""
        self._grants.clear()

    def grant(self, handshake: Call) -> None:
        """Remember the rate that the answer to a handshake grants."""
        stated = handshake.response.headers.get(_GRANTED)
        if stated is None:
            return
        key = handshake.token, handshake.path
        if not stated.isdecimal():  # any rate
            self._grants.pop(key, None)
            return
        if len(self._grants) >= _MOST:
            self._grants.clear()
        rate = int(stated)
        self._grants[key] = _Grant(rate, handshake.id, deque(maxlen=rate))

    def count(self, call: Call) -> tuple[Violation, ...]:
        """Count a call; return a violation if it is one too many within a minute."""
        grant = self._grants.get((call.token, call.path))
        if grant is None:
            return ()
        came, at = grant.came, call.received_at
        full = len(came) == grant.rate
        since = at - came[0] if full else _MINUTE
        came.append(at)
        if since + _TOLERANCE >= _MINUTE:
            return ()
        return (
            Violation(
                location="delivery",
                code="rate-exceeded",
                severity="warning",
                name="WebHook-Allowed-Rate",
                detail=f"{grant.rate + 1} requests came within {since:.3g} s; "
                f"{grant.rate} a minute were granted in call {grant.by}",
            ),
        )
