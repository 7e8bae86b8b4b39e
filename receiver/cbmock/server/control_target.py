"""What the control API needs of the application that it controls."""

from __future__ import annotations

from typing import Protocol

from cbmock.deliveries.settings import DeliverySettings
from cbmock.handshakes.agreed import Agreed
from cbmock.journal.protocol import Journal
from cbmock.mock.mock import Mock
from cbmock.server.access import Access
from cbmock.server.limits import Limits
from cbmock.server.scripts import Scripts
from cbmock.server.sending import PendingWaits
from cbmock.triggers.log import TriggerLog


class ControlTarget(Protocol):
    """A running mock; `token` is the test that calls without one belong to."""

    mock: Mock
    journal: Journal
    base_url: str
    token: str | None
    bases: tuple[str, ...]
    access: Access
    limits: Limits
    pending_waits: PendingWaits
    delivery_settings: DeliverySettings
    agreed: dict[str | None, Agreed]

    @property
    def scripts(self) -> Scripts:
        """What is answered instead of what is documented."""

    @property
    def triggers(self) -> TriggerLog:
        """The exchanges with the sender that were seen."""

    def clear(self, token: str | None) -> int:
        """Delete all calls, or those of one test; return how many."""
