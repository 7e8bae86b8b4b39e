"""The bodies of those frameworks that leave them to pydantic."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from matrix import RECEIPT
from pydantic import BaseModel, Field, RootModel


class Line(BaseModel):
    sku: str
    quantity: int


class Paid(BaseModel):
    kind: Literal["paid"] = "paid"
    order_id: int
    amount: Decimal
    at: dt.datetime
    due: dt.date | None
    note: str | None = None
    lines: list[Line]


class Refunded(BaseModel):
    kind: Literal["refunded"] = "refunded"
    order_id: int
    reason: Literal["lost", "broken"]


class Event(RootModel[Annotated[Paid | Refunded, Field(discriminator="kind")]]):
    pass


class Shipped(BaseModel):
    id: UUID
    weight: Decimal
    shipped_on: dt.date
    pickup: dt.time
    transit: dt.timedelta
    tracking: str | None
    parcels: dict[str, int]


class Order(BaseModel):
    callback_url: str


AT = dt.datetime(2026, 11, 29, 12, 30, 0, 250, tzinfo=dt.UTC)
PAID = Paid(
    order_id=7,
    amount=Decimal("12.50"),
    at=AT,
    due=None,
    lines=[Line(sku="a", quantity=2)],
)
REFUNDED = Refunded(order_id=7, reason="lost")
SHIPPED = Shipped(
    id=UUID(int=7),
    weight=Decimal("0.250"),
    shipped_on=AT.date(),
    pickup=dt.time(9, 30),
    transit=dt.timedelta(days=1, hours=2, seconds=30),
    tracking=None,
    parcels={"a": 2},
)
CURED = {"pickup": dt.time(9, 30, tzinfo=dt.UTC), "transit": dt.timedelta(hours=26)}


def bodies(shipped=SHIPPED, dumps=BaseModel.model_dump_json):
    """Return the bodies; `dumps` is how the framework writes a model."""
    return {
        "paid": dumps(PAID),
        "refunded": dumps(REFUNDED),
        "shipped": dumps(shipped),
        "receipt": RECEIPT,
    }
