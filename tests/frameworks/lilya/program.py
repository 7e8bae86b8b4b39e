from lilya.apps import Lilya
from lilya.contrib.openapi.decorator import openapi
from lilya.contrib.openapi.utils import get_openapi
from lilya.routing import Path
from matrix import by_hand, write
from pydantic_models import CURED, SHIPPED, Order, Paid, Refunded, Shipped, bodies

TAKEN = {"orders": Order, "paid": Paid, "refunded": Refunded, "shipped": Shipped}
EVENT = {
    "oneOf": [
        {"$ref": "#/components/schemas/Paid"},
        {"$ref": "#/components/schemas/Refunded"},
    ]
}


def handler(model):
    @openapi(request_body=model)
    async def taken(request): ...

    return taken


def document():
    routes = [
        Path(f"/{name}", handler(model), methods=["POST"])
        for name, model in TAKEN.items()
    ]
    app = Lilya(routes=routes)
    tree = get_openapi(app=app, title="t", version="1", routes=app.routes)
    schemas = {
        model.__name__: tree["paths"][f"/{name}"]["post"]["requestBody"]["content"][
            "application/json"
        ]["schema"]
        for name, model in TAKEN.items()
    }
    return by_hand(tree, Event=EVENT, **schemas)


write("written", document(), bodies())
cured = document()
template = "#/components/schemas/{model}"
for model in (Paid, Refunded):
    schema = model.model_json_schema(ref_template=template)
    cured["components"]["schemas"] |= schema.pop("$defs", {})
    cured["components"]["schemas"][model.__name__] = schema
write("cured", cured, bodies(SHIPPED.model_copy(update=CURED)))
