import datetime as dt
import sys
from decimal import Decimal
from uuid import UUID

import django
from django.conf import settings

SPECTACULAR = {
    "TITLE": "t",
    "VERSION": "1",
    "WEBHOOKS": ["program.SHIPPED", "program.RECEIPT"],
}
if __name__ == "__main__":
    sys.modules["program"] = sys.modules["__main__"]
settings.configure(
    ROOT_URLCONF="program",
    INSTALLED_APPS=["django.contrib.contenttypes", "rest_framework", "drf_spectacular"],
    REST_FRAMEWORK={
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
        "UNAUTHENTICATED_USER": None,
    },
    SPECTACULAR_SETTINGS=SPECTACULAR,
)
django.setup()

from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import (
    OpenApiCallback,
    OpenApiWebhook,
    PolymorphicProxySerializer,
    extend_schema,
)
from matrix import BY_HAND, write
from matrix import RECEIPT as FORM
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.renderers import JSONRenderer


class Line(serializers.Serializer):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class Paid(serializers.Serializer):
    kind = serializers.ChoiceField(["paid"])
    order_id = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=10, decimal_places=2)
    at = serializers.DateTimeField(default_timezone=dt.UTC)
    due = serializers.DateField(allow_null=True)
    note = serializers.CharField(required=False)
    lines = Line(many=True)


class Refunded(serializers.Serializer):
    kind = serializers.ChoiceField(["refunded"])
    order_id = serializers.IntegerField()
    reason = serializers.ChoiceField(["lost", "broken"])


class Shipped(serializers.Serializer):
    id = serializers.UUIDField()
    weight = serializers.DecimalField(max_digits=10, decimal_places=3)
    shipped_on = serializers.DateField()
    pickup = serializers.TimeField()
    transit = serializers.DurationField()
    tracking = serializers.CharField(allow_null=True)
    parcels = serializers.DictField(child=serializers.IntegerField())


class Receipt(serializers.Serializer):
    file = serializers.FileField()
    amount = serializers.DecimalField(max_digits=10, decimal_places=2)
    issued = serializers.DateField()


class Order(serializers.Serializer):
    callback_url = serializers.URLField()


EVENT = PolymorphicProxySerializer(
    component_name="Event",
    serializers={"paid": Paid, "refunded": Refunded},
    resource_type_field_name="kind",
)
PAID = OpenApiCallback(
    "paid",
    "{$request.body#/callback_url}/orders/{order_id}",
    extend_schema(request=EVENT, responses={204: None}),
)
SHIPPED = OpenApiWebhook(
    "shipped", extend_schema(request=Shipped, responses={204: None})
)
RECEIPT = OpenApiWebhook(
    "receipt",
    extend_schema(request={"multipart/form-data": Receipt}, responses={204: None}),
)


@extend_schema(request=Order, responses={201: None}, callbacks=[PAID])
@api_view(["POST"])
def order(request): ...


urlpatterns = [path("orders", order)]


def completed(result, generator, request, public):
    """Add what drf-spectacular leaves out: security, parameters, and that a file is no URL."""
    operation = result["paths"]["/orders"]["post"]["callbacks"]["paid"][PAID.path][
        "post"
    ]
    ((_, by_hand),) = BY_HAND["callbacks"]["paid"].items()
    operation |= {name: by_hand["post"][name] for name in ("security", "parameters")}
    for item in result["webhooks"].values():
        item["post"]["security"] = [{"token": []}]
    form = result["components"]["schemas"]["Receipt"]
    form["properties"]["file"]["format"] = "binary"
    result["components"]["securitySchemes"] = BY_HAND["securitySchemes"]
    return result


def document():
    tree = SchemaGenerator().get_schema(public=True)
    return OpenApiYamlRenderer().render(tree, renderer_context={}).decode()


def text(serializer, value):
    return JSONRenderer().render(serializer(value).data).decode()


AT = dt.datetime(2026, 11, 29, 12, 30, 0, 250, tzinfo=dt.UTC)
LINES = [{"sku": "a", "quantity": 2}]
VALUE = {
    "kind": "paid",
    "order_id": 7,
    "amount": Decimal("12.5"),
    "at": AT,
    "due": None,
}
BODIES = {
    "paid": text(Paid, {**VALUE, "lines": LINES}),
    "refunded": text(Refunded, {"kind": "refunded", "order_id": 7, "reason": "lost"}),
    "shipped": text(
        Shipped,
        {
            "id": UUID(int=7),
            "weight": Decimal("0.25"),
            "shipped_on": AT.date(),
            "pickup": dt.time(9, 30),
            "transit": dt.timedelta(days=1, hours=2),
            "tracking": None,
            "parcels": {"a": 2},
        },
    ),
    "receipt": FORM,
}
write("written", document(), BODIES)
spectacular_settings.apply_patches(
    {
        "OAS_VERSION": "3.1.1",
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "program.completed",
        ],
    }
)
write("cured", document(), BODIES, formats={"time": "offset-optional"})
