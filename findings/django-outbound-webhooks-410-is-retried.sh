#!/usr/bin/env bash
# django-outbound-webhooks 0.4.0 (PyPI): a receiver's 410 is classified as permanent, and written
# to the log as that; yet it comes again, with the backoff of any other failure, until the budget
# of attempts is spent. The delivery fails by an exception that django-domain-events takes for a
# passing one, although it has another for permanent failures.
#
# Guessed: one attempt, as the verdict says.
# Seen: the next one within seconds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'django-outbound-webhooks==0.4.0' 'django-domain-events==0.14.1' 'django==5.2.19'
mkdir "$folder/shop"
cat > "$folder/shop/__init__.py" <<'PY'
PY
cat > "$folder/shop/events.py" <<'PY'
from dataclasses import dataclass

from django_domain_events import event


@event
@dataclass(frozen=True)
class OrderPlaced:
    order_id: int
PY
cat > "$folder/try.py" <<'PY'
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import django
from django.conf import settings
from django.core.management import call_command

logging.disable()
settings.configure(
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django_domain_events",
        "django_outbound_webhooks",
        "shop",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DJANGO_OUTBOUND_WEBHOOKS={"ALLOW_PRIVATE_ADDRESSES": True},
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)

from django.db import transaction
from django_domain_events import fire
from django_domain_events.delivery.deliver import deliver_pending
from django_outbound_webhooks import register_endpoint
from django_outbound_webhooks.models import DeliveryAttempt
from shop.events import OrderPlaced

arrived = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        arrived.append(self.headers["webhook-id"])
        self.send_response(410)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
register_endpoint(
    name="a",
    url=f"http://127.0.0.1:{server.server_port}/",
    secret="whsec_YS1zZWNyZXQtb2YtdGhlLXRyaWFsLTI0",
    event_names=["shop.OrderPlaced"],
)
with transaction.atomic():
    fire(OrderPlaced(order_id=7))
deadline = time.monotonic() + 60
while len(arrived) < 2 and time.monotonic() < deadline:
    deliver_pending()
    time.sleep(0.1)
print("attempts:", len(arrived), "- of one event:", len(set(arrived)) == 1)
print("logged as:", *{each.verdict for each in DeliveryAttempt.objects.all()})
PY
cd "$folder"
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
attempts: 2 - of one event: True
logged as: permanent
EXPECTED
