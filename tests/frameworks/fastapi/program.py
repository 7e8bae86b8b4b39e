import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, FastAPI, File, Form, Header, Security, UploadFile
from fastapi.security import APIKeyHeader, HTTPBearer
from matrix import RECEIPT, write
from pydantic import BaseModel, Field, computed_field

BEARER, TOKEN = HTTPBearer(), APIKeyHeader(name="X-Token")


class Line(BaseModel, extra="forbid"):
    sku: str
    quantity: int
    price: Decimal

    @computed_field
    @property
    def total(self) -> Decimal:
        return self.quantity * self.price


class Paid(BaseModel):
    kind: Literal["paid"]
    order_id: int
    amount: Decimal
    at: dt.datetime
    due: dt.date | None
    note: str | None = None
    lines: list[Line]


class Refunded(BaseModel):
    kind: Literal["refunded"]
    order_id: int
    reason: Literal["lost", "broken"]


class Shipped(BaseModel):
    id: UUID
    weight: Decimal
    shipped_on: dt.date
    pickup: dt.time
    transit: dt.timedelta
    tracking: str | None
    parcels: dict[str, int]


Event = Annotated[Paid | Refunded, Field(discriminator="kind")]


class Order(BaseModel):
    callback_url: str


callbacks = APIRouter()


@callbacks.post(
    "{$request.body#/callback_url}/orders/{order_id}",
    name="paid",
    status_code=204,
    dependencies=[Security(BEARER)],
)
def paid(order_id: int, event: Event, x_attempt: Annotated[int, Header()]) -> None: ...


def application():
    app = FastAPI()

    @app.post("/orders", callbacks=callbacks.routes)
    def order(order: Order) -> None: ...

    @app.webhooks.post("shipped", status_code=204, dependencies=[Security(TOKEN)])
    def shipped(body: Shipped) -> None: ...

    @app.webhooks.post("receipt", status_code=204, dependencies=[Security(TOKEN)])
    def receipt(
        file: Annotated[UploadFile, File()],
        amount: Annotated[Decimal, Form()],
        issued: Annotated[dt.date, Form()],
    ) -> None: ...

    return app


def bodies(pickup, transit):
    line = Line(sku="a", quantity=2, price="6.25")
    at = dt.datetime(2026, 11, 29, 12, 30, 0, 250, tzinfo=dt.UTC)
    paid = Paid(kind="paid", order_id=7, amount="12.50", at=at, due=None, lines=[line])
    refunded = Refunded(kind="refunded", order_id=7, reason="lost")
    shipped = Shipped(
        id=UUID(int=7),
        weight="0.250",
        shipped_on=at.date(),
        pickup=pickup,
        transit=transit,
        tracking=None,
        parcels={"a": 2},
    )
    return {
        "paid": paid.model_dump_json(),
        "refunded": refunded.model_dump_json(exclude_none=True),
        "shipped": shipped.model_dump_json(),
        "receipt": RECEIPT,
    }


write(
    "written",
    application().openapi(),
    bodies(dt.time(9, 30), dt.timedelta(days=1, hours=2, seconds=30)),
)

cured = application()


@cured.get("/me", dependencies=[Security(BEARER), Security(TOKEN)])
def me() -> None: ...


document = cured.openapi()
document["components"]["schemas"]["Line"] = Line.model_json_schema(mode="serialization")
write(
    "cured",
    document,
    bodies(dt.time(9, 30, tzinfo=dt.UTC), dt.timedelta(days=1, hours=2)),
)
