import asyncio
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from blacksheep import Application
from blacksheep.server.openapi.v3 import OpenAPIHandler
from blacksheep.server.responses import json as json_response
from matrix import by_hand, write
from openapidocs.v3 import Info
from pydantic_models import CURED, SHIPPED, bodies


@dataclass
class Line:
    sku: str
    quantity: int


@dataclass
class Paid:
    kind: Literal["paid"]
    order_id: int
    amount: Decimal
    at: datetime
    due: date | None
    lines: list[Line]
    note: str | None = None


@dataclass
class Refunded:
    kind: Literal["refunded"]
    order_id: int
    reason: Literal["lost", "broken"]


@dataclass
class Shipped:
    id: UUID
    weight: Decimal
    shipped_on: date
    pickup: time
    transit: timedelta
    tracking: str | None
    parcels: dict[str, int]


@dataclass
class Order:
    callback_url: str


app = Application()
docs = OpenAPIHandler(info=Info(title="t", version="1"))
docs.bind_app(app)


@app.router.post("/orders")
async def order(data: Order) -> None: ...


@app.router.post("/paid")
async def paid(data: Paid) -> None: ...


@app.router.post("/refunded")
async def refunded(data: Refunded) -> None: ...


@app.router.post("/shipped")
async def shipped(data: Shipped) -> None: ...


EVENT = {
    "oneOf": [
        {"$ref": "#/components/schemas/Paid"},
        {"$ref": "#/components/schemas/Refunded"},
    ]
}


def text(value):
    return json_response(value).content.body.decode()


async def main():
    await app.start()
    for name, value in {
        "written": SHIPPED,
        "cured": SHIPPED.model_copy(update=CURED),
    }.items():
        tree = json.loads(docs._json_docs)
        write(name, by_hand(tree, Event=EVENT), bodies(value, text))


asyncio.run(main())
