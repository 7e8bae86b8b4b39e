"""`POST /orders`: takes an order; its payment is announced at `callback_url`."""

import json

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import JsonResponse
from django.utils import timezone

from shop.deliveries import deliver_due
from shop.models import Delivery, Order


def create_order(request):
    order = json.loads(request.body)
    try:
        with transaction.atomic():
            announce(order)
            if settings.MISTAKE == "before-commit":
                deliver_due()
            else:
                transaction.on_commit(deliver_due)
            Order.objects.create(id=order["id"], amount=order["amount"])
    except IntegrityError:
        return JsonResponse({"error": "There is such an order."}, status=409)
    return JsonResponse({}, status=201)


def announce(order):
    amount = order["amount"]
    event = {
        "type": "order.paid",
        "order": order["id"],
        "amount": str(amount) if settings.MISTAKE == "amount-as-text" else amount,
    }
    url = f"{order['callback_url']}/orders/{order['id']}"
    Delivery.objects.create(url=url, event=event, due=timezone.now())
