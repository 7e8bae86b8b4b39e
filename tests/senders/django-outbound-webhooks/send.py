"""A Django project whose customers have endpoints, with a relay that delivers to them."""

import base64
import tempfile
import threading
import time
import traceback

import django
import events
from django.conf import settings
from django.core.management import call_command

settings.configure(
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django_domain_events",
        "django_outbound_webhooks",
        "shop",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{tempfile.mkdtemp(prefix='outbound-')}/db",
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DJANGO_OUTBOUND_WEBHOOKS={"ALLOW_PRIVATE_ADDRESSES": True},
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)

from django.db import transaction  # once Django is set up
from django_domain_events import fire
from django_domain_events.delivery.deliver import deliver_pending
from django_outbound_webhooks import register_endpoint
from shop.events import OrderPlaced

secret = f"whsec_{base64.b64encode(b'a-secret-of-the-trial-24').decode()}"
register_endpoint(
    name="trial", url=events.URL, secret=secret, event_names=["shop.OrderPlaced"]
)


def deliver():
    while True:
        try:
            deliver_pending()
        except Exception:
            traceback.print_exc()
        time.sleep(0.1)


def send(event):
    with transaction.atomic():
        fire(OrderPlaced(order_id=7, phase=event))


threading.Thread(target=deliver, daemon=True).start()
events.each(send)
