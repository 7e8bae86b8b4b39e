"""Rates: whether a sender keeps to the requests a minute that its handshake was granted.

It decides when a request exceeds the rate (CloudEvents HTTP webhook §2.3). It must not
know how handshakes are asked or answered.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from cbmock.mock.call import Call
from cbmock.violations import Violation

Url = tuple[str | None, str]
"""Where a rate was granted: a test's token, and a path."""

_GRANTED = "webhook-allowed-rate"
_MINUTE = 60.0
_TOLERANCE = 0.05
"""Seconds by which a clock or a timer may be early."""
_MOST = 1000


class Grant(NamedTuple):
    """A granted rate per minute, and the call that granted it."""

    rate: int
    by: int


class Arrivals(Protocol):
    """Remembers when requests came, in this process or for all on one journal."""

    def arrived(self, url: Url, grant: Grant, call: Call) -> float | None:
        """Count a request; return when the one came that is as far back as the rate."""

    def announce(self, url: Url, grant: Grant | None) -> None:
        """Tell others of a grant, or of its end."""


class GrantedRates:
    """The rates granted at each URL, by test; only the latest grants are remembered."""

    def __init__(self, arrivals: Arrivals) -> None:
        """Start without grants."""
        self._arrivals = arrivals
        self.granted: dict[Url, Grant] = {}

    def forget(self) -> None:
        """Forget all grants."""
        for url in self.granted:
            self._arrivals.announce(url, None)
        self.granted.clear()

    def grant(self, handshake: Call) -> None:
        """Remember the rate that the answer to a handshake grants."""
        stated = handshake.response.headers.get(_GRANTED)
        if stated is None:
            return
        is_any = not stated.isdecimal()
        grant = None if is_any else Grant(int(stated), handshake.id)
        url = handshake.token, handshake.path
        if url in self.granted or grant is not None:
            self.learn(url, grant)
            self._arrivals.announce(url, grant)

    def learn(self, url: Url, grant: Grant | None) -> None:
        """Remember a grant; None means that any rate is allowed."""
        self.granted.pop(url, None)
        if grant is not None:
            if len(self.granted) >= _MOST:
                self.granted.clear()
            self.granted[url] = grant

    def count(self, call: Call) -> tuple[Violation, ...]:
        """Count a call; return a violation if it is one too many within a minute."""
        url = call.token, call.path
        grant = self.granted.get(url)
        if grant is None:
            return ()
        earlier = self._arrivals.arrived(url, grant, call)
        since = _MINUTE if earlier is None else call.received_at - earlier
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
