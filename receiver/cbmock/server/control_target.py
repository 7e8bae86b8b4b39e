"""The interface between the control API and the application."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Protocol

from cbmock.deliveries.rates import GrantedRates
from cbmock.deliveries.settings import DeliverySettings
from cbmock.handshakes.agreed import Agreed
from cbmock.journal.protocol import Journal
from cbmock.mock.mock import Mock
from cbmock.server.access import Access
from cbmock.server.limits import Limits
from cbmock.server.scripts import Scripts
from cbmock.server.sending import PendingWaits
from cbmock.signatures.signature import Signature
from cbmock.triggers.log import TriggerLog


class ControlTarget(Protocol):
    """A running mock; `token` is the test that calls without a token belong to."""

    mock: Mock
    journal: Journal
    base_url: str
    token: str | None
    started_at: float
    process: int
    bases: tuple[str, ...]
    access: Access
    limits: Limits
    pending_waits: PendingWaits
    delivery_settings: DeliverySettings
    rates: GrantedRates
    agreed: dict[str | None, Agreed]
    signatures: dict[str | None, Signature]

    @property
    def scripts(self) -> Scripts:
        """The scripted replies, which replace documented answers."""

    @property
    def triggers(self) -> TriggerLog:
        """The observed exchanges with the sender."""

    def agree(self, kind: str, token: str | None, given: Mapping[str, Any]) -> None:
        """Agree on a `handshake`, an `answer` or a `signature` of a test's calls from now on."""

    def disagree(self, token: str | None, kinds: Container[str]) -> int:
        """Forget what one test has agreed of some kinds, None for all; return how much."""

    def refresh(self) -> None:
        """Read what other processes have changed."""

    def clear(self, token: str | None) -> int:
        """Delete all calls, or those of one test; return how many."""
