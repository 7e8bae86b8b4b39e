import json

import django
from django.conf import settings

settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="-", ALLOWED_HOSTS=["*"])
django.setup()

import datetime as dt
from decimal import Decimal

from django.test import RequestFactory
from matrix import BY_HAND, RECEIPT, write
from ninja import File, Form, NinjaAPI, UploadedFile
from ninja.security import APIKeyHeader, HttpBearer
from pydantic_models import PAID, REFUNDED, SHIPPED, Event, Order, Shipped


class Bearer(HttpBearer):
    def authenticate(self, request, token): ...


class Token(APIKeyHeader):
    param_name = "X-Token"

    def authenticate(self, request, key): ...


api = NinjaAPI(openapi_extra={"webhooks": BY_HAND["webhooks"]})
urlpatterns = []
callbacks = {"callbacks": BY_HAND["callbacks"]}


@api.post("/orders", openapi_extra=callbacks)
def order(request, body: Order): ...


@api.post("/event", auth=Bearer())
def event(request, body: Event): ...


@api.post("/shipped", auth=Token())
def shipped(request, body: Shipped): ...


@api.post("/receipt")
def receipt(
    request, file: File[UploadedFile], amount: Form[Decimal], issued: Form[dt.date]
): ...


def document():
    tree = json.loads(json.dumps(api.get_openapi_schema(path_prefix="")))
    components = tree["components"]
    bearer, token = components["securitySchemes"].values()
    components["securitySchemes"] |= {"bearer": bearer, "token": token}
    request = tree["paths"]["/receipt"]["post"]["requestBody"]
    components["schemas"]["Receipt"] = request["content"]["multipart/form-data"][
        "schema"
    ]
    return tree


def bodies():
    request = RequestFactory().get("/")
    values = {"paid": PAID, "refunded": REFUNDED, "shipped": SHIPPED}
    texts = {
        name: api.renderer.render(request, each.model_dump(), response_status=200)
        for name, each in values.items()
    }
    return {**texts, "receipt": RECEIPT}


write("written", document(), bodies())
write(
    "cured",
    document(),
    bodies(),
    formats={"time": "offset-optional"},
)
