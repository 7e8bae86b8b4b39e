import datetime as dt
import json
from decimal import Decimal

from flask_openapi import FileStorage, OpenAPI
from matrix import BY_HAND, write
from pydantic import BaseModel
from pydantic_models import CURED, SHIPPED, Event, Order, Shipped, bodies


class Receipt(BaseModel):
    file: FileStorage
    amount: Decimal
    issued: dt.date


def document():
    app = OpenAPI(
        __name__,
        security_schemes=BY_HAND["securitySchemes"],
        openapi_extensions={"webhooks": BY_HAND["webhooks"]},
    )

    @app.post("/orders", openapi_extensions={"callbacks": BY_HAND["callbacks"]})
    def order(body: Order): ...

    @app.post("/event")
    def event(body: Event): ...

    @app.post("/shipped")
    def shipped(body: Shipped): ...

    @app.post("/receipt")
    def receipt(form: Receipt): ...

    return json.loads(json.dumps(app.api_doc))


write("written", document(), bodies())
write("cured", document(), bodies(SHIPPED.model_copy(update=CURED)))
