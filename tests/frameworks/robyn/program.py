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
from robyn import Robyn


def document():
    app = Robyn(__file__)

    @app.post("/orders")
    def order(request, body: Order): ...

    @app.post("/paid")
    def paid(request, body: Paid): ...

    @app.post("/refunded")
    def refunded(request, body: Refunded): ...

    @app.post("/event")
    def event(request, body: Event): ...

    @app.post("/shipped")
    def shipped(request, body: Shipped): ...

    app._add_openapi_routes()
    tree = app.openapi.openapi_spec
    schemas = {
        name: tree["paths"][f"/{name.lower()}"]["post"]["requestBody"]["content"][
            "application/json"
        ]["schema"]
        for name in ("Event", "Shipped")
    }
    return by_hand(tree, **schemas)


write("written", document(), bodies())
write("cured", document(), bodies(SHIPPED.model_copy(update=CURED)))
