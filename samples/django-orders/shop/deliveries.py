"""Deliveries: what is due is sent, signed as Standard Webhooks; what fails is due again later."""

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.utils import timezone

from shop.models import Delivery

MOST_ATTEMPTS = 5


def deliver_due():
    """Send each delivery that is due: after a commit, and by `manage.py deliver`."""
    for delivery in Delivery.objects.filter(done=False, due__lte=timezone.now()):
        status = send(delivery)
        delivery.attempts += 1
        over = delivery.attempts == MOST_ATTEMPTS
        delivery.done = status < 300 or status == 410 or over
        gap = settings.RETRY_UNIT * 2 ** (delivery.attempts - 1)
        delivery.due = timezone.now() + timedelta(seconds=gap)
        delivery.save()


def send(delivery):
    body = json.dumps(delivery.event).encode()
    sent = Request(delivery.url, body, headers(delivery, body))
    try:
        with urlopen(sent, timeout=10) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code
    except URLError:
        return 599  # nobody there


def headers(delivery, body):
    id = f"msg_{delivery.pk}"
    if settings.MISTAKE == "new-identity":
        id = f"{id}_{delivery.attempts}"
    timestamp = str(int(time.time()))
    found = {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
    }
    if settings.MISTAKE != "unsigned":
        key = base64.b64decode(settings.WEBHOOK_SECRET.removeprefix("whsec_"))
        content = f"{id}.{timestamp}.".encode() + body
        digest = hmac.digest(key, content, hashlib.sha256)
        found["webhook-signature"] = "v1," + base64.b64encode(digest).decode()
    return found
