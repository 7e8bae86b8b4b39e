#!/usr/bin/env bash
# django-webhook 0.0.15 (PyPI): where a receiver gives no answer at all (it is down, resets the
# connection, or is slow), the task reads the status of that answer before it asks for a retry,
# and fails with an AttributeError. So it is never sent again, while a 404 is; and the stored
# event stays PENDING for ever, because what would mark it as failed stands after that line.
#
# Guessed: a receiver that is down is what retries are for.
# Seen: the one failure that is not retried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'django-webhook==0.0.15' 'django==5.2.19' 'celery==5.7.0' 'requests==2.34.2'
cat > "$folder/try.py" <<'PY'
import logging
import socket

import django
from celery import Celery
from django.conf import settings
from django.core.management import call_command

logging.disable()
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django_webhook"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
)
Celery("trial", broker="memory://").set_default()
django.setup()
call_command("migrate", verbosity=0)

from django_webhook.models import Webhook, WebhookEvent
from django_webhook.tasks import fire_webhook

with socket.socket() as nobody:
    nobody.bind(("127.0.0.1", 0))  # taken, but nobody listens
    url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
    webhook = Webhook.objects.create(url=url)
    outcome = fire_webhook.apply(args=(webhook.id, '{"paid": true}'))
print(type(outcome.result).__name__, "-", outcome.result)
print("attempts:", WebhookEvent.objects.count(), "- status:", WebhookEvent.objects.get().status)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
AttributeError - 'NoneType' object has no attribute 'status_code'
attempts: 1 - status: PENDING
EXPECTED
