"""The application of flask-openapi3 and of the package that took its place."""

import datetime as dt
import json
from decimal import Decimal

from matrix import BY_HAND, write
from pydantic import BaseModel
from pydantic_models import CURED, SHIPPED, Event, Order, Shipped, bodies


def document(open_api, file_storage):
    class Receipt(BaseModel):
        file: file_storage
        amount: Decimal
        issued: dt.date

    app = open_api(
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


def write_documents(open_api, file_storage):
    found = document(open_api, file_storage)
    write("written", found, bodies())
    write("cured", found, bodies(SHIPPED.model_copy(update=CURED)))
