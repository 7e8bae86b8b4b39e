import os
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.test.utils import setup_databases, teardown_databases

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
settings.DATABASES["default"]["NAME"] = ":memory:"
django.setup()

SPEC = Path(__file__).with_name("openapi.yaml")
ORDER = {"id": "A7", "amount": 199.5}


@pytest.fixture(scope="session")
def cbmock_options():
    return {
        "spec": SPEC,
        "signature": "standard-webhooks",
        "secret": settings.WEBHOOK_SECRET,
    }


@pytest.fixture(scope="session")
def database():
    """What pytest-django does by itself."""
    found = setup_databases(verbosity=0, interactive=False)
    yield found
    teardown_databases(found, verbosity=0)


@pytest.fixture(autouse=True)
def _empty(database, monkeypatch):
    assert database, "it is set up first"
    monkeypatch.setattr(settings, "RETRY_UNIT", 0.05)
    yield
    for each in apps.get_models():
        each.objects.all().delete()


@pytest.fixture
def create_order(cbmock):
    """Create an order, as a client of the API does."""

    def create_order(**changes):
        order = {**ORDER, "callback_url": cbmock.url} | changes
        return Client().post("/orders", order, content_type="application/json")

    return create_order
