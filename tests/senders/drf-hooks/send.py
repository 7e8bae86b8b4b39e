"""A Django project with one hook, in a database in memory."""

import django
import events
from django.conf import settings
from django.core.management import call_command

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "drf_hooks"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    HOOK_EVENTS={"order.paid": None},
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)

from django.contrib.auth.models import User
from drf_hooks.models import Hook
from drf_hooks.signals import raw_hook_event

user = User.objects.create(username="u")
Hook.objects.create(user=user, event="order.paid", target=events.URL)


def send(event):
    payload = {"order": 7, "phase": event}
    raw_hook_event.send(None, event_name="order.paid", payload=payload, user=user)


events.each(send)
