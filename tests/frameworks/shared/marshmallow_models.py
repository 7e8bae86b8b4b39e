"""The bodies of those frameworks that leave them to marshmallow."""

import datetime as dt
import json
from decimal import Decimal
from uuid import UUID

from marshmallow import Schema, fields, validate
from matrix import RECEIPT


class Line(Schema):
    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)


class Paid(Schema):
    kind = fields.Constant("paid", required=True)
    order_id = fields.Integer(required=True)
    amount = fields.Decimal(places=2, as_string=True, required=True)
    at = fields.AwareDateTime(required=True)
    due = fields.Date(required=True, allow_none=True)
    note = fields.String()
    lines = fields.List(fields.Nested(Line), required=True)


class Refunded(Schema):
    kind = fields.Constant("refunded", required=True)
    order_id = fields.Integer(required=True)
    reason = fields.String(required=True, validate=validate.OneOf(["lost", "broken"]))


class Shipped(Schema):
    id = fields.UUID(required=True)
    weight = fields.Decimal(as_string=True, required=True)
    shipped_on = fields.Date(required=True)
    posted = fields.DateTime(format="rfc", required=True)
    pickup = fields.Time(required=True)
    transit = fields.TimeDelta(required=True)
    tracking = fields.String(required=True, allow_none=True)
    parcels = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class Receipt(Schema):
    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    amount = fields.Decimal(as_string=True, required=True)
    issued = fields.Date(required=True)


class Order(Schema):
    callback_url = fields.URL(required=True)


EVENT = {
    "oneOf": [
        {"$ref": "#/components/schemas/Paid"},
        {"$ref": "#/components/schemas/Refunded"},
    ],
    "discriminator": {
        "propertyName": "kind",
        "mapping": {"paid": "Paid", "refunded": "Refunded"},
    },
}
AT = dt.datetime(2026, 11, 29, 12, 30, 0, 250, tzinfo=dt.UTC)
PAID = {
    "order_id": 7,
    "amount": Decimal("12.5"),
    "at": AT,
    "due": None,
    "lines": [{"sku": "a", "quantity": 2}],
}
REFUNDED = {"order_id": 7, "reason": "lost"}
SHIPPED = {
    "id": UUID(int=7),
    "weight": Decimal("0.250"),
    "shipped_on": AT.date(),
    "posted": AT,
    "pickup": dt.time(9, 30),
    "transit": dt.timedelta(days=1, hours=2),
    "tracking": None,
    "parcels": {"a": 2},
}


def bodies():
    """Return the bodies as marshmallow writes them."""
    return {
        "paid": json.dumps(Paid().dump(PAID)),
        "refunded": json.dumps(Refunded().dump(REFUNDED)),
        "shipped": json.dumps(Shipped().dump(SHIPPED)),
        "receipt": RECEIPT,
    }


def cure(schemas):
    """Say of decimals and dates what is sent: text, of no format."""
    for name, member in (
        ("Paid", "amount"),
        ("Shipped", "weight"),
        ("Shipped", "posted"),
        ("Receipt", "amount"),
    ):
        schemas[name]["properties"][member] = {"type": "string"}
