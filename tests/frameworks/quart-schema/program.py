import asyncio
import datetime as dt
from decimal import Decimal

from matrix import by_hand, write
from pydantic import BaseModel
from pydantic_models import (
    CURED,
    PAID,
    REFUNDED,
    SHIPPED,
    Event,
    Order,
    Paid,
    Refunded,
    Shipped,
    bodies,
)
from quart import Quart
from quart_schema import (
    DataSource,
    QuartSchema,
    validate_request,
    validate_response,
)
from quart_schema.pydantic import File


class Receipt(BaseModel):
    file: File
    amount: Decimal
    issued: dt.date


app = Quart(__name__)
QuartSchema(app)
sent = {}


@app.post("/orders")
@validate_request(Order)
async def order(data): ...


@app.post("/event")
@validate_request(Event)
async def event(data): ...


@app.post("/shipped")
@validate_request(Shipped)
async def take(data): ...


@app.post("/receipt")
@validate_request(Receipt, source=DataSource.FORM_MULTIPART)
async def receipt(data): ...


@app.get("/paid")
@validate_response(Paid)
async def paid() -> Paid:
    return PAID


@app.get("/refunded")
@validate_response(Refunded)
async def refunded() -> Refunded:
    return REFUNDED


@app.get("/shipped")
@validate_response(Shipped)
async def shipped() -> Shipped:
    return sent["shipped"]


async def main():
    client = app.test_client()

    async def text(path):
        return (await (await client.get(path)).get_data()).decode()

    async def document():
        return await (await client.get("/openapi.json")).get_json()

    for name, value in {
        "written": SHIPPED,
        "cured": SHIPPED.model_copy(update=CURED),
    }.items():
        sent["shipped"] = value
        texts = {
            each: await text(f"/{each}") for each in ("paid", "refunded", "shipped")
        }
        tree = await document()
        schemas = {
            each: tree["paths"][f"/{each.lower()}"]["post"]["requestBody"]["content"]
            for each in ("Event", "Shipped", "Receipt")
        }
        found = {
            each: next(iter(content.values()))["schema"]
            for each, content in schemas.items()
        }
        write(name, by_hand(tree, **found), {**bodies(), **texts})


asyncio.run(main())
