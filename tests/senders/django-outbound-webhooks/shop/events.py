"""The event of a shop."""

from dataclasses import dataclass

from django_domain_events import event


@event
@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: int
    phase: str
