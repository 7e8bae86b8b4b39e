from matrix import by_hand, write
from pydantic_models import (
    CURED,
    SHIPPED,
    Event,
    Order,
    Paid,
    Refunded,
    Shipped,
    bodies,
)
from sanic import Sanic
from sanic.response import empty
from sanic_ext import Extend, openapi

TAKEN = {"orders": Order, "paid": Paid, "refunded": Refunded, "shipped": Shipped}
EVENT = {
    "oneOf": [
        {"$ref": "#/components/schemas/Paid"},
        {"$ref": "#/components/schemas/Refunded"},
    ]
}


def added(app, name, model):
    @app.post(f"/{name}", name=name)
    @openapi.body({"application/json": model})
    async def taken(request):
        return empty()


app = Sanic("orders")
Extend(app)
for name, model in TAKEN.items():
    added(app, name, model)
_, answer = app.test_client.get("/docs/openapi.json")


def document():
    tree = answer.json
    schemas = {
        model.__name__: tree["paths"][f"/{name}"]["post"]["requestBody"]["content"][
            "application/json"
        ]["schema"]
        for name, model in TAKEN.items()
    }
    return by_hand(tree, Event=EVENT, **schemas)


write("written", document(), bodies())
cured = {**document(), "openapi": "3.1.0"}
schemas = cured["components"]["schemas"]
for model in (Event, Shipped):
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs", {})
    schemas[model.__name__] = schema
write("cured", cured, bodies(SHIPPED.model_copy(update=CURED)))
