from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow_models import (
    EVENT,
    Order,
    Paid,
    Receipt,
    Refunded,
    Shipped,
    bodies,
    cure,
)
from matrix import by_hand, write


def document():
    spec = APISpec("t", "1", "3.1.0", plugins=[MarshmallowPlugin()])
    for schema in (Paid, Refunded, Shipped, Receipt):
        spec.components.schema(schema.__name__, schema=schema)
    content = {"application/json": {"schema": Order}}
    operation = {"requestBody": {"content": content}, "responses": {}}
    spec.path("/orders", operations={"post": operation})
    return by_hand(spec.to_dict(), Event=EVENT)


write("written", document(), bodies())
cured = document()
cure(cured["components"]["schemas"])
write("cured", cured, bodies(), formats={"time": "offset-optional"})
