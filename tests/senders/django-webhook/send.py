"""A Django project with one model, whose creation is sent by a Celery worker."""

import sys
import tempfile
import types
from pathlib import Path

import django
import events
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.core.management import call_command

folder = Path(tempfile.mkdtemp(prefix="django-webhook-"))
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django_webhook", "shop"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db"}
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DJANGO_WEBHOOK={"MODELS": ["shop.Item"]},
    USE_TZ=True,
)
app = Celery("shop", broker="memory://", backend="cache+memory://")
app.set_default()
shop = types.ModuleType("shop")
shop.__path__ = [str(folder)]
sys.modules["shop"] = shop
django.setup()

from django.db import connection, models
from django_webhook.models import (
    Webhook,
    WebhookTopic,
    populate_topics_from_settings,
)
from django_webhook.signals import connect_signals


class Item(models.Model):
    name = models.CharField(max_length=40)

    class Meta:
        app_label = "shop"


call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    editor.create_model(Item)
connect_signals()
populate_topics_from_settings()
webhook = Webhook.objects.create(url=events.URL)
webhook.topics.set([WebhookTopic.objects.get(name="shop.Item/create")])
webhook.secrets.create(token="a-secret-of-the-trial")


def send(event):
    Item.objects.create(name=event)


with start_worker(app, perform_ping_check=False, pool="threads", concurrency=4):
    events.each(send)
