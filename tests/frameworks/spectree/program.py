from flask import Flask
from matrix import by_hand, write
from pydantic_models import CURED, SHIPPED, Event, Order, Shipped, bodies
from spectree import SpecTree


def document():
    app = Flask(__name__)
    spec = SpecTree("flask", title="t", version="1")

    @app.post("/orders")
    @spec.validate()
    def order(json: Order): ...

    @app.post("/event")
    @spec.validate()
    def event(json: Event): ...

    @app.post("/shipped")
    @spec.validate()
    def shipped(json: Shipped): ...

    spec.register(app)
    with app.app_context():
        tree = spec.spec
    schemas = {
        name: tree["paths"][f"/{name.lower()}"]["post"]["requestBody"]["content"][
            "application/json"
        ]["schema"]
        for name in ("Event", "Shipped")
    }
    return by_hand(tree, **schemas)


write("written", document(), bodies())
write("cured", document(), bodies(SHIPPED.model_copy(update=CURED)))
