import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Litestar, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.openapi.config import OpenAPIConfig
from litestar.params import Body
from matrix import RECEIPT, by_hand, write
from msgspec import Meta, Struct


class Line(Struct):
    sku: Annotated[str, Meta(min_length=1)]
    quantity: Annotated[int, Meta(ge=1)]


class Paid(Struct, tag_field="kind", tag="paid"):
    order_id: int
    amount: Decimal
    at: dt.datetime
    due: dt.date | None
    lines: Annotated[list[Line], Meta(min_length=1)]
    note: str | msgspec.UnsetType = msgspec.UNSET


class Refunded(Struct, tag_field="kind", tag="refunded"):
    order_id: int
    reason: Literal["lost", "broken"]


class Shipped(Struct):
    id: UUID
    weight: Decimal
    shipped_on: dt.date
    pickup: dt.time
    transit: dt.timedelta
    tracking: str | None
    parcels: dict[str, int]


class Receipt(Struct):
    file: UploadFile
    amount: Decimal
    issued: dt.date


class Order(Struct):
    callback_url: str


@post("/orders")
async def order(data: Order) -> None: ...


@post("/event")
async def event(data: Paid | Refunded) -> None: ...


@post("/shipped")
async def shipped(data: Shipped) -> None: ...


Form = Annotated[Receipt, Body(media_type=RequestEncodingType.MULTI_PART)]


@post("/receipt")
async def receipt(data: Form) -> None: ...


def document():
    handlers = [order, event, shipped, receipt]
    app = Litestar(handlers, openapi_config=OpenAPIConfig(title="t", version="1"))
    tree = app.openapi_schema.to_schema()
    request = tree["paths"]["/event"]["post"]["requestBody"]
    return by_hand(tree, Event=request["content"]["application/json"]["schema"])


def bodies(transit):
    at = dt.datetime(2026, 11, 29, 12, 30, 0, 250, tzinfo=dt.UTC)
    paid = Paid(
        order_id=7, amount=Decimal("12.50"), at=at, due=None, lines=[Line("a", 2)]
    )
    shipped = Shipped(
        id=UUID(int=7),
        weight=Decimal("0.250"),
        shipped_on=at.date(),
        pickup=dt.time(9, 30),
        transit=transit,
        tracking=None,
        parcels={"a": 2},
    )
    values = {"paid": paid, "refunded": Refunded(7, "lost"), "shipped": shipped}
    texts = {name: msgspec.json.encode(each).decode() for name, each in values.items()}
    return {**texts, "receipt": RECEIPT}


write("written", document(), bodies(dt.timedelta(hours=2, milliseconds=500)))
cured = document()
properties = cured["components"]["schemas"]["Shipped"]["properties"]
properties["pickup"] = {"type": "string"}
write("cured", cured, bodies(dt.timedelta(hours=2)))
